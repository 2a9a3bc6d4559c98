package test

p := input.a + data.base.b

q := x if {
	x := p with input.a as 1 with data.base as {"b": 2}
}
