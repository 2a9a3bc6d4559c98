/** `rego capabilities`, and the `--capabilities` flag: which builtins and features there are, in OPA's JSON. */
import { builtins } from "../builtins/registry.ts";
import { getOwn } from "../value/collections.ts";
import { parseJson } from "../value/json.ts";
import { isArray, type Value } from "../value/value.ts";
import { opaVersion } from "../version.ts";
import { type FlagSpec, parseFlags } from "./flags.ts";
import { type CliIo, CommandError, readText } from "./io.ts";
import { type JsonNode, record, writeJson } from "./json-output.ts";
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

/** Names of our builtins that a capabilities file (or OPA version) does not list. */
export async function builtinsMissingFrom(pathOrVersion: string, io: CliIo): Promise<readonly string[]> {
	if (pathOrVersion === `v${opaVersion}`) return [];
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
	const names = new Set<Value>();
	if (isArray(listed)) for (const b of listed) if (isPlainObject(b)) names.add(getOwn(b, "name") ?? null);
	return [...builtins.keys()].filter((name) => !names.has(name));
}
