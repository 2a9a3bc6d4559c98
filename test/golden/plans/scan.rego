package test

p contains [k, v] if {
	some k, v in input.xs
	v > 1
}

q if input.xs[_].name == "a"
