package matrix.comprehensions

p := {k: count(v) | some k; v := groups[k]}

groups[k] contains x if {
	some x in input.user.roles
	k := count(x)
}
