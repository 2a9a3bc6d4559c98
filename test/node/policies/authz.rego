package authz

default allow := false

allow if "admin" in input.user.roles

allow if {
	input.method == "GET"
	some prefix in data.public.prefixes
	startswith(input.path, prefix)
}
