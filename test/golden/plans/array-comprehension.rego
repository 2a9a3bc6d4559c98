package test

p := [y | some x in input.xs; y := x * 2; y != 4]
