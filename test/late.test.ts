/**
 * The library as built for Node, in parts that are loaded late (scripts/build/late.js), against the same
 * library as its sources are: what each part does must be the same, and none may be loaded without need.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import * as whole from "../src/index.ts";

type Library = typeof whole;

const dist = new URL("../dist/", import.meta.url);
const built = existsSync(new URL("node/declarations.cjs", dist));
if (!built) console.log("dist is not built: parts of the library are not tested");

/** As Node loads it: vitest's own loader would make a second copy of what the parts import. */
const require: NodeJS.Require = createRequire(import.meta.url);
const load = (file: string): Library => require(fileURLToPath(new URL(file, dist))) as Library;

/** An answer, or the error instead. */
function answer(run: () => unknown): unknown {
	try {
		return run();
	} catch (e) {
		return String(e);
	}
}

const rows: readonly { readonly note: string; readonly policy: string }[] = [
	{ note: "regular expressions", policy: 'p := regex.find_n(`[\\pL]+`, "ab1é2", -1)' },
	{ note: "a wrong regular expression", policy: 'p := regex.match("(", "x")' },
	{ note: "a pattern of the input's", policy: "p := regex.match(input.x, input.x)" },
	{ note: "globs", policy: 'p := glob.match("a/*", ["/"], "a/b")' },
	{ note: "JSON patches", policy: 'p := json.patch({"a": [1]}, [{"op": "add", "path": "/a/-", "value": 2}])' },
	{ note: "JSON", policy: 'p := json.unmarshal("[1e3]")' },
	{ note: "an operand error", policy: 'p := base64.decode("=")' },
	{ note: "semantic versions", policy: 'p := semver.compare("1.0.0", "1.0.1")' },
	{
		note: "units, graphs, bits",
		policy: 'p := [units.parse("1Ki"), bits.or(1, 2), graph.reachable({"a": []}, ["a"])]',
	},
	{ note: "sprintf", policy: 'p := sprintf("%05.1f %v", [1.25, {"a": {1}}])' },
	{ note: "an optional builtin", policy: 'p := time.parse_duration_ns("1s")' },
	{ note: "template strings", policy: 'p := $"a{1 + 1}b"' },
	{ note: "and, or", policy: "import future.keywords.and\nimport future.keywords.or\np if { 1 == 1 and 2 == 2 }" },
	{ note: "a type error", policy: 'p := count(1) + "a"' },
	{ note: "an unsafe variable", policy: "p := [x | y := x; z]" },
	{ note: "annotations", policy: "# METADATA\n# title: x\np := rego.metadata.rule().title" },
	{ note: "a wrong annotation", policy: "# METADATA\n# nothing: x\np := 1" },
	{ note: "a schema", policy: '# METADATA\n# schemas:\n#   - input: {type: string}\np if input.x == "a"' },
];

describe.runIf(built)("the library in parts", () => {
	const parts = built ? load("node/index.cjs") : undefined;

	test.each(rows)("$note", ({ policy }) => {
		const ask = (library: Library | undefined) =>
			answer(() => {
				const p = (library as Library).compile({ "a.rego": `package a\n${policy}\n` });
				const value = p.rule("data.a.p")({ x: "a" });
				// As text: sets of two copies are of two classes.
				return [
					value === undefined ? undefined : whole.toJson(value),
					JSON.parse(p.toJSON()),
					p.query("data.a.p").rows.length,
				];
			});
		expect(ask(parts)).toEqual(ask(whole));
	});

	test("declarations", () => {
		const declared = (library: Library | undefined) =>
			[...(library as Library).builtins.values()].map(({ eval: _eval, unchecked: _unchecked, ...d }) => ({ ...d }));
		expect(JSON.parse(JSON.stringify(declared(parts)))).toEqual(JSON.parse(JSON.stringify(declared(whole))));
	});

	test("a plan that is loaded", () => {
		const text = parts?.compile({ a: 'package a\np := regex.match("^a", input)' }).toJSON() as string;
		expect(parts?.loadPlan(text).rule("data.a.p")("ab")).toBe(true);
	});

	test("a linear engine that is set", () => {
		const asked: string[] = [];
		const test = (pattern: string) => {
			asked.push(pattern);
			return true;
		};
		parts?.setLinearEngine({ name: "test", test }, { prefer: true });
		const policy = "package a\np if regex.match(input.p, input.s)";
		expect(parts?.compile({ policy }).rule("data.a.p")({ p: "(a|b)*abb$", s: "zz" })).toBe(true);
		expect(asked).toHaveLength(1);
		parts?.setLinearEngine(undefined);
	});
});

/** Runs a script that may load only the parts listed, and gives what it prints. */
function withParts(parts: readonly string[], script: string): string {
	const guard = `
		import Module from "node:module";
		const load = Module._load;
		const allowed = ${JSON.stringify(["index", "engine", "rolldown-runtime", ...parts].map((p) => `./${p}.cjs`))};
		Module._load = (name, ...rest) => {
			if (/\\.cjs$/.test(name) && !allowed.includes(name.replace(/^.*[\\/]/, "./"))) throw new Error(name);
			return load(name, ...rest);
		};
		const { compile, loadPlan } = await import(${JSON.stringify(new URL("node/index.mjs", dist).href)});`;
	const args = ["--input-type=module", "-e", guard + script];
	const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
	expect(stderr).toBe("");
	return stdout;
}

const plain = `package a
	default allow := false
	allow if { some r in input.roles; r == "admin"; startswith(input.name, "a"); count(input.roles) > 0 }`;
const decide = `.rule("data.a.allow")({ roles: ["admin"], name: "ab" })`;

test.runIf(built)("a plain policy loads the compiler only", () => {
	const script = `console.log(compile({ policy: ${JSON.stringify(plain)} })${decide});`;
	expect(withParts(["compiler"], script)).toBe("true\n");
});

test.runIf(built)("deciding from a plan loads no compiler", () => {
	const plan = load("node/index.cjs").compile({ policy: plain }).toJSON();
	const script = `console.log(loadPlan(${JSON.stringify(plan)})${decide});`;
	expect(withParts(["plans", "digests"], script)).toBe("true\n");
});

describe.runIf(built)("the command", () => {
	const own = ["command", "commands", "files"];
	const run = (argv: readonly string[]): string =>
		`const { default: command } = await import(${JSON.stringify(new URL("node/command.cjs", dist).href)});
		await command.main(${JSON.stringify(argv)}, command.processIo());`;

	test("version loads no compiler", () => {
		expect(withParts([...own, "command-version"], run(["version"]))).toContain("Version: ");
	});
	test("a query loads what decides it, and of the commands its own", () => {
		expect(withParts([...own, "command-eval", "compiler"], run(["eval", "--format", "raw", "1 + 1"]))).toBe("2\n");
	});
});
