/**
 * Exchanges with a server that are recorded from a real `opa run --server` (record.ts) and replayed (goldens.test.ts):
 * each scenario is a server of its own, its requests are sent one after the other.
 */
import type { Sent } from "./run-server.ts";

export interface Scenario {
	readonly name: string;
	readonly args: readonly string[];
	readonly files: Readonly<Record<string, string>>;
	readonly steps: readonly Sent[];
	/** The decisions logged are part of it. */
	readonly log?: boolean;
}

type Headers = Readonly<Record<string, string>>;

const get = (path: string, headers?: Headers): Sent => ({ method: "GET", path, headers });
const post = (path: string, body?: unknown, headers?: Headers): Sent => ({ method: "POST", path, body, headers });
const put = (path: string, body?: unknown, headers?: Headers): Sent => ({ method: "PUT", path, body, headers });
const patch = (path: string, body?: unknown, headers?: Headers): Sent => ({ method: "PATCH", path, body, headers });
const del = (path: string, headers?: Headers): Sent => ({ method: "DELETE", path, headers });
const zipped = (path: string, body: unknown): Sent => ({
	method: "POST",
	path,
	body,
	headers: { "Content-Encoding": "gzip" },
	gzip: true,
});

const yaml = { "Content-Type": "application/yaml" };
const json = { "Content-Type": "application/json" };

const policy = `package app

default allow := false

allow if input.user == "ann"

allow if {
	some role in input.roles
	role in data.roles.admins
}

reasons contains msg if {
	not input.user
	msg := "no user"
}

reasons contains sprintf("%v is unknown", [input.user]) if not input.user in data.people

by_name[name] := {"age": age} if some name, age in data.ages

either := 1 if input.a

either := 2 if input.b

broken := to_number(input.text)

halves contains x / input.by if some x in [2, 4]

twice(x) := x * 2

loud if {
	print("heard", input.user)
	trace(sprintf("traced %v", [input.user]))
}

html := "<b>&\\u2028"

big := 123456789012345678901234567890.50

list := ["a", {"b": [1, 2.50]}]

keys := {"0": "zero", "a/b": 1, "q\\"q": 2, "": 3}

long := concat(",", [sprintf("%d", [x]) | some x in numbers.range(1, 1000)])

now := time.now_ns() > 0
`;

const files = {
	"app.rego": policy,
	"data.json": '{"roles": {"admins": ["root"]}, "people": ["ann"], "ages": {"ann": 30, "bob": 1.50}}',
};

const decisions: readonly Sent[] = [
	...["", "/allow", "/reasons", "/by_name", "/by_name/ann", "/by_name/ann/age", "/by_name/zed", "/list/1/b/1"].map(
		(p) => post(`/v1/data/app${p}`, { input: { user: "eve" } }),
	),
	...[
		"/list/01",
		"/list/-1",
		"/list/9",
		"/list/x",
		"/list/0/x",
		"/keys/0",
		"/keys/a%2Fb",
		"/keys/q%22q",
		"/keys/%20",
	].map((p) => post(`/v1/data/app${p}`, { input: {} })),
	post("/v1/data/app/html", { input: {} }),
	post("/v1/data/app/big?pretty", { input: {} }),
	post("/v1/data/app/either", { input: { a: 1, b: 1 } }),
	post("/v1/data/app/broken", { input: { text: "x" } }),
	post("/v1/data/app/broken?strict-builtin-errors=true", { input: { text: "x" } }),
	post("/v1/data/app/broken?strict-builtin-errors=1", { input: { text: "x" } }),
	post("/v1/data/app/broken?strict-builtin-errors&pretty", { input: { text: "1.50" } }),
	post("/v1/data/app/halves?strict-builtin-errors", { input: { by: 0 } }),
	get("/v1/data/app/halves?strict-builtin-errors&input=%7B%22by%22%3A0%7D"),
	post("/v1/data/app/twice", { input: 1 }),
	post("/v1/data/app/twice/x", { input: 1 }),
	post("/v1/data/app/loud", { input: { user: "ann" } }),
	post("/v1/data/app/allow?metrics&pretty", { input: { user: "ann" } }),
	post("/v1/data/app/allow?metrics=false", { input: { user: "ann" } }),
	post("/v1/data/app/allow?instrument=true", { input: { user: "ann" } }),
	post("/v1/data/app/allow?provenance=true&metrics&explain=notes", { input: { user: "ann" } }),
	post("/v1/data/app/none?metrics", { input: {} }),
	post("/v1/data/app/none?provenance", { input: {} }),
	post("/v1/data/app/none?explain=notes&pretty", { input: {} }),
	post("/v1/data/app/allow?explain=off", { input: {} }),
	post("/v1/data/app/allow?explain=FULL", { input: {} }),
	post("/v1/data/app/allow?explain=", { input: {} }),
	post("/v1/data/app/allow?explain=fails&explain=full&pretty", { input: {} }),
	post("/v1/data/app/loud?explain=notes&pretty=true", { input: { user: "x" } }),
	post("/v1/data/app/allow?pretty=&metrics=x", { input: {} }),
	post("/v1/data/app/allow?PRETTY", { input: {} }),
	post("/v1/data/app/allow?unknown=1&x", { input: {} }),
	post("/v1/data/app/allow?input=1", { input: { user: "ann" } }),
	post("/v1/data/app/allow?%zz", { input: {} }),
	post("/v1/data/app/allow?a;b=c", { input: {} }),
	get("/v1/data/app/allow?input=%7B%7D%20x"),
	get("/v1/data/app/allow?input=null"),
	get("/v1/data/app/allow?input=%7B%22user%22%3A%22ann%22%7D&pretty"),
	get("/v1/data/app/allow?input=%22"),
	get("/v1/data/app/reasons?input=user:%20ann", yaml),
	get("/v1/data/app/either?input=%7B%22a%22%3A1%2C%22b%22%3A1%7D"),
	get("/v1/data/app/nothing?pretty&provenance"),
	get("/v1/data/app"),
	get("/v1/data/ages/bob"),
	get("/v1/data/ages?pretty=true"),
	get("/v1/data?metrics"),
	post("/v1/data/app/allow", '{"input":{"user":"ann"}'),
	post("/v1/data/app/allow", '{"input":{"user":"ann"},}'),
	post("/v1/data/app/allow", "{'input': 1}"),
	post("/v1/data/app/allow", '{"input":tru}'),
	post("/v1/data/app/allow", '{"input":"a\tb"}'),
	post("/v1/data/app/allow", '{"input":1.}'),
	post("/v1/data/app/allow", '{"input":-}'),
	post("/v1/data/app/allow", '{"input":"\\x"}'),
	post("/v1/data/app/allow", '{"input":"\\u12"}'),
	post("/v1/data/app/allow", '{"input" 1}'),
	post("/v1/data/app/allow", "{input: 1}"),
	post("/v1/data/app/allow", '"text"'),
	post("/v1/data/app/allow", "1"),
	post("/v1/data/app/allow", "true"),
	post("/v1/data/app/allow", "   "),
	post("/v1/data/app/allow", '\n{"input":\n{"user":\n"ann"}}\n\n'),
	post("/v1/data/app/allow", '{"inPut":{"user":"ann"}}'),
	post("/v1/data/app/allow", '{"input":{"user":"x"},"INPUT":{"user":"ann"}}'),
	post("/v1/data/app/allow", "input:\n  user: ann\n", yaml),
	post("/v1/data/app/allow", "user: ann\n", yaml),
	post("/v1/data/app/allow", "- 1\n", yaml),
	post("/v1/data/app/allow", "", yaml),
	post("/v1/data/app/allow", "input: &a {user: ann}\n", { "Content-Type": "text/x-yaml; charset=utf-8" }),
	post("/v1/data/app/allow", '{"input": {"user": "ann"}}', { "Content-Type": "text/plain" }),
	post("/v1/data/app/allow", '{"input": {"user": "ann"}}', { "Content-Type": "application/x-www-form-urlencoded" }),
	zipped("/v1/data/app/allow", '{"input": {"user": "ann"}}'),
	zipped("/v1/data/app/allow", ""),
	zipped("/v1/data/app/allow", "{"),
	post("/v1/data/app/allow", '{"input": {"user": "ann"}}', { "Content-Encoding": "gzip" }),
	post("/v1/data/app/allow", '{"input": {"user": "ann"}}', { "Content-Encoding": "deflate" }),
	post("/v1/data/app/long", { input: {} }, { "Accept-Encoding": "gzip" }),
	post("/v1/data/app/long", { input: {} }, { "Accept-Encoding": "br, deflate" }),
	post("/v1/data/app/long", { input: {} }, { "Accept-Encoding": "*" }),
	post("/v1/data/app/long", { input: {} }, { "Accept-Encoding": "gzip;q=0" }),
	post("/v1/data/app/allow", { input: {} }, { "Accept-Encoding": "gzip" }),
	get("/v1/data/app/long", { "Accept-Encoding": "identity, gzip" }),
	...[
		"/v1/data/app/allow/",
		"/v1/data//app",
		"/v1/./data/app",
		"/v1/data/app/../app/big",
		"/v1/data/app/%2e%2e/big",
	].map((p) => get(p)),
	...["/v1/dat", "/v1/data%2Fapp", "/V1/data", "/v1", "/v1/", "/v2/data", "/v1/data/app?", "/v1/data/app%"].map((p) =>
		get(p),
	),
	...["HEAD", "OPTIONS", "TRACE", "PURGE"].map((method): Sent => ({ method, path: "/v1/data/app/allow" })),
];

const legacy: readonly Sent[] = [
	...[
		"",
		"/app/allow",
		"/app/reasons",
		"/app/none",
		"/app/by_name/none",
		"/ages/bob",
		"/zzz",
		"/app/list/5",
		"/app/twice",
	].map((p) => post(`/v0/data${p}`, { user: "ann" })),
	post("/v0/data/app/allow?pretty", { user: "ann" }),
	post("/v0/data/app/by_name?pretty=true", {}),
	post("/v0/data/app/allow", "{"),
	post("/v0/data/app/allow", ""),
	post("/v0/data/app/allow"),
	post("/v0/data/app/allow", "null"),
	post("/v0/data/app/allow", "[1] 2"),
	post("/v0/data/app/allow", "user: ann", yaml),
	post("/v0/data/app/either", { a: 1, b: 1 }),
	post("/v0/data/app/broken?strict-builtin-errors", { text: "x" }),
	post("/v0/data/app/allow?metrics&explain=full&provenance", { user: "ann" }),
	zipped("/v0/data/app/allow", '{"user": "ann"}'),
	get("/v0/data/app/allow"),
	put("/v0/data/app/x", 1),
	post("/", {}),
	post("/", ""),
	post("/?pretty", "{"),
	put("/", 1),
	del("/"),
	get("/index.html"),
	get("/favicon.ico"),
	post("/health", {}),
	get("/health"),
	get("/health?bundles"),
	get("/health?bundles=true&plugins"),
	get("/health?plugins&exclude-plugin=discovery"),
	get("/health?bundle=true"),
	get("/health/"),
	get("/health/none"),
	get("/health/a/b"),
	get("/health?pretty"),
	get("/v1/config"),
	get("/v1/config?pretty"),
	post("/v1/config", {}),
	get("/v1/status"),
	get("/v1/status?pretty=true"),
	put("/v1/status", {}),
	post("/v1/batch/data/app", {}),
	get("/debug/pprof/"),
];

const queries: readonly Sent[] = [
	...[
		"x=1",
		"x%20:=%20data.ages[name]",
		"data.app.allow",
		"data.app.none",
		"true",
		"false",
		"1;%202",
		"x",
		"x%20=",
		"",
		"%20",
		"%23%20c",
		"data.app.allow%20with%20input.user%20as%20%22ann%22",
		"some%20x%20in%20%5B1,2%5D;%20x%20>%201",
		"every%20x%20in%20%5B1%5D%20%7B%20x%20>%200%20%7D",
		"http.send(%7B%7D,%20x)",
		"nope(1)",
		"startswith(1,%20%22%22)",
		"data.app.either%20with%20input%20as%20%7B%22a%22:1,%22b%22:1%7D",
		"1%2F0",
		"_%20=%201;%20y%20=%20_",
		"p%20:=%201%20if%20true",
		"x%20=%20%22<&>%22",
		"x%20=%201.50;%20y%20=%201e3",
		"set()%20=%20x",
		"input.x%20=%20y",
		"import%20data.app",
	].map((q) => get(`/v1/query?q=${q}`)),
	get("/v1/query"),
	get("/v1/query?q=x=1&pretty"),
	get("/v1/query?q=x=1&metrics"),
	get("/v1/query?q=x=1&explain=full&pretty"),
	get("/v1/query?q=x=1&q=y=2"),
	get("/v1/query?q=x=1&instrument&explain=notes"),
	get("/v1/query?Q=x=1"),
	post("/v1/query", { query: "x = input.a", input: { a: [1, { b: null }] } }),
	post("/v1/query", { query: "x = 1", input: 1, extra: true }),
	post("/v1/query", { input: {} }),
	post("/v1/query", { query: "" }),
	post("/v1/query", { query: 3 }),
	post("/v1/query", { query: null }),
	post("/v1/query", { Query: "x = 1" }),
	post("/v1/query", "[]"),
	post("/v1/query", "{"),
	post("/v1/query", "query: x = 1", yaml),
	post("/v1/query?pretty&metrics", { query: "data.app.reasons[x]", input: {} }),
	post("/v1/query?explain=fails&pretty", { query: "data.app.allow = true", input: {} }),
	post("/v1/query", { query: "data.app.broken", input: { text: "x" } }),
	post("/v1/query?strict-builtin-errors", { query: "data.app.broken", input: { text: "x" } }),
	zipped("/v1/query", '{"query": "x = 1"}'),
	put("/v1/query", "{}"),
	get("/v1/query/x?q=1"),
	post("/v1/compile", "{}"),
	post("/v1/compile", "{"),
	get("/v1/compile"),
];

const documents: readonly Sent[] = [
	put("/v1/data/a/b", { c: [1, { d: 2 }] }),
	put("/v1/data/a/b", { c: 1 }, { "If-None-Match": "*" }),
	put("/v1/data/a/z", { c: 1 }, { "If-None-Match": "*" }),
	put("/v1/data/a/z", { c: 2 }, { "If-None-Match": '"x"' }),
	put("/v1/data/a/z/c/d", 1),
	put("/v1/data/a/y?metrics&pretty", "null"),
	get("/v1/data/a/y"),
	put("/v1/data/a/y", "false"),
	put("/v1/data/a/text", '"<&>\\u2028"'),
	get("/v1/data/a/text"),
	put("/v1/data/a/yaml", "k: [1, two]\n", yaml),
	put("/v1/data/a/yaml", "k: [", yaml),
	put("/v1/data/a/yaml/k/1", "three\n", yaml),
	get("/v1/data/a/yaml"),
	put("/v1/data/a/e", ""),
	put("/v1/data/a/e", "{"),
	put("/v1/data/a/e", '{"a": 1, "a": 2} trailing'),
	get("/v1/data/a/e"),
	put("/v1/data/a/b/c/1/d/e", 1),
	put("/v1/data/a/b/c/1/n", "[]"),
	put("/v1/data/a/b/c/1/n/0", 7),
	put("/v1/data/a/b/c/x", 7),
	put("/v1/data/a/b/c/-", 7),
	put("/v1/data/a/b/c/-1", 7),
	put("/v1/data/a/b/c/2/deep", 7),
	get("/v1/data/a/b"),
	put("/v1/data/%C3%A9/%20", 1),
	get("/v1/data/%C3%A9"),
	put("/v1/data/a%22b", 1),
	put("/v1/data/system/x", 1),
	get("/v1/data/system"),
	get("/v1/data/system/version"),
	put("/v1/data/app/allow", "true"),
	put("/v1/data/app/other", "1"),
	put("/v1/data/app", "{}"),
	get("/v1/data/app/other"),
	patch("/v1/data/a", [{ op: "add", path: "b/c/0", value: 0 }]),
	patch("/v1/data/a", [{ op: "add", path: "/b/c/-", value: { last: true } }]),
	patch("/v1/data/a", [{ op: "replace", path: "/b/c/0", value: [0] }]),
	patch("/v1/data/a", [{ op: "remove", path: "b/c/0" }]),
	get("/v1/data/a/b/c"),
	patch("/v1/data/a", [{ op: "replace", path: "/b/c/77", value: 1 }]),
	patch("/v1/data/a", [{ op: "remove", path: "/b/c/-" }]),
	patch("/v1/data/a", [
		{ op: "add", path: "/x~1y", value: 1 },
		{ op: "add", path: "/x~0y", value: 2 },
	]),
	patch("/v1/data/a", [{ op: "add", path: "/q%2Fr", value: 1 }]),
	patch("/v1/data/a", [{ op: "add", value: 1 }]),
	patch("/v1/data/a", [{ op: "add", path: "/v" }]),
	patch("/v1/data/a", [{ path: "/v", value: 1 }]),
	patch("/v1/data/a", [{ op: "test", path: "/v", value: 1 }]),
	patch("/v1/data/a", [{ op: "copy", from: "/b", path: "/v" }]),
	patch("/v1/data/a", [{ op: "ADD", path: "/v", value: 1 }]),
	patch("/v1/data/a", [{ OP: "add", Path: "/cased", Value: 1 }]),
	patch("/v1/data/a", [{ op: 1, path: "/v", value: 1 }]),
	patch("/v1/data/a", [1]),
	patch("/v1/data/a", "[]"),
	patch("/v1/data/a", "null"),
	patch("/v1/data/a", ""),
	patch("/v1/data/a", "- {op: add, path: y1, value: 1}\n", yaml),
	patch("/v1/data/none", [{ op: "add", path: "x", value: 1 }]),
	patch("/v1/data/none/deep", [{ op: "add", path: "/", value: 1 }]),
	patch("/v1/data", [{ op: "add", path: "/top", value: 1 }]),
	patch("/v1/data", [{ op: "replace", path: "/", value: { all: 1 } }]),
	patch("/v1/data", [{ op: "remove", path: "/" }]),
	patch("/v1/data/app", [{ op: "add", path: "/reasons", value: 1 }]),
	patch("/v1/data/app", [{ op: "add", path: "/fine", value: 1 }]),
	get("/v1/data/a?pretty"),
	del("/v1/data/a/b/c/0"),
	del("/v1/data/a/b/c/9"),
	del("/v1/data/a/b/c/x"),
	del("/v1/data/a/b?metrics"),
	del("/v1/data/a/b"),
	del("/v1/data/app/allow"),
	del("/v1/data/app"),
	del("/v1/data/a%22b"),
	get("/v1/data/a"),
	put("/v1/data/two/", 1),
	zipped("/v1/data/a", '{"input": 1}'),
	{ method: "PUT", path: "/v1/data/zip", body: '{"z": 1}', headers: { "Content-Encoding": "gzip" }, gzip: true },
	{ method: "PUT", path: "/v1/data/chunked", body: '{"c": 1}', chunked: true },
	get("/v1/data/zip"),
	get("/v1/data/chunked"),
];

const modules: readonly Sent[] = [
	get("/v1/policies"),
	put("/v1/policies/a", "package a\n\np := 1\n"),
	put("/v1/policies/a", "package a\n\np := 1\n"),
	put("/v1/policies/a?metrics", "package a\n\np := 2\n"),
	put("/v1/policies/a?pretty", "package a\n\np := 2\n"),
	put("/v1/policies/a/b%20c/d.rego", "package d\n\np := 3\n"),
	get("/v1/policies/a%2Fb%20c%2Fd.rego"),
	get("/v1/policies/a/b%20c/d.rego?pretty"),
	put("/v1/policies/x", "package x\n\np {\n\ttrue\n}\n"),
	put("/v1/policies/x", "package x\n\np if q\n\nr if z > 1\n"),
	put("/v1/policies/x", "package x\n\np if startswith(1, 2)\n"),
	put("/v1/policies/x", "package x\n\np if p\n"),
	put("/v1/policies/x", "package x\n\nimport data.a\nimport data.b.a\n"),
	put("/v1/policies/x", "pack x"),
	put("/v1/policies/x", ""),
	put("/v1/policies/x", "\n\n"),
	put("/v1/policies/x", "# METADATA\n# title: [\npackage x\n"),
	put("/v1/policies/x", "package x\n\np := data.a.p + 1\n", json),
	put("/v1/policies/x", 'package system.log\n\nmask contains "/input"\n'),
	put("/v1/policies/y", "package a\n\np := 9\n"),
	put("/v1/policies/y", "package a\n\np(x) := 9\n"),
	put("/v1/policies/y", "package a.p\n\nq := 9\n"),
	put("/v1/policies/y", 'package y\n\nq := http.send({"method": "get", "url": "http://127.0.0.1:1"})\n'),
	put("/v1/policies/z", "package z\n\nf(x) := x\n"),
	put("/v1/policies/uses", "package uses\n\np := data.z.f(1)\n"),
	del("/v1/policies/z"),
	del("/v1/policies/uses?metrics"),
	del("/v1/policies/z"),
	del("/v1/policies/z"),
	del("/v1/policies/none%20there"),
	get("/v1/policies/none"),
	get("/v1/policies/"),
	del("/v1/policies/"),
	del("/v1/policies"),
	post("/v1/policies/a", "package a"),
	patch("/v1/policies/a", "package a"),
	put("/v1/policies/%zz", "package a"),
	put("/v1/policies/..%2Fup", "package up\n\np := 1\n"),
	get("/v1/policies/..%2Fup"),
	{
		method: "PUT",
		path: "/v1/policies/gz",
		body: "package gz\n\np := 1\n",
		headers: { "Content-Encoding": "gzip" },
		gzip: true,
	},
	put(
		"/v1/policies/meta",
		"# METADATA\n# title: t\n# custom: {k: 1}\npackage meta\n\n# METADATA\n# description: d\np := 1\n",
	),
	get("/v1/policies/meta"),
	post("/v1/data/a/p", { input: {} }),
	get("/v1/data"),
	put("/v1/policies/v0", "package v0\n\nimport future.keywords.if\n\np if true\n"),
	put("/v1/policies/dup", "package dup\n\np := 1\n\np := 2\n"),
	post("/v1/data/dup/p", { input: {} }),
	put("/v1/policies/dup", "package dup\n\ndefault p := 1\n\ndefault p := 2\n"),
	get("/v1/policies/dup"),
];

const authz = `package system.authz

import data.tokens

default allow := false

allow if input.path == ["health"]

allow := {"allowed": true} if input.identity in tokens

allow := {"allowed": false, "reason": json.marshal(object.remove(input, ["headers"]))} if input.identity == "show"

allow := {"allowed": false, "reason": 3} if input.identity == "number"

allow := {"reason": "x"} if input.identity == "partial"

allow := "yes" if input.identity == "text"

allow := {"allowed": "true"} if input.identity == "word"

allow := 1 / 0 if input.identity == "error"
`;

const bearer = (token: string): Headers => ({ Authorization: `Bearer ${token}` });

const authorized: readonly Sent[] = [
	get("/health"),
	get("/health?bundles"),
	get("/"),
	get("/metrics"),
	get("/v1/data"),
	...["t1", "", "show", "number", "partial", "text", "word", "error", "nobody", "t1 ", "  t1"].map((t) =>
		post("/v1/data/x?pretty&a=1&a=2", { input: { k: [1] } }, bearer(t)),
	),
	get("/v1/data", { Authorization: "bearer t1" }),
	get("/v1/data", { Authorization: "Basic dDE6" }),
	get("/v1/data", { Authorization: "Bearer" }),
	...["/v1/data/a%2Fb/c?x=%26", "/v1/policies", "/v1/query?q=x=1", "/v1/config", "/nowhere", "/v1/data/"].map((p) =>
		get(p, bearer("show")),
	),
	post("/v1/query", { query: "1" }, bearer("show")),
	post("/v0/data/x", { a: 1 }, bearer("show")),
	post("/", { a: 1 }, bearer("show")),
	post("/v1/compile", { query: "1" }, bearer("show")),
	put("/v1/data/x", { a: 1 }, bearer("show")),
	put("/v1/policies/x", "package x", bearer("show")),
	patch("/v1/data/x", [1], bearer("show")),
	del("/v1/data/x", bearer("show")),
	post("/v1/data/x", "{", bearer("show")),
	post("/v1/data/x", "", bearer("show")),
	post("/v1/data/x", "a: 1", { ...bearer("show"), ...yaml }),
	{
		method: "POST",
		path: "/v1/data/x",
		body: '{"a":1}',
		headers: { ...bearer("show"), "Content-Encoding": "gzip" },
		gzip: true,
	},
	put("/v1/data/tokens/-", '"late"', bearer("t1")),
	get("/v1/data/tokens", bearer("late")),
];

const logged: readonly Sent[] = [
	post("/v1/data/app/allow", { input: { user: "ann", secret: "s", keep: [1, 2] } }),
	get("/v1/data/app/allow?input=%7B%22user%22%3A%22x%22%7D"),
	post("/v0/data/app/allow", { user: "eve" }),
	post("/v1/query", { query: "x = data.ages[y]", input: { q: 1 } }),
	get("/v1/query?q=data.app.allow"),
	post("/v1/data/app/either", { input: { a: 1, b: 1 } }),
	post("/v1/data/app/none", { input: {} }),
	post("/v1/data/app/allow?metrics&provenance", { input: { user: "dropped" } }),
	post("/v1/data/app/allow", "{"),
	post("/", { user: "root" }),
];

const masking = `package system.log

mask contains "/input/secret"

mask contains {"op": "upsert", "path": "/input/keep/0", "value": "***"}

mask contains {"op": "remove", "path": "/result/0"}

drop if input.input.user == "dropped"
`;

const health = `package system.health

live if input.plugins_ready

ready if false

odd := "x"

nested.deep := true

seen := input.plugin_state.discovery == "OK"
`;

export const scenarios: readonly Scenario[] = [
	{ name: "decisions", args: ["app.rego", "data.json"], files, steps: decisions },
	{ name: "legacy, default decision, health, config", args: ["app.rego", "data.json"], files, steps: legacy },
	{ name: "queries", args: ["app.rego", "data.json"], files, steps: queries },
	{ name: "documents", args: ["app.rego"], files, steps: documents },
	{ name: "policies", args: [], files: {}, steps: modules },
	{
		name: "authorization",
		args: ["--authentication=token", "--authorization=basic", "authz.rego", "t.json"],
		files: { "authz.rego": authz, "t.json": '{"tokens": ["t1"]}' },
		steps: authorized,
	},
	{
		name: "decision log",
		args: ["--set", "decision_logs.console=true", "--set", "labels.env=test", "app.rego", "data.json", "log.rego"],
		files: { ...files, "log.rego": masking },
		steps: logged,
		log: true,
	},
	{
		name: "health policies and configuration",
		args: [
			"--set",
			"default_decision=app/allow",
			"--set",
			"status.console=true",
			"-c",
			"c.yaml",
			"health.rego",
			"app.rego",
		],
		files: {
			...files,
			"health.rego": health,
			"c.yaml":
				"labels: {region: x}\nservices:\n  s:\n    url: http://127.0.0.1:1\n    credentials: {bearer: {token: secret}}\nkeys:\n  k: {algorithm: HS256, key: secret}\n",
		},
		steps: [
			...["live", "ready", "odd", "nested", "nested/deep", "seen", "none"].map((p) => get(`/health/${p}`)),
			get("/health/live?exclude-plugin=status"),
			get("/health/live/"),
			get("/v1/config?pretty"),
			post("/", { user: "ann" }),
			post("/", { user: "eve" }),
			post("/?pretty", ""),
			post("/v0/data", {}),
		],
	},
	{
		name: "v0 and bundles",
		args: ["--v0-compatible", "-b", "b"],
		files: {
			"b/.manifest": '{"revision": "r7", "roots": ["app", "cfg"]}',
			"b/app/p.rego": "package app\n\nallow { input.x == data.cfg.x }\n\ndeny[msg] { msg := input.msgs[_] }\n",
			"b/cfg/data.json": '{"x": 1}',
		},
		steps: [
			post("/v1/data/app", { input: { x: 1, msgs: ["a"] } }),
			post("/v1/data/app?provenance", { input: { x: 1 } }),
			get("/v1/data/system/bundles"),
			get("/health?bundles"),
			put("/v1/data/cfg/x", 2),
			put("/v1/data/app", 2),
			patch("/v1/data/cfg", [{ op: "add", path: "y", value: 1 }]),
			del("/v1/data/cfg"),
			put("/v1/data/other", { z: 1 }),
			put("/v1/policies/m", "package app.more\n\np { true }\n"),
			put("/v1/policies/m", "package more\n\np { data.app.allow }\n"),
			put("/v1/policies/b/app/p.rego", "package more\n"),
			del("/v1/policies/b/app/p.rego"),
			post("/v1/data/more/p", { input: { x: 1 } }),
			get("/v1/data"),
		],
	},
];
