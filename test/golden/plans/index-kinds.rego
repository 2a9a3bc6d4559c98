package test

members contains "m0" if input.k == "k0"

members contains "m1" if input.k == "k1"

members contains "m2" if input.k == "k2"

members contains "m3" if input.k == "k0"

members contains "m4" if input.k == "k1"

members contains "m5" if input.k == "k2"

members contains "m6" if input.k == "k0"

entries[k] := input.v if {
	k := input.e0
	input.k == 0
}

entries[k] := input.v if {
	k := input.e1
	input.k == 1
}

entries[k] := input.v if {
	k := input.e2
	input.k == 2
}

entries[k] := input.v if {
	k := input.e3
	input.k == 3
}

entries[k] := input.v if {
	k := input.e4
	input.k == 4
}

entries[k] := input.v if {
	k := input.e5
	input.k == 5
}

entries[k] := input.v if {
	k := input.e6
	input.k == 6
}

same if {
	input.k == "k0"
	input.n > 0
}

same if {
	input.k == "k1"
	input.n > 1
}

same if {
	input.k == "k2"
	input.n > 2
}

same if {
	input.k == "k3"
	input.n > 3
}

same if {
	input.k == "k4"
	input.n > 4
}

same if {
	input.k == "k5"
	input.n > 5
}

same if {
	input.k == "k6"
	input.n > 6
}

default same := false

values := input.v0 if input.k == "\u0000k0"

values := input.v1 if input.k == "\u0000k1"

values := input.v2 if input.k == "\u0000k2"

values := input.v3 if input.k == "\u0000k3"

values := input.v4 if input.k == "\u0000k4"

values := input.v5 if input.k == "\u0000k5"

values := input.v6 if input.k == "\u0000k6"

default values := "none"

f("a0", x) := x + 0

f("a1", x) := x + 1

f("a2", x) := x + 2

f("a3", x) := x + 3

f("a4", x) := x + 4

f("a5", x) := x + 5

f("a6", x) := x + 6

default f(_, _) := 0

chained := 0 if {
	input.k == "k0"
	input.x == 0
} else := input.y0 if input.l == 0

chained := 1 if {
	input.k == "k1"
	input.x == 1
} else := input.y1 if input.l == 1

chained := 2 if {
	input.k == "k2"
	input.x == 2
} else := input.y2 if input.l == 2

chained := 3 if {
	input.k == "k3"
	input.x == 3
} else := input.y3 if input.l == 3

chained := 4 if {
	input.k == "k4"
	input.x == 4
} else := input.y4 if input.l == 4

chained := 5 if {
	input.k == "k5"
	input.x == 5
} else := input.y5 if input.l == 5

chained := 6 if {
	input.k == "k6"
	input.x == 6
} else := input.y6 if input.l == 6

mixed contains 0 if startswith(input.name, "n0")

mixed contains input.q0 if input.k == "k0"

mixed contains 1 if startswith(input.name, "n1")

mixed contains input.q1 if input.k == "k1"

mixed contains 2 if startswith(input.name, "n2")

mixed contains input.q2 if input.k == "k2"

mixed contains 3 if startswith(input.name, "n3")

mixed contains input.q3 if input.k == "k3"

mixed contains 4 if startswith(input.name, "n4")

mixed contains input.q4 if input.k == "k4"

mixed contains 5 if startswith(input.name, "n5")

mixed contains input.q5 if input.k == "k5"

mixed contains 6 if startswith(input.name, "n6")

mixed contains input.q6 if input.k == "k6"

mixed contains 7 if startswith(input.name, "n7")

mixed contains input.q7 if input.k == "k7"

mixed contains 8 if startswith(input.name, "n8")

mixed contains input.q8 if input.k == "k8"

mixed contains 9 if startswith(input.name, "n9")

mixed contains input.q9 if input.k == "k9"

mixed contains 10 if startswith(input.name, "n10")

mixed contains input.q10 if input.k == "k10"

mixed contains 11 if startswith(input.name, "n11")

mixed contains input.q11 if input.k == "k11"

stored := 0 if {
	data.base.k == 0
	some y in input.l
	y == 0
}

stored := 1 if {
	data.base.k == 1
	some y in input.l
	y == 1
}

stored := 2 if {
	data.base.k == 2
	some y in input.l
	y == 2
}

stored := 3 if {
	data.base.k == 3
	some y in input.l
	y == 3
}

stored := 4 if {
	data.base.k == 4
	some y in input.l
	y == 4
}

stored := 5 if {
	data.base.k == 5
	some y in input.l
	y == 5
}

stored := 6 if {
	data.base.k == 6
	some y in input.l
	y == 6
}

uses := [members, entries, same, values, f(input.a, 1), chained, mixed, stored, members[input.k], entries[input.k]]
