/** Further policies of other styles; the place that a person would name was written down before they were explained. */
import type { Row } from "./row.ts";

export const styles: readonly Row[] = [
	{
		note: "a hostPath that is not on the list",
		path: "data.p.deny",
		policy: `deny contains msg if {
	some v in input.request.object.spec.volumes
	v.hostPath
	not v.hostPath.path in data.allowed
	msg := sprintf("hostPath %s", [v.hostPath.path])
}`,
		data: { allowed: ["/var/log"] },
		input: {
			request: {
				object: {
					spec: {
						volumes: [
							{ name: "a", emptyDir: {} },
							{ name: "b", hostPath: { path: "/etc" } },
						],
					},
				},
			},
		},
		place: "/request/object/spec/volumes/1/hostPath",
		fix: [{ op: "remove", path: "/request/object/spec/volumes/1/hostPath" }],
	},
	{
		note: "a tag that is never wanted",
		path: "data.p.deny",
		policy: `deny contains msg if {
	some i, c in input.spec.containers
	endswith(c.image, ":latest")
	msg := sprintf("container %d uses latest", [i])
}`,
		input: { spec: { containers: [{ image: "a:1" }, { image: "b:latest" }] } },
		place: "/spec/containers/1/image",
		fix: [{ op: "replace", path: "/spec/containers/1/image", value: "b" }],
	},
	{
		note: "a bucket without versions, of several",
		path: "data.p.deny",
		policy: `deny contains msg if {
	some name
	bucket := input.resource.aws_s3_bucket[name]
	bucket.acl == "public-read"
	msg := sprintf("bucket %s is public", [name])
}
deny contains msg if {
	some name
	bucket := input.resource.aws_s3_bucket[name]
	not bucket.versioning.enabled
	msg := sprintf("bucket %s has no versioning", [name])
}`,
		input: {
			resource: {
				aws_s3_bucket: {
					logs: { acl: "private", versioning: { enabled: true } },
					site: { acl: "private", versioning: { enabled: false } },
				},
			},
		},
		place: "/resource/aws_s3_bucket/site/versioning/enabled",
		fix: [{ op: "replace", path: "/resource/aws_s3_bucket/site/versioning/enabled", value: true }],
	},
	{
		note: "a permission through an inherited role",
		policy: `default allow := false
parents[r] contains p if some p in data.roles[r].inherits
all_roles contains r if some r in data.users[input.user]
all_roles contains p if {
	some r in data.users[input.user]
	some p in data.roles[r].inherits
}
allow if {
	some r in all_roles
	some perm in data.roles[r].perms
	perm.action == input.action
	perm.object == input.object
}`,
		data: {
			users: { ann: ["dev"] },
			roles: {
				dev: { inherits: ["viewer"], perms: [{ action: "write", object: "repo" }] },
				viewer: { inherits: [], perms: [{ action: "read", object: "wiki" }] },
			},
		},
		input: { user: "ann", action: "read", object: "repo" },
		place: "/action",
		fix: [{ op: "replace", path: "/action", value: "write" }],
	},
	{
		note: "an address outside of the networks",
		policy: `default allow := false
allow if {
	some cidr in data.cidrs
	net.cidr_contains(cidr, input.source.ip)
}`,
		data: { cidrs: ["10.0.0.0/8", "192.168.1.0/24"] },
		input: { source: { ip: "192.168.2.7" } },
		place: "/source/ip",
		fix: [{ op: "replace", path: "/source/ip", value: "10.0.0.0" }],
	},
	{
		note: "too many requests within a minute",
		policy: `default allow := false
limit := data.plans[input.plan].per_minute
allow if {
	recent := [r | some r in input.history; r.ts > input.now - 60]
	count(recent) < limit
}`,
		data: { plans: { free: { per_minute: 2 }, pro: { per_minute: 100 } } },
		input: { plan: "free", now: 1000, history: [{ ts: 900 }, { ts: 950 }, { ts: 960 }, { ts: 999 }] },
		place: "/history",
	},
	{
		note: "a scope that the token lacks",
		policy: `default allow := false
claims := input.token.payload
allow if {
	claims.iss == "https://issuer.example"
	"api" in claims.aud
	claims.exp > input.now
	"orders:read" in split(claims.scope, " ")
}`,
		input: {
			now: 100,
			token: {
				payload: { iss: "https://issuer.example", aud: ["web", "api"], exp: 200, scope: "orders:list profile" },
			},
		},
		place: "/token/payload/scope",
		fix: [{ op: "replace", path: "/token/payload/scope", value: "orders:list profile orders:read" }],
	},
	{
		note: "a token that has expired",
		policy: `default allow := false
allow if not expired
expired if input.claims.exp <= input.now`,
		input: { now: 100, claims: { exp: 99 } },
		place: "/claims/exp",
		fix: [{ op: "replace", path: "/claims/exp", value: 101 }],
	},
	{
		note: "a label that is missing, by difference",
		path: "data.p.violation",
		policy: `required := {"app", "owner", "tier"}
violation contains {"msg": msg, "missing": missing} if {
	provided := {l | input.metadata.labels[l]}
	missing := required - provided
	count(missing) > 0
	msg := sprintf("missing %v", [missing])
}`,
		input: { metadata: { labels: { app: "x", owner: "y" } } },
		place: "/metadata/labels/tier",
		fix: [{ op: "add", path: "/metadata/labels/tier", value: "tier" }],
	},
	{
		note: "an hour outside of the window",
		policy: `default allow := false
allow if {
	[h, _, _] := time.clock(input.ns)
	h >= 9
	h < 17
}`,
		input: { ns: 1700000000000000000 },
		place: "/ns",
	},
	{
		note: "more than the quota, in sum",
		policy: `default allow := false
used := sum([v.gb | some v in input.volumes])
allow if used <= data.limits[input.team]`,
		data: { limits: { a: 100, b: 10 } },
		input: { team: "a", volumes: [{ gb: 40 }, { gb: 50 }, { gb: 20 }] },
		place: "/volumes",
	},
	{
		note: "a path that names somebody else",
		policy: `default allow := false
allow if {
	input.method == "GET"
	input.path = ["users", id, "profile"]
	id == input.subject
}
allow if {
	input.method == "GET"
	input.path == ["health"]
}`,
		input: { method: "GET", path: ["users", "bob", "profile"], subject: "ann" },
		place: "/path/1",
		fix: [{ op: "replace", path: "/path/1", value: "ann" }],
	},
	{
		note: "a level by an else chain, in a set",
		policy: `level := "admin" if {
	input.groups[_] == "root"
} else := "editor" if {
	input.groups[_] == "edit"
} else := "viewer"
default allow := false
allow if level in {"admin", "editor"}`,
		input: { groups: ["edit0", "staff"] },
		place: "/groups/0",
		fix: [{ op: "replace", path: "/groups/0", value: "edit" }],
	},
	{
		note: "a version that is too old",
		policy: `default allow := false
allow if semver.compare(input.client.version, data.min) >= 0`,
		data: { min: "2.3.0" },
		input: { client: { version: "2.2.9" } },
		place: "/client/version",
		fix: [{ op: "replace", path: "/client/version", value: "2.3.0" }],
	},
	{
		note: "one test of many that failed",
		policy: `default allow := false
allow if {
	input.change.author != input.change.approver
	input.change.approver in data.approvers
	count(input.change.tests) > 0
	every t in input.change.tests { t.status == "pass" }
}`,
		data: { approvers: ["zoe", "max"] },
		input: { change: { author: "zoe", approver: "max", tests: [{ status: "pass" }, { status: "fail" }] } },
		place: "/change/tests/1/status",
		fix: [{ op: "replace", path: "/change/tests/1/status", value: "pass" }],
	},
	{
		note: "approved by its author",
		path: "data.p.deny",
		policy: `deny contains "approved by its author" if input.pr.author == input.pr.approver
deny contains "too large" if input.pr.lines > 500`,
		input: { pr: { author: "max", approver: "max", lines: 20 } },
		place: "/pr/author",
		fix: [{ op: "remove", path: "/pr/author" }],
	},
	{
		note: "an image's digest in capitals",
		policy: `default allow := false
allow if {
	every c in input.containers {
		regex.match(\`^registry\\.corp/[a-z/]+@sha256:[0-9a-f]{8}$\`, c.image)
	}
}`,
		input: { containers: [{ image: "registry.corp/a@sha256:deadbeef" }, { image: "registry.corp/b@sha256:DEADBEEF" }] },
		place: "/containers/1/image",
		fix: [{ op: "replace", path: "/containers/1/image", value: "registry.corp/b@sha256:aaaaaaaa" }],
	},
	{
		note: "a rule open to the world, among conditions that only say what it is about",
		path: "data.p.deny",
		policy: `deny contains msg if {
	some rc in input.resource_changes
	rc.type == "aws_security_group_rule"
	"create" in rc.change.actions
	"0.0.0.0/0" in rc.change.after.cidr_blocks
	rc.change.after.from_port <= 22
	rc.change.after.to_port >= 22
	msg := rc.address
}`,
		input: {
			resource_changes: [
				{
					address: "sg.ok",
					type: "aws_security_group_rule",
					change: { actions: ["create"], after: { cidr_blocks: ["10.0.0.0/8"], from_port: 22, to_port: 22 } },
				},
				{
					address: "sg.bad",
					type: "aws_security_group_rule",
					change: {
						actions: ["create"],
						after: { cidr_blocks: ["10.0.0.0/8", "0.0.0.0/0"], from_port: 22, to_port: 22 },
					},
				},
			],
		},
		place: "/resource_changes/1/change/after/cidr_blocks/1",
		fix: [{ op: "remove", path: "/resource_changes/1/change/after/cidr_blocks/1" }],
	},
	{
		note: "a department's document, by attributes",
		policy: `default allow := false
user := data.people[input.user]
doc := data.docs[input.doc]
allow if {
	user.department == doc.department
	user.clearance >= doc.level
}`,
		data: {
			people: { ann: { department: "hr", clearance: 3 }, bob: { department: "it", clearance: 1 } },
			docs: { pay: { department: "hr", level: 2 }, net: { department: "it", level: 2 } },
		},
		input: { user: "bob", doc: "net" },
		place: "/user",
	},
	{
		note: "a service's name out of a SPIFFE id",
		policy: `default allow := false
allow if {
	spiffe := input.attributes.source.principal
	parts := split(trim_prefix(spiffe, "spiffe://"), "/")
	parts[0] == "prod.local"
	parts[2] == data.routes[input.attributes.request.path][_]
}`,
		data: { routes: { "/pay": ["shop", "billing"] } },
		input: { attributes: { source: { principal: "spiffe://prod.local/ns/web" }, request: { path: "/pay" } } },
		place: "/attributes/source/principal",
		fix: [{ op: "replace", path: "/attributes/source/principal", value: "spiffe://prod.local/ns/shop" }],
	},
];
