/**
 * Where a policy comes from: text, a file, an annotation, or initdata. In: one of these. Out: the
 * text, the name it has in messages and prints, and the initdata it came in.
 */
import { readFileSync } from "node:fs";
import { messageOf } from "../../thrown.ts";
import { type Initdata, readInitdata, readInitdataFile } from "./initdata.ts";
import { PolicyLoadError } from "./load-error.ts";

/** The annotation that carries a policy, in base64. */
export const policyAnnotation = "io.katacontainers.config.agent.policy";
/** The annotation that carries initdata, gzip in base64. */
export const initdataAnnotation = "io.katacontainers.config.hypervisor.cc_init_data";
/** Where an image keeps its policy; usually a symbolic link. */
export const defaultPolicyFile = "/etc/kata-opa/default-policy.rego";

export type PolicySource =
	| { readonly text: string; readonly name?: string }
	| { readonly file: string }
	/** The value of `io.katacontainers.config.agent.policy`. */
	| { readonly annotation: string }
	/** A device, file or bytes in any form readInitdata reads. */
	| { readonly initdata: Uint8Array | string };

export interface PolicyText {
	/** As it appears in prints: `agent_policy`, or the file's path. */
	readonly name: string;
	readonly text: string;
	readonly initdata: Initdata | undefined;
}

const name = "agent_policy";

/** Throws PolicyLoadError. */
export function readPolicySource(source: PolicySource): PolicyText {
	if ("text" in source) return { name: source.name ?? name, text: source.text, initdata: undefined };
	if ("file" in source) return { name: source.file, text: readPolicyFile(source.file), initdata: undefined };
	if ("annotation" in source) return { name, text: decodeAnnotation(source.annotation), initdata: undefined };
	const initdata =
		typeof source.initdata === "string" ? readInitdataFile(source.initdata) : readInitdata(source.initdata);
	const text = initdata.data.get("policy.rego");
	if (text === undefined) throw new PolicyLoadError("initdata: there is no policy.rego in it");
	return { name, text, initdata };
}

function decodeText(bytes: Uint8Array, what: string): string {
	try {
		return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
	} catch {
		throw new PolicyLoadError(`${what}: the policy is not UTF-8`);
	}
}

function readPolicyFile(path: string): string {
	let bytes: Uint8Array;
	try {
		bytes = readFileSync(path);
	} catch (e) {
		throw new PolicyLoadError(messageOf(e));
	}
	return decodeText(bytes, path);
}

function decodeAnnotation(value: string): string {
	const text = value.trim();
	if (text === "" || text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) {
		throw new PolicyLoadError(`${policyAnnotation}: not base64`);
	}
	return decodeText(Buffer.from(text, "base64"), policyAnnotation);
}
