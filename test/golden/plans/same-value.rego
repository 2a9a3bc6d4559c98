package test

p if input.a

p if input.b == "x"
