package test

names if {
	input["a-b"]
	input["__proto__"].c
	data["a b"].c
	data.a.b.c.d
	input["constructor"]
}

numbers if {
	input[0]
	input.list[1].name
	input.list[-1]
	input.list[1.5]
}

others if {
	input.x[input.y]
	data.a.b[input.k].c
	input.x[null]
	input.x[[1, 2]]
	{"a": 1, "b": 2}[input.k]
	["p", "q"][input.i]
}

again := [input.a.b.c, input.a.b.d, input.a.b.c]

whole := [input, data.a]

under := [a, b, c, d, e] if {
	a := input.a.b
	b := [input.a.b | input.a.b] with input.a.b as 1
	c := input.a.b with input as {"a": {"b": 2}}
	d := input.a.b
	e := input.a with input.a.b as 3
}
