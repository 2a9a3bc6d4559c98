/** Admission control: Gatekeeper's constraints with parameters, and what conftest checks before that. */
import type { JsonValue } from "../../../src/face/json-value.ts";
import type { Row } from "./row.ts";

type Doc = { readonly [name: string]: JsonValue };

const pod = (spec: Doc, metadata: Doc = {}): Doc => ({
	review: { kind: { kind: "Pod" }, object: { metadata: { name: "p", ...metadata }, spec } },
});

export const admission: readonly Row[] = [
	{
		note: "allowed repositories",
		path: "data.p.violation",
		policy: `violation contains {"msg": msg} if {
	some container in input.review.object.spec.containers
	not strings.any_prefix_match(container.image, input.parameters.repos)
	msg := sprintf("container <%v> has an invalid image repo <%v>, allowed repos are %v", [container.name, container.image, input.parameters.repos])
}`,
		input: {
			...pod({
				containers: [
					{ name: "nginx", image: "openpolicyagent/opa:1" },
					{ name: "side", image: "quay.io/side:2" },
				],
			}),
			parameters: { repos: ["openpolicyagent/"] },
		},
		place: "/review/object/spec/containers/1/image",
	},
	{
		note: "container limits: none are set",
		path: "data.p.violation",
		policy: `violation contains {"msg": msg} if {
	some c in input.review.object.spec.containers
	not c.resources.limits.memory
	msg := sprintf("container <%v> has no memory limit", [c.name])
}`,
		input: pod({ containers: [{ name: "a", resources: { limits: { cpu: "1" } } }] }),
		place: "/review/object/spec/containers/0/resources/limits/memory",
	},
	{
		note: "container limits: too much memory",
		path: "data.p.violation",
		policy: `violation contains {"msg": msg} if {
	some c in input.review.object.spec.containers
	units.parse_bytes(c.resources.limits.memory) > units.parse_bytes(input.parameters.memory)
	msg := sprintf("container <%v> memory limit is higher than %v", [c.name, input.parameters.memory])
}`,
		input: {
			...pod({ containers: [{ name: "a", resources: { limits: { memory: "2Gi" } } }] }),
			parameters: { memory: "1Gi" },
		},
		place: "/review/object/spec/containers/0/resources/limits/memory",
		fix: [{ op: "replace", path: "/review/object/spec/containers/0/resources/limits/memory", value: "1Gi" }],
	},
	{
		note: "host ports outside of a range",
		path: "data.p.violation",
		policy: `violation contains {"msg": msg} if {
	some c in input.review.object.spec.containers
	some port in c.ports
	bad_port(port.hostPort)
	msg := sprintf("host port %v is not allowed", [port.hostPort])
}
bad_port(p) if p < input.parameters.min
bad_port(p) if p > input.parameters.max`,
		input: {
			...pod({ containers: [{ name: "a", ports: [{ hostPort: 80 }, { hostPort: 8080 }, { hostPort: 9999 }] }] }),
			parameters: { min: 80, max: 9000 },
		},
		place: "/review/object/spec/containers/0/ports/2/hostPort",
		fix: [{ op: "replace", path: "/review/object/spec/containers/0/ports/2/hostPort", value: 9000 }],
	},
	{
		note: "a label that does not fit its pattern",
		path: "data.p.violation",
		policy: `violation contains {"msg": msg} if {
	value := input.review.object.metadata.labels[key]
	some expected in input.parameters.labels
	expected.key == key
	expected.allowedRegex != ""
	not regex.match(expected.allowedRegex, value)
	msg := sprintf("label <%v: %v> does not satisfy %v", [key, value, expected.allowedRegex])
}`,
		input: {
			...pod({}, { labels: { app: "web", owner: "joe" } }),
			parameters: { labels: [{ key: "owner", allowedRegex: "^[a-z]+.agilebank.demo$" }] },
		},
		place: "/review/object/metadata/labels/owner",
	},
	{
		note: "capabilities that must be dropped",
		path: "data.p.violation",
		policy: `violation contains {"msg": msg} if {
	some c in input.review.object.spec.containers
	missing := missing_drops(c)
	count(missing) > 0
	msg := sprintf("container <%v> does not drop %v", [c.name, missing])
}
missing_drops(c) := {cap | some cap in input.parameters.required} - {cap | some cap in c.securityContext.capabilities.drop}`,
		input: {
			...pod({ containers: [{ name: "a", securityContext: { capabilities: { drop: ["KILL"] } } }] }),
			parameters: { required: ["KILL", "NET_RAW"] },
		},
		place: "/review/object/spec/containers/0/securityContext/capabilities/drop",
		fix: [
			{ op: "add", path: "/review/object/spec/containers/0/securityContext/capabilities/drop/-", value: "NET_RAW" },
		],
	},
	{
		note: "volume types that are not allowed",
		path: "data.p.violation",
		policy: `violation contains {"msg": msg} if {
	fields := {x | input.review.object.spec.volumes[_][x]; x != "name"}
	not fields_allowed(fields)
	msg := sprintf("one of the volume types %v is not allowed", [fields])
}
fields_allowed(_) if input.parameters.volumes[_] == "*"
fields_allowed(fields) if {
	allowed := {x | x := input.parameters.volumes[_]}
	extra := fields - allowed
	count(extra) == 0
}`,
		input: {
			...pod({
				volumes: [
					{ name: "a", configMap: {} },
					{ name: "b", hostPath: { path: "/etc" } },
				],
			}),
			parameters: { volumes: ["configMap", "secret"] },
		},
		place: "/review/object/spec/volumes/1/hostPath",
	},
	{
		note: "the host's namespaces",
		path: "data.p.violation",
		policy: `violation contains {"msg": "Sharing the host namespace is not allowed"} if share(input.review.object)
share(o) if o.spec.hostPID
share(o) if o.spec.hostIPC`,
		input: pod({ hostPID: false, hostIPC: true, containers: [] }),
		place: "/review/object/spec/hostIPC",
		fix: [{ op: "replace", path: "/review/object/spec/hostIPC", value: false }],
	},
	{
		note: "exempt images, with a wildcard",
		path: "data.p.violation",
		policy: `violation contains {"msg": msg} if {
	some c in input.review.object.spec.containers
	not exempt(c)
	c.securityContext.allowPrivilegeEscalation != false
	msg := sprintf("Privilege escalation: %v", [c.name])
}
exempt(c) if {
	some e in input.parameters.exempt
	endswith(e, "*")
	startswith(c.image, trim_suffix(e, "*"))
}`,
		input: {
			...pod({ containers: [{ name: "a", image: "x/y", securityContext: { allowPrivilegeEscalation: true } }] }),
			parameters: { exempt: ["ok/*"] },
		},
		place: "/review/object/spec/containers/0/securityContext/allowPrivilegeEscalation",
		fix: [
			{
				op: "replace",
				path: "/review/object/spec/containers/0/securityContext/allowPrivilegeEscalation",
				value: false,
			},
		],
	},
	{
		note: "a user outside of its ranges",
		path: "data.p.violation",
		policy: `violation contains {"msg": msg} if {
	some c in input.review.object.spec.containers
	uid := c.securityContext.runAsUser
	not in_ranges(uid)
	msg := sprintf("user %v", [uid])
}
in_ranges(v) if {
	some r in input.parameters.ranges
	r.min <= v
	v <= r.max
}`,
		input: {
			...pod({ containers: [{ name: "a", securityContext: { runAsUser: 250 } }] }),
			parameters: { ranges: [{ min: 100, max: 200 }] },
		},
		place: "/review/object/spec/containers/0/securityContext/runAsUser",
		fix: [{ op: "replace", path: "/review/object/spec/containers/0/securityContext/runAsUser", value: 200 }],
	},
	{
		note: "a unique host name, by the inventory",
		path: "data.p.violation",
		data: { inventory: { namespace: { shop: { Ingress: { old: { spec: { host: "shop.example" } } } } } } },
		policy: `violation contains {"msg": msg} if {
	input.review.kind.kind == "Ingress"
	some ns, name
	other := data.inventory.namespace[ns].Ingress[name]
	other.spec.host == input.review.object.spec.host
	msg := sprintf("host %v is taken", [other.spec.host])
}`,
		input: { review: { kind: { kind: "Ingress" }, object: { spec: { host: "shop.example" } } } },
		place: "/review/object/spec/host",
	},
	{
		note: "an admission response",
		known: "a text made of all members of a set does not say which of them should not be there",
		path: "data.p.main",
		policy: `main := {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": response}
default response := {"allowed": true}
response := {"allowed": false, "status": {"message": reason}} if {
	reason := concat(", ", deny)
	reason != ""
}
deny contains msg if {
	input.request.kind.kind == "Service"
	input.request.object.spec.type == "LoadBalancer"
	msg := "no load balancers"
}`,
		input: { request: { kind: { kind: "Service" }, object: { spec: { type: "LoadBalancer" } } } },
		want: {
			apiVersion: "admission.k8s.io/v1",
			kind: "AdmissionReview",
			response: { allowed: true },
		},
		place: "/request/object/spec/type",
	},
	{
		note: "conftest: a tag that is latest",
		path: "data.p.deny",
		policy: `deny contains msg if {
	input.kind in {"Deployment", "StatefulSet"}
	some container in input.spec.template.spec.containers
	tag := split(container.image, ":")[1]
	tag == "latest"
	msg := sprintf("%s uses the tag latest", [container.name])
}`,
		input: {
			kind: "Deployment",
			spec: {
				template: {
					spec: {
						containers: [
							{ name: "a", image: "x:1" },
							{ name: "b", image: "y:latest" },
						],
					},
				},
			},
		},
		place: "/spec/template/spec/containers/1/image",
	},
	{
		note: "conftest: Dockerfile instructions",
		path: "data.p.deny",
		policy: `deny contains msg if {
	some i
	input[i].Cmd == "from"
	val := split(input[i].Value[0], "/")
	count(val) == 1
	msg := sprintf("no registry in %s", [input[i].Value[0]])
}
deny contains msg if {
	not any_user
	msg := "Do not run as root"
}
any_user if {
	some i
	input[i].Cmd == "user"
}`,
		input: [
			{ Cmd: "from", Value: ["registry.local/base"] },
			{ Cmd: "run", Value: ["make"] },
		],
		// A person who knows these files would say that an instruction is missing, and not that one is another.
		place: "/0/Cmd",
	},
	{
		note: "conftest: selector and labels differ",
		path: "data.p.deny",
		policy: `deny contains msg if {
	input.kind == "Deployment"
	not input.spec.selector.matchLabels.app == input.spec.template.metadata.labels.app
	msg := "labels must match the selector"
}`,
		input: {
			kind: "Deployment",
			spec: { selector: { matchLabels: { app: "web" } }, template: { metadata: { labels: { app: "wbe" } } } },
		},
		place: "/spec/selector/matchLabels/app",
	},
	{
		note: "conftest: exceptions by name",
		path: "data.p.deny",
		policy: `exceptions := {"cluster-autoscaler", "kube-proxy"}
deny contains msg if {
	not input.metadata.name in exceptions
	input.spec.hostNetwork == true
	msg := sprintf("%s must not use the host's network", [input.metadata.name])
}`,
		input: { metadata: { name: "web" }, spec: { hostNetwork: true } },
		place: "/spec/hostNetwork",
		fix: [{ op: "replace", path: "/spec/hostNetwork", value: false }],
	},
	{
		note: "terraform: a port that is open to the world",
		path: "data.p.deny",
		policy: `deny contains msg if {
	some r in input.resource_changes
	r.type == "aws_security_group_rule"
	r.change.after.type == "ingress"
	"0.0.0.0/0" in r.change.after.cidr_blocks
	msg := sprintf("%s is open", [r.address])
}`,
		input: {
			resource_changes: [
				{ address: "a", type: "aws_instance", change: { after: {} } },
				{
					address: "b",
					type: "aws_security_group_rule",
					change: { after: { type: "ingress", cidr_blocks: ["10.0.0.0/8", "0.0.0.0/0"] } },
				},
			],
		},
		place: "/resource_changes/1/change/after/cidr_blocks/1",
		fix: [{ op: "remove", path: "/resource_changes/1/change/after/cidr_blocks/1" }],
	},
	{
		note: "terraform: a score over a threshold",
		known: "a sum of products of counts does not say which of what was counted is too much",
		policy: `blast_radius := 30
weights := {"aws_iam": {"delete": 100, "create": 10}, "aws_instance": {"delete": 10, "create": 1}}
default authz := false
authz if score < blast_radius
score := s if {
	all := [x |
		some type, crud in weights
		del := crud["delete"] * num_deletes[type]
		new := crud["create"] * num_creates[type]
		x := del + new
	]
	s := sum(all)
}
num_deletes[type] := n if {
	some type, _ in weights
	n := count([1 | some r in input.changes; r.type == type; "delete" in r.actions])
}
num_creates[type] := n if {
	some type, _ in weights
	n := count([1 | some r in input.changes; r.type == type; "create" in r.actions])
}`,
		path: "data.p.authz",
		input: {
			changes: [
				{ type: "aws_instance", actions: ["create"] },
				{ type: "aws_iam", actions: ["delete"] },
			],
		},
		place: "/changes/1/actions/0",
	},
];
