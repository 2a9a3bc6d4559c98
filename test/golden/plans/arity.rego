package test

f() := input.a

g(x) := [x, f()]

called := [f(), g(f()), time.now_ns() > 0]

replaced if {
	f() == 1 with data.test.f as 1
	time.now_ns() == 2 with time.now_ns as 2
}

