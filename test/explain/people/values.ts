/** Kinds of checks: texts, patterns, versions, sets, aggregates, functions. */
import type { Row } from "./row.ts";

export const values: readonly Row[] = [
	{
		note: "a semantic version that is too old",
		policy: `default allow := false
allow if semver.compare(input.version, "1.4.0") >= 0`,
		input: { version: "1.3.9" },
		place: "/version",
		fix: [{ op: "replace", path: "/version", value: "1.4.0" }],
	},
	{
		note: "no semantic version",
		policy: `default allow := false
allow if semver.is_valid(input.version)`,
		input: { version: "1.3" },
		place: "/version",
	},
	{
		note: "a glob",
		policy: `default allow := false
allow if glob.match("api.*.example.com", ["."], input.host)`,
		input: { host: "api.eu.example.org" },
		place: "/host",
	},
	{
		note: "a glob out of several",
		policy: `default allow := false
patterns := ["s3:Get*", "s3:List*"]
allow if {
	some p in patterns
	glob.match(p, [], input.action)
}`,
		input: { action: "s3:PutObject" },
		place: "/action",
	},
	{
		note: "the end of a name",
		policy: `default allow := false
allow if endswith(input.email, "@example.com")`,
		input: { email: "ann@example.org" },
		place: "/email",
		says: "does not end with",
	},
	{
		note: "a digest that is too short",
		policy: `default allow := false
allow if regex.match("^sha256:[0-9a-f]{8}$", input.digest)`,
		input: { digest: "sha256:12ab" },
		place: "/digest",
	},
	{
		note: "a pattern out of several",
		policy: `default allow := false
patterns := ["^/api/v1/", "^/healthz$"]
allow if {
	some p in patterns
	regex.match(p, input.path)
}`,
		input: { path: "/healthzz" },
		place: "/path",
		fix: [{ op: "replace", path: "/path", value: "/healthz" }],
	},
	{
		note: "parts of an image",
		policy: `default allow := false
allow if {
	[name, tag] := split(input.image, ":")
	name == "registry/app"
	tag != "latest"
}`,
		input: { image: "registry/ap:1.0" },
		place: "/image",
		fix: [{ op: "replace", path: "/image", value: "registry/app:1.0" }],
	},
	{
		note: "trimmed and lower",
		policy: `default allow := false
allow if lower(trim_space(input.answer)) == "yes"`,
		input: { answer: " No " },
		place: "/answer",
		fix: [{ op: "replace", path: "/answer", value: "yes" }],
	},
	{
		note: "a prefix that is taken off",
		policy: `default allow := false
allow if trim_prefix(input.ref, "refs/heads/") in {"main", "release"}`,
		input: { ref: "refs/heads/mian" },
		place: "/ref",
		fix: [{ op: "replace", path: "/ref", value: "refs/heads/main" }],
	},
	{
		note: "a number in a text",
		policy: `default allow := false
allow if to_number(input.port) < 1024`,
		input: { port: "8080" },
		place: "/port",
		fix: [{ op: "replace", path: "/port", value: "1023" }],
	},
	{
		note: "a text that is no number",
		policy: `default allow := false
allow if to_number(input.port) < 1024`,
		input: { port: "http" },
		place: "/port",
	},
	{
		note: "arithmetic",
		policy: `default allow := false
allow if input.price * input.quantity <= 100`,
		input: { price: 30, quantity: 4 },
		place: "/price",
	},
	{
		note: "a name made of two fields",
		policy: `default allow := false
allow if sprintf("%s-%s", [input.team, input.app]) == input.namespace`,
		input: { team: "core", app: "web", namespace: "core-wab" },
		place: "/namespace",
		fix: [{ op: "replace", path: "/namespace", value: "core-web" }],
	},
	{
		note: "values of an object",
		policy: `default allow := false
allow if "prod" in input.tags`,
		input: { tags: { env: "prd", team: "core" } },
		place: "/tags/env",
		fix: [{ op: "replace", path: "/tags/env", value: "prod" }],
	},
	{
		note: "keys of an object",
		policy: `default allow := false
allow if {
	every k, _ in input.settings { k in {"color", "size"} }
}`,
		input: { settings: { color: "red", sise: 3 } },
		place: "/settings/sise",
	},
	{
		note: "all fields that are wanted, by object.keys",
		policy: `default allow := false
allow if object.keys(input.doc) == {"id", "name"}`,
		input: { doc: { id: 1, nam: "x" } },
		place: "/doc/nam",
	},
	{
		note: "a subset",
		policy: `default allow := false
allow if {
	wanted := {"a", "b"}
	have := {x | some x in input.list}
	wanted & have == wanted
}`,
		input: { list: ["a", "c"] },
		place: "/list",
	},
	{
		note: "no one twice",
		policy: `default allow := false
allow if count(input.names) == count({n | some n in input.names})`,
		input: { names: ["a", "b", "a"] },
		place: "/names/2",
	},
	{
		note: "the largest of them",
		policy: `default allow := false
allow if max([s.size | some s in input.shards]) <= 10`,
		input: { shards: [{ size: 4 }, { size: 12 }, { size: 9 }] },
		place: "/shards/1/size",
		fix: [{ op: "replace", path: "/shards/1/size", value: 10 }],
	},
	{
		note: "a sum that is too small",
		policy: `default allow := false
allow if sum(input.votes) >= 10`,
		input: { votes: [3, 4] },
		place: "/votes",
	},
	{
		note: "a length",
		policy: `default allow := false
allow if count(input.password) >= 12`,
		input: { password: "short" },
		place: "/password",
	},
	{
		note: "a sorted list",
		policy: `default allow := false
allow if sort(input.steps) == input.steps`,
		input: { steps: [1, 3, 2] },
		place: "/steps",
	},
	{
		note: "a type",
		policy: `default allow := false
allow if {
	is_number(input.port)
	input.port > 0
}`,
		input: { port: "80" },
		place: "/port",
		says: "which is no number",
	},
	{
		note: "a JSON text inside",
		policy: `default allow := false
allow if {
	doc := json.unmarshal(input.body)
	doc.kind == "order"
}`,
		input: { body: '{"kind":"ordre"}' },
		place: "/body",
	},
	{
		note: "base64 inside",
		policy: `default allow := false
allow if base64.decode(input.secret) == "hunter2"`,
		input: { secret: "aHVudGVyMQ==" },
		place: "/secret",
		fix: [{ op: "replace", path: "/secret", value: "aHVudGVyMg==" }],
	},
	{
		note: "a helper with two ways, both near",
		policy: `default allow := false
allow if ok(input.a, input.b)
ok(x, y) if x == y
ok(x, _) if x == 0`,
		input: { a: 5, b: 6 },
		place: "/a",
	},
	{
		note: "a helper of a helper of a helper",
		policy: `default allow := false
allow if one(input)
one(x) if two(x.a)
two(x) if three(x.b)
three(x) if x.c == "deep"`,
		input: { a: { b: { c: "dep" } } },
		place: "/a/b/c",
		fix: [{ op: "replace", path: "/a/b/c", value: "deep" }],
	},
	{
		note: "not of not",
		policy: `default allow := false
allow if not wrong
wrong if not right
right if input.answer == 42`,
		input: { answer: 41 },
		place: "/answer",
		fix: [{ op: "replace", path: "/answer", value: 42 }],
	},
	{
		note: "nobody of them may be that",
		policy: `default allow := false
allow if {
	every c in input.containers {
		not c.privileged
		not forbidden(c.image)
	}
}
forbidden(image) if startswith(image, "evil/")`,
		input: { containers: [{ image: "good/a" }, { image: "evil/b", privileged: false }] },
		place: "/containers/1/image",
	},
	{
		note: "an index that is too far",
		policy: `default allow := false
allow if input.args[2] == "--safe"`,
		input: { args: ["run", "--fast"] },
		place: "/args/2",
		fix: [{ op: "add", path: "/args/2", value: "--safe" }],
	},
	{
		note: "two lists that should be the same",
		policy: `default allow := false
expected := ["nginx", "-g", "daemon off;"]
allow if input.command == expected`,
		input: { command: ["nginx", "-g", "daemon on;"] },
		place: "/command/2",
		fix: [{ op: "replace", path: "/command/2", value: "daemon off;" }],
	},
	{
		note: "an object with a field too much",
		policy: `default allow := false
allow if input.config == {"mode": "safe", "level": 2}`,
		input: { config: { mode: "safe", level: 2, debug: true } },
		place: "/config/debug",
		fix: [{ op: "remove", path: "/config/debug" }],
	},
	{
		note: "each position of two lists",
		policy: `default allow := false
allow if {
	count(input.args) == count(data.args)
	every i, a in input.args { a == data.args[i] }
}`,
		data: { args: ["a", "b", "c"] },
		input: { args: ["a", "x", "c"] },
		place: "/args/1",
		fix: [{ op: "replace", path: "/args/1", value: "b" }],
	},
	{
		note: "a partial object that is looked up",
		policy: `default allow := false
by_name[c.name] := c if some c in input.containers
allow if by_name["web"].image == "nginx"`,
		input: {
			containers: [
				{ name: "web", image: "ngnix" },
				{ name: "db", image: "pg" },
			],
		},
		place: "/containers/0/image",
		fix: [{ op: "replace", path: "/containers/0/image", value: "nginx" }],
	},
	{
		note: "a rule in another package's style: a set of what is allowed",
		policy: `default allow := false
allowed_images contains sprintf("%s/%s", [r, n]) if {
	some r in data.registries
	some n in data.names
}
allow if input.image in allowed_images`,
		data: { registries: ["gcr.io"], names: ["app", "web"] },
		input: { image: "gcr.io/wab" },
		place: "/image",
	},
	{
		note: "default of a helper",
		policy: `default allow := false
default is_safe := false
is_safe if input.mode == "safe"
allow if is_safe`,
		input: { mode: "unsafe" },
		place: "/mode",
		fix: [{ op: "replace", path: "/mode", value: "safe" }],
	},
	{
		note: "a time that is too late",
		policy: `default allow := false
allow if time.parse_rfc3339_ns(input.at) < time.parse_rfc3339_ns("2024-01-01T00:00:00Z")`,
		input: { at: "2024-06-01T00:00:00Z" },
		place: "/at",
	},
	{
		note: "something in a list of lists",
		policy: `default allow := false
allow if {
	some row in input.matrix
	some cell in row
	cell == 9
}`,
		input: {
			matrix: [
				[1, 2],
				[3, 8],
			],
		},
		place: "/matrix/1/1",
	},
	{
		note: "neither of two fields",
		policy: `default allow := false
allow if count([x | some x in [input.a, input.b]; x == true]) > 0`,
		input: { a: false, b: false },
		place: "/a",
	},
	{
		note: "a comprehension of objects, whose members are looked at",
		policy: `default allow := false
bad := [c | some c in input.containers; c.cpu > data.max]
allow if bad == []`,
		data: { max: 4 },
		input: { containers: [{ cpu: 2 }, { cpu: 8 }] },
		place: "/containers/1/cpu",
		fix: [{ op: "replace", path: "/containers/1/cpu", value: 4 }],
	},
];
