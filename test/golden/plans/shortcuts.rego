package test

# Each builtin that is written out, for operands of which something is known and for others.
strings if {
	startswith(input.a, "b")
	endswith(input.a, input.b)
	contains(lower(input.a), "c")
	contains(lower(input.a), lower(input.b))
}

compared if {
	input.a < 1
	input.a <= input.b
	input.a > 2.5
	input.a >= "x"
}

sums := [input.a + 1, input.a - input.b, 2 * input.a]

types if {
	is_null(input.a)
	is_string(input.a)
	is_boolean(input.a)
	is_array(input.a)
	is_number(input.a)
}

differ if {
	input.a != 1
	input.a != "b"
	input.a != input.b
	input.a != {}
	input.a != ["x", null]
}

counts := [
	count(input.a), count({"k": input.b}), count([y | some y in input.a]), count({y | some y in input.a}), count(data.c),
	count([y | some y in input.a; y > 1]),
]

members if {
	input.a in ["b", "c"]
	input.a in data.list
	input.a in input.list
	lower(input.a) in data.list
	input.k, input.a in data.entries
}

joined := [
	concat("/", [input.a, input.b]), concat(input.d, input.list), concat("", [input.a]),
	concat("/", ["a", input.b, lower(input.c)]), concat(input.d, ["x", "y", input.a]),
	concat(".", [input.a, input.a, input.a, input.a, input.a, input.a, input.a, input.a, input.a]),
]

matched if {
	regex.match(`^a+$`, input.a)
	regex.match(input.p, input.a)
	regex.match(`^b`, lower(input.a))
	regex.match(lower(input.p), lower(input.a))
}

replaced if startswith(input.a, "b") with startswith as false
