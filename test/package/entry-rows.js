/**
 * Loads every entry of the package as its users do and lets it decide something:
 *     node entry-rows.js import|require
 * Prints a line of JSON for each: [entry, what is wrong or ""]. Run by entries.test.ts, on the build.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
process.chdir(root);
const require = createRequire(import.meta.url);
const load = process.argv[2] === "require" ? async (entry) => require(entry) : (entry) => import(entry);

/** An expression that is true, by category: each calls the category's builtins, and no other but operators. */
const calls = {
	aggregates: "count([1]) == 1",
	arrays: "array.concat([1], [2]) == [1, 2]",
	aws: 'providers.aws.sign_req({"method": "get", "url": "https://a.example"}, {"aws_service": "s3", "aws_access_key": "k", "aws_secret_access_key": "s", "aws_region": "r"}, 0).method == "get"',
	bits: "bits.and(6, 3) == 2",
	casts: 'cast_string("a") == "a"',
	conversions: 'to_number("1") == 1',
	crypto: 'crypto.md5("") == "d41d8cd98f00b204e9800998ecf8427e"',
	debug: 'trace("x")',
	encoding: 'base64.encode("a") == "YQ=="',
	glob: 'glob.match("a*", [], "ab")',
	graph: 'graph.reachable({"a": ["b"], "b": []}, {"a"}) == {"a", "b"}',
	graphql: 'graphql.is_valid("{a}", "type Query { a: Int }")',
	// Nobody gave it a transport.
	http: 'not http.send({"method": "get", "url": "http://127.0.0.1:1"})',
	internal: 'sprintf("", []) == ""; $"{1}" == "1"',
	"json-edit": 'json.remove({"a": 1}, ["a"]) == {}',
	"json-schema": 'json.match_schema({"a": 1}, {"type": "object"})[0]',
	net: 'net.cidr_contains("10.0.0.0/8", "10.1.1.1")',
	numbers: "abs(-1) == 1",
	objects: 'object.get({"a": 1}, "a", 0) == 1',
	opa: "opa.runtime() == {}",
	operators: "1 + 1 == 2",
	rand: 'rand.intn("a", 1) == 0',
	regex: 'regex.match("^a", "ab")',
	rego: 'rego.parse_module("a.rego", "package a")["package"].path[1].value == "a"',
	"render-template": 'strings.render_template("{{.a}}", {"a": 1}) == "1"',
	semver: 'semver.is_valid("1.0.0")',
	sets: "union({{1}, {2}}) == {1, 2}",
	strings: 'upper("a") == "A"',
	time: 'time.parse_duration_ns("1s") == 1000000000',
	tokens: 'io.jwt.decode("eyJhbGciOiJub25lIn0.e30.")[0].alg == "none"',
	types: 'is_string("a")',
	units: 'units.parse("1K") == 1000',
	uri: 'uri.parse("http://a/b").path == "/b"',
	uuid: 'uuid.parse("00000000-0000-1000-8000-000000000000").version == 1',
	x509: 'crypto.parse_private_keys("") != [{}]',
	yaml: 'yaml.unmarshal("a: 1") == {"a": 1}',
};

const text = "package p\nallow if input.n == 1";
const decides = (policy) => {
	const allow = policy.rule("data.p.allow", { optional: true });
	return allow({ n: 1 }) === true && allow({ n: 2 }) === undefined;
};

const entries = {
	".": (m) =>
		decides(m.compile({ "p.rego": text })) && decides(m.loadPlan(m.planToJson(m.compile({ "p.rego": text }).plan))),
	"./core": (m) => decides(m.compile({ "p.rego": text })),
	"./plan": async (m) => {
		const { compile, planToJson } = await load("regoplan");
		return decides(m.loadPlan(planToJson(compile({ "p.rego": text }).plan)));
	},
	"./agent": (m) => {
		const policy = m.AgentPolicy.resume(
			"p.rego",
			"package agent_policy\nStatsContainerRequest := true",
			{},
			{ digest: "off" },
		);
		return (
			policy.allowRequest("StatsContainerRequest", {}).allowed && !policy.allowRequest("ExecProcessRequest", {}).allowed
		);
	},
	"./genpolicy": async (m) => {
		const read = (name) => readFileSync(join("examples/demo/genpolicy", name), "utf8");
		const settings = m.parseSettings({ name: "settings.json", text: read("settings.json") });
		const images = { open: async (reference) => Promise.reject(new m.ImageError("not-found", `no ${reference}`)) };
		const made = await m.generatePolicies(read("pod.yaml"), { settings, rules: read("rules.rego"), images });
		return (
			made.yaml === undefined && m.diagnosticText(made.diagnostics[0]).startsWith("manifest.yaml:7:1: error: image ")
		);
	},
	"./server": async (m) => {
		const handler = m.createHandler(new m.Runtime({ policies: { "p.rego": text } }));
		const ask = async (n) => {
			const body = JSON.stringify({ input: { n } });
			return (await (await handler(new Request("http://localhost/v1/data/p/allow", { method: "POST", body }))).json())
				.result;
		};
		return (await ask(1)) === true && (await ask(2)) === undefined;
	},
	"./http": async (m) => {
		const { compile } = await load("regoplan");
		// A host that may not be asked: the transport itself says so.
		const httpSend = m.createHttpTransport({ allowedHosts: [] });
		const policy = compile(
			{ "p.rego": 'package p\nx := http.send({"method": "get", "url": "http://127.0.0.1:1", "raise_error": false})' },
			{ host: { permissions: { httpSend } } },
		);
		const refused = policy.evaluate("data.p.x").value?.status_code === 0;
		m.closeHttpThread();
		return refused;
	},
	"./fetch": async (m) => {
		const { compile } = await load("regoplan");
		const httpSendAsync = m.createFetchTransport({ fetch: async () => new Response('{"n": 1}') });
		const policy = compile(
			{
				"p.rego":
					'package p\nx := http.send({"method": "get", "url": "http://localhost", "force_json_decode": true}).body.n',
			},
			{ host: { permissions: { httpSendAsync } } },
		);
		return (await policy.evaluateAsync("data.p.x")).value === 1;
	},
	"./node": async (m) => {
		const dir = mkdtempSync(join("dist", "entries-"));
		try {
			writeFileSync(join(dir, "p.rego"), text);
			return decides(await m.loadFiles(dir));
		} finally {
			rmSync(dir, { recursive: true });
		}
	},
	"./explain": async (m) => {
		const { compile } = await load("regoplan");
		const denied = m.explain(compile({ "p.rego": text }), "data.p.allow", { n: 2 });
		return m.explanationText(denied).includes("input.n");
	},
	// What it registers tests with is there within vitest only.
	"./vitest": (m) => typeof m.regoTest === "function",
	"./signatures": (m) => m.usePortableSignatures() === undefined,
	"./bundle": async (m) => {
		const { execFileSync } = await import("node:child_process");
		const dir = mkdtempSync(join("dist", "entries-"));
		try {
			writeFileSync(join(dir, "p.rego"), text);
			const bundle = join(dir, "bundle.tar.gz");
			execFileSync(process.execPath, ["bin/rego.js", "build", "--bundle", "-o", bundle, dir]);
			return decides(await m.loadBundle(readFileSync(bundle)));
		} finally {
			rmSync(dir, { recursive: true });
		}
	},
	"./opa-wasm": async (m) => {
		const policy = await m.loadPolicy({ "p.rego": text }, undefined, {}, { entrypoints: ["p/allow"] });
		return policy.evaluate({ n: 1 })[0]?.result === true && policy.evaluate({ n: 2 }).length === 0;
	},
	"./parts": async ({ annotations, folding, hints, plans }) => {
		const { compile } = await load("regoplan/core");
		return decides(compile({ "p.rego": text }, { parts: { annotations, folding, hints, plans } }));
	},
	"./async": async ({ compile }) => decides(await compile({ "p.rego": text })),
	"./runtime": async (m) => {
		const { execFileSync } = await import("node:child_process");
		const dir = mkdtempSync(join("dist", "entries-"));
		try {
			writeFileSync(join(dir, "p.rego"), text);
			execFileSync(process.execPath, [
				"bin/rego.js",
				"build",
				"-t",
				"js",
				"-e",
				"p/allow",
				"-o",
				`${dir}/p.mjs`,
				`${dir}/p.rego`,
			]);
			const built = await import(pathToFileURL(join(root, dir, "p.mjs")).href);
			return (
				typeof m.AotProgram === "function" && built.allow({ n: 1 }) === true && built.allow({ n: 2 }) === undefined
			);
		} finally {
			rmSync(dir, { recursive: true });
		}
	},
	"./package.json": async (m) => (m.default ?? m).name === "regoplan",
};

async function tell(entry, decide) {
	let problem = "";
	try {
		if ((await decide()) !== true) problem = "it decides something else";
	} catch (e) {
		problem = e.stack ?? String(e);
	}
	console.log(JSON.stringify([entry, problem]));
}

const categories = readdirSync("dist/node").flatMap((f) => /^builtins-([\w-]+)\.mjs$/.exec(f)?.[1] ?? []);
for (const entry of Object.keys(JSON.parse(readFileSync("package.json", "utf8")).exports)) {
	if (entry === "./builtins/*") continue;
	await tell(entry, async () => {
		const decide = entries[entry];
		if (decide === undefined) throw new Error("nothing asks it");
		const name = `regoplan${entry.slice(1)}`;
		return decide(await (entry.endsWith(".json") ? require(name) : load(name)));
	});
}
const { compile } = await load("regoplan/core");
for (const category of new Set([...categories, ...Object.keys(calls)])) {
	await tell(`./builtins/${category}`, async () => {
		const body = calls[category];
		if (body === undefined) throw new Error("nothing calls its builtins");
		const lists = Object.values(await load(`regoplan/builtins/${category}`)).filter(Array.isArray);
		const others =
			category === "internal" ? Object.values(await load("regoplan/builtins/strings")).filter(Array.isArray) : [];
		const regoVersion = category === "casts" ? "v0" : "v1";
		const head = regoVersion === "v0" ? "allow { " : "allow if { ";
		const policy = compile(
			{ "p.rego": `package p\n${head}${body} }` },
			{ builtins: [...lists, ...others], regoVersion },
		);
		return policy.allows("data.p.allow");
	});
}
const browser = await import(pathToFileURL(join(root, "dist/esm/index.js")).href);
await tell("dist/esm/index.js", () => decides(browser.compile({ "p.rego": text })));
