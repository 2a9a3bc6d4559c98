package test

p if not input.a == 1

q if not startswith(input.a, "x")
