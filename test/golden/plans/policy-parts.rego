package test

# Builtins of parts of the policy's constants: their results are kept by the part.

mounts := [
	{"source": "$(prefix)/a:1", "driver": "blk"},
	{"source": "$(prefix)/b:2", "driver": "blk"},
]

allow if {
	some p in mounts
	some i in input.mounts
	same_source(p, i, input.id)
	not other(input.source)
}

same_source(p, i, id) if {
	parts := split(p.source, ":")
	s := replace(p.source, "$(prefix)", "/run")
	replace(s, "$(id)", id) == i.source
	to_number(trim_left(parts[1], "0")) == i.number
	concat("=", ["source", p.source]) == i.option
}

# What the input gives is not.
other(s) if {
	split(s, ":")[0] == "a"
}
