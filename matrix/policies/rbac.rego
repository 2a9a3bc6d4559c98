package matrix.rbac

default p := false

p if {
	some role in input.user.roles
	some grant in data.matrix_data.roles[role]
	grant == {"action": input.action, "type": input.resource.type}
}
