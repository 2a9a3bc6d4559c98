package test

p := [1, input.a, {"k": input.b, input.c: {input.d, "e"}}]
