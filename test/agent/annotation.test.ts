/** `rego agent annotation`: initdata and policies out of manifests, and into them, with nothing else changed. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { readInitdata } from "../../src/agent/policy/initdata.ts";
import { editInitdata } from "../../src/agent/policy/initdata-edit.ts";
import { writeInitdata } from "../../src/agent/policy/initdata-text.ts";
import { PolicyLoadError } from "../../src/agent/policy/load-error.ts";
import { runAgentCommand } from "../../src/cli/agent.ts";
import { CommandError } from "../../src/cli/io.ts";

let folder = "";
const made: string[] = [];
beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), "rego-annotation-"));
	made.push(folder);
});
afterAll(() => {
	for (const f of made) rmSync(f, { recursive: true, force: true });
});

function put(name: string, content: string | Uint8Array): string {
	writeFileSync(join(folder, name), content);
	return name;
}

const get = (name: string): string => readFileSync(join(folder, name), "utf8");

async function annotation(argv: readonly string[], stdin = ""): Promise<{ code: number; out: string; err: string }> {
	let [out, err] = ["", ""];
	const io = {
		stdout: (t: string) => void (out += t),
		stderr: (t: string) => void (err += t),
		stdin: () => Buffer.from(stdin),
		cwd: folder,
		env: {},
	};
	try {
		return { code: await runAgentCommand(["annotation", ...argv], io), out, err };
	} catch (e) {
		if (e instanceof CommandError) return { code: e.exitCode, out, err: e.message };
		throw e;
	}
}

const key = "io.katacontainers.config.hypervisor.cc_init_data";
const rules = "package agent_policy\n\nallow := \"a\\\\b '''\"\n";
const toml = `# ours
version = "0.1.0"
algorithm = 'sha384' # long

[data]
"aa.toml" = '''
[token]
'''
"policy.rego" = """
package old"""
# the end
`;
const packed = (text: string): string => gzipSync(text).toString("base64");
const deployment = (name: string, value?: string): string =>
	`# ${name}\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: ${name}}\nspec:\n  template:\n    metadata:\n      labels: {a: 'b'}   # kept\n${
		value === undefined ? "" : `      annotations:\n        ${key}: ${value} # old\n        other: "x"\n`
	}    spec:\n      containers: []\n`;
/** The document in the manifest's only annotation. */
const within = (yaml: string): string =>
	gunzipSync(Buffer.from(/H4sI[\w+/=]+/.exec(yaml)?.[0] ?? "", "base64")).toString();

describe("decode", () => {
	test("a manifest, whole and by entry", async () => {
		put("w.yaml", deployment("web", packed(toml)));
		expect(await annotation(["decode", "w.yaml"])).toEqual({ code: 0, out: toml, err: "" });
		expect((await annotation(["decode", "w.yaml", "--data", "policy.rego"])).out).toBe("package old");
		expect((await annotation(["decode", "-", "--data=aa.toml"], deployment("web", packed(toml)))).out).toBe(
			"[token]\n",
		);
	});
	test("a value, a document, the annotation of old systems", async () => {
		expect((await annotation(["decode", "-"], `${packed(toml)}\n`)).out).toBe(toml);
		expect((await annotation(["decode", put("d.toml", toml), "--data", "policy.rego"])).out).toBe("package old");
		const value = Buffer.from(rules).toString("base64");
		put(
			"old.yaml",
			deployment("web").replace(
				"labels:",
				`annotations: {io.katacontainers.config.agent.policy: ${value}}\n      labels:`,
			),
		);
		expect((await annotation(["decode", "old.yaml"])).out).toBe(rules);
	});
	const bad: readonly { note: string; text: string; argv?: readonly string[]; want: RegExp }[] = [
		{ note: "no annotation", text: deployment("web"), want: /w.yaml: no workload that could be meant/ },
		{
			note: "several",
			text: `${deployment("a", packed(toml))}---\n${deployment("b", packed(toml))}`,
			want: /say with --workload which one is meant, or --all: Deployment\/default\/a, Deployment\/default\/b/,
		},
		{
			note: "another",
			text: deployment("web", packed(toml)),
			argv: ["-w", "db"],
			want: /there is no db: Deployment\/default\/web/,
		},
		{
			note: "no such entry",
			text: deployment("web", packed(toml)),
			argv: ["--data", "x"],
			want: /there is no entry "x", only aa.toml, policy.rego/,
		},
		{ note: "not initdata", text: deployment("web", packed("hello")), want: /initdata: not TOML/ },
		{ note: "broken YAML", text: "kind: Pod\nmetadata: {\n", want: /w.yaml:\d+:\d+: / },
	];
	for (const { note, text, argv = [], want } of bad) {
		test(note, async () => {
			const r = await annotation(["decode", put("w.yaml", text), ...argv]);
			expect([r.code, r.out]).toEqual([2, ""]);
			expect(r.err).toMatch(want);
		});
	}
});

describe("encode", () => {
	test("a new annotation, in place: nothing else changes", async () => {
		put("policy.rego", rules);
		put("w.yaml", deployment("web").replaceAll("\n", "\r\n"));
		const r = await annotation(["encode", "w.yaml", "--data", "policy.rego=policy.rego", "--in-place"]);
		expect(r).toEqual({ code: 0, out: "", err: "" });
		const text = get("w.yaml");
		expect(within(text)).toBe(
			writeInitdata({ version: "0.1.0", algorithm: "sha256", data: new Map([["policy.rego", rules]]) }),
		);
		expect(text.replace(/ +annotations:\r\n.*H4sI.*\r\n/, "")).toBe(deployment("web").replaceAll("\n", "\r\n"));
	});
	test("one entry of a document: the rest stays, byte for byte", async () => {
		put("policy.rego", "package new\n");
		put("more", "x = 1\n");
		put("w.yaml", deployment("web", packed(toml)));
		const r = await annotation(["encode", "w.yaml", "--data", "policy.rego=policy.rego", "--data", "cdh.toml=more"]);
		expect(get("w.yaml")).toBe(deployment("web", packed(toml)));
		expect(r.out.replace(/H4sI[\w+/=]+/, packed(toml))).toBe(deployment("web", packed(toml)));
		expect(within(r.out)).toBe(
			toml
				.replace('"""\npackage old"""\n', '"""\npackage new\n"""\n"cdh.toml" = """\nx = 1\n"""\n')
				.replace(/"cdh/, '"cdh'),
		);
		const without = await annotation(["encode", "-", "--remove", "aa.toml"], r.out);
		expect([...readInitdata(within(without.out)).data.keys()]).toEqual(["policy.rego", "cdh.toml"]);
		expect(within(without.out)).toContain("# ours");
		expect(readInitdata(within(without.out)).algorithm).toBe("sha384");
	});
	test("some of several workloads, in a List", async () => {
		put("p", rules);
		const list = `apiVersion: v1\nkind: List\nitems:\n${["a", "b"]
			.map((n) => `- apiVersion: v1\n  kind: Pod\n  metadata:\n    name: ${n}\n  spec: {containers: []}\n`)
			.join("")}`;
		put("w.yaml", list);
		expect((await annotation(["encode", "w.yaml", "--data", "policy.rego=p"])).err).toMatch(/say with --workload/);
		const one = (await annotation(["encode", "w.yaml", "--data", "policy.rego=p", "-w", "Pod/b"])).out;
		expect(one.indexOf("H4sI")).toBeGreaterThan(one.indexOf("name: b"));
		const all = (await annotation(["encode", "w.yaml", "--data", "policy.rego=p", "--all"])).out;
		expect(all.match(/H4sI/g)).toHaveLength(2);
	});
	test("without a manifest: the value", async () => {
		put("p", rules);
		put("d.toml", toml);
		const r = await annotation(["encode", "--data", "policy.rego=p", "--algorithm", "sha512"]);
		expect(readInitdata(r.out.trim())).toMatchObject({ algorithm: "sha512" });
		expect(within((await annotation(["encode", "--initdata", "d.toml"])).out)).toBe(toml);
		const policy = await annotation(["encode", "--kind", "policy", "--data", "policy.rego=p"]);
		expect(policy.out).toBe(`${Buffer.from(rules).toString("base64")}\n`);
	});
	const bad: readonly { note: string; argv: readonly string[]; code: number; want: RegExp }[] = [
		{
			note: "a file that is not there",
			argv: ["w.yaml", "--data", "policy.rego=none"],
			code: 2,
			want: /open none: no such file/,
		},
		{
			note: "a setting without a file",
			argv: ["w.yaml", "--data", "policy.rego"],
			code: 1,
			want: /NAME=FILE is wanted/,
		},
		{
			note: "a file that is not UTF-8",
			argv: ["w.yaml", "--data", "policy.rego=binary"],
			code: 2,
			want: /binary: not UTF-8/,
		},
		{
			note: "an algorithm for a document that has one",
			argv: ["w.yaml", "--algorithm", "sha512"],
			code: 1,
			want: /says its own/,
		},
		{ note: "standard input in place", argv: ["-", "--in-place"], code: 1, want: /standard input cannot be written/ },
		{ note: "in place without a manifest", argv: ["--in-place"], code: 1, want: /--in-place wants a manifest/ },
		{
			note: "a policy annotation with other entries",
			argv: ["w.yaml", "--kind", "policy", "--data", "x=p"],
			code: 1,
			want: /wants --data policy.rego=FILE/,
		},
		{
			note: "metadata that others share",
			argv: ["shared.yaml", "--data", "policy.rego=p"],
			code: 2,
			want: /shared.yaml:2:1: the annotation cannot be written: &m is used in other places/,
		},
	];
	for (const { note, argv, code, want } of bad) {
		test(note, async () => {
			put("p", rules);
			put("binary", Buffer.from([0x70, 0xff]));
			put("w.yaml", deployment("web", packed(toml)));
			put("shared.yaml", "---\napiVersion: v1\nkind: Pod\nmetadata: &m\n  name: a\nspec: {x: *m}\n");
			const r = await annotation(["encode", ...argv]);
			expect([r.code, r.out]).toEqual([code, ""]);
			expect(r.err).toMatch(want);
			expect(get("w.yaml")).toBe(deployment("web", packed(toml)));
		});
	}
});

describe("documents that are edited", () => {
	const head = 'version = "0.1.0"\nalgorithm = "sha256"\n';
	const rows: readonly {
		note: string;
		text: string;
		set: Readonly<Record<string, string | undefined>>;
		want: string;
	}[] = [
		{
			note: "an entry changes",
			text: `${head}[data]\na = 'x' # c\nb = "y"\n`,
			set: { a: "z" },
			want: `${head}[data]\na = "z" # c\nb = "y"\n`,
		},
		{
			note: "an entry goes",
			text: `${head}[data]\na = """\nx"""\nb = "y"\n`,
			set: { a: undefined },
			want: `${head}[data]\nb = "y"\n`,
		},
		{
			note: "entries come, in their order",
			text: `${head}[data]\na = "x"`,
			set: { c: "1", b: "2" },
			want: `${head}[data]\na = "x"\nc = "1"\nb = "2"\n`,
		},
		{ note: "into an empty table", text: `${head}[data]\n`, set: { "a.b": "x" }, want: `${head}[data]\n"a.b" = "x"\n` },
		{
			note: "texts that look like entries",
			text: `${head}[data]\na = '''\nb = "no"\n[data]\n'''\nb = "y"\n`,
			set: { b: "z" },
			want: `${head}[data]\na = '''\nb = "no"\n[data]\n'''\nb = "z"\n`,
		},
		{
			note: "quotes at the end of a text",
			text: `${head}[data]\na = """x\\""""\nb = '''y'''''\n`,
			set: { a: "z" },
			want: `${head}[data]\na = "z"\nb = '''y'''''\n`,
		},
		{
			note: "a key that is quoted",
			text: `${head}[data]\n'a.b' = "x"\n"c\\u0064" = "y"\n`,
			set: { "a.b": "1", cd: "2" },
			want: `${head}[data]\n'a.b' = "1"\n"c\\u0064" = "2"\n`,
		},
		{
			note: "another way to write it: anew",
			text: `${head}data = { a = "x", b = "y" }\n`,
			set: { a: "z" },
			want: `${head}\n[data]\na = "z"\nb = "y"\n`,
		},
		{ note: "dotted keys: anew", text: `${head}data.a = "x"\n`, set: { a: "z" }, want: `${head}\n[data]\na = "z"\n` },
		{
			note: "__proto__ is a name",
			text: `${head}[data]\na = "x"\n`,
			set: Object.fromEntries([["__proto__", "p"]]),
			want: `${head}[data]\na = "x"\n__proto__ = "p"\n`,
		},
	];
	for (const { note, text, set, want } of rows) {
		test(note, () => expect(editInitdata(text, new Map(Object.entries(set)))).toBe(want));
	}

	test("texts of megabytes, in every kind of quotes, stay as they are", () => {
		const long = "x\\ny ".repeat(1 << 20);
		const lines = [
			`a = "${long}"`,
			`b = '${"y".repeat(1 << 20)}'`,
			`"c" = """x\n""\\""""`,
			`'d' = '''\n${"z' ".repeat(1 << 20)}'''`,
		];
		const head = 'version = "0.1.0"\nalgorithm = "sha256"\n[ data ]\n';
		const text = `${head}${lines.join(`\n${" ".repeat(1 << 20)}# c\n`)}\n`;
		expect(editInitdata(text, new Map([["e", "new"]]))).toBe(`${text}e = "new"\n`);
	});

	test("what is nearly base64, and long, is told quickly", () => {
		expect(() => readInitdata(Buffer.from(`H4sI${" ".repeat(1 << 20)}!`))).toThrow(PolicyLoadError);
	});
});
