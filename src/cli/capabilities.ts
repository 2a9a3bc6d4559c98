/** `rego capabilities`, and the `--capabilities` flag: which builtins and features there are, in OPA's JSON. */
import { builtins } from "../builtins/registry.ts";
import { getOwn } from "../value/collections.ts";
import { parseJson } from "../value/json.ts";
import { isArray, type Value } from "../value/value.ts";
import { opaVersion } from "../version.ts";
import { type FlagSpec, parseFlags } from "./flags.ts";
import { type CliIo, CommandError, readText } from "./io.ts";
import { type JsonNode, record, writeJson } from "./json-output.ts";
import { allCapabilities, type Capabilities } from "./language-features.ts";
import { isPlainObject } from "./merge-data.ts";
import { typeNode } from "./type-json.ts";

const capabilityFlags: readonly FlagSpec[] = [{ name: "current", kind: "bool", doc: "print current capabilities" }];

export async function runCapabilities(argv: readonly string[], io: CliIo): Promise<number> {
	parseFlags(capabilityFlags, argv);
	const entries = [...builtins.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
	io.stdout(
		writeJson(
			record([
				["builtins", { list: entries.map(builtinNode) }],
				["future_keywords", { list: ["and", "not", "or"].map((w) => ({ value: w })) }],
				["features", { list: ["keywords_in_refs", "rego_v1", "template_strings"].map((w) => ({ value: w })) }],
			]),
		),
	);
	return 0;
}

function builtinNode(b: typeof builtins extends ReadonlyMap<string, infer B> ? B : never): JsonNode {
	return record([
		["name", b.name],
		["infix", b.infix],
		[
			"decl",
			record([
				["args", b.args.length === 0 ? undefined : { list: b.args.map(([, type]) => typeNode(type)) }],
				["result", b.result === undefined ? undefined : typeNode(b.result)],
				["type", "function"],
				["variadic", b.variadic && typeNode(b.variadic)],
			]),
		],
		["deprecated", b.deprecated ? { value: true } : undefined],
		["relation", b.relation ? { value: true } : undefined],
		["nondeterministic", b.nondeterministic ? { value: true } : undefined],
	]);
}

/** What a capabilities file (or OPA version) allows. */
export async function readCapabilities(pathOrVersion: string, io: CliIo): Promise<Capabilities> {
	if (pathOrVersion === `v${opaVersion}`) return allCapabilities;
	const fail = (): never => {
		throw new CommandError(
			`invalid argument ${JSON.stringify(pathOrVersion)} for "--capabilities" flag: no such file or capabilities version found: ${pathOrVersion}`,
			1,
		);
	};
	let v: Value;
	try {
		v = parseJson(readText(io, pathOrVersion));
	} catch {
		return fail();
	}
	if (!isPlainObject(v)) return fail();
	const listed = getOwn(v, "builtins") ?? [];
	const features = getOwn(v, "features") ?? [];
	if (!isArray(listed) || !listed.every(isPlainObject) || !isArray(features)) return fail();
	const names = new Set(listed.map((b) => getOwn(b, "name")));
	return {
		withoutBuiltins: [...builtins.keys()].filter((name) => !names.has(name)),
		regoV1: features.includes("rego_v1"),
	};
}
