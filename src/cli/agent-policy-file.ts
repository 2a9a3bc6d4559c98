/**
 * A policy from a file of any kind a user has it in: Rego text, initdata (TOML, packed or not), or
 * the YAML of a pod that carries either in its annotations. In: a path. Out: a policy source.
 */

import { initdataAnnotation, type PolicySource, policyAnnotation } from "../agent/policy/source.ts";
import { decodeUtf8 } from "../documents/texts.ts";
import { parseYaml, YamlError } from "../value/yaml.ts";
import type { FlagSpec } from "./flags.ts";
import { type CliIo, CommandError, namedFile } from "./io.ts";

/** Flags that say how a policy is read, shared by the commands that read one. */
export const regoVersionFlags: readonly FlagSpec[] = [
	{ name: "v0-compatible", kind: "bool", doc: "read the policy as Rego v0" },
	{ name: "v1-compatible", kind: "bool", doc: "read the policy as Rego v1" },
];

export function regoVersionOf(flags: { bool(name: string): boolean }): "v0" | "v1" | "auto" {
	if (flags.bool("v0-compatible")) return "v0";
	return flags.bool("v1-compatible") ? "v1" : "auto";
}

/** Throws CommandError. `name` is what prints call the policy; default the path. */
export function policySourceOf(io: CliIo, path: string): PolicySource {
	return policySourceIn(namedFile(io, path), path);
}

/** The same of a file's bytes; its name tells what is in it. */
export function policySourceIn(bytes: Uint8Array, path: string): PolicySource {
	if (/\.ya?ml$/i.test(path)) return sourceOfPod(bytes, path);
	if (/\.toml$/i.test(path) || isPacked(bytes)) return { initdata: bytes };
	try {
		return { text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes), name: path };
	} catch {
		throw new CommandError(`${path}: the policy is not UTF-8`, 2);
	}
}

function isPacked(bytes: Uint8Array): boolean {
	const head = Buffer.from(bytes.subarray(0, 8)).toString("latin1");
	return head.startsWith("\x1f\x8b") || head === "initdata" || head.startsWith("H4sI");
}

/**
 * Annotations may stand at the pod itself or in a workload's pod template. Documents of one file are told
 * apart as Kubernetes does it, by lines that begin with three dashes.
 */
function sourceOfPod(bytes: Uint8Array, path: string): PolicySource {
	try {
		for (const document of decodeUtf8(bytes).split(/^---(?=\s|$).*$/m)) {
			const source = findAnnotation(parseYaml(document), 0);
			if (source !== undefined) return source;
		}
	} catch (e) {
		if (e instanceof YamlError) throw new CommandError(`${path}: ${e.message}`, 2);
		throw e;
	}
	throw new CommandError(`${path}: no ${initdataAnnotation} or ${policyAnnotation} in it`, 2);
}

function findAnnotation(node: unknown, depth: number): PolicySource | undefined {
	if (typeof node !== "object" || node === null || depth > 20) return undefined;
	for (const [key, value] of Object.entries(node)) {
		if (key === initdataAnnotation && typeof value === "string")
			return { initdata: Buffer.from(value.trim(), "base64") };
		if (key === policyAnnotation && typeof value === "string") return { annotation: value };
		const below = findAnnotation(value, depth + 1);
		if (below !== undefined) return below;
	}
	return undefined;
}
