/**
 * A collection of policies as people keep them, of any size: rules with metadata that share helpers, messages made by
 * sprintf, comprehensions, functions, and tests with inputs of their own. Texts by path.
 */

interface Kind {
	readonly name: string;
	/** The rules of policy number i, and its tests. */
	readonly make: (i: number) => { readonly rules: string; readonly tests: string };
}

const fields = ["privileged", "hostNetwork", "readOnlyRootFilesystem", "allowPrivilegeEscalation", "runAsNonRoot"];
const resources = ["aws_s3_bucket", "aws_instance", "aws_db_instance", "aws_iam_policy", "aws_security_group"];
const pick = <T>(list: readonly T[], i: number): T => list[i % list.length] as T;

const kinds: readonly Kind[] = [
	{
		name: "container",
		make: (i) => {
			const field = pick(fields, i);
			return {
				rules: `
import data.lib.kubernetes

# The value that is asked for.
wanted := ${i % 2 === 0}

deny contains result if {
	kubernetes.is_workload
	some container in kubernetes.containers
	not allowed(container)
	msg := sprintf("container %s of %s %s must set ${field} to %v", [container.name, input.kind, kubernetes.name, wanted])
	result := kubernetes.result(msg, container, metadata)
}

metadata := {"id": "KSV-${i}", "severity": "HIGH", "field": "${field}"}

allowed(container) if container.securityContext.${field} == wanted

allowed(container) if {
	some exempt in object.get(data.exemptions, "KSV-${i}", [])
	glob.match(exempt, [], container.image)
}

exempted := {c.name | some c in kubernetes.containers; allowed(c)}
`,
				tests: `
pod(c) := {"kind": "Pod", "metadata": {"name": "web"}, "spec": {"containers": [c]}}

test_denied if {
	r := policy.deny with input as pod({"name": "app", "image": "nginx", "securityContext": {"${field}": ${i % 2 !== 0}}})
	count(r) == 1
	some x in r
	contains(x.msg, "${field}")
}

test_allowed if {
	count(policy.deny) == 0 with input as pod({"name": "app", "image": "nginx", "securityContext": {"${field}": ${i % 2 === 0}}})
}

test_exempt if {
	count(policy.deny) == 0 with input as pod({"name": "app", "image": "quay.io/infra/${i}"})
		with data.exemptions as {"KSV-${i}": ["quay.io/infra/*"]}
}

test_other_kind if {
	count(policy.deny) == 0 with input as {"kind": "Service", "metadata": {"name": "x"}}
}
`,
			};
		},
	},
	{
		name: "terraform",
		make: (i) => {
			const type = pick(resources, i);
			return {
				rules: `
import data.lib.terraform

default compliant := false

compliant if count(violations) == 0

required_tags := {"owner", "cost-center", "env-${i}"}

violations[address] contains reason if {
	some address, r in terraform.resources("${type}")
	missing := required_tags - object.keys(object.get(r.values, "tags", {}))
	count(missing) > 0
	reason := sprintf("%s lacks tags %s", [address, concat(", ", sort(missing))])
}

violations[address] contains "public access" if {
	some address, r in terraform.resources("${type}")
	is_public(r.values)
}

is_public(values) if values.acl in {"public-read", "public-read-write"}

is_public(values) if {
	some rule in values.ingress
	some cidr in rule.cidr_blocks
	net.cidr_contains("0.0.0.0/0", cidr)
	rule.from_port <= ${20 + (i % 400)}
	rule.to_port >= ${20 + (i % 400)}
}

score := round(100 * (1 - (count(violations) / max([1, count(terraform.resources("${type}"))]))))

summary := {"type": "${type}", "score": score, "addresses": [a | some a, _ in violations]}
`,
				tests: `
plan(values) := {"resource_changes": [{"address": "x.${i}", "type": "${type}", "change": {"after": values}}]}

tags := {"owner": "me", "cost-center": "1", "env-${i}": "yes"}

test_compliant if policy.compliant with input as plan({"tags": tags, "acl": "private"})

test_missing_tags if {
	v := policy.violations with input as plan({"tags": {"owner": "me"}})
	v["x.${i}"] == {"x.${i} lacks tags cost-center, env-${i}"}
}

test_public if {
	not policy.compliant with input as plan({"tags": tags, "acl": "public-read"})
}

test_score if {
	policy.summary.score == 0 with input as plan({
		"tags": tags,
		"ingress": [{"cidr_blocks": ["10.0.0.0/8"], "from_port": 0, "to_port": 65535}],
	})
}
`,
			};
		},
	},
	{
		name: "authz",
		make: (i) => ({
			rules: `
import data.lib.roles

default allow := false

allow if {
	some role in roles.of(input.user)
	some grant in grants[role]
	action_matches(grant, input.action)
	startswith(input.path, concat("/", ["", "api", "v${i}"]))
}

allow if {
	input.method == "GET"
	input.path == "/health/${i}"
}

grants := {
	"admin": [{"actions": ["*"]}],
	"editor": [{"actions": ["read", "write"]}, {"actions": ["list"]}],
	"viewer": [{"actions": ["read"]}],
}

action_matches(grant, _) if "*" in grant.actions

action_matches(grant, action) if action in grant.actions

reasons contains "no role" if count(roles.of(input.user)) == 0

reasons contains msg if {
	not allow
	every role in roles.of(input.user) { role != "admin" }
	msg := sprintf("%v may not %v %v", [input.user.name, input.action, input.path])
}
`,
			tests: `
user(r) := {"name": "eve", "groups": r}

test_admin if policy.allow with input as {"user": user(["admins"]), "action": "drop", "path": "/api/v${i}/x"}
	with data.groups as {"admins": ["admin"]}

test_viewer_may_not_write if {
	not policy.allow with input as {"user": user(["all"]), "action": "write", "path": "/api/v${i}/x"} with data.groups as {"all": ["viewer"]}
}

test_health if policy.allow with input as {"method": "GET", "path": "/health/${i}", "user": user([])}

test_reasons if {
	r := policy.reasons with input as {"user": user(["none"]), "action": "read", "path": "/"} with data.groups as {}
	r == {"no role", "eve may not read /"}
}
`,
		}),
	},
	{
		name: "image",
		make: (i) => ({
			rules: `
import data.lib.kubernetes

registries := {"registry.example.com", "mirror-${i}.example.com"}

parsed(image) := {"registry": registry, "repository": rest, "tag": tag} if {
	parts := split(image, "/")
	count(parts) > 1
	registry := parts[0]
	last := parts[count(parts) - 1]
	rest := concat("/", array.slice(parts, 1, count(parts)))
	tag := tag_of(last)
}

tag_of(name) := t if {
	contains(name, ":")
	[_, t] := split(name, ":")
} else := "latest"

warn contains msg if {
	some c in kubernetes.containers
	p := parsed(c.image)
	p.tag == "latest"
	msg := sprintf("%s: pin a tag", [c.image])
}

deny contains msg if {
	some c in kubernetes.containers
	not trusted(c.image)
	msg := sprintf("%s is not from %v", [c.image, sort(registries)])
}

trusted(image) if parsed(image).registry in registries

trusted(image) if regex.match(\`^[a-z0-9-]+-${i}\\.internal/\`, image)
`,
			tests: `
pod(image) := {"kind": "Pod", "metadata": {"name": "p"}, "spec": {"containers": [{"name": "c", "image": image}]}}

test_trusted if count(policy.deny) == 0 with input as pod("mirror-${i}.example.com/a/b:1")

test_internal if count(policy.deny) == 0 with input as pod("cache-${i}.internal/a:1")

test_untrusted if {
	policy.deny == {\`evil.io/a:1 is not from ["mirror-${i}.example.com", "registry.example.com"]\`} with input as pod("evil.io/a:1")
}

test_latest if count(policy.warn) == 1 with input as pod("registry.example.com/a")
`,
		}),
	},
];

const helpers: { readonly [path: string]: string } = {
	"lib/kubernetes.rego": `# METADATA
# title: Kubernetes
# description: What rules about workloads share.
package lib.kubernetes

workloads := {"Pod", "Deployment", "DaemonSet", "StatefulSet", "Job", "CronJob"}

is_workload if input.kind in workloads

name := object.get(input, ["metadata", "name"], "unnamed")

pod_spec := input.spec if input.kind == "Pod"

pod_spec := input.spec.template.spec if input.kind in {"Deployment", "DaemonSet", "StatefulSet", "Job"}

pod_spec := input.spec.jobTemplate.spec.template.spec if input.kind == "CronJob"

containers contains c if some c in pod_spec.containers

containers contains c if some c in pod_spec.initContainers

result(msg, cause, metadata) := {
	"msg": msg,
	"id": metadata.id,
	"severity": object.get(metadata, "severity", "LOW"),
	"name": object.get(cause, "name", ""),
}
`,
	"lib/terraform.rego": `package lib.terraform

resources(type) := {r.address: {"values": r.change.after, "type": r.type} |
	some r in input.resource_changes
	r.type == type
	r.change.after != null
}
`,
	"lib/roles.rego": `package lib.roles

of(user) := {role | some group in user.groups; some role in data.groups[group]}
`,
};

/** A library of n policies, each with a file of tests. */
export function library(n: number): ReadonlyMap<string, string> {
	const files = new Map(Object.entries(helpers));
	for (let i = 0; i < n; i++) {
		const kind = pick(kinds, i);
		const name = `policy_${i}`;
		const { rules, tests } = kind.make(i);
		const head = `# METADATA\n# title: Policy ${i}\n# description: Rules of the kind ${kind.name}.\n# custom:\n#   id: P-${i}\n`;
		files.set(`${kind.name}/${name}.rego`, `${head}package ${kind.name}.${name}\n${rules}`);
		files.set(
			`${kind.name}/${name}_test.rego`,
			`package ${kind.name}.${name}_test\n\nimport data.${kind.name}.${name} as policy\n${tests}`,
		);
	}
	return files;
}
