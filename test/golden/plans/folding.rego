package test

calls := [upper("a"), concat("/", ["a", "b"]), count([1, 2]), array.concat([1], ["b"]), split("a,b", ","), is_null(null)]

nested := json.unmarshal(`{"a": [1]}`)

lists := array.concat([[1]], [2])

mixed := array.concat([1], [{"a": 1}])

long := sprintf("%5000d", [1])

many := numbers.range(1, 65)

enough := numbers.range(1, 64)

fails if to_number("x") == 1

constant := {"a": {"b": null, "c": [false, 1]}}

parts := [constant.a.b, constant.a.c[1], constant.a.c[0]]

tested if {
	constant.a.c[1] == 1
	1 < 2
	not 2 < 1
	input.x
}

refused if {
	input.x
	constant.a.c[1] == 2
}

replaced if {
	input.a == 1 with input.a as upper("b")
	count(input.a) == 2 with count as 1 + 1
	data.c == 1 with data.c as concat("", ["x"])
	input.b with input.b as constant.a.c[1]
	input.b with input.b as to_number("x")
}

seconds contains v if walk(input, [_, v])

firsts contains p if walk(input, [p, _])

pairs contains v if walk(input, v)

both contains [p, v] if walk(input, [p, v])

again contains v if {
	walk(input, x)
	[_, v] = x
	x[0] == []
}

unrolled := [x | some x in [1, 2]; x > 1]

collected := {x: y | some x, y in ["a", "b"]}

either if {
	some x in ["a", "b"]
	x == input.a
}

all_of if every x in [1, 2] {
	x > 0
}

functional := f(2)

f(x) := x * y if y := 3

ternary := {1, 2, 2 + 1}

keyed := {"a": 1 + 1, "b": input.b}
