/** `rego agent genpolicy` on files: what is written, printed, and answered by the exit code. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { readInitdata } from "../../src/agent/policy/initdata.ts";
import { addImage, type Blobs, writeLayout } from "../../src/genpolicy/kit/image-writer.ts";
import { genpolicy } from "./recorded.ts";
import { rules, settingsText } from "./small.ts";

const folder = mkdtempSync(join(tmpdir(), "genpolicy-command-"));
afterAll(() => rmSync(folder, { recursive: true }));

function layout(name: string, tag: string): void {
	const blobs: Blobs = new Map();
	const image = addImage(blobs, { config: { Cmd: ["/app"] }, layers: [{ files: [{ path: "app", content: "x" }] }] });
	writeLayout(join(folder, "images", name), blobs, { [tag]: image });
}

layout("app", "1");
layout("pause", "1");
const put = (name: string, text: string): void => writeFileSync(join(folder, name), text);
const get = (name: string): string => readFileSync(join(folder, name), "utf8");
put("rules.rego", rules);
put("genpolicy-settings.json", settingsText);

const manifest = (name: string, more = ""): string =>
	`# ${name}\napiVersion: v1\nkind: Pod\nmetadata: {name: ${name}}\nspec:\n  containers:\n    - name: c\n      image: demo.example/app:1\n${more}`;

const run = (args: readonly string[], stdin?: string): ReturnType<typeof genpolicy> =>
	genpolicy([...args, "--images", "images", "--offline"], folder, stdin === undefined ? undefined : Buffer.from(stdin));

const annotation = /cc_init_data: (H4sI[\w+/=]+)/;
const initdataOf = (yaml: string): ReturnType<typeof readInitdata> =>
	readInitdata(Buffer.from(annotation.exec(yaml)?.[1] ?? "", "base64"));

beforeEach(() => {
	put("a.yaml", manifest("a"));
	put("b.yaml", manifest("b"));
});

describe("files", () => {
	test("are written in place, as many as are given", async () => {
		const { code, stdout } = await run(["-y", "a.yaml", "b.yaml"]);
		expect([code, stdout]).toEqual([0, ""]);
		for (const name of ["a", "b"]) {
			expect(get(`${name}.yaml`)).toMatch(annotation);
			expect(get(`${name}.yaml`).startsWith(`# ${name}\n`)).toBe(true);
		}
	});

	test("none of them when one has an error", async () => {
		put("b.yaml", manifest("b", "      workingDir: /\n"));
		const { code, stderr } = await run(["a.yaml", "b.yaml"]);
		expect(code).toBe(1);
		expect(stderr).toContain("b.yaml:9:7: error: unsupported field spec.containers[0].workingDir\n");
		expect(get("a.yaml")).toBe(manifest("a"));
	});

	test("without a policy in them stay as they are", async () => {
		put("a.yaml", "apiVersion: v1\nkind: Service # mine\nmetadata: {name: s}\n");
		expect((await run(["-y", "a.yaml"])).code).toBe(0);
		expect(get("a.yaml")).toBe("apiVersion: v1\nkind: Service # mine\nmetadata: {name: s}\n");
	});
});

describe("standard input", () => {
	test("goes to standard output", async () => {
		const { code, stdout } = await run([], manifest("in"));
		expect(code).toBe(0);
		expect(stdout.replace(/ {2}annotations:\n.*\n/, "").replace(/, annotations: \{.*\}\}/, "}")).toBe(manifest("in"));
		expect(stdout).toMatch(annotation);
	});

	test("policies and annotations instead, where they are asked for", async () => {
		const { stdout } = await run(["-r", "-b"], manifest("in"));
		expect(stdout.startsWith(`${rules}\npolicy_data := {`)).toBe(true);
		expect(stdout).toMatch(/\}H4sI[\w+/=]+$/);
		expect(stdout).not.toContain("apiVersion");
	});
});

describe("--check", () => {
	test("fails until the annotation is what it would be, and writes nothing", async () => {
		const before = await run(["--check", "a.yaml"]);
		expect(before.code).toBe(1);
		expect(before.stderr).toMatch(
			/a\.yaml:2:1: error: Pod a: the annotation is missing or not what would be generated/,
		);
		expect(get("a.yaml")).toBe(manifest("a"));
		await run(["a.yaml"]);
		const made = get("a.yaml");
		expect((await run(["--check", "a.yaml"])).code).toBe(0);
		expect(get("a.yaml")).toBe(made);
		put("a.yaml", made.replace("name: c\n", "name: d\n"));
		expect((await run(["--check", "a.yaml"])).code).toBe(1);
	});
});

describe("further files", () => {
	test("ConfigMaps and Secrets for variables, by either flag", async () => {
		put(
			"cm.yaml",
			"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\ndata: {k: v1}\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata: {k: djI=}\n",
		);
		put(
			"a.yaml",
			manifest(
				"a",
				"      env:\n        - {name: A, valueFrom: {configMapKeyRef: {name: m, key: k}}}\n      envFrom: [{secretRef: {name: s}}]\n",
			),
		);
		for (const flag of ["--config-file", "-c", "--config-map-file"]) {
			const { code, stdout } = await run(["-r", flag, "cm.yaml", "a.yaml"]);
			expect(code).toBe(0);
			expect(stdout).toContain('"A=v1"');
			expect(stdout).toContain('"k=v2"');
		}
	});

	test("initdata keeps its algorithm and entries", async () => {
		put("id.toml", 'version = "0.1.0"\nalgorithm = "sha512"\n[data]\n"aa.toml" = "x"\n"policy.rego" = "old"\n');
		expect((await run(["--initdata-path=id.toml", "a.yaml"])).code).toBe(0);
		const { algorithm, data: files } = initdataOf(get("a.yaml"));
		expect([algorithm, [...files.keys()], files.get("aa.toml")]).toEqual(["sha512", ["aa.toml", "policy.rego"], "x"]);
		expect(files.get("policy.rego")).toContain("policy_data := {");
	});

	test("settings from a folder, with patches in the order of their names", async () => {
		mkdirSync(join(folder, "s/genpolicy-settings.d"), { recursive: true });
		put("s/genpolicy-settings.json", settingsText);
		const patch = (version: string): string =>
			JSON.stringify([{ op: "replace", path: "/kata_config/oci_version", value: version }]);
		put("s/genpolicy-settings.d/10-a.json", patch("first"));
		put("s/genpolicy-settings.d/9-b.json", patch("last"));
		put("s/genpolicy-settings.d/notes.txt", "none");
		expect((await run(["-j", "s", "-r", "a.yaml"])).stdout).toContain('"Version": "last"');
		put("s/genpolicy-settings.d/11-c.json", '[{"op": "replace", "path": "/nothing", "value": 1}]');
		const { code, stderr } = await run(["-j", "s", "a.yaml"]);
		expect([code, stderr]).toEqual([
			1,
			"s/genpolicy-settings.d/11-c.json: the patch does not apply: operation 0: nothing at /nothing\n",
		]);
	});

	test("the layers cache", async () => {
		expect((await run(["-u", "a.yaml"])).code).toBe(0);
		expect(existsSync(join(folder, "layers-cache.json"))).toBe(true);
	});
});

test("the version names Kata's", async () => {
	expect((await run(["-v"])).stdout).toMatch(/^rego agent genpolicy \S+, for Kata Containers at [0-9a-f]{10}\n$/);
});
