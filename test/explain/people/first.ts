/** Policies of many styles, the first of them. */
import type { Row } from "./row.ts";

export const first: readonly Row[] = [
	{
		note: "RBAC: a role is missing",
		policy: `default allow := false
allow if {
	some role in data.users[input.user]
	some grant in data.grants[role]
	grant.action == input.action
	grant.type == input.type
}`,
		data: {
			users: { ann: ["dev"], bob: ["ops"] },
			grants: { dev: [{ action: "read", type: "repo" }], ops: [{ action: "write", type: "repo" }] },
		},
		input: { user: "ann", action: "write", type: "repo" },
		place: "/action",
		says: '"write", the policy wants "read"',
		fix: [{ op: "replace", path: "/action", value: "read" }],
	},
	{
		note: "RBAC: nobody of that name",
		policy: `default allow := false
allow if {
	some role in data.users[input.user]
	role == "admin"
}`,
		data: { users: { ann: ["admin"] } },
		input: { user: "anne" },
		place: "/user",
	},
	{
		note: "an allow-list",
		policy: `default allow := false
allow if input.image in {"nginx:1.25", "redis:7"}`,
		input: { image: "nginx:1.26" },
		place: "/image",
		says: "is not in",
		fix: [{ op: "replace", path: "/image", value: "nginx:1.25" }],
	},
	{
		note: "an allow-list in data",
		policy: `default allow := false
allow if input.registry in data.registries`,
		data: { registries: ["gcr.io", "quay.io"] },
		input: { registry: "quay.com" },
		place: "/registry",
		fix: [{ op: "replace", path: "/registry", value: "quay.io" }],
	},
	{
		note: "the second of two checks",
		policy: `default allow := false
allow if {
	input.method == "GET"
	input.path == ["finance", "salary", input.user]
}`,
		input: { method: "GET", path: ["finance", "salary", "bob"], user: "alice" },
		place: "/path/2",
		fix: [{ op: "replace", path: "/path/2", value: "alice" }],
	},
	{
		note: "of two ways the nearer",
		policy: `default allow := false
allow if {
	input.role == "admin"
	input.mfa == true
}
allow if {
	input.role == "viewer"
	input.method == "GET"
	input.office == true
	input.hour < 18
}`,
		input: { role: "admin", mfa: false, method: "POST", hour: 20, office: false },
		place: "/mfa",
		fix: [{ op: "replace", path: "/mfa", value: true }],
	},
	{
		note: "conftest: one denial",
		path: "data.p.deny",
		policy: `deny contains msg if {
	input.kind == "Deployment"
	not input.spec.template.spec.securityContext.runAsNonRoot
	msg := "Containers must not run as root"
}`,
		input: { kind: "Deployment", spec: { template: { spec: { securityContext: {} } } } },
		place: "/spec/template/spec/securityContext/runAsNonRoot",
		fix: [{ op: "add", path: "/spec/template/spec/securityContext/runAsNonRoot", value: true }],
	},
	{
		note: "conftest: a label is missing",
		path: "data.p.deny",
		policy: `required := {"app", "team"}
deny contains msg if {
	some label in required
	not input.metadata.labels[label]
	msg := sprintf("label %s is missing", [label])
}`,
		input: { metadata: { labels: { app: "web" } } },
		place: "/metadata/labels/team",
	},
	{
		note: "Gatekeeper: count of violations",
		policy: `default allow := false
allow if count(violation) == 0
violation contains {"msg": msg} if {
	some c in input.containers
	not startswith(c.image, "registry.local/")
	msg := sprintf("image %s", [c.image])
}`,
		input: { containers: [{ image: "registry.local/a" }, { image: "docker.io/b" }] },
		place: "/containers/1/image",
	},
	{
		note: "OPA's tutorial: servers in violation",
		policy: `default allow := false
allow if count(violation) == 0
violation contains server.id if {
	some server in public_servers
	"http" in server.protocols
}
violation contains server.id if {
	some server in input.servers
	"telnet" in server.protocols
}
public_servers contains server if {
	some server in input.servers
	some port in server.ports
	some i
	input.ports[i].id == port
	some j
	input.networks[j].id == input.ports[i].network
	input.networks[j].public
}`,
		input: {
			servers: [
				{ id: "app", protocols: ["https"], ports: ["p1"] },
				{ id: "db", protocols: ["telnet"], ports: [] },
			],
			ports: [{ id: "p1", network: "n1" }],
			networks: [{ id: "n1", public: true }],
		},
		place: "/servers/1/protocols/0",
		fix: [{ op: "remove", path: "/servers/1/protocols/0" }],
	},
	{
		note: "a privileged container",
		path: "data.p.violation",
		policy: `violation contains {"msg": msg} if {
	some c in input.review.object.spec.containers
	c.securityContext.privileged
	msg := sprintf("Privileged container is not allowed: %v", [c.name])
}`,
		input: {
			review: {
				object: {
					spec: {
						containers: [
							{ name: "a", securityContext: { privileged: true } },
							{ name: "b", securityContext: { privileged: false } },
						],
					},
				},
			},
		},
		place: "/review/object/spec/containers/0/securityContext/privileged",
		fix: [{ op: "replace", path: "/review/object/spec/containers/0/securityContext/privileged", value: false }],
	},
	{
		note: "an else chain: a level",
		policy: `default allow := false
allow if level == "low"
level := "high" if {
	input.score > 80
} else := "medium" if {
	input.score > 40
} else := "low"`,
		input: { score: 60 },
		place: "/score",
	},
	{
		note: "complete rules: a level",
		policy: `default allow := false
allow if level == "high"
level := "high" if input.clearance == "secret"
level := "low" if input.clearance == "public"`,
		input: { clearance: "public" },
		place: "/clearance",
		fix: [{ op: "replace", path: "/clearance", value: "secret" }],
	},
	{
		note: "a sum against a quota",
		policy: `default allow := false
allow if total <= data.quota
total := sum([r.cpu | some r in input.requests])`,
		data: { quota: 4 },
		input: { requests: [{ cpu: 2 }, { cpu: 3 }] },
		place: "/requests",
	},
	{
		note: "a number too large",
		policy: `default allow := false
allow if input.replicas <= 5`,
		input: { replicas: 7 },
		place: "/replicas",
		says: "which is more than 5",
		fix: [{ op: "replace", path: "/replicas", value: 5 }],
	},
	{
		note: "a number too small",
		policy: `default allow := false
allow if input.age >= 18`,
		input: { age: 17 },
		place: "/age",
		says: "which is less than 18",
		fix: [{ op: "replace", path: "/age", value: 18 }],
	},
	{
		note: "a prefix",
		policy: `default allow := false
allow if startswith(input.path, "/public/")`,
		input: { path: "/private/x" },
		place: "/path",
		says: "does not start with",
	},
	{
		note: "a pattern: where it stops matching",
		policy: `default allow := false
allow if regex.match("^[a-z0-9-]+$", input.name)`,
		input: { name: "my-App" },
		place: "/name",
		says: 'stops matching at character 4: "A"',
		fix: [{ op: "replace", path: "/name", value: "my-pp" }],
	},
	{
		note: "a misspelled field",
		policy: `default allow := false
allow if input.user.role == "admin"`,
		input: { user: { rol: "admin" } },
		place: "/user/role",
		says: 'did you mean "rol"?',
		fix: [{ op: "add", path: "/user/role", value: "admin" }],
	},
	{
		note: "a list that is empty",
		policy: `default allow := false
allow if {
	some a in input.approvals
	a.team == "security"
}`,
		input: { approvals: [] },
		place: "/approvals",
		fix: [{ op: "add", path: "/approvals/-", value: { team: "security" } }],
	},
	{
		note: "a count of approvals",
		policy: `default allow := false
allow if count(input.approvals) >= 2`,
		input: { approvals: ["ann"] },
		place: "/approvals",
	},
	{
		note: "approvals that count",
		policy: `default allow := false
approved := [a | some a in input.approvals; a.state == "APPROVED"]
allow if count(approved) >= 2`,
		input: {
			approvals: [
				{ user: "ann", state: "APPROVED" },
				{ user: "bob", state: "PENDING" },
			],
		},
		place: "/approvals/1/state",
		fix: [{ op: "replace", path: "/approvals/1/state", value: "APPROVED" }],
	},
	{
		note: "all mounts match: a count of matches",
		policy: `default allow := false
matches := {i | some i, m in input.mounts; m.source in {"/a", "/b"}}
allow if count(matches) == count(input.mounts)`,
		input: { mounts: [{ source: "/a" }, { source: "/c" }] },
		place: "/mounts/1/source",
	},
	{
		note: "every: one element",
		policy: `default allow := false
allow if {
	every p in input.ports { p < 1024 }
}`,
		input: { ports: [80, 443, 8080] },
		place: "/ports/2",
	},
	{
		note: "every of the policy's in the input's: one replaced",
		policy: `default allow := false
paths := ["/proc/acpi", "/proc/kcore", "/proc/keys"]
allow if {
	every p in paths { p in input.masked }
}`,
		input: { masked: ["/proc/acpi", "x", "/proc/keys"] },
		place: "/masked/1",
		fix: [{ op: "replace", path: "/masked/1", value: "/proc/kcore" }],
	},
	{
		note: "every of the policy's in the input's: one missing",
		policy: `default allow := false
paths := ["/proc/acpi", "/proc/kcore", "/proc/keys"]
allow if {
	every p in paths { some m in input.masked; m == p }
}`,
		input: { masked: ["/proc/acpi", "/proc/keys"] },
		place: "/masked",
		fix: [{ op: "add", path: "/masked/1", value: "/proc/kcore" }],
	},
	{
		note: "a capability too much",
		policy: `default allow := false
allowed := {"CHOWN", "KILL"}
allow if {
	extra := {c | some c in input.caps} - allowed
	count(extra) == 0
}`,
		input: { caps: ["CHOWN", "SYS_ADMIN"] },
		place: "/caps/1",
	},
	{
		note: "two sets that should be the same",
		policy: `default allow := false
allow if {n.type | some n in input.namespaces} == {"ipc", "uts", "mount"}`,
		input: { namespaces: [{ type: "ipc" }, { type: "utz" }, { type: "mount" }] },
		place: "/namespaces/1/type",
		says: '"utz", the policy wants "uts"',
		fix: [{ op: "replace", path: "/namespaces/1/type", value: "uts" }],
	},
	{
		note: "a made text: concat",
		policy: `default allow := false
allow if input.root == concat("/", ["/run/kata", input.id, "rootfs"])`,
		input: { id: "abc", root: "/run/kata/abd/rootfs" },
		place: "/root",
	},
	{
		note: "a made text: sprintf",
		policy: `default allow := false
allow if sprintf("arn:aws:s3:::%s/*", [input.bucket]) == "arn:aws:s3:::logs/*"`,
		input: { bucket: "log" },
		place: "/bucket",
		fix: [{ op: "replace", path: "/bucket", value: "logs" }],
	},
	{
		note: "a made text: split",
		policy: `default allow := false
allow if {
	parts := split(input.image, "/")
	parts[0] == "registry.local"
}`,
		input: { image: "docker.io/library/nginx" },
		place: "/image",
		fix: [{ op: "replace", path: "/image", value: "registry.local/library/nginx" }],
	},
	{
		note: "a made text: lower",
		policy: `default allow := false
allow if lower(input.env) == "prod"`,
		input: { env: "Production" },
		place: "/env",
		fix: [{ op: "replace", path: "/env", value: "prod" }],
	},
	{
		note: "object.get with a default",
		policy: `default allow := false
allow if object.get(input, "tier", "free") == "paid"`,
		input: {},
		place: "/tier",
		fix: [{ op: "add", path: "/tier", value: "paid" }],
	},
	{
		note: "null is wanted",
		policy: `default allow := false
allow if {
	is_null(input.hooks)
	input.version == "1.1"
}`,
		input: { hooks: {}, version: "1.1" },
		place: "/hooks",
		fix: [{ op: "replace", path: "/hooks", value: null }],
	},
	{
		note: "something that must not be there",
		policy: `default allow := false
allow if {
	not input.debug
	input.user == "ann"
}`,
		input: { user: "ann", debug: true },
		place: "/debug",
		fix: [{ op: "replace", path: "/debug", value: false }],
	},
	{
		note: "not of a rule",
		policy: `default allow := false
allow if not blocked
blocked if input.country in data.embargo`,
		data: { embargo: ["xx"] },
		input: { country: "xx" },
		place: "/country",
	},
	{
		note: "a helper function",
		policy: `default allow := false
allow if is_owner(input.user, input.resource)
is_owner(u, r) if r.owner == u.id`,
		input: { user: { id: 1 }, resource: { owner: 2 } },
		place: "/resource/owner",
	},
	{
		note: "a function of several definitions",
		policy: `default allow := false
allow if valid(input.port, input.protocol)
valid(port, protocol) if {
	protocol == "tcp"
	port == 443
}
valid(port, protocol) if {
	protocol == "udp"
	port == 53
}`,
		input: { port: 53, protocol: "tcp" },
		place: "/port",
	},
	{
		note: "the right one of several containers",
		policy: `default allow := false
containers := [
	{"name": "pause", "args": ["/pause"], "env": ["A=1"], "cwd": "/"},
	{"name": "web", "args": ["nginx", "-g"], "env": ["B=2"], "cwd": "/srv"},
]
allow if {
	some c in containers
	c.cwd == input.cwd
	c.args == input.args
	every e in input.env { e in c.env }
}`,
		input: { cwd: "/srv", args: ["nginx", "-x"], env: ["B=2"] },
		place: "/args/1",
		fix: [{ op: "replace", path: "/args/1", value: "-g" }],
	},
	{
		note: "a partial object as a table",
		policy: `default allow := false
limits[name] := n if {
	some name, n in data.limits
}
allow if input.size <= limits[input.tier]`,
		data: { limits: { small: 10, large: 100 } },
		input: { tier: "small", size: 50 },
		place: "/size",
		fix: [{ op: "replace", path: "/size", value: 10 }],
	},
	{
		note: "a table without the key",
		policy: `default allow := false
allow if data.limits[input.tier] > 5`,
		data: { limits: { small: 10, large: 100 } },
		input: { tier: "smal" },
		place: "/tier",
	},
	{
		note: "walk: a secret somewhere",
		path: "data.p.deny",
		policy: `deny contains path if {
	walk(input, [path, value])
	is_string(value)
	startswith(value, "AKIA")
}`,
		input: { a: { b: ["x", "AKIA123"] } },
		place: "/a/b/1",
	},
	{
		note: "a CIDR",
		policy: `default allow := false
allow if net.cidr_contains("10.0.0.0/8", input.ip)`,
		input: { ip: "192.168.1.1" },
		place: "/ip",
	},
	{
		note: "a decision that is an object",
		path: "data.p.decision",
		policy: `decision := {"allowed": count(reasons) == 0, "reasons": reasons}
reasons contains "too large" if input.size > 10`,
		input: { size: 11 },
		place: "/size",
		fix: [{ op: "replace", path: "/size", value: 10 }],
	},
	{
		note: "with: a rule asked of another input",
		policy: `default allow := false
ok if input.user == "root"
allow if ok with input as {"user": input.actor}`,
		input: { actor: "ann" },
		place: "/actor",
		fix: [{ op: "replace", path: "/actor", value: "root" }],
	},
	{
		note: "terraform: a resource without encryption",
		path: "data.p.deny",
		policy: `deny contains r.address if {
	some r in input.resource_changes
	r.type == "aws_s3_bucket"
	r.change.after.encrypted != true
}`,
		input: { resource_changes: [{ address: "b", type: "aws_s3_bucket", change: { after: { encrypted: false } } }] },
		place: "/resource_changes/0/change/after/encrypted",
		fix: [{ op: "replace", path: "/resource_changes/0/change/after/encrypted", value: true }],
	},
	{
		note: "no rule defines it for such an input",
		policy: `allow if {
	input.a == 1
	input.b == 2
}`,
		input: { a: 1 },
		place: "/b",
		says: "is missing, the policy wants 2",
		fix: [{ op: "add", path: "/b", value: 2 }],
	},
	{
		note: "want: a denial that did not come",
		want: false,
		policy: `default allow := false
allow if {
	input.user == "ann"
	input.debug == true
}`,
		input: { user: "ann", debug: true },
		place: "/debug",
	},
	{
		note: "several things at once",
		policy: `default allow := false
allow if {
	input.a == 1
	input.b == 2
	input.c == 3
}`,
		input: { a: 0, b: 0, c: 3 },
		place: "/a",
		fix: [
			{ op: "replace", path: "/a", value: 1 },
			{ op: "replace", path: "/b", value: 2 },
		],
	},
	{
		note: "Gatekeeper: required labels",
		path: "data.p.violation",
		policy: `violation contains {"msg": msg, "details": {"missing_labels": missing}} if {
	provided := {label | some label, _ in input.review.object.metadata.labels}
	required := {label | label := input.parameters.labels[_].key}
	missing := required - provided
	count(missing) > 0
	msg := sprintf("you must provide labels: %v", [missing])
}`,
		input: {
			review: { object: { metadata: { labels: { app: "x" } } } },
			parameters: { labels: [{ key: "app" }, { key: "owner" }] },
		},
		place: "/review/object/metadata/labels/owner",
		says: "is missing",
		fix: [{ op: "add", path: "/review/object/metadata/labels/owner", value: "owner" }],
	},
	{
		note: "a score: what would add to it",
		policy: `default allow := false
weights := {"mfa": 5, "vpn": 3, "managed": 4}
score := sum([w | some k, w in weights; input.signals[k] == true])
allow if score >= 8`,
		input: { signals: { mfa: true, vpn: false, managed: false } },
		place: "/signals/managed",
		fix: [{ op: "replace", path: "/signals/managed", value: true }],
	},
	{
		note: "a function that answers an object",
		policy: `default allow := false
allow if {
	r := check(input.req)
	r.ok
}
check(req) := {"ok": true} if {
	req.kind == "a"
	req.size < 10
}
check(req) := {"ok": false, "why": "kind"} if req.kind != "a"`,
		input: { req: { kind: "b", size: 3 } },
		place: "/req/kind",
		fix: [{ op: "replace", path: "/req/kind", value: "a" }],
	},
	{
		note: "an input that is not there",
		policy: `default allow := false
allow if input.user == "ann"`,
		input: {},
		place: "/user",
		fix: [{ op: "add", path: "/user", value: "ann" }],
	},
];
