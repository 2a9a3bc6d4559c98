/** Commands other than `rego eval`, and of that what goldens cannot hold: archives and refused flags. */
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { useBuiltins } from "../../src/aot/runtime.ts";
import { loadPlan } from "../../src/index.ts";
import { planFromJson } from "../../src/plan/json.ts";
import { evaluateModule } from "../eval/backends.ts";
import { runCli } from "./run-cli.ts";

const policy = "package q\n\nallow if input.user == data.admin\n\nnames contains n if some n in input.names\n";
const files = { "q.rego": policy, "broken.rego": "package q\n\np := \n", "unsafe.rego": "package u\n\np if x > 1\n" };

describe("rego", () => {
	const rows: { args: string[]; exit: number; stdout?: string; stderr?: string }[] = [
		{ args: [], exit: 0, stdout: "Usage:\n  rego <command> [flags]" },
		{ args: ["--help"], exit: 0, stdout: "To decide:" },
		{ args: ["help", "eval"], exit: 0, stdout: "rego eval <query> [flags]" },
		{ args: ["eval", "--help"], exit: 0, stdout: "--strict-builtin-errors" },
		{ args: ["eval", "-h"], exit: 0, stdout: "-f, --format {json,values," },
		{ args: ["nope"], exit: 1, stderr: 'Error: unknown command "nope" for "rego"' },
		{ args: ["constructor"], exit: 1, stderr: 'Error: unknown command "constructor" for "rego"' },
		{ args: ["--nope"], exit: 1, stderr: "Error: unknown flag: --nope" },
		{ args: ["version"], exit: 0, stdout: "OPA Version: 1.20.2" },
		{ args: ["version", "--nope"], exit: 1, stderr: "Error: unknown flag: --nope" },
		{ args: ["agent", "--help"], exit: 0, stdout: "rego agent <command>" },
	];
	for (const { args, exit, stdout = "", stderr = "" } of rows) {
		test(["rego", ...args].join(" "), async () => {
			const ran = await runCli({ args });
			expect(ran.exit).toBe(exit);
			expect(ran.stdout).toContain(stdout);
			expect(ran.stderr).toContain(stderr);
		});
	}
});

describe("rego eval refuses what it cannot do", () => {
	const rows: string[][] = [["--partial"], ["-O", "1"], ["-t", "wasm"]];
	for (const flags of rows) {
		test(flags.join(" "), async () => {
			const ran = await runCli({ args: ["eval", ...flags, "1"] });
			expect(ran.exit).toBe(1);
			expect(ran.stdout).toBe("");
			expect(ran.stderr).toMatch(/^Error: not supported by this version of rego: --/);
		});
	}
	test("and does not offer it", async () => {
		const { stdout } = await runCli({ args: ["eval", "--help"] });
		for (const flags of rows) if (flags[0]?.startsWith("--")) expect(stdout).not.toContain(`${flags[0]} `);
	});
});

describe("bundles that are not what they seem", () => {
	const rows: { note: string; files: { [path: string]: string }; stderr: string }[] = [
		{
			note: "a delta",
			files: { "b/patch.json": '{"data": [{"op": "upsert", "path": "/a", "value": 1}]}' },
			stderr: "delta bundles are not supported",
		},
		{
			note: "an unknown version of Rego",
			files: { "b/.manifest": '{"rego_version": 2}', "b/a.rego": "package a" },
			stderr: "unknown bundle rego-version 2 for file '/a.rego'",
		},
		{
			note: "a version that is no integer",
			files: { "b/.manifest": '{"rego_version": "1"}', "b/a.rego": "package a" },
			stderr: "json: cannot unmarshal string into Go struct field Manifest.rego_version of type int",
		},
		{
			note: "an unknown version for a file",
			files: { "b/.manifest": '{"file_rego_versions": {"/a.rego": 3}}', "b/a.rego": "package a" },
			stderr: "unknown bundle rego-version 3 for file '/a.rego'",
		},
	];
	for (const { note, files: given, stderr } of rows) {
		test(note, async () => {
			const ran = await runCli({ args: ["eval", "-b", "b", "data"], files: given });
			expect(ran.exit).toBe(2);
			expect(ran.stdout + ran.stderr).toContain(stderr);
		});
	}
});

describe("bundles in archives", () => {
	const archive = tarGz([
		["data.json", '{"admin": "ann"}'],
		["./sub/data.yaml", "x: [1, 2]\n"],
		["q.rego", policy],
		["sub/ignored.json", '{"never": 1}'],
	]);
	const rows: { note: string; args: string[]; want: string }[] = [
		{ note: "-b", args: ["-b", "b.tar.gz", "data.sub.x; data.q.allow"], want: "[1,2] true\n" },
		{ note: "-d", args: ["-d", "b.tar.gz", "data.sub.x; data.q.allow"], want: "[1,2] true\n" },
		{
			note: "manifest of -d",
			args: ["-d", "b.tar.gz", "data.system.bundle.manifest"],
			want: '{"revision":"","roots":[""]}\n',
		},
		{ note: "--ignore", args: ["-b", "b.tar.gz", "--ignore", "sub", 'object.keys(data) - {"q"}'], want: '["admin"]\n' },
	];
	for (const { note, args, want } of rows) {
		test(note, async () => {
			const ran = await runCli({
				args: ["eval", "-f", "raw", "-I", ...args],
				files: { "b.tar.gz": archive },
				stdin: '{"user": "ann"}',
			});
			expect(ran).toEqual({ exit: 0, stdout: want, stderr: "" });
		});
	}
	const broken: { note: string; bytes: Uint8Array; want: string }[] = [
		{
			note: "no gzip",
			bytes: new TextEncoder().encode("this is not an archive"),
			want: "archive read failed: gzip: invalid header",
		},
		{ note: "cut off", bytes: archive.subarray(0, 40), want: "unexpected EOF" },
		{ note: "a size beyond the end", bytes: gzipSync(tarHeader("x.rego", 99_999)), want: "unexpected EOF" },
	];
	for (const { note, bytes, want } of broken) {
		test(note, async () => {
			const ran = await runCli({ args: ["eval", "-f", "raw", "-b", "b.tar.gz", "1"], files: { "b.tar.gz": bytes } });
			expect(ran.exit).toBe(2);
			expect(ran.stderr).toContain(want);
		});
	}
});

test.each(["json", "raw", "values"])("rego eval, number that is no JSON, as %s", async (format) => {
	const ran = await runCli({ args: ["eval", "-f", format, 'to_number(".5")'] });
	expect([ran.exit, ran.stderr]).toEqual([2, 'json: invalid number literal ".5"\n']);
});

describe("rego check", () => {
	test.each([
		["p { true }", ["`if` keyword is required before rule body"]],
		["p if { true }", ["var cannot be used for rule name"]],
		["import rego.v1\n\np if { true }", []],
		[
			"import future.keywords\n\nq contains x if { x := any([1]) }",
			["deprecated built-in function calls in expression: any"],
		],
	] as const)("asks for Rego v0 and v1 at once: %j", async (text, wants) => {
		const ran = await runCli({ args: ["check", "--v0-v1", "p.rego"], files: { "p.rego": `package a\n\n${text}\n` } });
		expect(ran.exit).toBe(wants.length === 0 ? 0 : 1);
		for (const want of wants) expect(ran.stderr).toContain(want);
		if (wants.length === 0) expect(ran.stderr).toBe("");
	});

	test("says nothing when all is well", async () => {
		expect(await runCli({ args: ["check", "q.rego"], files })).toEqual({ exit: 0, stdout: "", stderr: "" });
	});
	test("reports every error", async () => {
		const ran = await runCli({ args: ["check", "unsafe.rego"], files });
		expect(ran).toEqual({
			exit: 1,
			stdout: "",
			stderr: "1 error occurred: unsafe.rego:3: rego_unsafe_var_error: var x is unsafe\n",
		});
	});
	test("as JSON", async () => {
		const ran = await runCli({ args: ["check", "-f", "json", "broken.rego"], files });
		expect(ran.exit).toBe(1);
		expect((JSON.parse(ran.stderr) as { errors: { code: string }[] }).errors[0]?.code).toBe("rego_parse_error");
	});
	test("takes folders, and only their Rego files", async () => {
		const ran = await runCli({ args: ["check", "."], files: { "q.rego": policy, "x.json": "[", "y.txt": "" } });
		expect(ran.exit).toBe(0);
	});
	test("wants a file", async () => {
		const ran = await runCli({ args: ["check"] });
		expect([ran.exit, ran.stderr.split("\n")[0]]).toEqual([1, "Error: specify at least one file"]);
	});
});

describe("rego build", () => {
	test("writes a plan that loads again", async () => {
		const ran = await runCli({ args: ["build", "q.rego"], files });
		expect(ran.exit).toBe(0);
		const plan = planFromJson(ran.stdout);
		expect(plan.funcs.map((f) => f.path.join("."))).toEqual(expect.arrayContaining(["q.allow", "q.names"]));
	});
	test("is the same every time", async () => {
		const [a, b] = [
			await runCli({ args: ["build", "q.rego"], files }),
			await runCli({ args: ["build", "q.rego"], files }),
		];
		expect(a.stdout).toBe(b.stdout);
	});
	test("--print-plan", async () => {
		const ran = await runCli({ args: ["build", "--print-plan", "q.rego"], files });
		expect(ran.exit).toBe(0);
		for (const part of [
			"source q.rego sha256",
			"complete data.q.allow/0 (q.rego:3)",
			"set data.q.names/0",
			"return true",
		]) {
			expect(ran.stdout).toContain(part);
		}
	});
	test("the data at the paths are part of what is made, as of opa's bundles", async () => {
		const files = {
			"ff/p.rego": "package f\nallow if not data.blocked[input.user]",
			"ff/data.json": '{"blocked": {"mallory": true}}',
			"ff/more/data.yaml": "num: 1.50",
		};
		for (const paths of [["ff"], ["ff/p.rego", "ff/data.json"], ["-b", "ff"]]) {
			const { stdout, exit } = await runCli({ args: ["build", ...paths], files });
			const policy = loadPlan(stdout);
			expect([
				exit,
				policy.rule("data.f.allow")({ user: "mallory" }),
				policy.allows("f/allow", { user: "al" }),
			]).toEqual([0, undefined, true]);
		}
		const { stdout } = await runCli({ args: ["build", "--print-plan", "ff"], files });
		expect(stdout).toContain('data {"blocked": {"mallory": true}, "more": {"num": 1.5}}');
		const built = await runCli({ args: ["build", "ff", "-t", "js", "-e", "f/allow"], files });
		expect(built.stdout).toContain("mallory");
	});
	test("calls of builtins that capabilities declare are left to the embedder", async () => {
		const capabilities = await runCli({ args: ["capabilities", "--current"] });
		const all = JSON.parse(capabilities.stdout) as { builtins: object[] };
		const decl = { type: "function", args: [{ type: "string" }], result: { type: "boolean" } };
		all.builtins.push({ name: "acme.ok", decl });
		const own = { "own.rego": "package own\nallow if acme.ok(input.user)", "caps.json": JSON.stringify(all) };
		const args = ["build", "own.rego", "-t", "js", "-e", "own/allow"];
		expect((await runCli({ args, files: own })).stderr).toContain("undefined function acme.ok");
		const built = await runCli({ args: [...args, "--capabilities", "caps.json"], files: own });
		expect([built.exit, built.stderr]).toEqual([0, ""]);
		expect(() => evaluateModule(built.stdout)).toThrow(
			"unsupported built-in: acme.ok: useBuiltins of regoplan/runtime",
		);
		useBuiltins({ "acme.ok": (user: string) => user === "alice" });
		const { entrypoints } = evaluateModule(built.stdout) as unknown as {
			entrypoints: { readonly [path: string]: (input: object) => unknown };
		};
		expect(["alice", "bob"].map((user) => entrypoints["own/allow"]?.({ user }))).toEqual([true, undefined]);
	});
	test("a module is named as modules are, and never overwritten by its declarations", async () => {
		for (const name of ["y.cjs", "y.ts", "y.mts", "y"]) {
			const ran = await runCli({ args: ["build", "q.rego", "-t", "js", "-e", "q/allow", "-o", name], files });
			expect([ran.exit, ran.stderr.split("\n")[0]]).toEqual([
				1,
				`error: the js target writes an ES module: name it .mjs or .js, not ${name}`,
			]);
		}
	});
	test("reports errors", async () => {
		const ran = await runCli({ args: ["build", "unsafe.rego"], files });
		expect([ran.exit, ran.stderr]).toEqual([
			1,
			"error: 1 error occurred: unsafe.rego:3: rego_unsafe_var_error: var x is unsafe\n",
		]);
	});
});

describe("rego parse", () => {
	const golden = (name: string): string => readFileSync(new URL(`./parse-goldens/${name}`, import.meta.url), "utf8");
	const sources = { "module.rego": golden("module.rego"), ...files };
	const rows = [
		{ note: "an outline", args: [], golden: "outline.txt" },
		{ note: "JSON", args: ["--format", "json"], golden: "tree.json" },
		{ note: "JSON without comments", args: ["-f", "json", "--json-include=-comments"], golden: "no-comments.json" },
	];
	for (const row of rows) {
		test(`${row.note}, as the real opa prints it`, async () => {
			const ran = await runCli({ args: ["parse", ...row.args, "module.rego"], files: sources });
			expect([ran.exit, ran.stderr]).toEqual([0, ""]);
			expect(ran.stdout).toBe(golden(row.golden));
		});
	}
	test("with the places of nodes", async () => {
		const ran = await runCli({ args: ["parse", "-f", "json", "--json-include", "locations", "q.rego"], files });
		const tree = JSON.parse(ran.stdout) as { package: { location: unknown } };
		const text = Buffer.from("package").toString("base64");
		expect(tree.package.location).toEqual({ file: "q.rego", row: 1, col: 1, text });
	});
	test("reports errors as JSON", async () => {
		const ran = await runCli({ args: ["parse", "broken.rego"], files });
		const { errors } = JSON.parse(ran.stderr) as { errors: { code: string; location: object }[] };
		expect([ran.exit, ran.stdout, errors[0]?.code]).toEqual([1, "", "rego_parse_error"]);
		expect(errors[0]?.location).toMatchObject({ file: "broken.rego", row: 4 });
	});
});

describe("rego capabilities", () => {
	test("lists builtins with their declarations", async () => {
		const ran = await runCli({ args: ["capabilities", "--current"] });
		const { builtins } = JSON.parse(ran.stdout) as { builtins: { name: string; decl: unknown; infix?: string }[] };
		expect(builtins.find((b) => b.name === "plus")).toEqual({
			name: "plus",
			infix: "+",
			decl: { args: [{ type: "number" }, { type: "number" }], result: { type: "number" }, type: "function" },
		});
	});
	test("can be given back to eval", async () => {
		const { stdout } = await runCli({ args: ["capabilities", "--current"] });
		const ran = await runCli({
			args: ["eval", "-f", "raw", "--capabilities", "c.json", "count([1])"],
			files: { "c.json": stdout },
		});
		expect(ran).toEqual({ exit: 0, stdout: "1\n", stderr: "" });
	});
});

describe("--capabilities limits what modules and queries may use", () => {
	const builtins = [
		{ name: "count", decl: { type: "function", args: [{ type: "any" }], result: { type: "number" } } },
		{
			name: "acme.lookup",
			decl: {
				type: "function",
				args: [{ name: "id", type: "string" }],
				result: { type: "set", of: { type: "number" } },
			},
		},
	];
	const files = {
		"v1.json": JSON.stringify({ builtins, features: ["rego_v1"], future_keywords: ["or"] }),
		"v0.json": JSON.stringify({ builtins }),
		"odd.json": JSON.stringify({ builtins, features: ["rego_v1"], future_keywords: ["xor"] }),
		"template.rego": 'package a\n\np := $"x"\n',
		"keyword.rego": "package a\n\nimport future.keywords.and\n",
		"ref.rego": "package a\n\np := input.if\n",
		"declared.rego": 'package a\n\np := count(acme.lookup("x"))\n',
		"misused.rego": "package a\n\np := acme.lookup(1)\n",
	};
	const check = async (capabilities: string, file: string) =>
		(await runCli({ args: ["check", "--capabilities", capabilities, file], files })).stderr;

	test.each([
		[
			"v1.json",
			"template.rego",
			"template.rego:3: rego_parse_error: template strings are not supported by current capabilities",
		],
		[
			"v1.json",
			"keyword.rego",
			"keyword.rego:3: rego_parse_error: unexpected keyword, must be one of [contains every if in or]",
		],
		["v1.json", "ref.rego", "ref.rego:3: rego_parse_error: unexpected if keyword: expected identifier"],
		["v0.json", "ref.rego", "rego_parse_error: illegal capabilities: rego_v1 feature required for parsing v1 Rego"],
		["odd.json", "ref.rego", "rego_parse_error: illegal capabilities: unknown keyword: xor"],
		[
			"v1.json",
			"misused.rego",
			"misused.rego:3: rego_type_error: acme.lookup: invalid argument(s)\n\thave: (number, ???)\n\twant: (id: string, set[number])",
		],
		["v1.11.1", "template.rego", "template strings are not supported"],
		["v1.19.1", "keyword.rego", "must be one of [contains every if in not]"],
		["v1.5.1", "ref.rego", "expected identifier"],
		["v0.70.0", "ref.rego", "rego_v1 feature required"],
		["v0.70.1", "ref.rego", "no such file or capabilities version found: v0.70.1"],
	])("%s: %s", async (capabilities, file, error) => {
		expect(await check(capabilities, file)).toContain(error);
	});

	test.each([
		["v1.json", "declared.rego"],
		["v1.12.0", "template.rego"],
		["v1.20.0", "keyword.rego"],
		["v1.6.0", "ref.rego"],
	])("%s allows %s", async (capabilities, file) => {
		expect(await check(capabilities, file)).toBe("");
	});

	test("queries and their imports", async () => {
		const ask = async (...args: string[]) =>
			(await runCli({ args: ["eval", "--capabilities", "v1.json", ...args], files })).stdout;
		expect(await ask('$"x"')).toContain("template strings are not supported by current capabilities");
		expect(await ask("--import", "future.keywords.and", "1 and 2")).toContain("unknown future keyword: and");
		expect(await ask("--import", "future.keywords.or", "1 or 2")).toContain('"value": true');
		expect(await ask('acme.lookup("x")')).toContain("unsupported built-in: acme.lookup");
	});
});

describe("errors of a module in a bundle", () => {
	const files = { "x/a.rego": "package a\n\np := }\n" };
	test("are told one by one as JSON by check", async () => {
		const { stderr } = await runCli({ args: ["check", "-b", "--format", "json", "x"], files });
		const { errors } = JSON.parse(stderr) as { errors: { code?: string; location?: { row: number } }[] };
		expect(errors.map((e) => [e.code, e.location?.row])).toEqual(errors.map(() => ["rego_parse_error", 3]));
	});
	test("are one message in eval", async () => {
		const { stdout } = await runCli({ args: ["eval", "-b", "x", "1"], files });
		const { errors } = JSON.parse(stdout) as { errors: { message: string; code?: string }[] };
		expect(errors.map((e) => [e.code, e.message.split(":")[0]])).toEqual([[undefined, "loading error"]]);
	});
});

describe("errors of loading show the line", () => {
	test("where there are several files", async () => {
		const files = { "a.rego": "package a\n\np := [1\n", "b.rego": "package b\n\nq := }\n" };
		const { stderr } = await runCli({ args: ["check", "a.rego", "b.rego"], files });
		expect(stderr).toContain("errors occurred during loading:\na.rego:");
		expect(stderr).toContain("b.rego:3: rego_parse_error: unexpected } token\n\tq := }\n\t     ^\n");
	});
});

function tarHeader(name: string, size: number): Buffer {
	const header = Buffer.alloc(512);
	header.write(name, 0);
	header.write("0000644\0", 100);
	header.write(`${size.toString(8).padStart(11, "0")}\0`, 124);
	header.write("0", 156);
	header.write("ustar\0", 257);
	return header;
}

function tarGz(entries: readonly (readonly [string, string])[]): Uint8Array {
	const blocks = entries.flatMap(([name, text]) => {
		const content = Buffer.from(text);
		return [tarHeader(name, content.length), content, Buffer.alloc((512 - (content.length % 512)) % 512)];
	});
	return gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]));
}
