/** rego why, rego coverage, rego diff, and their forms for the agent. */
import { describe, expect, test } from "vitest";
import { readDenialEvent } from "../../src/cli/denial-event.ts";
import { runCli } from "../cli/run-cli.ts";

const policy = `package authz
default allow := false
cfg := {"names": ["^[a-z]+$"], "methods": ["GET", "HEAD"]}
allow if {
	some p in cfg.names
	regex.match(p, input.name)
	input.method in cfg.methods
	input.level <= 3
}
`;

const files = { "p.rego": policy };
const input = (v: unknown): { readonly [file: string]: string } => ({ ...files, "input.json": JSON.stringify(v) });

test("the first line is the answer", async () => {
	const ran = await runCli({
		args: ["why", "-d", "p.rego", "-i", "input.json", "data.authz.allow"],
		files: input({ name: "ann", method: "PUT", level: 1 }),
	});
	expect(ran.exit).toBe(0);
	const lines = ran.stdout.trimEnd().split("\n");
	expect(lines[0]).toBe('allow denied: input /method is "PUT", which is not in ["GET", "HEAD"] at cfg /methods');
	expect(lines[1]).toContain("p.rego:7  input.method in cfg.methods");
	expect(lines.at(-1)).toBe('  fix (verified): replace /method with "GET"');
	expect(lines.length).toBeLessThanOrEqual(20);
});

for (const { note, args, value, exit } of [
	{ note: "an allowed input", args: [], value: { name: "ann", method: "GET", level: 1 }, exit: 1 },
	{ note: "why an allowed one is", args: ["--why-allowed"], value: { name: "ann", method: "GET", level: 1 }, exit: 0 },
	{
		note: "why-allowed of a denied one",
		args: ["--why-allowed"],
		value: { name: "ann", method: "PUT", level: 1 },
		exit: 1,
	},
	{ note: "a wrong want", args: ["--want", "{"], value: {}, exit: 2 },
	{ note: "no such flag", args: ["--no"], value: {}, exit: 1 },
]) {
	test(`exit code: ${note}`, async () => {
		const ran = await runCli({
			args: ["why", "-d", "p.rego", "-i", "input.json", "data.authz.allow", ...args],
			files: input(value),
		});
		expect(ran.exit, ran.stdout + ran.stderr).toBe(exit);
	});
}

test("errors: no policy, a broken one, no input file", async () => {
	expect((await runCli({ args: ["why", "data.a.b"], files })).exit).toBe(2);
	expect(
		(await runCli({ args: ["why", "-d", "q.rego", "data.a.b"], files: { "q.rego": "package a\nallow if {" } })).exit,
	).toBe(2);
	expect((await runCli({ args: ["why", "-d", "p.rego", "-i", "none.json", "data.a.b"], files })).exit).toBe(2);
});

test("JSON says what the text says", async () => {
	const ran = await runCli({
		args: ["why", "-d", "p.rego", "-i", "input.json", "data.authz.allow", "-f", "json"],
		files: input({ name: "ann", method: "GET", level: 9 }),
	});
	const e = JSON.parse(ran.stdout);
	expect(e).toMatchObject({
		schema: "regoplan.explanation/1",
		decision: false,
		complete: true,
		causes: [{ kind: "builtin", input: ["/level"], row: 8, actual: 9, expected: 3, text: "input.level <= 3" }],
		fixes: [{ target: "input", patch: [{ op: "replace", path: "/level", value: 3 }], verified: true }],
	});
});

test("a plan without the policy's text", async () => {
	const { compile } = await import("../../src/compile.ts");
	const plan = compile(files).toJSON();
	const ran = await runCli({
		args: ["why", "--plan", "plan.json", "-i", "input.json", "data.authz.allow"],
		files: { ...input({ name: "A", method: "GET", level: 1 }), "plan.json": plan },
	});
	expect(ran.stdout).toContain("input /name");
	expect(ran.stdout).toContain("p.rego:6");
});

test("a fix of the policy, where it is asked for", async () => {
	const ran = await runCli({
		args: ["why", "-d", "p.rego", "-i", "input.json", "data.authz.allow", "--fix", "policy"],
		files: input({ name: "ann", method: "PUT", level: 1 }),
	});
	expect(ran.stdout).toContain(
		'fix (verified): add /methods/- "PUT" of data.authz.cfg, which then allows more than before',
	);
});

test("a pattern is never widened", async () => {
	const ran = await runCli({
		args: ["why", "-d", "p.rego", "-i", "input.json", "data.authz.allow", "--fix", "policy"],
		files: input({ name: "ANN", method: "GET", level: 1 }),
	});
	expect(ran.stdout).not.toContain("fix");
});

test("a redacted value is not shown", async () => {
	const ran = await runCli({
		args: ["why", "-d", "p.rego", "-i", "input.json", "data.authz.allow", "--redact", "/name", "-f", "json"],
		files: input({ name: "TOPSECRET", method: "GET", level: 1 }),
	});
	expect(ran.stdout).not.toContain("TOPSECRET");
	expect(ran.stdout).toContain("redacted");
});

test("coverage: what is permitted and never used comes first", async () => {
	const inputs = [
		{ name: "ann", method: "GET", level: 1 },
		{ name: "ann", method: "GET", level: 9 },
	];
	const given = { ...files, "log.jsonl": inputs.map((i) => JSON.stringify(i)).join("\n") };
	const args = ["coverage", "-d", "p.rego", "--inputs", "log.jsonl", "data.authz.allow"];
	const text = (await runCli({ args, files: given })).stdout.split("\n");
	expect(text[0]).toBe("2 requests, 1 allowed; 100% of the policy's lines were reached");
	expect(text.slice(1, 3)).toEqual(["permitted, and never used (1):", '  cfg /methods/1  "HEAD"']);
	const lcov = (await runCli({ args: [...args, "-f", "lcov"], files: given })).stdout;
	expect(lcov).toContain("SF:p.rego\n");
	expect(lcov).toContain("DA:8,2\n");
	const json = JSON.parse((await runCli({ args: [...args, "-f", "json"], files: given })).stdout);
	expect(json.neverFailed.map((c: { row: number }) => c.row)).toEqual([6, 7]);
	const html = (await runCli({ args: [...args, "-f", "html"], files: given })).stdout;
	expect(html).toContain("<!doctype html>");
	expect(html).not.toMatch(/<script|https?:|src=/);
	expect((await runCli({ args: [...args, "--threshold", "100"], files: given })).exit).toBe(0);
});

test("coverage: the page shows a hostile policy as text", async () => {
	const ran = await runCli({
		args: ["coverage", "-d", "x.rego", "--inputs", "i.json", "data.x.allow", "-f", "html"],
		files: { "x.rego": 'package x\nallow if input.a == "<script>alert(1)</script>"\n', "i.json": "{}" },
	});
	expect(ran.stdout).not.toContain("<script>");
	expect(ran.stdout).toContain("&lt;script&gt;");
});

test("coverage: nothing in a page turns text round or hides", async () => {
	const ran = await runCli({
		args: ["coverage", "-d", "x.rego", "--inputs", "i.json", "data.x.allow", "-f", "html"],
		files: { "x.rego": 'package x\n# \u202egnp\u2066 \u200b\nallow if input.a == "\u202eadmin"\n', "i.json": "{}" },
	});
	expect(ran.stdout).not.toMatch(/[\u202a-\u202e\u2066-\u2069\u200b]/);
	expect(ran.stdout).toContain("\\u{202e}gnp\\u{2066}");
});

describe("files of inputs", () => {
	const line = JSON.stringify({ name: "ann", method: "GET", level: 1 });
	const counted = async (log: string): Promise<string> => {
		const args = ["coverage", "-d", "p.rego", "--inputs", "log", "data.authz.allow"];
		const ran = await runCli({ args, files: { ...files, log } });
		return ran.exit === 0 ? (ran.stdout.split(",")[0] ?? "") : ran.stderr.trim();
	};
	test.each([
		["lines, some of them empty", `${line}\n\n${line}\r\n${line}`, "3 requests"],
		["one line", line, "1 requests"],
		["a list on one line", `[${line},${line}]\n`, "2 requests"],
		["a list on many", `[\n${line},\n${line}\n]`, "2 requests"],
		["YAML", "name: ann\n\nmethod: GET\n", "1 requests"],
		["more lines than a call takes arguments", `${line}\n`.repeat(150_000), "150000 requests"],
		["a line that is none among them", `${line}\n${line}\n\n{"name":\n${line}`, "log: line 4 is not JSON"],
	])("%s", async (_, log, want) => expect(await counted(log)).toBe(want), 120_000);
});

test("diff: lists of many entries are compared by what is in them", async () => {
	const list = (of: (i: number) => number): string =>
		`package l\nl := ${JSON.stringify(Array.from({ length: 30_000 }, (_, i) => `x${of(i)}`))}\nallow if input.x in l\n`;
	const ran = await runCli({
		args: ["diff", "old.rego", "new.rego", "--timeout", "1s"],
		files: { "old.rego": list((i) => i), "new.rego": list((i) => (i === 7 ? -1 : i)) },
	});
	expect(ran.stdout).toContain('"x7"');
	expect(ran.stdout).toMatch(/\n[1-9]\d* inputs were tried/);
});

test("diff: what is written, and what is decided", async () => {
	const ran = await runCli({
		args: ["diff", "old.rego", "new.rego"],
		files: {
			"old.rego": policy,
			"new.rego": policy.replace("[a-z]", "[a-z0-9]").replace('"HEAD"', '"HEAD", "PUT"').replace("<= 3", "< 3"),
		},
	});
	expect(ran.exit).toBe(1);
	expect(ran.stdout).toContain('entry added: cfg /methods/2: "PUT"');
	expect(ran.stdout).toContain('pattern wider: cfg /names/0: "^[a-z]+$" is now "^[a-z0-9]+$", for example "0"');
	expect(ran.stdout).toContain("was allowed, is denied");
	expect(ran.stdout).toContain("new: allow denied: input /level is 3, which is not less than 3");
	expect(ran.stdout).toContain("was denied, is allowed");
	expect(ran.stdout).toMatch(/\d+ inputs were tried, \d+ of them decided differently/);
});

test("diff: the same policy is never said to be proven the same", async () => {
	const ran = await runCli({ args: ["diff", "p.rego", "q.rego"], files: { ...files, "q.rego": policy } });
	expect(ran.exit).toBe(0);
	expect(ran.stdout).toContain("that they are the same is not proven");
});

const agentPolicy = `package agent_policy
default CreateContainerRequest := false
default ExecProcessRequest := false
containers := [{"args": ["/pause"]}, {"args": ["nginx", "-g"]}]
CreateContainerRequest := {"allowed": true, "ops": [{"op": "add", "path": "/pstate/n", "value": 1}]} if {
	some c in containers
	print("args", input.args)
	c.args == input.args
}
ExecProcessRequest if {
	data.pstate.n == 1
	input.command == "ls"
}
`;

const log = [
	["CreateContainerRequest", { args: ["nginx", "-g"] }],
	["ExecProcessRequest", { command: "sh" }],
]
	.map((r) => JSON.stringify(r))
	.join("\n");

test("rego agent why: the state that requests before left", async () => {
	const ran = await runCli({
		args: ["agent", "why", "-p", "p.rego", "log.jsonl"],
		files: { "p.rego": agentPolicy, "log.jsonl": log },
	});
	expect(ran.exit, ran.stderr).toBe(0);
	expect(ran.stdout.split("\n")[0]).toBe('ExecProcessRequest denied: input /command is "sh", the policy wants "ls"');
});

test("rego agent why: one request of a log, and the input of one", async () => {
	const given = { "p.rego": agentPolicy, "log.jsonl": log, "one.json": '{"command":"id"}' };
	const one = await runCli({ args: ["agent", "why", "-p", "p.rego", "log.jsonl#1"], files: given });
	expect(one.stdout).toContain("ExecProcessRequest denied");
	const named = await runCli({
		args: ["agent", "why", "-p", "p.rego", "--request", "ExecProcessRequest", "one.json"],
		files: given,
	});
	expect(named.stdout.split("\n")[0]).toContain("ExecProcessRequest denied");
	expect((await runCli({ args: ["agent", "why", "-p", "p.rego", "log.jsonl#9"], files: given })).exit).toBe(2);
});

test("rego agent why: a denial as Kubernetes shows it", async () => {
	const message = `Error: failed to create containerd task: rpc error: code = PermissionDenied desc = "\\"CreateContainerRequest is blocked by policy: p.rego:7: args [\\\\\\"sh\\\\\\"] \\""`;
	const given = { "p.rego": agentPolicy, "event.txt": message };
	const ran = await runCli({ args: ["agent", "why", "-p", "p.rego", "--event", "event.txt"], files: given });
	expect(ran.exit, ran.stderr).toBe(0);
	expect(ran.stdout.split("\n")[0]).toBe(
		"CreateContainerRequest was denied: the check behind its last print is line 8, c.args == input.args",
	);
});

for (const { note, text, kind, prints } of [
	{
		note: "plain",
		text: "A: FooRequest is blocked by policy: x.rego:1: a x.rego:2: b",
		kind: "FooRequest",
		prints: ["a", "b"],
	},
	{
		note: "quoted twice",
		text: '"\\"FooRequest is blocked by policy: agent_policy:12: v = \\\\\\"x\\\\\\"\\""',
		kind: "FooRequest",
		prints: ['v = "x'],
	},
	{ note: "cut", text: "FooRequest is blocked by policy: agent_policy:9: tr", kind: "FooRequest", prints: ["tr"] },
	{
		note: "without prints",
		text: "FooRequest is blocked by policy: the rule is false",
		kind: "FooRequest",
		prints: [],
	},
]) {
	test(`denial events: ${note}`, () => {
		const event = readDenialEvent(text);
		expect(event?.kind).toBe(kind);
		expect(event?.prints.map((p) => p.text)).toEqual(prints);
	});
}

test("rego agent coverage", async () => {
	const ran = await runCli({
		args: ["agent", "coverage", "-p", "p.rego", "log.jsonl"],
		files: { "p.rego": agentPolicy, "log.jsonl": log },
	});
	expect(ran.stdout).toContain('containers /0  {"args": ["/pause"]}');
});

test("rego test --why: the literal that failed a test", async () => {
	const tests = `package authz_test
import data.authz
test_put if {
	authz.allow with input as {"name": "ann", "method": "PUT", "level": 1}
}
`;
	const ran = await runCli({ args: ["test", "-v", "--why", "."], files: { ...files, "p_test.rego": tests } });
	expect(ran.exit).toBe(2);
	expect(ran.stderr).toContain("p.rego:7: input.method in cfg.methods: test_put denied");
	expect(ran.stderr).toContain('cfg /methods has no "PUT"');
	const without = await runCli({ args: ["test", "-v", "."], files: { ...files, "p_test.rego": tests } });
	expect(without.stdout.replace(/[\d.]+(?:µs|ms|s)/g, "T")).toBe(ran.stdout.replace(/[\d.]+(?:µs|ms|s)/g, "T"));
	expect(without.stderr).toBe("");
});

test("rego agent replay: why a request was denied that should not have been", async () => {
	const ran = await runCli({
		args: ["agent", "replay", "-p", "p.rego", "--expect", "want.json", "log.jsonl"],
		files: { "p.rego": agentPolicy, "log.jsonl": log, "want.json": "[true, true]" },
	});
	expect(ran.exit).toBe(1);
	expect(ran.stdout).toContain('why: ExecProcessRequest denied: input /command is "sh", the policy wants "ls"');
});

describe("what is no document", () => {
	const given = { ...files, "i.json": "{}" };
	for (const args of [
		["why", "-d", "p.rego", "data.authz.alow"],
		["coverage", "-d", "p.rego", "--inputs", "i.json", "data.authz.alow"],
	]) {
		test(`${args[0]}: is told with what was meant`, async () => {
			const ran = await runCli({ args, files: given });
			expect([ran.exit, ran.stdout]).toEqual([2, ""]);
			expect(ran.stderr).toContain(
				"data.authz.alow is no rule, package or base document: did you mean data.authz.allow?",
			);
		});
	}
});

describe("decision logs as inputs", () => {
	const asked = { name: "ann", method: "GET", level: 1 };
	const ask = (lines: readonly object[]) => {
		const log = lines.map((l) => JSON.stringify(l)).join("\n");
		const args = ["coverage", "-d", "p.rego", "--inputs", "log", "data.authz.allow"];
		return runCli({ args, files: { ...files, log } });
	};
	test("entries that OPA wrote are asked again", async () => {
		const ran = await ask(
			[asked, asked].map((input) => ({ decision_id: "1", path: "authz/allow", input, result: true })),
		);
		expect(ran.stdout).toContain("2 requests, 2 allowed");
		expect(ran.stderr).toBe("log: entries of a decision log: what is asked is their input\n");
	});
	test("an input in an envelope may be what was meant, and is told", async () => {
		const ran = await ask([{ input: asked }, { input: asked }]);
		expect(ran.stdout).toContain("2 requests, 0 allowed");
		expect(ran.stderr).toContain('entries with nothing but "input" are taken as they are');
		expect((await ask([asked])).stderr).toBe("");
	});
});

test("a decision without an input is told to be one", async () => {
	const ran = await runCli({ args: ["why", "-d", "p.rego", "data.authz.allow"], files });
	expect([ran.exit, ran.stderr]).toEqual([0, "no --input was given: what is asked is a decision without one\n"]);
	expect((await runCli({ args: ["why", "--help"], files })).stdout).toContain("(default 10s)");
});
