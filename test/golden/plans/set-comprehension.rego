package test

p := {x.name | some x in input.xs}
