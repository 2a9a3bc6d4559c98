package test

p := {k: count(v) | some k, v in input.o}
