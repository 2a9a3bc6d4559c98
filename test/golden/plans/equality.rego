package test

empty if {
	input.a == {}
	{} == input.b
	data.c == {}
}

short if {
	input.a == ["x", true, null]
	["y"] == input.b
	input.c == []
}

long if input.a == ["a", "b", "c", "d", "e", "f", "g", "h", "i"]

numbers if {
	input.a == 1
	-2 == input.b
	input.c == 2.5
	input.d == 9007199254740993
}

constants if {
	input.a == {"k": [1]}
	input.b == {1, 2}
	input.c == ["x", 1]
}

texts if {
	input.a == "x"
	lower(input.a) == input.b
	input.c == lower(input.d)
}

scalars if {
	input.a == true
	null == input.b
	input.c == false
}

values if {
	input.a == input.b
	data.a == data.b
	count(input.a) == count(input.b)
}
