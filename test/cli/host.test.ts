/** What policies reach from `rego eval`: the network, names, and the environment; and what they may not define. */
import { Worker } from "node:worker_threads";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Network, runtimeValue } from "../../src/cli/eval-host.ts";
import { closeHttpThread } from "../../src/host/http-node.ts";
import { opaVersion } from "../../src/version.ts";
import { runCli } from "./run-cli.ts";

/** Serves in a thread of its own: this one waits while it sends. */
const server = `
const http = require("node:http"), { parentPort } = require("node:worker_threads");
let n = 0;
http.createServer((request, response) => {
	response.setHeader("content-type", "application/json");
	response.setHeader("cache-control", "max-age=60");
	response.setHeader("date", new Date().toUTCString());
	response.end(JSON.stringify({ n: ++n, agent: request.headers["user-agent"] }));
}).listen(0, "127.0.0.1", function () { parentPort.postMessage(this.address().port); });
`;
let worker: Worker;
let url: string;
beforeAll(async () => {
	worker = new Worker(server, { eval: true });
	const port = await new Promise<number>((resolve) => worker.once("message", resolve));
	url = `http://127.0.0.1:${port}/`;
});
afterAll(async () => {
	closeHttpThread();
	await worker.terminate();
});

async function raw(
	query: string,
	env: Readonly<Record<string, string>> = {},
	...flags: readonly string[]
): Promise<string> {
	const { exit, stdout, stderr } = await runCli({ args: ["eval", "-f", "raw", ...flags, query], env });
	return exit === 0 ? stdout.trimEnd() : `${stdout}${stderr}`;
}

/** Capabilities of every builtin that these tests call, and these hosts. */
function capabilities(hosts: unknown): string {
	const type = (result: object, ...args: object[]): object => ({ type: "function", args, result });
	const any = { type: "any" };
	const builtins = [
		{ name: "http.send", decl: type(any, any) },
		{ name: "net.lookup_ip_addr", decl: type(any, any) },
		{ name: "eq", decl: type({ type: "boolean" }, any, any), infix: "=" },
		{ name: "equal", decl: type({ type: "boolean" }, any, any), infix: "==" },
	];
	return JSON.stringify({ builtins, features: ["rego_v1"], allow_net: hosts });
}

// An empty list is nobody, null and no list are everybody.
const reached: readonly (readonly [hosts: unknown, ok: boolean])[] = [
	[[], false],
	[["example.com"], false],
	[["127.0.0.1:80"], false],
	[["localhost", "127.0.0.1"], true],
	[null, true],
	[undefined, true],
];

describe.each(reached)("allow_net of capabilities is %j", (hosts, ok) => {
	const files = (): Record<string, string> => ({
		"c.json": capabilities(hosts),
		"t_test.rego": `package t_test\ntest_sent if http.send({"method": "get", "url": "${url}"}).status_code == 200`,
	});
	const evaluated = async (query: string): Promise<string> => {
		const flags = ["--strict-builtin-errors", "--capabilities", "c.json"];
		const { stdout, stderr } = await runCli({ args: ["eval", "-f", "raw", ...flags, query], files: files() });
		return stdout + stderr;
	};
	test("http.send", async () => {
		const answer = await evaluated(`http.send({"method": "get", "url": "${url}"}).status_code`);
		if (ok) expect(answer).toBe("200\n");
		else expect(answer).toContain("eval_builtin_error: http.send: disallowed host: 127.0.0.1");
	});
	test("net.lookup_ip_addr", async () => {
		const answer = await evaluated(`net.lookup_ip_addr("localhost")`);
		if (ok) expect(answer).toContain("127.0.0.1");
		else expect(answer).toContain("eval_builtin_error: net.lookup_ip_addr: disallowed host: localhost");
	});
	test("rego test", async () => {
		const ran = await runCli({ args: ["test", "--capabilities", "c.json", "t_test.rego"], files: files() });
		expect(ran.exit).toBe(ok ? 0 : 2);
	});
});

test("allow_net that is no list of texts is refused", async () => {
	for (const hosts of ["127.0.0.1", [1], {}]) {
		const ran = await runCli({
			args: ["eval", "--capabilities", "c.json", "1"],
			files: { "c.json": capabilities(hosts) },
		});
		expect(ran.exit).toBe(1);
		expect(ran.stderr).toContain("no such file or capabilities version found: c.json");
	}
});

describe("rego eval", () => {
	test("http.send", async () => {
		expect(await raw(`http.send({"method": "get", "url": "${url}"}).body.agent`)).toMatch(/^regoplan\//);
		const refused = `http.send({"method": "get", "url": "http://127.0.0.1:1/", "raise_error": false}).error.message`;
		expect(await raw(refused)).toBe('Get "http://127.0.0.1:1/": dial tcp 127.0.0.1:1: connect: connection refused');
	});
	test("responses are kept from one run to the next", async () => {
		const query = `print(http.send({"method": "get", "url": "${url}", "cache": true}).body.n)`;
		const { stderr } = await runCli({ args: ["eval", "--count", "3", query] });
		const lines = stderr.trim().split("\n");
		expect(lines.length).toBe(3);
		expect(new Set(lines).size).toBe(1);
	});
	test("net.lookup_ip_addr", async () => {
		expect(await raw('net.lookup_ip_addr("127.0.0.1")')).toBe('["127.0.0.1"]');
	});
	test("opa.runtime", async () => {
		expect(await raw("opa.runtime().env", { A: "b", __proto__x: "1" })).toBe('{"A":"b","__proto__x":"1"}');
		expect(await raw("opa.runtime().version")).toBe(opaVersion);
	});
	test("from a module, through with", async () => {
		const files = {
			"p.rego": 'package p\nx := http.send({"method": "get", "url": "http://unused/"}).body\nmock(_) := {"body": 5}',
		};
		const ran = await runCli({
			args: ["eval", "-f", "raw", "-d", "p.rego", "data.p.x with http.send as data.p.mock"],
			files,
		});
		expect(ran).toEqual({ exit: 0, stdout: "5\n", stderr: "" });
	});
});

test("the transport is loaded for policies that name it", async () => {
	const permissions = (...texts: readonly string[]) => new Network({}).permissions(texts);
	expect(Object.keys(await permissions("package a\nx := 1", "data.https"))).toEqual([]);
	expect(Object.keys(await permissions("x", 'http["send"](x)')).sort()).toEqual([
		"httpCache",
		"httpSend",
		"lookupIpAddr",
	]);
	expect(Object.keys(await permissions("net . lookup_ip_addr")).length).toBe(3);
});

test("runtimeValue leaves out what is not set, and takes any name", () => {
	const env = Object.fromEntries([
		["a", "1"],
		["b", undefined],
	]) as Record<string, string | undefined>;
	Object.defineProperty(env, "__proto__", { value: "p", enumerable: true });
	expect(JSON.stringify(runtimeValue(env))).toContain('"env":{"a":"1","__proto__":"p"}');
});

describe("a bodiless call of a builtin defines nothing", () => {
	const files = { "p.rego": 'package p\ncount(x)\nregex.match("a", "b")' };
	const wanted = [
		"p.rego:2: rego_parse_error: rule name conflicts with built-in function",
		"p.rego:3: rego_parse_error: rule name conflicts with built-in function",
	];
	for (const args of [
		["check", "p.rego"],
		["build", "p.rego"],
		["eval", "-f", "pretty", "-d", "p.rego", "1"],
	]) {
		test(args.join(" "), async () => {
			const { exit, stdout, stderr } = await runCli({ args, files });
			expect(exit).not.toBe(0);
			for (const text of wanted) expect(`${stdout}${stderr}`).toContain(text);
		});
	}
	test("parse p.rego", async () => {
		const { exit, stderr } = await runCli({ args: ["parse", "p.rego"], files });
		const { errors } = JSON.parse(stderr) as { errors: { message: string; location: { row: number } }[] };
		expect([exit, ...errors.map((e) => e.location.row)]).toEqual([1, 2, 3]);
		for (const e of errors) expect(e.message).toBe("rule name conflicts with built-in function");
	});
});
