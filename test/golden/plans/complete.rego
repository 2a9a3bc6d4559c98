package test

default p := 0

p := 1 if input.a

p := 2 if input.b
