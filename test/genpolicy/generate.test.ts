/** What a manifest's author is told, and what the options change. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { AgentPolicy } from "../../src/agent/policy/agent-policy.ts";
import { diagnosticText } from "../../src/genpolicy/problem.ts";
import { recordings } from "./recorded.ts";
import { container, generate, pod, problems, type SaidImage, saidImages, settings } from "./small.ts";

const passwd = "root:x:0:0::/:/sh\napp:x:1000:1001::/:/sh\n";
const group = "root:x:0:\napps:x:2000:app\n";

describe("errors, all at once and each with its place", () => {
	const rows: readonly { readonly note: string; readonly yaml: string; readonly want: readonly string[] }[] = [
		{
			note: "several of one document",
			yaml: pod("      workingDir: /w\n      command: [a]\n      imagePullPolicy: [no]\n", "  hostPID: true\n"),
			want: ["6:3 unsupported-field", "10:7 unsupported-field", "12:7 wrong-type"],
		},
		{
			note: "several documents",
			yaml: `${pod("      tty: yes\n")}---\nkind: Ingress\napiVersion: v1\n---\napiVersion: v1\nkind: Job\n`,
			want: ["9:7 wrong-type", "11:1 unsupported-kind", "14:1 missing-field"],
		},
		{ note: "a syntax error", yaml: "a: [1\nb: 2\n", want: ["2:1 yaml"] },
		{ note: "a key that is an object", yaml: "? {a: 1}\n: 2\n", want: ["1:3 yaml"] },
		{
			note: "keys of objects' own names are fields like others",
			yaml: pod("      __proto__: 1\n      constructor: 2\n"),
			want: ["9:7 unsupported-field", "10:7 unsupported-field"],
		},
		{ note: "a document that is no object", yaml: "- a\n", want: ["1:1 wrong-type"] },
		{
			note: "a Secret that is not there, wanted twice, is told once",
			yaml: pod(
				"      env:\n        - {name: A, valueFrom: {secretKeyRef: {name: s, key: a}}}\n        - {name: B, valueFrom: {secretKeyRef: {name: s, key: b}}}\n",
			),
			want: ["10:33 env-source"],
		},
		{ note: "an image that cannot be read", yaml: pod().replace("app@", "missing@"), want: ["8:7 image"] },
		{
			note: "a user below nothing",
			yaml: pod("      securityContext: {runAsUser: -1, runAsGroup: 4294967296}\n"),
			want: ["9:25 bad-id", "9:40 bad-id"],
		},
		{
			note: "a variable that stands for itself",
			yaml: pod("      env: [{name: pod-ip, value: $(pod-ip)}]\n"),
			want: ["7:7 substitution"],
		},
		{
			note: "variables that double, and double again",
			yaml: pod(
				`      env:\n        - {name: V0, value: "0123456789"}\n${Array.from({ length: 40 }, (_, i) => `        - {name: V${i + 1}, value: $(V${i})$(V${i})}\n`).join("")}`,
			),
			want: ["7:7 substitution"],
		},
		{
			note: "a mount at nothing",
			yaml: pod(
				"      volumeMounts: [{name: v, mountPath: /}]\n",
				"  volumes: [{name: v, persistentVolumeClaim: {claimName: c}}]\n",
			),
			want: ["10:32 mount-path"],
		},
		{ note: "more processors than there are", yaml: pod(), want: [] },
	];
	for (const { note, yaml, want } of rows)
		test(note, async () => {
			const generated = await generate(yaml);
			expect(problems(generated)).toEqual(want);
			expect(generated.yaml === undefined).toBe(want.length > 0);
			expect(generated.documents.length).toBe(want.length > 0 ? 0 : 1);
		});

	test("say what to do", async () => {
		const [first] = (await generate(pod("      workingDir: /w\n"))).diagnostics;
		expect(first === undefined ? "" : diagnosticText(first)).toMatch(
			/^pod\.yaml:9:7: error: unsupported field spec\.containers\[0\]\.workingDir\n {2}It changes the directory/,
		);
	});
});

describe("secrets", () => {
	const hidden = "hunter2-hidden";
	const encoded = Buffer.from(hidden).toString("base64");
	const rows: readonly (readonly [note: string, data: string, env: string])[] = [
		["a value that is used", encoded, "[{name: A, valueFrom: {secretKeyRef: {name: s, key: k}}}]"],
		["a value that is no base64", `${hidden}!`, "[{name: A, valueFrom: {secretKeyRef: {name: s, key: k}}}]"],
		[
			"a value with a reference in it",
			Buffer.from(`${hidden}$()`).toString("base64"),
			"[{name: A, valueFrom: {secretKeyRef: {name: s, key: k}}}]",
		],
		[
			"a value with an escape in it",
			Buffer.from(`${hidden}$$(B)`).toString("base64"),
			"[{name: A, valueFrom: {secretKeyRef: {name: s, key: k}}}]",
		],
		[
			"a value in an argument",
			encoded,
			"[{name: A, valueFrom: {secretKeyRef: {name: s, key: k}}}, {name: B, value: $(A)$$(A)}]",
		],
		["all values", encoded, `[]\n      envFrom: [{secretRef: {name: s}}]`],
		["a value of another type", `[${hidden}]`, "[]"],
		["a value of a variable that is no text", encoded, `[{name: A, value: {x: ${hidden}}}]`],
	];
	for (const [note, data, env] of rows)
		test(`${note} is in no message`, async () => {
			const yaml = `apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata: {k: ${data}}\n---\n${pod(`      env: ${env}\n      args: ["$(A)", "$$(A)"]\n`)}`;
			const { diagnostics } = await generate(yaml);
			const said = JSON.stringify(diagnostics);
			expect(said).not.toContain("hunter2");
			expect(said).not.toContain(encoded);
		});

	const broken: readonly (readonly [note: string, data: string])[] = [
		["behind a block's sign", `k: |${hidden}`],
		["behind a bracket", `k: a ] ${hidden}`],
		["behind quotes", `k: "a" ${hidden}`],
		["as an escape", `k: "\\${hidden}"`],
		["as an alias", `k: *${hidden}x`],
		["as a tag", `k: !${hidden} [`],
		["on a line of its own", `k: a\n ${hidden}`],
		["as a key", `? {${hidden}: 1}\n  : 2`],
		["twice", `${hidden}: 1\n  k: ${hidden}\n  k: 2`],
	];
	for (const [note, data] of broken)
		test(`in YAML that is none, ${note}, are in no message`, async () => {
			const { diagnostics } = await generate(`apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata:\n  ${data}\n`);
			expect(JSON.stringify(diagnostics)).not.toContain("hunter2");
			expect(diagnostics.length).toBeLessThan(3);
		});

	test("that become part of the policy are warned of", async () => {
		const yaml = `apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata: {k: ${encoded}}\n---\n${pod("      envFrom: [{secretRef: {name: s}}]\n")}`;
		expect(problems(await generate(yaml), "warning")).toContain("14:18 secret-in-policy");
	});
});

describe("warnings of policies that will not do what the author thinks", () => {
	test("variables of services, which the settings allow with any address", async () => {
		const allowed = ["^$(svc_name_downward_env)_SERVICE_HOST=$(ipv4_a)$", "(", "^B=1$"];
		const open = settings(
			{ path: "/cluster_config/guest_pull", value: false },
			{ path: "/request_defaults/CreateContainerRequest/allow_env_regex", value: allowed },
			{ path: "/common/svc_name_downward_env", value: "[A-Z][A-Z0-9_]*" },
			{ path: "/common/ipv4_a", value: "[0-9]+[.][0-9]+[.][0-9]+[.][0-9]+" },
		);
		const fixed =
			'[{name: DB_SERVICE_HOST, value: "10.0.0.1"}, {name: API_SERVICE_HOST, value: api}, {name: B, value: "2"}]';
		const found = problems(await generate(pod(`      env: ${fixed}\n`), { settings: open }), "warning");
		expect(found).toEqual(["9:13 any-value", "9:57 any-value"]);
	});

	interface Row {
		readonly note: string;
		readonly yaml: string;
		readonly images?: Readonly<Record<string, SaidImage>>;
		readonly runtimeClassNames?: readonly string[];
		readonly silentUnsupportedFields?: boolean;
		readonly want: readonly string[];
	}
	const config = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\ndata: {a: '1'}\n---\n";
	const rows: readonly Row[] = [
		{ note: "none", yaml: pod(), want: [] },
		{ note: "an image without a digest", yaml: pod().replace(/app@.*/, "app:1"), want: ["8:7 image-not-pinned"] },
		{
			note: "a policy that is larger than Kubernetes takes",
			yaml: pod(`      args: ["${Array.from({ length: 60_000 }, (_, i) => `${i * i}`).join(" ")}"]\n`),
			want: ["3:1 annotation-size"],
		},
		{ note: "a key twice", yaml: pod("      tty: true\n      tty: false\n"), want: ["10:7 yaml"] },
		{ note: "a name that is a pattern", yaml: pod().replace("name: p", "name: p.q"), want: ["4:3 name-pattern"] },
		{ note: "no name", yaml: pod().replace("name: p", "labels: {a: b}"), want: ["3:1 no-name"] },
		{
			note: "the pod's service account",
			yaml: pod(
				"      env: [{name: A, valueFrom: {fieldRef: {fieldPath: spec.serviceAccountName}}}]\n",
				"  serviceAccountName: robot\n",
			),
			want: ["10:35 service-account"],
		},
		{
			note: "the node's name in an argument: the rules pass over all of it",
			yaml: pod(
				'      command: [sh, -c, "run $(N)"]\n      env: [{name: N, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}]\n',
			),
			want: ["9:25 any-value"],
		},
		{
			note: "the node's name in an argument of the image's",
			yaml: pod("      env: [{name: N, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}]\n"),
			images: { app: { config: { Entrypoint: ["run", "$(N)"] } } },
			want: ["7:7 expansion", "8:7 any-value"],
		},
		{
			note: "what the host knows, alone in a variable",
			yaml: pod(
				"      env: [{name: N, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}, {name: U, valueFrom: {fieldRef: {fieldPath: metadata.uid}}}]\n",
			),
			want: [],
		},
		{
			note: "what the host knows, in a variable with other text, and as text",
			yaml: pod(
				'      env: [{name: N, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}, {name: A, value: "http://$(N)/"}, {name: B, value: "$(host-name)"}]\n',
			),
			want: ["9:75 any-value", "9:109 any-value"],
		},
		{
			note: "a variable that the settings allow with any name of a host",
			yaml: pod("      env: [{name: HOSTNAME, value: mine}, {name: DB_HOST, value: db}]\n"),
			want: ["9:13 any-value"],
		},
		{
			note: "the namespace of a manifest without one",
			yaml: pod("      env: [{name: N, valueFrom: {fieldRef: {fieldPath: metadata.namespace}}}]\n"),
			want: ["9:13 any-value"],
		},
		{
			note: "a folder of devices: its source is a pattern",
			yaml: pod(
				"      volumeMounts: [{name: v, mountPath: /dev/kvm}]\n",
				"  volumes: [{name: v, hostPath: {path: /dev/kvm}}]\n",
			),
			want: ["10:22 any-value"],
		},
		{
			note: "a mount's path that is a pattern",
			yaml: pod(
				"      volumeMounts: [{name: v, mountPath: /etc/a+b}, {name: v, mountPath: /etc/a.b}]\n",
				"  volumes: [{name: v, configMap: {name: m}}]\n",
			),
			want: ["10:32 name-pattern"],
		},
		{
			note: "a prefix",
			yaml: `${config}${pod("      envFrom: [{configMapRef: {name: m}, prefix: P_}]\n")}`,
			want: ["14:43 env-prefix"],
		},
		{
			note: "an escape",
			yaml: pod('      args: ["$$(HOME)"]\n      env: [{name: HOME, value: h}]\n'),
			want: ["7:7 expansion"],
		},
		{
			note: "a value with = in it",
			yaml: pod('      env: [{name: A, value: "b=c"}, {name: D, value: $(A)}]\n'),
			want: ["7:7 expansion"],
		},
		{
			note: "a reference to what comes later",
			yaml: pod("      env: [{name: D, value: $(A)}, {name: A, value: b}]\n"),
			want: ["7:7 expansion"],
		},
		{
			note: "a reference in the image's own variables",
			yaml: pod(),
			images: { app: { config: { Env: ["A=1", "B=$(A)"] } } },
			want: ["7:7 expansion"],
		},
		{
			note: "a user whose name is unknown",
			yaml: pod(),
			images: { app: { config: { User: "who" }, passwd, group } },
			want: ["8:7 image-user"],
		},
		{
			note: "accounts with a line that is none",
			yaml: pod(),
			images: { app: { config: { User: "app" }, passwd: `${passwd}+\n`, group } },
			want: ["8:7 image-user", "8:7 image-accounts"],
		},
		{
			note: "layers that Kata's generator does not read",
			yaml: pod(),
			images: { app: { config: { User: "1000" }, passwd, group, kata: {} } },
			want: ["8:7 image-accounts"],
		},
		{
			note: "a Job of another runtime class",
			yaml:
				"apiVersion: batch/v1\nkind: Job\nmetadata: {name: j}\nspec:\n  template:\n    spec:\n      containers: [{name: c, image: app@sha256:" +
				"0".repeat(64) +
				"}]\n",
			runtimeClassNames: ["kata"],
			want: ["6:5 not-filtered"],
		},
		{
			note: "an annotation that is not there",
			yaml: pod("      env: [{name: A, valueFrom: {fieldRef: {fieldPath: \"metadata.annotations['x']\"}}}]\n"),
			want: ["9:35 annotation"],
		},
		{
			note: "a working directory that is passed over",
			yaml: pod("      workingDir: /w\n"),
			silentUnsupportedFields: true,
			want: ["9:7 passed-over"],
		},
	];
	for (const { note, yaml, images, want, ...options } of rows)
		test(note, async () => {
			const generated = await generate(yaml, { ...options, images: saidImages(images) });
			expect(problems(generated)).toEqual([]);
			expect(problems(generated, "warning")).toEqual(want);
		});
});

describe("policies as containers will be, not as Kata's generator makes them", () => {
	const images = saidImages({
		app: { config: { User: "app", Env: ["B=$(X)"], Cmd: ["$(X)"] }, passwd: `${passwd}+\n`, group },
	});

	test("users of what a runtime reads", async () => {
		const user = container(await generate(pod(), { images, strictKata: false })).OCI.Process.User;
		expect(user).toMatchObject({ UID: 1000, GID: 1001, AdditionalGids: [1001, 2000] });
		expect(container(await generate(pod(), { images })).OCI.Process.User).toMatchObject({ UID: 0, GID: 0 });
	});

	test("references by Kubernetes' rules", async () => {
		const yaml = pod(
			'      args: ["$(X)", "$$(X)", "$(none)"]\n      env: [{name: X, value: "a=b"}, {name: Y, value: "$(X)$(Z)"}, {name: Z, value: z}]\n',
		);
		const { Args, Env } = container(await generate(yaml, { images, strictKata: false })).OCI.Process;
		expect(Args).toEqual(["a=b", "$(X)", "$(none)"]);
		expect(Env).toEqual(["B=$(X)", "HOSTNAME=$(host-name)", "X=a=b", "Y=a=b$(Z)", "Z=z"]);
	});

	test("prefixes, optional sources, service accounts", async () => {
		const config = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\ndata: {a: '1'}\n---\n";
		const yaml = `${config}${pod(
			"      envFrom: [{configMapRef: {name: m}, prefix: P_}, {secretRef: {name: none, optional: true}}]\n      env: [{name: S, valueFrom: {fieldRef: {fieldPath: spec.serviceAccountName}}}, {name: O, valueFrom: {secretKeyRef: {name: none, key: k, optional: true}}}]\n",
			"  serviceAccountName: robot\n",
		)}`;
		const { Env } = container(await generate(yaml, { strictKata: false })).OCI.Process;
		expect(Env.slice(-2)).toEqual(["S=robot", "P_a=1"]);
	});
});

describe("initdata", () => {
	test("has its entries sorted, and the same digest every time", async () => {
		const data = new Map([
			["z.toml", "z"],
			["aa.toml", 'a = "b"\n'],
			["b", "\\"],
		]);
		const initdata = { version: "0.1.0", algorithm: "sha384", data } as const;
		const [one, two] = [await generate(pod(), { initdata }), await generate(pod(), { initdata })];
		const text = one.documents[0]?.initdata ?? "";
		expect([...text.matchAll(/^(version|algorithm|"[\w.]+"|b) = /gm)].map((m) => m[1])).toEqual([
			"version",
			"algorithm",
			'"aa.toml"',
			"b",
			'"policy.rego"',
			'"z.toml"',
		]);
		expect(text).toContain("b = '\\'\n");
		expect(one.documents[0]?.digest).toBe(two.documents[0]?.digest);
		expect(one.documents[0]?.digest).toMatch(/^[0-9a-f]{96}$/);
	});

	test("that is there already leaves the manifest as it is", async () => {
		const { yaml = "" } = await generate(pod());
		const again = await generate(yaml);
		expect(again.yaml).toBe(yaml);
		expect(again.documents.map((d) => d.isCurrent)).toEqual([true]);
		expect((await generate(yaml.replace("name: c\n", "name: d\n"))).documents.map((d) => d.isCurrent)).toEqual([false]);
	});
});

describe("security contexts that guest pull needs", () => {
	const images = saidImages({ app: { config: { User: "app" }, passwd, group } });
	const options = { images, settings: settings(), fixSecurityContext: true };
	const id = `app@sha256:${"0".repeat(64)}`;
	const rows: readonly { readonly note: string; readonly yaml: string; readonly want: string }[] = [
		{
			note: "none yet",
			yaml: pod(),
			want: `  containers:\n    - name: c\n      image: ${id}\n      securityContext: {runAsUser: 1000, runAsGroup: 1001}\n  securityContext:\n    supplementalGroups: [2000]\n`,
		},
		{
			note: "some of it",
			yaml: pod(
				"      securityContext:\n        privileged: false # no\n",
				"  securityContext:\n    supplementalGroups:\n      - 7 # seven\n",
			),
			want: `  securityContext:\n    supplementalGroups:\n      - 7 # seven\n      - 2000\n  containers:\n    - name: c\n      image: ${id}\n      securityContext:\n        privileged: false # no\n        runAsUser: 1000\n        runAsGroup: 1001\n`,
		},
		{
			note: "flow style",
			yaml: pod("      securityContext: {privileged: false}\n", "  securityContext: {supplementalGroups: [7]}\n"),
			want: `  securityContext: {supplementalGroups: [7, 2000]}\n  containers:\n    - name: c\n      image: ${id}\n      securityContext: {privileged: false, runAsUser: 1000, runAsGroup: 1001}\n`,
		},
	];
	for (const { note, yaml, want } of rows)
		test(note, async () => {
			expect(problems(await generate(yaml, { ...options, fixSecurityContext: false }))).toEqual([
				`${yaml.includes("7") ? (yaml.includes("seven") ? 10 : 8) : 7}:7 guest-pull`,
			]);
			const made = await generate(yaml, options);
			expect(problems(made)).toEqual([]);
			expect(made.yaml?.slice(made.yaml.indexOf("spec:\n") + 6)).toBe(want);
		});
});

test("several containers of a pod need one context, told once", async () => {
	const images = saidImages({
		app: { config: { User: "app" }, passwd, group },
		other: { passwd, group: "g:x:10:root\n" },
	});
	const id = `@sha256:${"0".repeat(64)}`;
	const yaml = `${pod("", `  initContainers: [{name: i, image: other${id}}]\n`)}    - {name: d, image: other${id}}\n`;
	const generated = await generate(yaml, { images, settings: settings() });
	expect(problems(generated)).toEqual(["6:20 guest-pull"]);
	expect(generated.diagnostics[0]?.hint).toBe(
		"Say them in the manifest (--fix-security-context writes it):\nsecurityContext:\n  supplementalGroups: [10, 2000]\ncontainers:\n  - name: c\n    securityContext:\n      runAsUser: 1000\n      runAsGroup: 1001",
	);
	const fixed = await generate(yaml, { images, settings: settings(), fixSecurityContext: true });
	expect(problems(fixed)).toEqual([]);
});

describe("pinned images", () => {
	const digest = `sha256:${"a".repeat(64)}`;
	const yaml = pod().replace(/app@.*/, '"app:1" # mine');

	test("need guest pull, rules that are known, and a digest", async () => {
		const options = { pinImages: true, images: saidImages({ "app:1": { digest } }) };
		expect(problems(await generate(yaml, options))).toEqual(["1:1 pin-images"]);
		expect(problems(await generate(yaml, { ...options, settings: settings() }))).toEqual(["1:1 pin-images"]);
	});

	test.skipIf(recordings === undefined)("are written with their digests, and nothing else is allowed", async () => {
		const options = {
			pinImages: true,
			settings: settings(),
			rules: readFileSync(join(recordings ?? "", "rules.rego"), "utf8"),
		};
		expect(problems(await generate(yaml, options))).toEqual(["8:7 pin-images"]);
		const made = await generate(yaml, { ...options, images: saidImages({ "app:1": { digest } }) });
		expect(problems(made)).toEqual([]);
		expect(made.yaml).toContain(`      image: "app:1@${digest}" # mine\n`);
		expect(container(made).storages).toMatchObject([{ driver: "image_guest_pull", source: `app:1@${digest}` }]);
		AgentPolicy.load({ text: made.documents[0]?.policy ?? "" }, { digest: "off" });
	});
});
