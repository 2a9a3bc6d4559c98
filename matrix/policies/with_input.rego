package matrix.with_input

p := [as_admin, as_nobody, mocked]

default allowed := false

allowed if input.user.roles[_] == "admin"

as_admin := x if x := allowed with input.user.roles as ["admin"]

as_nobody := x if x := allowed with input as {"user": {"roles": []}}

mocked := x if x := count(input.user.roles) with count as 7
