/** `rego check --target kata`: what Kata's agent cannot run, and what lets more through than it seems to. */
import { describe, expect, test } from "vitest";
import { policyRequests } from "../../src/agent/protocol/protocol.ts";
import { builtins } from "../../src/builtins/registry.ts";
import { isAnchored } from "../../src/cli/anchored.ts";
import { isInKata, kataBuiltins } from "../../src/cli/kata-builtins.ts";
import { readShared, sharedFolder } from "../agent/shared.ts";
import { runCli } from "./run-cli.ts";

const names = policyRequests.map((r) => r.name);
const defaults = names.map((name) => `default ${name} := false\n`).join("");

const rows: readonly { note: string; policy: string; exit: number; says: readonly string[] }[] = [
	{ note: "a policy that denies everything", policy: "", exit: 0, says: [] },
	{
		note: "a builtin that the engine has not",
		policy: "CreateContainerRequest if time.now_ns() > 1\n",
		exit: 1,
		says: ["kata_error: the agent's engine has no built-in time.now_ns"],
	},
	{
		note: "one in a comprehension of an else branch",
		policy: "p if input.a\nelse := {x | some x in input.b; glob.match(x, [], input.c)}\n",
		exit: 1,
		says: ["kata_error: the agent's engine has no built-in glob.match"],
	},
	{
		note: "a deprecated one, in v0",
		policy: "p { any([true]) }\n",
		exit: 1,
		says: ["today's agent reads Rego v1 and refuses this: `if` keyword is required", "no built-in any"],
	},
	{
		note: "a keyword that came later",
		policy: "p if input.a\n",
		exit: 1,
		says: ["does not know `import future.keywords.or`"],
	},
	{ note: "a template string", policy: 'p := $"a{input.b}"\n', exit: 1, says: ["no template strings"] },
	{
		note: "a pattern that is not anchored",
		policy: 'CreateContainerRequest if regex.match("^a", input.x)\n',
		exit: 0,
		says: ["kata_warning: the pattern is not anchored"],
	},
	{
		note: "one that is",
		policy: 'CreateContainerRequest if regex.match("^a$", input.container_id)\n',
		exit: 0,
		says: [],
	},
	{
		note: "a field that no request has",
		policy: "CreateContainerRequest if input.OCI.Proces\n",
		exit: 0,
		says: ['kata_warning: Spec has no "Proces": did you mean "Process"?'],
	},
	{
		note: "a rule that no request asks for",
		policy: "ExecProcesRequest if input.container_id\n",
		exit: 0,
		says: ["kata_warning: no request is called ExecProcesRequest"],
	},
	{
		note: "a request that is always allowed",
		policy: "ExecProcessRequest := true\n",
		exit: 0,
		says: ["kata_warning: ExecProcessRequest is allowed whatever the request holds"],
	},
	{
		note: "a body that says nothing",
		policy: "ExecProcessRequest if true\n",
		exit: 0,
		says: ["ExecProcessRequest is allowed whatever the request holds"],
	},
	{
		note: "denials that do not count",
		policy: "default AllowRequestsFailingPolicy := true\n",
		exit: 0,
		says: ["every request that the policy denies is allowed all the same"],
	},
];

describe("rego check --target kata", () => {
	for (const { note, policy, exit, says } of rows) {
		test(note, async () => {
			const head = note.startsWith("a keyword") ? "import future.keywords.or\n" : "";
			const files = { "policy.rego": `package agent_policy\n${head}\n${defaults}${policy}` };
			const ran = await runCli({ args: ["check", "--target", "kata", "policy.rego"], files });
			expect(ran.exit).toBe(exit);
			expect(ran.stdout).toBe("");
			for (const text of says) expect(ran.stderr).toContain(text);
			if (says.length === 0) expect(ran.stderr).toBe("");
			else expect(ran.stderr).toMatch(/^policy\.rego:\d+: kata_/);
		});
	}

	test("requests without a default are named, and only they", async () => {
		const files = {
			"policy.rego": `package agent_policy\n\n${defaults.replace(/default ExecProcessRequest.*\n/, "")}`,
		};
		const ran = await runCli({ args: ["check", "--target", "kata", "policy.rego"], files });
		expect(ran.exit).toBe(0);
		expect(ran.stderr).toMatch(/^policy\.rego:1: kata_warning: no default for ExecProcessRequest: /);
	});

	test("strictly, warnings are errors; as JSON they are objects", async () => {
		const files = { "policy.rego": "package agent_policy\n\ndefault ExecProcessRequest := true\n" };
		const ran = await runCli({ args: ["check", "-S", "-t", "kata", "-f", "json", "policy.rego"], files });
		expect(ran.exit).toBe(1);
		expect(JSON.parse(ran.stderr)).toMatchObject({
			errors: [
				{ code: "kata_warning", location: { file: "policy.rego", row: 3, col: 1 } },
				{ code: "kata_warning", location: { file: "policy.rego", row: 1, col: 1 } },
			],
		});
	});

	test("other packages have no requests", async () => {
		const files = { "p.rego": "package p\n\nq := 1\n" };
		expect(await runCli({ args: ["check", "-t", "kata", "p.rego"], files })).toEqual({
			exit: 0,
			stdout: "",
			stderr: "",
		});
	});
});

test("builtins that policies for Kata call are there", () => {
	const used =
		"array.concat base64url.encode bits.and bits.negate bits.or concat contains count is_null lower print regex.find_all_string_submatch_n regex.match replace split startswith substring to_number trim_prefix endswith trim_left trim_right object.keys base64.decode base64.is_valid";
	expect(used.split(" ").filter((name) => !isInKata(name))).toEqual([]);
});

test("all that are there are builtins of ours", () => {
	expect(kataBuiltins.filter((name) => !builtins.has(name))).toEqual([]);
});

test("one that is new is not there until it is listed", () => {
	expect(isInKata("array.anything_new")).toBe(false);
});

/** What Kata builds its engine without. */
const leftOut = /^(?:glob|graph|hex|net|opa|semver|time|urlquery|uuid|yaml)\.|^json\.\w+_schema$/;

test.skipIf(sharedFolder("reference") === undefined)("they are those of regorus but for what Kata leaves out", () => {
	const [head, ...rows] = readShared("reference", "builtins.tsv")
		.trimEnd()
		.split("\n")
		.map((line) => line.split("\t"));
	const column = head?.indexOf("regorus_0.11") ?? -1;
	const there = rows.filter((row) => row[column] === "yes").map(([name = ""]) => name);
	expect(there.length).toBeGreaterThan(100);
	expect([...kataBuiltins].sort()).toEqual(there.filter((name) => !leftOut.test(name)).sort());
});

describe("a pattern is anchored when all of it is", () => {
	const patterns: readonly (readonly [string, boolean])[] = [
		["^a$", true],
		["^a", false],
		["a$", false],
		["^a|b$", false],
		["^a$|^b$", true],
		["^(a|b)$", true],
		["(^a$|^b$)", true],
		["(?:^a$)", true],
		["^a\\$", false],
		["^a\\\\$", true],
		["\\Aa\\z", true],
		["^[|]$", true],
		["^[]|]$", true],
		["(?i)^a$", true],
		["(?m)^a$", false],
		["", false],
		["^(a", false],
	];
	for (const [pattern, anchored] of patterns) {
		test(JSON.stringify(pattern), () => {
			expect(isAnchored(pattern)).toBe(anchored);
		});
	}
});
