/** Digests of many workloads, Contrast's manifest, and reports: `rego agent digest` and `rego agent manifest`. */
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { readTeeReport } from "../../src/agent/manifests/report.ts";
import { workloadsOf } from "../../src/agent/manifests/workloads.ts";
import { runAgentCommand } from "../../src/cli/agent.ts";
import { CommandError } from "../../src/cli/io.ts";
import { sharedFolder } from "./shared.ts";

let folder = "";
const made: string[] = [];
beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), "rego-contrast-"));
	made.push(folder);
});
afterAll(() => {
	for (const f of made) rmSync(f, { recursive: true, force: true });
});

function put(name: string, content: string | Uint8Array): string {
	mkdirSync(dirname(join(folder, name)), { recursive: true });
	writeFileSync(join(folder, name), content);
	return name;
}

async function rego(argv: readonly string[], stdin = ""): Promise<{ code: number; out: string; err: string }> {
	let [out, err] = ["", ""];
	const io = {
		stdout: (t: string) => void (out += t),
		stderr: (t: string) => void (err += t),
		stdin: () => Buffer.from(stdin),
		cwd: folder,
		env: {},
	};
	try {
		return { code: await runAgentCommand(argv, io), out, err };
	} catch (e) {
		if (e instanceof CommandError) return { code: e.exitCode, out, err: e.message };
		throw e;
	}
}

const key = "io.katacontainers.config.hypervisor.cc_init_data";
const toml = (policy: string, algorithm = "sha256"): string =>
	`version = "0.1.0"\nalgorithm = "${algorithm}"\n\n[data]\n"policy.rego" = '''\n${policy}'''\n`;
const packed = (text: string): string => gzipSync(text).toString("base64");
const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
const rules = (n: number | string): string => `package agent_policy\n\ndefault Rule${n} := true\n`;
/** Of the workload with that policy. */
const digest = (n: number | string): string => sha256(toml(rules(n)));

interface Spec {
	readonly kind?: string;
	readonly name: string;
	readonly policy?: number | string;
	readonly value?: string;
	readonly namespace?: string;
	readonly annotations?: Readonly<Record<string, string>>;
	readonly labels?: Readonly<Record<string, string>>;
	readonly image?: string;
	readonly runtimeClass?: string;
	readonly owner?: object;
}

const paths: Readonly<Record<string, readonly string[]>> = {
	Pod: [],
	CronJob: ["spec", "jobTemplate", "spec", "template"],
};
const groups: Readonly<Record<string, string>> = {
	Pod: "v1",
	ReplicationController: "v1",
	Job: "batch/v1",
	CronJob: "batch/v1",
};

function workload(spec: Spec): Record<string, unknown> {
	const { kind = "Deployment", name, namespace, runtimeClass = "contrast-cc-x" } = spec;
	const value = spec.value ?? (spec.policy === undefined ? undefined : packed(toml(rules(spec.policy))));
	const annotations = { ...spec.annotations, ...(value === undefined ? {} : { [key]: value }) };
	const image = spec.image ?? `quay.io/app@sha256:${"a".repeat(64)}`;
	const pod = {
		metadata: { annotations, ...(spec.labels === undefined ? {} : { labels: spec.labels }) },
		spec: { runtimeClassName: runtimeClass, containers: [{ name: "c", image }] },
	};
	const head = { apiVersion: groups[kind] ?? "apps/v1", kind };
	const own = { name, ...(namespace === undefined ? {} : { namespace }) };
	const path = paths[kind] ?? ["spec", "template"];
	if (path.length === 0) {
		const owners = spec.owner === undefined ? {} : { ownerReferences: [spec.owner] };
		return { ...head, metadata: { ...own, ...owners, ...pod.metadata }, spec: pod.spec };
	}
	const nested = path.reduceRight<unknown>((inner, step) => ({ [step]: inner }), pod);
	return { ...head, metadata: own, ...Object(nested) };
}

/** JSON is YAML. */
const yaml = (...specs: readonly Spec[]): string =>
	specs.map((s) => `${JSON.stringify(workload(s), null, 1)}\n`).join("---\n");
const coordinator: Spec = {
	kind: "StatefulSet",
	name: "coordinator",
	policy: "c",
	annotations: { "contrast.edgeless.systems/pod-role": "coordinator" },
};

describe("rego agent digest", () => {
	const kinds = [
		"Pod",
		"Deployment",
		"StatefulSet",
		"DaemonSet",
		"ReplicaSet",
		"ReplicationController",
		"Job",
		"CronJob",
	];
	const shapes: readonly { note: string; text: (kind: string) => string }[] = [
		{ note: "alone", text: (kind) => yaml({ kind, name: "web", policy: 1 }) },
		{
			note: "among other documents",
			text: (kind) => `# first\n--- # second\n\n---\nkind: Service\n---\n${yaml({ kind, name: "web", policy: 1 })}`,
		},
		{
			note: "in a List",
			text: (kind) =>
				JSON.stringify({ apiVersion: "v1", kind: "List", items: [workload({ kind, name: "web", policy: 1 })] }),
		},
		{
			note: "in a typed list, which has no kinds",
			text: (kind) => {
				const { kind: _, apiVersion, ...item } = workload({ kind, name: "web", policy: 1 });
				return JSON.stringify({ apiVersion, kind: `${kind}List`, items: [item] });
			},
		},
	];
	for (const kind of kinds) {
		for (const { note, text } of shapes) {
			test(`${kind}, ${note}`, async () => {
				const r = await rego(["digest", "--format", "json", put("w.yaml", text(kind))]);
				expect(r.err).toBe("");
				const version = (groups[kind] ?? "apps/v1").replace(/^v1$/, "core/v1");
				expect(JSON.parse(r.out)).toEqual([
					expect.objectContaining({
						file: "w.yaml",
						kind,
						namespace: "default",
						name: "web",
						workloadSecretId: `${version}/${kind}/default/web`,
						algorithm: "sha256",
						digest: digest(1),
						snpHostData: digest(1),
						tdxMrConfigId: digest(1) + "0".repeat(32),
						ccaRpv: digest(1) + "0".repeat(64),
						seUserData: digest(1) + "0".repeat(448),
						policySha256: sha256(rules(1)),
						data: ["policy.rego"],
						annotationLimit: 262144,
					}),
				]);
			});
		}
	}

	test("folders, standard input, the annotation of old systems, other algorithms", async () => {
		put("all/a/one.yaml", yaml({ name: "one", policy: 1, namespace: "prod" }));
		put("all/b/two.yml", yaml({ name: "two", value: packed(toml(rules(2), "sha384")) }));
		put("all/b/readme.txt", "not read");
		put("all/b/service.yaml", "apiVersion: v1\nkind: Service\nmetadata: {name: x}\n");
		const old = { "io.katacontainers.config.agent.policy": Buffer.from(rules(3)).toString("base64") };
		const stdin = yaml(
			{ name: "three", annotations: old, runtimeClass: "kata" },
			{ name: "four", runtimeClass: "runc" },
		);
		const r = await rego(["digest", "all", "-", "--format=json"], stdin);
		const rows: Record<string, string>[] = JSON.parse(r.out);
		expect(rows.map((x) => [x["file"], x["name"], x["algorithm"], x["digest"]])).toEqual([
			["all/a/one.yaml", "one", "sha256", digest(1)],
			[
				"all/b/two.yml",
				"two",
				"sha384",
				createHash("sha384")
					.update(toml(rules(2), "sha384"))
					.digest("hex"),
			],
			["standard input", "three", undefined, sha256(rules(3))],
		]);
		expect(rows[1]?.["snpHostData"]).toBe(rows[1]?.["digest"]?.slice(0, 64));
		expect(rows[1]?.["tdxMrConfigId"]).toBe(rows[1]?.["digest"]);
	});

	test("for people", async () => {
		const r = await rego(["digest", put("w.yaml", yaml({ name: "web", policy: 1 }, coordinator))]);
		expect(r.out).toContain("w.yaml: Deployment default/web\n");
		expect(r.out).toMatch(/^role +coordinator$/m);
		expect(r.out).toMatch(new RegExp(`^ {2}CCA RPV +${digest(1)} and 32 bytes of zeros$`, "m"));
		expect(r.out).toMatch(/^annotations +\d+ of 262144 bytes$/m);
	});

	const bad: readonly { note: string; value: string; want: RegExp }[] = [
		{ note: "not gzip", value: "aGVsbG8gd29ybGQ=", want: /initdata: not TOML/ },
		{ note: "no base64", value: "%%%", want: /initdata: not TOML/ },
		{
			note: "another version",
			value: packed(toml("x").replace("0.1.0", "0.2.0")),
			want: /version "0.2.0" is not 0.1.0/,
		},
		{ note: "another algorithm", value: packed(toml("x", "md5")), want: /algorithm "md5"/ },
		{ note: "without data", value: packed('version = "0.1.0"\nalgorithm = "sha256"\n'), want: /there is no \[data\]/ },
		{ note: "a bomb", value: gzipSync(Buffer.alloc(300 << 20)).toString("base64"), want: /cannot unpack/ },
	];
	for (const { note, value, want } of bad) {
		test(`${note}: said, and the others are printed`, async () => {
			const r = await rego(["digest", put("w.yaml", yaml({ name: "bad", value }, { name: "good", policy: 1 }))]);
			expect(r.code).toBe(2);
			expect(r.err).toMatch(/^w.yaml: Deployment default\/bad: initdata: /);
			expect(r.err).toMatch(want);
			expect(r.out).toContain(digest(1));
		});
	}

	const sampled = sharedFolder("kata", "genpolicy", "pod-one-container.yaml");
	test.skipIf(sampled === undefined)("what Kata's own generator wrote", async () => {
		const r = await rego(["digest", "-f", "json", sampled ?? ""]);
		const [row] = JSON.parse(r.out);
		expect(row.digest).toBe("38367f88f4b1d9fea79c6750b2755bbc58609a5d8b15f58e89646cf46ff2036e");
		expect(row.annotationBytes).toBeGreaterThan(10_000);
	});

	test("files without any policy", async () => {
		put("none/service.yaml", "kind: Service\n");
		put("none/pod.yaml", yaml({ kind: "Pod", name: "p", runtimeClass: "runc" }));
		expect(await rego(["digest", "none"])).toEqual({ code: 2, out: "", err: "no policy in 2 files" });
		expect((await rego(["digest", "none/pod.yaml"])).err).toMatch(/^none\/pod.yaml: no io\.katacontainers.* in it$/);
		mkdirSync(join(folder, "empty"));
		expect((await rego(["digest", "empty"])).err).toBe("no policy in 0 files");
	});

	test("a Contrast workload without a policy", async () => {
		const r = await rego(["digest", put("w.yaml", yaml({ name: "web" }))]);
		expect([r.code, r.err]).toEqual([
			2,
			"w.yaml: Deployment default/web: it has no policy: run rego agent genpolicy\n",
		]);
	});

	test("equal content in two spellings has two digests", async () => {
		const literal = `version = '0.1.0'\nalgorithm = 'sha256'\n[data]\n'policy.rego' = '''\n${rules(1)}'''\n`;
		const [a, b] = workloadsOf(yaml({ name: "a", policy: 1 }, { name: "b", value: packed(literal) }));
		expect(a?.policy).toBe(b?.policy);
		expect(a?.digest).not.toBe(b?.digest);
	});
});

describe("rego agent manifest", () => {
	const create = (...argv: string[]): ReturnType<typeof rego> => rego(["manifest", "create", ...argv]);
	const verify = (...argv: string[]): ReturnType<typeof rego> => rego(["manifest", "verify", ...argv]);
	const manifest = (): string => readFileSync(join(folder, "manifest.json"), "utf8");

	test("created, and it verifies", async () => {
		put("k8s/app.yaml", yaml({ name: "web", policy: 1 }, coordinator, { name: "side", runtimeClass: "runc" }));
		put("values.json", '{\n  "snp": [\n    {"ProductName": "Milan", "Big": 12345678901234567890}\n  ]\n}\n');
		const r = await create("k8s", "--reference-values", "values.json");
		expect([r.code, r.err, r.out]).toEqual([0, "", "manifest.json: 2 policies\n"]);
		const entries = [
			[digest(1), "web", "apps/v1/Deployment/default/web", ""],
			[digest("c"), "coordinator", "apps/v1/StatefulSet/default/coordinator", ',\n      "Role": "coordinator"'],
		].sort();
		expect(manifest()).toBe(
			`{\n  "Policies": {\n${entries
				.map(
					([d, name, id, role]) =>
						`    "${d}": {\n      "SANs": [\n        "${name}",\n        "*"\n      ],\n      "WorkloadSecretID": "${id}"${role}\n    }`,
				)
				.join(
					",\n",
				)}\n  },\n  "ReferenceValues": {\n    "snp": [\n      {"ProductName": "Milan", "Big": 12345678901234567890}\n    ]\n  },\n  "WorkloadOwnerKeyDigests": [],\n  "SeedshareOwnerPubKeys": []\n}\n`,
		);
		const v = await verify("k8s");
		expect([v.code, v.err]).toEqual([0, ""]);
		expect(v.out).toMatch(/only attestation proves what runs/);
		expect(readdirSync(folder).sort()).toEqual(["k8s", "manifest.json", "values.json"]);
	});

	test("everything else of a manifest stays, byte for byte; edited SANs are kept", async () => {
		put("w.yaml", yaml({ name: "web", policy: 1 }, { name: "db", policy: 2 }, coordinator));
		const old = sha256("old");
		const around = (policies: string): string =>
			`{ "Extra" : [ 1.0,\t{"Policies": "no"} , "a\\"}{" ],\r\n  "Policies": ${policies}, "ReferenceValues":{"snp":[]},\n"__proto__": {} }`;
		put(
			"manifest.json",
			around(
				JSON.stringify({
					[digest(1)]: { SANs: ["web", "10.0.0.1"], WorkloadSecretID: "apps/v1/Deployment/default/web" },
					[old]: { SANs: ["db.example"], WorkloadSecretID: "apps/v1/Deployment/default/db" },
				}),
			),
		);
		const r = await create("w.yaml");
		expect([r.code, r.err]).toEqual([0, ""]);
		const text = manifest();
		const at = text.indexOf('"Policies": {') + '"Policies": '.length;
		expect(around(text.slice(at, text.indexOf(', "ReferenceValues"')))).toBe(text);
		const { Policies } = JSON.parse(text);
		expect(Policies[digest(1)].SANs).toEqual(["web", "10.0.0.1"]);
		expect(Policies[digest(2)].SANs).toEqual(["db.example"]);
		expect(Object.keys(Policies)).toEqual([digest(1), digest(2), digest("c")].sort());
	});

	describe("what is said when it is created", () => {
		const rows: readonly { note: string; specs: readonly Spec[]; code?: number; want: RegExp }[] = [
			{
				note: "no coordinator",
				specs: [{ name: "web", policy: 1 }],
				want: /warning: 0 coordinators: Contrast wants exactly one/,
			},
			{
				note: "two coordinators",
				specs: [coordinator, { ...coordinator, name: "c2", policy: 2 }],
				want: /warning: 2 coordinators/,
			},
			{
				note: "the role as a label",
				specs: [{ name: "c", policy: 1, labels: { "contrast.edgeless.systems/pod-role": "coordinator" } }],
				want: /^(?!.*coordinators)/s,
			},
			{
				note: "another role",
				specs: [{ ...coordinator, annotations: { "contrast.edgeless.systems/pod-role": "boss" } }],
				code: 1,
				want: /error: .*Contrast knows no role "boss"/,
			},
			{
				note: "one digest, two names",
				specs: [coordinator, { name: "a", policy: 1 }, { name: "b", policy: 1 }],
				want: /warning: w.yaml: Deployment default\/b: left out, because it has the same digest as w.yaml: Deployment default\/a/,
			},
			{
				note: "one digest, one name",
				specs: [coordinator, { name: "a", policy: 1 }, { name: "a", policy: 1, namespace: "other" }],
				want: /warning: .*other\/a: policy hash collision/,
			},
			{
				note: "an image without a digest",
				specs: [coordinator, { name: "a", policy: 1, image: "quay.io/app:1" }],
				want: /warning: .*image "quay.io\/app:1" has no digest/,
			},
			{
				note: "another algorithm",
				specs: [{ name: "a", value: packed(toml(rules(1), "sha512")) }],
				code: 1,
				want: /error: .*hashed with sha512: manifests of Contrast have digests of sha256 only/,
			},
			{
				note: "no policy",
				specs: [coordinator, { name: "a" }],
				code: 1,
				want: /error: .*its runtime class is contrast-cc-x, and it has no policy: run rego agent genpolicy/,
			},
			{
				note: "nothing at all",
				specs: [{ name: "a", runtimeClass: "runc" }],
				code: 1,
				want: /error: no workload with a policy/,
			},
			{ note: "no reference values", specs: [coordinator], want: /warning: manifest.json: no reference values/ },
		];
		for (const { note, specs, code = 0, want } of rows) {
			test(note, async () => {
				const r = await create(put("w.yaml", yaml(...specs)));
				expect(r.err).toMatch(want);
				expect(r.code).toBe(code);
				expect(readdirSync(folder).includes("manifest.json")).toBe(code === 0);
			});
		}
	});

	describe("compared", () => {
		const web: Spec = { name: "web", policy: 1 };
		const edit = (text: string, change: (entry: Record<string, unknown>) => void): string => {
			const m = JSON.parse(text);
			change(m.Policies[digest(1)]);
			return JSON.stringify(m);
		};
		const rows: readonly {
			note: string;
			specs?: readonly Spec[];
			change?: (entry: Record<string, unknown>) => void;
			want: readonly (readonly [status: string, name: string | undefined])[];
		}[] = [
			{
				note: "the same",
				specs: [web, coordinator],
				want: [
					["ok", "web"],
					["ok", "coordinator"],
				],
			},
			{
				note: "a byte of a policy changed",
				specs: [{ ...web, policy: 7 }, coordinator],
				want: [
					["other digest", "web"],
					["ok", "coordinator"],
				],
			},
			{
				note: "a new workload of another kind, and of a name that is there",
				specs: [web, coordinator, { ...web, kind: "StatefulSet", policy: 9 }],
				want: [
					["ok", "web"],
					["ok", "coordinator"],
					["not in manifest", "web"],
				],
			},
			{
				note: "a new workload",
				specs: [web, coordinator, { name: "new", policy: 9 }],
				want: [
					["ok", "web"],
					["ok", "coordinator"],
					["not in manifest", "new"],
				],
			},
			{
				note: "one is gone",
				specs: [coordinator],
				want: [
					["ok", "coordinator"],
					["no workload", undefined],
				],
			},
			{
				note: "renamed",
				specs: [{ ...web, name: "www" }, coordinator],
				want: [
					["wrong secret id", "www"],
					["ok", "coordinator"],
				],
			},
			{
				note: "a secret id of its own",
				specs: [{ ...web, annotations: { "contrast.edgeless.systems/workload-secret-id": "mine" } }, coordinator],
				want: [
					["wrong secret id", "web"],
					["ok", "coordinator"],
				],
			},
			{
				note: "the role is gone",
				specs: [web, { ...coordinator, annotations: {} }],
				want: [
					["ok", "web"],
					["wrong role", "coordinator"],
				],
			},
			{
				note: "a role that is new",
				specs: [{ ...web, annotations: coordinator.annotations ?? {} }, coordinator],
				want: [
					["wrong role", "web"],
					["ok", "coordinator"],
				],
			},
			{
				note: "a SAN is gone",
				change: (e) => void (e["SANs"] = ["*"]),
				specs: [web, coordinator],
				want: [
					["SAN lost", "web"],
					["ok", "coordinator"],
				],
			},
			{
				note: "SANs were added",
				change: (e) => void (e["SANs"] = ["10.0.0.1", "web"]),
				specs: [web, coordinator],
				want: [
					["ok", "web"],
					["ok", "coordinator"],
				],
			},
			{
				note: "an entry without a secret id",
				change: (e) => void delete e["WorkloadSecretID"],
				specs: [web, coordinator],
				want: [
					["ok", "web"],
					["ok", "coordinator"],
				],
			},
			{
				note: "an annotation that is broken",
				specs: [{ ...web, value: "%%%" }, coordinator],
				want: [
					["unreadable", "web"],
					["ok", "coordinator"],
					["no workload", undefined],
				],
			},
			{
				note: "a policy that is gone",
				specs: [{ name: "web" }, coordinator],
				want: [
					["no policy", "web"],
					["ok", "coordinator"],
					["no workload", undefined],
				],
			},
		];
		for (const { note, specs = [web, coordinator], change, want } of rows) {
			test(note, async () => {
				await create(put("before.yaml", yaml(web, coordinator)));
				if (change !== undefined) put("manifest.json", edit(manifest(), change));
				put("w.yaml", yaml(...specs));
				const r = await verify("w.yaml", "--format", "json");
				const { ok, findings } = JSON.parse(r.out);
				expect(
					findings.map((f: { status: string; workload?: { name: string } }) => [f.status, f.workload?.name]),
				).toEqual(want);
				const good = want.every(([status]) => status === "ok");
				expect([ok, r.code]).toEqual([good, good ? 0 : 1]);
				const pretty = await verify("w.yaml");
				for (const [status] of want) expect(pretty.out).toContain(`│ ${status}`);
				expect(pretty.out).not.toContain("undefined");
			});
		}

		test("what changed in a policy, where the old one is at hand", async () => {
			const policy = (more: string): string =>
				packed(toml(`package agent_policy\n\ndefault ExecProcessRequest := false\n${more}`));
			const before = { ...web, value: policy("") };
			await create(put("before.yaml", yaml(before, coordinator)));
			put(
				"w.yaml",
				yaml({ ...web, value: policy('\nExecProcessRequest if input.process.Args == ["sh"]\n') }, coordinator),
			);
			const r = await verify("w.yaml", "--old", "before.yaml");
			expect(r.code).toBe(1);
			expect(r.out).toMatch(/Deployment default\/web, its policy: /);
			expect(r.out).toMatch(/ExecProcessRequest: was denied, is allowed/);
			const json = JSON.parse((await verify("w.yaml", "--old", "before.yaml", "-f", "json")).out);
			expect(json.findings[0].policyChanges).toMatch(/may allow more|is allowed/);
			const other = toml(`package agent_policy\n\ndefault ExecProcessRequest := false\n`).replace(
				"[data]",
				"# x\n[data]",
			);
			put("same.yaml", yaml({ ...web, value: packed(other) }, coordinator));
			expect((await verify("same.yaml", "--old", "before.yaml")).out).toContain(
				"its policy: the same; what else is in the initdata changed",
			);
			put("broken.yaml", yaml({ ...web, value: packed(toml("package x\nallow {{")) }, coordinator));
			expect((await verify("broken.yaml", "--old", "before.yaml")).out).toContain(
				"its policy: it cannot be compared: ",
			);
		});

		test("pods that run, from kubectl: by their digest, with whose they are", async () => {
			await create(put("before.yaml", yaml(web, coordinator)));
			const pod = (spec: Spec): unknown => workload({ kind: "Pod", ...spec });
			const replica = (n: string): Spec => ({
				name: `web-5d9c-${n}`,
				policy: 1,
				labels: { "pod-template-hash": "5d9c" },
				owner: { kind: "ReplicaSet", name: "web-5d9c", controller: true },
			});
			const items = [
				pod(replica("a")),
				pod(replica("b")),
				pod({
					...coordinator,
					kind: "Pod",
					name: "coordinator-0",
					owner: { kind: "StatefulSet", name: "coordinator" },
				}),
				pod({ name: "other", runtimeClass: "runc" }),
			];
			const list = (more: readonly unknown[] = []): string =>
				JSON.stringify({ apiVersion: "v1", kind: "List", items: [...items, ...more] });
			const r = await rego(["manifest", "verify", "-"], list());
			expect(r.code).toBe(0);
			expect(r.out).toContain("Pod default/web-5d9c-a (of Deployment web)");
			expect(r.out).toContain("as far as the API server tells the truth; only attestation proves what runs");
			const intruder = pod({ ...replica("c"), policy: 66 });
			const bad = await rego(["manifest", "verify", "-", "-f", "json"], list([intruder]));
			expect(bad.code).toBe(1);
			expect(JSON.parse(bad.out).findings.at(-1)).toMatchObject({ status: "other digest", wanted: digest(1) });
		});
	});

	describe("reports", () => {
		interface Fields {
			readonly [name: string]: string | number;
		}
		/** Fields one behind the other, each filled with a byte of its own: one place off is another value. */
		const laidOut = (layout: string, values: Fields): Buffer => {
			const parts = layout.split(",").map((field, i) => {
				const [, name = "", length = "0"] = /^\s*(.+) (\d+)\s*$/.exec(field) ?? [];
				const out = Buffer.alloc(Number(length), 0x10 + 2 * i);
				const given = values[name];
				if (typeof given === "string") out.fill(0).write(given, "hex");
				if (typeof given === "number") out.fill(0).writeUIntLE(given, 0, Math.min(6, out.length));
				return out;
			});
			return Buffer.concat(parts);
		};
		/** AMD's firmware ABI, table "ATTESTATION_REPORT". */
		const snp = (value: string, more: Fields = {}): Buffer =>
			laidOut(
				`version 4, guest svn 4, policy 8, family 16, image 16, vmpl 4, algorithm 4, current tcb 8, platform 8,
				keys 4, reserved 4, report data 64, measurement 48, host data 32, id key 48, author key 48, report id 32,
				agent's id 32, reported tcb 8, cpuid 24, chip 64, committed tcb 8, versions 8, launch tcb 8, more 168,
				signature 512`,
				{ version: 3, policy: 0x30000, "host data": value, ...more },
			);
		/** Intel's TD quote: header, from version 5 on type and size of the body, body of TDX 1.0 or 1.5. */
		const quote = (value: string, version: number, more: Fields = {}): Buffer =>
			laidOut(
				`version 2, key type 2, tee 4, reserved 4, vendor 16, user data 20,
				${version === 5 ? "body type 2, body size 4," : ""}
				tcb svn 16, mrseam 48, mrsignerseam 48, seam attributes 8, attributes 8, xfam 8, mrtd 48, mrconfigid 48,
				mrowner 48, mrownerconfig 48, rtmrs 192, report data 64,
				${more["body type"] === 3 ? "tcb svn 2 16, mrservicetd 48," : ""}
				signature 1000`,
				{ version, tee: 0x81, "body type": 2, "body size": 584, attributes: 0, mrconfigid: value, ...more },
			);
		const tdReport = (value: string, more: Fields = {}): Buffer =>
			laidOut("mac structure 256, tcb info 239, reserved 17, attributes 8, xfam 8, mrtd 48, mrconfigid 48, rest 400", {
				"mac structure": 0x81,
				attributes: 0,
				mrconfigid: value,
				...more,
			});
		expect([snp("").length, quote("", 4).length, tdReport("").length]).toEqual([1184, 48 + 584 + 1000, 1024]);
		const rows: readonly { note: string; make: (value: string) => Uint8Array; kind: string; field: string }[] = [
			{ note: "SNP", make: (v) => snp(v), kind: "SNP report", field: "HOSTDATA" },
			{
				note: "SNP with certificates",
				make: (v) => Buffer.concat([snp(v), Buffer.alloc(3000)]),
				kind: "SNP report",
				field: "HOSTDATA",
			},
			{
				note: "SNP in hexadecimal",
				make: (v) => Buffer.from(`${snp(v).toString("hex")}\n`),
				kind: "SNP report",
				field: "HOSTDATA",
			},
			{ note: "a TDX quote of version 4", make: (v) => quote(v, 4), kind: "TDX quote", field: "MRCONFIGID" },
			{
				note: "a TDX quote of version 5, in base64",
				make: (v) => Buffer.from(quote(v, 5).toString("base64")),
				kind: "TDX quote",
				field: "MRCONFIGID",
			},
			{
				note: "a TDX quote of version 5 and TDX 1.5",
				make: (v) => quote(v, 5, { "body type": 3, "body size": 648 }),
				kind: "TDX quote",
				field: "MRCONFIGID",
			},
			{ note: "a TDX report", make: (v) => tdReport(v), kind: "TDX report", field: "MRCONFIGID" },
		];
		for (const { note, make, kind, field } of rows) {
			test(note, async () => {
				await create(put("w.yaml", yaml({ name: "web", policy: 1 }, coordinator)));
				put("report", make(digest(1)));
				put("other", make(digest("other")));
				const good = await verify("--report", "report");
				expect([good.code, good.err]).toEqual([0, ""]);
				expect(good.out).toMatch(
					new RegExp(`^${kind}: ${field} ${digest(1)}0*\n  is of apps/v1/Deployment/default/web in the manifest\n`),
				);
				expect(good.out).toContain("Its signature is not verified");
				expect(good.out).not.toContain("debugged");
				const files = await verify("--report", "report", "w.yaml");
				expect(files.out).toContain("is of Deployment default/web in w.yaml");
				const bad = await verify("--report", "other", "--format", "json");
				expect(bad.code).toBe(1);
				expect(JSON.parse(bad.out).report).toMatchObject({ kind, field, matches: [], signatureVerified: false });
			});
		}
		const debug: readonly (readonly [note: string, report: Buffer])[] = [
			["SNP", snp(digest(1), { policy: 0xb0000 })],
			["a TDX quote", quote(digest(1), 4, { attributes: 1 })],
			["a TDX report", tdReport(digest(1), { attributes: 1 })],
		];
		for (const [note, report] of debug)
			test(`${note} of a guest that may be debugged`, async () => {
				await create(put("w.yaml", yaml({ name: "web", policy: 1 }, coordinator)));
				put("report", report);
				expect((await verify("--report", "report")).out).toContain("It is of a guest that may be debugged");
				const { out } = await verify("--report", "report", "--format", "json");
				expect(JSON.parse(out).report.debug).toBe(true);
			});
		test("of a pod of the manifest, but not of these files", async () => {
			await create(put("w.yaml", yaml({ name: "web", policy: 1 }, coordinator)));
			put("report", snp(digest("c")));
			put("web.yaml", yaml({ name: "web", policy: 1 }));
			expect((await verify("--report", "report", "web.yaml")).code).toBe(1);
		});
		test("what is none", async () => {
			await create(put("w.yaml", yaml({ name: "web", policy: 1 })));
			for (const bytes of [
				Buffer.alloc(0),
				Buffer.alloc(1184),
				Buffer.from("hello"),
				Buffer.alloc(100_000, 0xff),
				quote("", 3),
				quote("", 6),
				quote("", 4, { tee: 0 }),
				quote("", 5, { "body type": 1 }),
				quote("", 5, { "body size": 648 }),
				quote("", 4).subarray(0, 48 + 583),
				quote("", 5).subarray(0, 54 + 583),
				quote("", 5).subarray(0, 50),
				snp("").subarray(0, 1183),
				snp("", { version: 1 }),
				snp("", { version: 6 }),
				tdReport("").subarray(0, 1023),
				Buffer.concat([snp(""), Buffer.alloc(1 << 20)]),
				Buffer.from(snp("").toString("hex").slice(0, -2)),
				Buffer.from(`${snp("").toString("hex").slice(0, -1)}g`),
			]) {
				expect(readTeeReport(bytes)).toBe(undefined);
				put("report", bytes);
				expect(await verify("--report", "report")).toMatchObject({
					code: 2,
					err: "report: neither an SNP report nor a TDX quote",
				});
			}
		});
	});

	describe("manifests that are none", () => {
		const d = digest(1);
		const rows: readonly { note: string; text: string; want: RegExp }[] = [
			{ note: "not JSON", text: "{", want: /manifest.json: not JSON/ },
			{ note: "a list", text: "[]", want: /the manifest is not an object/ },
			{ note: "policies are a list", text: '{"Policies":[]}', want: /Policies is not an object/ },
			{ note: "a short digest", text: '{"Policies":{"abc":{}}}', want: /Policies.abc: the key is not 64/ },
			{ note: "a digest in capitals", text: `{"Policies":{"${d.toUpperCase()}":{}}}`, want: /the key is not 64/ },
			{ note: "SANs are text", text: `{"Policies":{"${d}":{"SANs":"x"}}}`, want: /SANs is not a list of strings/ },
			{ note: "an unknown role", text: `{"Policies":{"${d}":{"Role":"boss"}}}`, want: /Contrast knows no role "boss"/ },
			{ note: "an entry is null", text: `{"Policies":{"${d}":null}}`, want: /is not an object/ },
			{
				note: "__proto__ is a key like any",
				text: '{"Policies":{"__proto__":{}}}',
				want: /Policies.__proto__: the key is not 64/,
			},
			{
				note: "deep",
				text: `{"Policies":${"[".repeat(200_000)}${"]".repeat(200_000)}}`,
				want: /Policies is not an object/,
			},
		];
		for (const { note, text, want } of rows) {
			test(note, async () => {
				put("manifest.json", text);
				put("w.yaml", yaml(coordinator));
				for (const r of [await verify("w.yaml"), await create("w.yaml")]) {
					expect(r.err).toMatch(want);
					expect(r.code).toBe(2);
				}
				expect(manifest()).toBe(text);
			});
		}
		test("members that stand there twice", async () => {
			const text = '{"Policies":{},"Policies":{}}';
			put("manifest.json", text);
			put("w.yaml", yaml(coordinator));
			expect((await create("w.yaml")).err).toMatch(/"Policies" stands there twice/);
			expect(manifest()).toBe(text);
		});
	});
});

describe("files that are no manifests", () => {
	const rows: readonly { note: string; text: string; want: RegExp | "nothing" }[] = [
		{
			note: "broken YAML, with its line",
			text: "kind: Pod\n---\nkind: Pod\nmetadata: {\n",
			want: /w.yaml: .*line [45]/,
		},
		{ note: "deep YAML", text: "[".repeat(100_000), want: /w.yaml: / },
		{ note: "a cyclic alias", text: "a: &a\n  b: *a\n", want: /w.yaml: / },
		{ note: "a bomb of aliases", text: bomb(), want: /w.yaml: / },
		{
			note: "Lists in Lists",
			text: '{"kind":"List","items":['.repeat(20) + "]}".repeat(20),
			want: /Lists are nested more than 8 deep/,
		},
		{
			note: "other values",
			text: "null\n---\n1\n---\n[]\n---\nkind: 1\n---\nkind: Pod\nmetadata: x\nspec: []\n",
			want: "nothing",
		},
		{ note: "prototypes", text: '{"kind":"__proto__"}', want: "nothing" },
		{ note: "100,000 documents", text: "---\nkind: Pod\n".repeat(100_000), want: "nothing" },
	];
	function bomb(): string {
		const lines = ['a0: &a0 ["x","x","x","x","x","x","x","x","x"]'];
		for (let i = 1; i < 12; i++)
			lines.push(
				`a${i}: &a${i} [${Array(9)
					.fill(`*a${i - 1}`)
					.join(",")}]`,
			);
		return lines.join("\n");
	}
	for (const { note, text, want } of rows) {
		test(note, async () => {
			const r = await rego(["manifest", "create", put("w.yaml", text)]);
			expect(r.err).toMatch(want === "nothing" ? /^error: no workload with a policy/m : want);
			expect(r.err.length).toBeLessThan(2000);
			expect(r.code).toBe(want === "nothing" ? 1 : 2);
		});
	}
});
