package test

port := 1 if input.name == "a"

port := 2 if input.name == "b"

port := 3 if input.name == "c"

port := 4 if input.name == "d"

port := 5 if input.name == "e"

port := 6 if input.name == "f"

port := 7 if input.name == "g"

port := 8 if input.name == "h"

port := 9 if input.other == "i"

kinds contains "s" if {
	input.kind == 1
	regex.match("^s", input.text)
	input.is == true
}

kinds contains "t" if {
	input.kind == 2
	regex.match("^t", input.text)
	input.is == false
}

kinds contains "u" if {
	input.kind == 3
	regex.match("^u", input.text)
	input.is == true
}

kinds contains "v" if {
	input.kind == 4
	regex.match("^v", input.text)
	input.is == false
}

kinds contains "w" if {
	input.kind == 5
	some x in input.list
	x == "w"
}

kinds contains "x" if input.kind == 6

kinds contains "y" if input.kind == 7

kinds contains "z" if input.kind == 8

by_name["a"] := n if {
	input.name == "a"
	n := input.a
}

by_name["b"] := n if {
	input.name == "b"
	n := input.b
}

by_name["c"] := n if {
	input.name == "c"
	n := input.c
}

by_name["d"] := n if {
	input.name == "d"
	n := input.d
}

by_name["e"] := n if {
	input.name == "e"
	n := input.e
}

by_name["f"] := n if {
	input.name == "f"
	n := input.f
}

by_name["g"] := n if {
	input.name == "g"
	n := input.g
}

by_name["h"] := n if {
	input.name == "h"
	n := input.h
}

f("a", x) := x + 1

f("b", x) := x + 2

f("c", x) := x + 3

f("d", x) := x + 4

f("e", x) := x + 5

f("f", x) := x + 6

f("g", x) := x + 7

f("h", x) := x + 8

called := f(input.name, input.n)

branched := 1 if {
	input.name == "a"
} else := 2 if {
	input.name == "b"
}

branched := 3 if input.name == "c"

branched := 4 if input.name == "d"

branched := 5 if input.name == "e"

branched := 6 if input.name == "f"

branched := 7 if input.name == "g"

branched := 8 if input.name == "h"

layered := 1 if {
	input.name == "a"
	port == 2 with input.name as "b"
	input.name == "a"
}

layered := 2 if {
	input.name == "b"
	port == 3 with input.name as "c"
}

layered := 3 if {
	input.name == "c"
	port == 4 with input.name as "d"
}

layered := 4 if {
	input.name == "d"
	port == 5 with input.name as "e"
}

layered := 5 if input.name == "e"

layered := 6 if input.name == "f"

layered := 7 if input.name == "g"

layered := 8 if input.name == "h"
