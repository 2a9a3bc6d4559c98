package test

# A variable key: asked for by key, and whole.
grants[u] contains r if {
	some u, x in data.users
	x.tenant == input.tenant
	some r in x.roles
}

allow if "admin" in grants[input.user]

names := [u | grants[u]]

# Nodes for numbers.
limits[1] := 10

limits[2] := limits[1] * 2

# A ground key beside a variable.
sums[n] := v if some n, v in data.parts

sums.total := sums.a + sums.b

# Of data only.
tenants contains x.tenant if some x in data.users

known if tenants[input.tenant]
