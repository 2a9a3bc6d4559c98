/** Who may do what: roles, attributes, relations, time and networks. */
import type { Row } from "./row.ts";

export const access: readonly Row[] = [
	{
		note: "RBAC: nobody bound the user to that role",
		policy: `default allow := false
allow if {
	some binding in data.bindings
	binding.user == input.user
	some perm in data.roles[binding.role]
	perm == input.permission
}`,
		data: {
			bindings: [
				{ user: "ann", role: "viewer" },
				{ user: "bob", role: "editor" },
			],
			roles: { viewer: ["read"], editor: ["read", "write"] },
		},
		input: { user: "ann", permission: "wriet" },
		place: "/permission",
		fix: [{ op: "replace", path: "/permission", value: "read" }],
	},
	{
		note: "RBAC: roles that inherit, by graph.reachable",
		policy: `default allow := false
reach := graph.reachable(data.parents, {input.role})
allow if {
	some r in reach
	input.action in data.grants[r]
}`,
		data: {
			parents: { admin: ["editor"], editor: ["viewer"], viewer: [] },
			grants: { admin: ["delete"], editor: ["write"], viewer: ["read"] },
		},
		input: { role: "editor", action: "delete" },
		place: "/action",
	},
	{
		note: "RBAC: the path and method of an API",
		policy: `default allow := false
allow if {
	input.method == "GET"
	input.path = ["users", id, "profile"]
	id == input.token.sub
}
allow if input.token.role == "admin"`,
		input: { method: "GET", path: ["users", "7", "profile"], token: { sub: "8", role: "user" } },
		place: "/path/1",
	},
	{
		note: "RBAC: a path of another length",
		policy: `default allow := false
allow if {
	input.method == "GET"
	some name
	input.path = ["pets", name]
}`,
		input: { method: "GET", path: ["pets"] },
		place: "/path",
	},
	{
		note: "ABAC: outside of working hours",
		policy: `default allow := false
allow if {
	input.user.department == input.resource.department
	[hour, _, _] := time.clock(time.parse_rfc3339_ns(input.at))
	hour >= 8
	hour < 18
}`,
		input: { user: { department: "hr" }, resource: { department: "hr" }, at: "2024-05-06T19:30:00Z" },
		place: "/at",
	},
	{
		note: "ABAC: an expired token",
		policy: `default allow := false
allow if {
	input.token.aud == "api"
	input.token.exp > input.now
}`,
		input: { token: { aud: "api", exp: 100 }, now: 200 },
		place: "/token/exp",
		says: "which is not more than 200",
		fix: [{ op: "replace", path: "/token/exp", value: 201 }],
	},
	{
		note: "ABAC: a network among several",
		policy: `default allow := false
networks := ["10.1.0.0/16", "10.2.0.0/16"]
allow if {
	some n in networks
	net.cidr_contains(n, input.source)
}`,
		input: { source: "10.3.0.7" },
		place: "/source",
	},
	{
		note: "ABAC: a clearance that is not high enough",
		policy: `default allow := false
levels := {"public": 0, "secret": 1, "top": 2}
allow if levels[input.user.clearance] >= levels[input.doc.level]`,
		input: { user: { clearance: "public" }, doc: { level: "secret" } },
		place: "/user/clearance",
		fix: [{ op: "replace", path: "/user/clearance", value: "secret" }],
	},
	{
		note: "ABAC: a clearance that nobody knows",
		policy: `default allow := false
levels := {"public": 0, "secret": 1, "top": 2}
allow if levels[input.user.clearance] >= 1`,
		input: { user: { clearance: "sekret" } },
		place: "/user/clearance",
		fix: [{ op: "replace", path: "/user/clearance", value: "secret" }],
	},
	{
		note: "ABAC: an attribute of each of several subjects",
		policy: `default allow := false
allow if {
	every s in input.subjects {
		s.verified
		s.country in {"de", "fr"}
	}
}`,
		input: {
			subjects: [
				{ verified: true, country: "de" },
				{ verified: true, country: "us" },
			],
		},
		place: "/subjects/1/country",
	},
	{
		note: "ReBAC: a member of the owner's team",
		policy: `default allow := false
allow if {
	doc := data.docs[input.doc]
	some team in data.teams
	doc.owner in team.members
	input.user in team.members
}`,
		data: {
			docs: { d1: { owner: "ann" } },
			teams: [{ members: ["ann", "bob"] }, { members: ["cid"] }],
		},
		input: { doc: "d1", user: "cit" },
		place: "/user",
	},
	{
		note: "the owner, or someone it is shared with",
		policy: `default allow := false
allow if input.resource.owner == input.user
allow if input.user in input.resource.shared`,
		input: { user: "bob", resource: { owner: "ann", shared: ["cid", "bop"] } },
		place: "/user",
	},
	{
		note: "a decision with its reason",
		path: "data.p.allow",
		policy: `allow := {"allowed": true} if input.user == "root"
else := {"allowed": false, "reason": "not root"}`,
		input: { user: "roott" },
		place: "/user",
		fix: [{ op: "replace", path: "/user", value: "root" }],
	},
	{
		note: "an else chain whose first branch denies",
		policy: `default allow := false
allow := false if {
	input.user.suspended
} else := true if {
	input.user.role in ["dev", "ops"]
}`,
		input: { user: { suspended: true, role: "dev" } },
		place: "/user/suspended",
		fix: [{ op: "replace", path: "/user/suspended", value: false }],
	},
	{
		note: "no denial, and something that allows",
		policy: `default allow := false
allow if {
	count(deny) == 0
	input.authenticated
}
deny contains "region" if input.region != "eu"
deny contains "too many" if input.count > 3`,
		input: { authenticated: true, region: "us", count: 2 },
		place: "/region",
		fix: [{ op: "replace", path: "/region", value: "eu" }],
	},
	{
		note: "no denial, but nothing that allows",
		policy: `default allow := false
allow if {
	not any_deny
	input.authenticated
}
any_deny if some _ in deny
deny contains "region" if input.region != "eu"`,
		input: { authenticated: false, region: "eu" },
		place: "/authenticated",
		fix: [{ op: "replace", path: "/authenticated", value: true }],
	},
	{
		note: "a risk level that is made of points",
		policy: `default allow := false
allow if risk == "low"
risk := "high" if points >= 5
risk := "medium" if { points >= 3; points < 5 }
risk := "low" if points < 3
points := count(factors)
factors contains "country" if not input.country in {"de", "fr"}
factors contains "night" if input.hour < 6
factors contains "new" if input.device.new`,
		input: { country: "us", hour: 3, device: { new: true } },
		place: "/device/new",
	},
	{
		note: "JWT-like claims: a scope among words",
		policy: `default allow := false
scopes := split(input.claims.scope, " ")
allow if "orders:write" in scopes`,
		input: { claims: { scope: "orders:read profile" } },
		place: "/claims/scope",
	},
	{
		note: "an issuer out of a table in data",
		policy: `default allow := false
allow if {
	issuer := data.issuers[input.iss]
	issuer.audience == input.aud
	issuer.active
}`,
		data: { issuers: { a: { audience: "x", active: true }, b: { audience: "y", active: false } } },
		input: { iss: "b", aud: "y" },
		place: "/iss",
	},
	{
		note: "four eyes: who approves is not who asks",
		policy: `default allow := false
allow if {
	some a in input.approvals
	a.user != input.author
	a.state == "ok"
}`,
		input: { author: "ann", approvals: [{ user: "ann", state: "ok" }] },
		place: "/approvals/0/user",
	},
	{
		note: "rate limit: a table by tier, with a default",
		policy: `default allow := false
limit := object.get(data.limits, input.tier, 10)
allow if input.requests <= limit`,
		data: { limits: { gold: 100 } },
		input: { tier: "silver", requests: 11 },
		place: "/requests",
		fix: [{ op: "replace", path: "/requests", value: 10 }],
	},
	{
		note: "roles of the user and of the action have one in common",
		policy: `default allow := false
allow if count({r | some r in input.roles} & {r | some r in data.allowed[input.action]}) > 0`,
		data: { allowed: { deploy: ["ops", "admin"] } },
		input: { action: "deploy", roles: ["dev"] },
		place: "/roles/0",
	},
	{
		note: "with: what another user could do",
		policy: `default allow := false
can_read if input.user in data.readers
allow if {
	can_read with input.user as input.delegate
	input.delegated
}`,
		data: { readers: ["ann"] },
		input: { user: "bob", delegate: "cid", delegated: true },
		place: "/delegate",
		fix: [{ op: "replace", path: "/delegate", value: "ann" }],
	},
];
