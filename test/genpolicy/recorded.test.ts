/**
 * Our policies beside those of Kata's own generator: `policy_data` byte for byte, initdata, manifests as data, and one
 * diagnostic with a place where it failed. Prints what it has compared.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { readInitdata } from "../../src/agent/policy/initdata.ts";
import { type Ran, type Recording, recordings, recordingsOf, runRecording } from "./recorded.ts";

const key = "io.katacontainers.config.hypervisor.cc_init_data";
const rules = recordings === undefined ? "" : readFileSync(join(recordings, "rules.rego"), "utf8");
const counts = { policies: 0, manifests: 0, outputs: 0, failures: 0 };

/** The annotations of a manifest, in order; base64 of gzip begins so. */
function annotations(yaml: string): readonly string[] {
	return [...yaml.matchAll(/H4sI[A-Za-z0-9+/]+={0,2}/g)].map(([value]) => value);
}

function shapeOf(initdata: string, policyData: string): string {
	return initdata.replace(rules, () => "<rules.rego>").replace(policyData, () => "<policy_data>");
}

/** Documents as data, annotations by number. */
function dataOf(yaml: string): unknown {
	let text = yaml;
	for (const [i, value] of annotations(yaml).entries()) text = text.replace(value, `<initdata ${i}>`);
	return parseAllDocuments(text)
		.map((d) => d.toJS())
		.filter((v) => v !== null);
}

/** A manifest without the lines and flow entries of its annotations, and without an annotation that was there. */
function without(yaml: string, values: readonly string[]): string {
	let text = yaml;
	for (const value of values) {
		const entry = `${key}: ${value}`;
		for (const block of [
			`metadata:\n +annotations:\n +${literal(entry)}\n`,
			`annotations:\n +${literal(entry)}\n`,
			`${literal(entry)}\n`,
		])
			text = text.replace(new RegExp(`^ *${block}`, "m"), "");
		text = text.replace(`, annotations: {${entry}}`, "").replace(`{${entry}}`, "{}").replace(`, ${entry}`, "");
	}
	return text.replace(new RegExp(`^ *${literal(key)}: .*\n`, "m"), "");
}

function literal(text: string): string {
	return text.replace(/[.+/=*]/g, "\\$&");
}

function checkPolicies(recording: Recording, texts: readonly string[]): void {
	expect(texts.length).toBe(recording.policyData.length);
	for (const [i, wanted] of recording.policyData.entries()) {
		const initdata = readInitdata(Buffer.from(texts[i] ?? "", "base64"));
		const policy = initdata.data.get("policy.rego") ?? "";
		expect(policy.startsWith(`${rules}\npolicy_data := `)).toBe(true);
		expect(policy.slice(rules.length + "\npolicy_data := ".length)).toBe(wanted);
		counts.policies++;
	}
}

function checkOutput(recording: Recording, { stdout, file }: Ran): void {
	const input = readFileSync(join(recording.folder, "in.yaml"), "utf8");
	const yaml = recording.stdin ? stdout : file;
	const made = annotations(yaml);
	checkPolicies(recording, made);
	for (const [i, shape] of recording.initdata.entries()) {
		const text = new TextDecoder().decode(unzipped(made[i] ?? ""));
		expect(shapeOf(text, recording.policyData[i] ?? "")).toBe(shape);
	}
	if (recording.out !== undefined) expect(dataOf(yaml)).toEqual(dataOf(recording.out));
	expect(without(yaml, made)).toBe(without(input, annotations(input)));
	counts.manifests++;
}

function unzipped(annotation: string): Uint8Array {
	return gunzipSync(Buffer.from(annotation, "base64"));
}

async function check(recording: Recording): Promise<void> {
	const ran = await runRecording(recording);
	if (recording.rc !== 0) {
		expect(ran.code).toBe(1);
		const errors = ran.stderr.split("\n").filter((line) => /^\S.*: error: /.test(line));
		expect(errors.length, ran.stderr).toBe(1);
		expect(ran.stderr).not.toContain("    at ");
		expect(ran.stdout).toBe("");
		expect(ran.file).toBe(readFileSync(join(recording.folder, "in.yaml"), "utf8"));
		counts.failures++;
		return;
	}
	expect(ran.stderr).not.toContain("error:");
	expect(ran.code).toBe(0);
	if (recording.stdoutShape !== undefined) {
		checkStdout(recording, ran);
		counts.outputs++;
	}
	if (!recording.stdin || recording.stdoutShape === undefined) checkOutput(recording, ran);
}

/** Policies and annotations one behind the other. */
function checkStdout(recording: Recording, { stdout }: Ran): void {
	let shape = stdout.replace(rules, () => "<rules.rego>");
	for (const data of recording.policyData) shape = shape.replace(data, () => "<policy_data>");
	for (const value of annotations(shape)) shape = shape.replace(value, "<base64>");
	if (recording.policyData.length === 0) shape = shape.replace(/(?<=policy_data := )\{.*\}/s, "<policy_data>");
	expect(shape).toBe(recording.stdoutShape);
}

for (const kind of ["cases", "workloads"] as const)
	describe.skipIf(recordings === undefined)(`recorded ${kind}`, () => {
		const all = recordingsOf(kind);
		test("are there", () => expect(all.length).toBeGreaterThan(0));
		for (const recording of all) test(recording.name, () => check(recording));
	});

afterAll(() => {
	if (recordings === undefined) return;
	console.log(
		`genpolicy: ${counts.policies} policies byte-equal, ${counts.manifests} manifests and ${counts.outputs} outputs equal, ${counts.failures} failures with one diagnostic each`,
	);
});
