package test

p if {
	line := concat(" ", input.args)
	line == "a b"
}

p if {
	line := concat(" ", input.args)
	some known in ["c", "d"]
	known == line
}

p if {
	some x in input.xs
	concat("=", ["x", x]) == lower(input.name)
}
