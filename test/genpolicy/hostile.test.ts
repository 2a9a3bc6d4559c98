/** Manifests that cost more than they should: an error with a place, and nothing made. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { editAnnotations } from "../../src/genpolicy/annotate/edit-annotations.ts";
import { genpolicy } from "./recorded.ts";
import { generate, pod, problems, rules, saidImages, settings, settingsText } from "./small.ts";

/** Lists of lists of lists, ten of each in the next. */
const laughs = (levels: number, first: string): string =>
	Array.from(
		{ length: levels },
		(_, i) => `a${i}: &a${i} [${Array.from({ length: 10 }, () => (i === 0 ? first : `*a${i - 1}`)).join(", ")}]\n`,
	).join("");

/** 12 to the power of 7 pods. */
function listsOfLists(): string {
	const lists = Array.from(
		{ length: 7 },
		(_, i) => `x${i + 1}: &l${i + 1} {apiVersion: v1, kind: List, items: [${Array(12).fill(`*l${i}`).join(", ")}]}\n`,
	);
	const first = "x0: &l0 {apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {containers: []}}\n";
	return `apiVersion: v1\nkind: List\n${first}${lists.join("")}items: [*l7]\n`;
}

const rows: readonly { readonly note: string; readonly yaml: () => string; readonly want: string }[] = [
	{ note: "aliases that hold themselves", yaml: () => "a: &a [*a]\n", want: "yaml" },
	{ note: "aliases of nothing", yaml: () => "a: *b\n", want: "yaml" },
	{
		note: "laughs without end in fields that are not known",
		yaml: () => `${laughs(40, "lol")}apiVersion: v1\nkind: Pod\n`,
		want: "unsupported-field",
	},
	{
		note: "arguments by aliases: many times a long text",
		yaml: () => pod(`      command: [&t "${"x".repeat(1 << 20)}"]\n      args: [${"*t, ".repeat(1000)}]\n`),
		want: "too-large",
	},
	{
		note: "containers by aliases",
		yaml: () =>
			`apiVersion: v1\nkind: List\nitems:\n- &p {apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {containers: [{name: c, image: i, args: &a [${"x, ".repeat(5000)}]}${`, {name: c, image: i, args: *a}`.repeat(200)}]}}\n`,
		want: "too-large",
	},
	{ note: "brackets without end", yaml: () => `a: ${"[".repeat(100_000)}`, want: "yaml" },
	{
		note: "nested maps without end",
		yaml: () => Array.from({ length: 2000 }, (_, i) => `${" ".repeat(i)}a:\n`).join(""),
		want: "yaml",
	},
	{ note: "a text of 10 MiB", yaml: () => pod(`      args: ["${"x".repeat(10 << 20)}"]\n`), want: "yaml" },
	{
		note: "a quote of 30 MiB that has no end",
		yaml: () => pod(`      args: ["${"x".repeat(30 << 20)}\n`),
		want: "yaml",
	},
	{ note: "a quote of many lines", yaml: () => pod(`      args: ["${"x\n".repeat(3 << 20)}`), want: "yaml" },
	{ note: "a block of 10 MiB", yaml: () => pod(`      args: |\n${"        x\n".repeat(1 << 20)}`), want: "yaml" },
	{ note: "a key of 10 MiB", yaml: () => `${"x".repeat(10 << 20)}: 1\n`, want: "yaml" },
	{ note: "100,000 documents", yaml: () => "---\na: 1\n".repeat(100_000), want: "yaml" },
	{ note: "a file of 65 MiB", yaml: () => "#".repeat(65 << 20), want: "yaml" },
	{ note: "a million items", yaml: () => `a: [${"1,".repeat(1_000_000)}]\n`, want: "yaml" },
	{
		note: "Lists of Lists, by aliases",
		yaml: listsOfLists,
		want: "too-many-pods",
	},
	{
		note: "documents of aliases, none of them too large by itself",
		yaml: () => {
			const c = `&c {name: c, image: a, args: [${"x,".repeat(1000)}]}`;
			const one = `apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [${c}${", *c".repeat(99)}]}\n`;
			return Array(10).fill(one).join("---\n");
		},
		want: "too-large",
	},
	{
		note: "lists in lists",
		yaml: () => `${"{apiVersion: v1, kind: List, items: [".repeat(20)}${"]}".repeat(20)}\n`,
		want: "too-deep",
	},
	{
		note: "volumes of one name, mounted often",
		yaml: () =>
			pod(
				`      volumeMounts: [${"{name: v, mountPath: /a}, ".repeat(3000)}]\n`,
				`  volumes: [${"{name: v, emptyDir: {}}, ".repeat(3000)}]\n`,
			),
		want: "too-many-mounts",
	},
	{
		note: "fields that are not known, very many",
		yaml: () => pod("", Array.from({ length: 5000 }, (_, i) => `  k${i}: v\n`).join("")),
		want: "more",
	},
	{
		note: "pods in Lists, very many",
		yaml: () =>
			`apiVersion: v1\nkind: List\nitems:\n- &p {apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {containers: []}}\n${"- *p\n".repeat(6000)}`,
		want: "too-many-pods",
	},
	{
		note: "more processors than any machine has",
		yaml: () => pod("      resources: {limits: {gpu: 99999999999}}\n"),
		want: "too-many-devices",
	},
];

describe("manifests", () => {
	for (const { note, yaml, want } of rows)
		test(note, async () => {
			const generated = await generate(yaml());
			expect(problems(generated).map((p) => p.split(" ")[1])).toContain(want);
			expect(generated.yaml).toBeUndefined();
			expect(JSON.stringify(generated.diagnostics).length).toBeLessThan(100_000);
		});

	test("an image that brings megabytes to each of many pods", async () => {
		const Env = Array.from({ length: 500 }, (_, i) => `N${i}=${"x".repeat(4000)}`);
		const pods = Array.from({ length: 200 }, (_, i) => pod().replace("name: p", `name: p${i}`)).join("---\n");
		const generated = await generate(pods, { images: saidImages({ app: { config: { Env } } }) });
		expect(problems(generated)).toEqual(["1:1 too-large"]);
	});

	test("an image whose user is in more groups than Linux knows", async () => {
		const group = Array.from({ length: 70_000 }, (_, i) => `g${i}:x:${i + 1}:root`).join("\n");
		const images = saidImages({ app: { passwd: "root:x:0:0:::", group } });
		expect(problems(await generate(pod(), { images }))).toEqual(["8:7 image-accounts"]);
	});

	test("messages name some of many", async () => {
		const Env = Array.from({ length: 20_000 }, (_, i) => `N${i}=$(Q)`);
		const group = Array.from({ length: 60_000 }, (_, i) => `g${i}:x:${i + 1}:root`).join("\n");
		const images = saidImages({ app: { config: { Env }, passwd: "root:x:0:0:::", group } });
		const { diagnostics } = await generate(pod("      env: [{name: Q, value: q}]\n"), {
			images,
			settings: settings(),
		});
		expect(diagnostics.map((d) => d.code).sort()).toEqual(["expansion", "guest-pull"]);
		for (const d of diagnostics) expect(`${d.message}${d.hint}`.length).toBeLessThan(2000);
		expect(diagnostics.find((d) => d.code === "expansion")?.message).toContain(" and 19984 more: ");
	});

	test("Lists of Lists, by aliases, where annotations are edited", () => {
		expect(() => editAnnotations(listsOfLists(), "a.yaml", () => undefined)).toThrow(
			/^a\.yaml: more than 50000 objects in Lists/,
		);
	});

	const patterns: readonly (readonly [note: string, yaml: string])[] = [
		["almost a number", pod(`      env: [{name: A, value: ${"1".repeat(1_900_000)}x}]\n`)],
		["almost a number, by its tag", pod(`      env: [{name: A, value: ${"1".repeat(1_900_000)}.5e3}]\n`)],
		["references that are never closed", pod(`      args: ["${"$(".repeat(900_000)}"]\n`)],
		["references that are closed at last", pod(`      args: ["${"$(".repeat(900_000)})"]\n`)],
		["escapes", pod(`      args: ["${"$$".repeat(500_000)}"]\n`)],
	];
	for (const [note, yaml] of patterns)
		test(`nothing is looked at over and over: ${note}`, async () => {
			const { documents, diagnostics } = await generate(yaml);
			expect(documents.length + diagnostics.length).toBeGreaterThan(0);
		});

	test("tens of thousands of keys of a map are read", async () => {
		const keys = Array.from({ length: 30_000 }, (_, i) => `  k${i}: v\n`).join("");
		const generated = await generate(`apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\ndata:\n${keys}`);
		expect(problems(generated)).toEqual([]);
	});
});

describe("the command", () => {
	const folder = mkdtempSync(join(tmpdir(), "genpolicy-hostile-"));
	afterAll(() => rmSync(folder, { recursive: true }));
	writeFileSync(join(folder, "rules.rego"), rules);
	writeFileSync(join(folder, "genpolicy-settings.json"), settingsText);

	const files: readonly { readonly note: string; readonly bytes: Uint8Array; readonly says: string }[] = [
		{ note: "bytes that are not UTF-8", bytes: Uint8Array.of(0x61, 0x3a, 0xff), says: "not UTF-8" },
		{ note: "a bomb", bytes: Buffer.from(`${laughs(30, "lol")}kind: Pod\n`), says: "error: " },
		{ note: "nothing of a manifest", bytes: Buffer.from("\0\0\0"), says: "error: " },
	];
	for (const { note, bytes, says } of files)
		test(`${note}: nothing is written`, async () => {
			const path = join(folder, "in.yaml");
			const good = join(folder, "good.yaml");
			writeFileSync(path, bytes);
			writeFileSync(good, "apiVersion: v1\nkind: Namespace\nmetadata: {name: n}\n");
			const { code, stdout, stderr } = await genpolicy(["-y", "good.yaml", "-y", "in.yaml", "--offline"], folder);
			expect(code).toBe(1);
			expect(stdout).toBe("");
			expect(stderr).toContain(says);
			expect(stderr).not.toMatch(/^ {4}at /m);
			expect(Buffer.compare(readFileSync(path), bytes)).toBe(0);
		});

	const bad: readonly { readonly note: string; readonly args: readonly string[]; readonly says: string }[] = [
		{
			note: "no settings",
			args: ["-j", "none.json"],
			says: "cannot read none.json: there is no such file. Say with -j where the settings are.",
		},
		{
			note: "no rules",
			args: ["-p", "none.rego"],
			says: "open none.rego: no such file or directory. Say with -p where the rules are.",
		},
		{ note: "an unknown flag", args: ["--nope"], says: "unknown flag: --nope" },
	];
	for (const args of [["-d=none.sock"], ["--containerd-socket-path=none.sock"]])
		test(`no containerd: ${args.join(" ")}`, async () => {
			writeFileSync(join(folder, "pod.yaml"), pod());
			const { code, stderr } = await genpolicy([...args, "-y", "pod.yaml"], folder);
			expect(code).toBe(1);
			expect(stderr).toContain(`containerd at ${join(folder, "none.sock")}: there is no such socket`);
		});
	for (const { note, args, says } of bad)
		test(note, async () => {
			const { code, stderr } = await genpolicy([...args, "-y", "good.yaml"], folder);
			expect(code).toBe(1);
			expect(stderr).toContain(says);
		});
});

describe("settings", () => {
	const rows: readonly { readonly note: string; readonly text: string; readonly says: RegExp }[] = [
		{ note: "no JSON", text: '{"a": 1,\n}', says: /^s\.json:2:\d+: / },
		{ note: "nothing of settings", text: "{}", says: /fields are missing: pause_container, other_container/ },
		{ note: "a list", text: "[]", says: /the document must be fields, and is a list/ },
		{
			note: "a patch of something else",
			text: settingsText.replace('"guest_pull": true', '"guest_pull": "yes"'),
			says: /cluster_config\.guest_pull must be true or false/,
		},
		{
			note: "a number that is too large",
			text: settingsText.replace('"allow_raw_flags": 0', '"allow_raw_flags": 4294967296'),
			says: /allow_raw_flags must be an integer from 0/,
		},
		{
			note: "commands of older versions",
			text: settingsText.replace('"allowed_commands"', '"commands": ["ls"], "allowed_commands"'),
			says: /commands is no longer supported/,
		},
		{
			note: "a kind of volume that does not exist",
			text: settingsText.replace('"block-encrypted"', '"other"'),
			says: /emptydir_type must be one of/,
		},
	];
	for (const { note, text, says } of rows)
		test(note, async () => {
			const { parseSettings } = await import("../../src/genpolicy/settings/settings.ts");
			expect(() => parseSettings({ name: "s.json", text })).toThrow(says);
		});
});

test("images are opened once", async () => {
	let opened = 0;
	const source = saidImages();
	const images = {
		open: (reference: string) => {
			opened++;
			return source.open(reference);
		},
	};
	await generate(`${pod()}---\n${pod()}---\n${pod()}`, { images });
	expect(opened).toBe(2);
});
