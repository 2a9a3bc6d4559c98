/**
 * Modules built ahead of time: what they export and leave out, how they are asked, what they say of
 * errors, and that their maps lead back to the policy.
 */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { buildModule } from "../../src/aot/build.ts";
import type { AotDecision } from "../../src/aot/runtime.ts";
import { builtins } from "../../src/builtins/registry.ts";
import { compile, planFromJson, RegoError, type Value } from "../../src/index.ts";
import { evaluateModule } from "../eval/backends.ts";

const text = `package authz

default allow := false

allow if {
	some role in data.roles[input.user]
	role == "admin"
}

level := to_number(input.level)

digest := crypto.sha256(input.user)

clash := 1 if input.a
clash := 2 if input.b

unused := "not reached"

now := time.now_ns()

shadowed := x if {
	x := allow with input.user as "root" with data.roles as {"root": ["admin"]}
}
`;
const policy = compile({ "authz.rego": text });

interface Built {
	readonly entrypoints: { readonly [path: string]: AotDecision };
	readonly hash: string;
	readonly code: string;
	readonly types: string;
	readonly map: string;
}

function build(...entrypoints: readonly string[]): Built {
	const output = buildModule({
		plan: policy.plan,
		builtins,
		entrypoints: entrypoints.map((e) => e.split("/")),
		file: "out/authz.mjs",
	});
	return { ...(evaluateModule(output.code) as unknown as Pick<Built, "entrypoints" | "hash">), ...output };
}

function failure(f: () => unknown): RegoError {
	try {
		f();
	} catch (e) {
		if (e instanceof RegoError) return e;
		throw e;
	}
	throw new Error("no error");
}

describe("decisions", () => {
	const data = { roles: { alice: ["admin"], bob: [] } };
	const { entrypoints, hash } = build(
		"authz/allow",
		"authz/level",
		"authz/digest",
		"authz/clash",
		"authz/now",
		"authz/shadowed",
		"authz",
	);
	const ask = (name: string): AotDecision => entrypoints[`authz/${name}`] as AotDecision;

	test("answer as the policy", () => {
		for (const user of ["alice", "bob", "carol"]) {
			const want = policy.withData(data).rule("data.authz.allow")({ user });
			expect(ask("allow")({ user }, { data })).toBe(want);
		}
		expect([ask("allow")(), ask("allow")({ user: "alice" })]).toEqual([false, false]);
		expect(ask("shadowed")({})).toBe(true);
	});
	test("of builtins that are loaded from their category", () => {
		expect(ask("digest")({ user: "a" })).toBe(policy.rule("data.authz.digest")({ user: "a" }));
	});
	test("of a whole package", () => {
		const whole = entrypoints["authz"]?.({ user: "alice" }, { data, host: { nowNs: () => 5n } }) as {
			readonly [k: string]: Value;
		};
		expect(whole["allow"]).toBe(true);
		expect(whole["now"]).toBe(5);
		expect(Object.keys(whole).sort()).toEqual(["allow", "digest", "now", "shadowed", "unused"]);
	});
	test("builtin errors: undefined, or strict and located", () => {
		expect(ask("level")({ level: "x" })).toBeUndefined();
		expect(ask("level")({ level: "5" })).toBe(5);
		const e = failure(() => ask("level")({ level: "x" }, { strictBuiltinErrors: true }));
		expect(e.message).toBe(
			'authz.rego:10: eval_builtin_error: to_number: strconv.ParseFloat: parsing "x": invalid syntax',
		);
	});
	test("conflicts", () => {
		expect(failure(() => ask("clash")({ a: true, b: true })).message).toMatch(/^authz\.rego:15: eval_conflict_error: /);
	});
	test("limits", () => {
		const many = { roles: { alice: Array.from({ length: 100 }, () => "none") } };
		expect(failure(() => ask("allow")({ user: "alice" }, { data: many, limits: { steps: 50 } })).code).toBe(
			"eval_cancel_error",
		);
		expect(ask("allow")({ user: "alice" }, { data: many, limits: { steps: 500 } })).toBe(false);
	});
	test("the hash is the policy's", () => expect(hash).toBe(policy.hash));
});

describe("base data", () => {
	const denies = { "f.rego": "package f\nallow if not data.blocked[input.user]" };
	// As `rego eval -d` and the bundles of `opa build` decide: what is blocked is blocked.
	const made = (data: object): Built =>
		evaluateModule(
			buildModule({
				plan: planFromJson(compile(denies, { data }).toJSON()),
				builtins,
				entrypoints: [["f", "allow"]],
				file: "f.mjs",
			}).code,
		) as unknown as Built;
	const { entrypoints } = made({
		blocked: { mallory: true },
		n: 12345678901234567890n,
		odd: { $n: "1", __proto__x: 1 },
	});
	const allow = entrypoints["f/allow"] as AotDecision;
	test("are part of the module", () => {
		expect([allow({ user: "mallory" }), allow({ user: "alice" })]).toEqual([undefined, true]);
		expect(allow({ user: "mallory" }, {})).toBeUndefined();
		expect(allow({ user: "mallory" }, { limits: { steps: 1000 }, data: undefined })).toBeUndefined();
	});
	test("others take their place", () => {
		expect(allow({ user: "mallory" }, { data: {} })).toBe(true);
		expect(allow({ user: "bob" }, { data: { blocked: { bob: true } } })).toBeUndefined();
		expect(allow({ user: "mallory" })).toBeUndefined();
	});
	test("without any there is nothing of them", () => {
		expect(build("authz/allow").code).not.toContain("data:");
	});
	test("a module of another format is refused", () => {
		const output = buildModule({ plan: policy.plan, builtins, entrypoints: [["authz"]], file: "a.mjs" });
		expect(() => evaluateModule(output.code.replace("format: 3,", "format: 2,"))).toThrow(
			"module has format 2, want 3",
		);
	});
});

describe("options of a decision", () => {
	const { entrypoints } = build("authz/allow");
	const allow = entrypoints["authz/allow"] as (input: unknown, options: unknown) => unknown;
	const rows: readonly (readonly [note: string, options: unknown, message: string])[] = [
		["misspelt", { dta: {} }, "a decision: unknown option dta; did you mean data?"],
		["documents in their place", { roles: {} }, "a decision: unknown option roles; known are values, numbers, data"],
		["a text", "x", 'a decision: options must be an object, not "x"'],
		["data as text", { data: "{}" }, 'a decision: option data must be an object, not "{}"'],
		["a list as data", { data: [] }, "a decision: option data must be an object, not a list"],
		[
			"a misspelt limit",
			{ limits: { timeoutMs: 1 } },
			"a decision: in limits: unknown option timeoutMs; did you mean timeMs?",
		],
	];
	for (const [note, options, message] of rows) {
		test(note, () => expect(() => allow({ user: "alice" }, options)).toThrow(message));
	}
});

describe("text", () => {
	test("holds what is reached, no more", () => {
		const { code } = build("authz/allow");
		expect(code).toContain("admin");
		expect(code).not.toContain("not reached");
		expect(code).toContain('from "regoplan/runtime"');
		expect(code).not.toContain("regoplan/builtins/");
		expect(build("authz/digest").code).toContain('import { crypto as c0 } from "regoplan/builtins/crypto";');
	});
	test("makes no code from strings", () => {
		expect(build("authz").code).not.toMatch(/\beval\b\(|new Function|\bFunction\(/);
	});
	test("is the same every time", () => expect(build("authz").code).toBe(build("authz").code));
	test("declarations name every entry point", () => {
		const { types } = build("authz/allow", "authz");
		expect(types).toContain("/** data.authz.allow */\nexport declare const allow: AotDecision;");
		expect(types).toContain('readonly "authz/allow": AotDecision; readonly "authz": AotDecision');
	});
	test("entry points that are not there are refused", () => {
		for (const path of ["authz/nothing", "nothing", "authz/allow2/x"]) {
			expect(failure(() => build(path)).message).toContain(`undefined entrypoint data.${path.replaceAll("/", ".")}`);
		}
	});
	test("what was meant is told", () => {
		expect(failure(() => build("authz/alow")).message).toContain("did you mean data.authz.allow?");
	});
	test("builtins that are not there are refused", () => {
		const without = new Map([...builtins].filter(([name]) => name !== "to_number"));
		const options = { plan: policy.plan, builtins: without, entrypoints: [["authz", "allow"]], file: "a.mjs" };
		expect(failure(() => buildModule(options)).message).toContain("unsupported built-in: to_number");
	});
});

test("the source map leads from each function to its rule", () => {
	const { code, map } = build("authz/allow", "authz/level");
	const { version, sources, mappings } = JSON.parse(map) as { version: number; sources: string[]; mappings: string };
	expect([version, sources]).toEqual([3, ["authz.rego"]]);
	const rows = decodeRows(mappings);
	const lines = code.split("\n");
	for (const [word, row] of [
		["to_number", 10],
		["roles", 3],
	] as const) {
		const at = lines.findIndex((l, i) => i > 15 && l.includes(word) && !l.startsWith("const "));
		expect(rows[at], `line ${at}: ${lines[at]}`).toBe(row);
	}
	expect(code.trimEnd().endsWith("//# sourceMappingURL=authz.mjs.map")).toBe(true);
});

/** The row of the source for each line; undefined where there is none. */
function decodeRows(mappings: string): (number | undefined)[] {
	const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	let row = 0;
	return mappings.split(";").map((line) => {
		if (line === "") return undefined;
		const numbers: number[] = [];
		let n = 0;
		let shift = 0;
		for (const c of line) {
			const d = digits.indexOf(c);
			n |= (d & 31) << shift;
			shift += 5;
			if (d < 32) {
				numbers.push(n & 1 ? -(n >> 1) : n >> 1);
				n = 0;
				shift = 0;
			}
		}
		row += numbers[2] as number;
		return row + 1;
	});
}

test("every category that modules may import is a file of the package", () => {
	const files = new Set([...builtins.values()].map((b) => b.module));
	for (const file of files) {
		const source = readFileSync(new URL(`../../src/builtins/${file}.ts`, import.meta.url), "utf8");
		expect(source).toContain(
			`export const ${file.replace(/-(.)/g, (_, c: string) => c.toUpperCase())}: readonly Builtin[]`,
		);
	}
	expect(files.size).toBeGreaterThan(30);
});
