/** `rego capabilities`, and the `--capabilities` flag: which builtins and features there are, in OPA's JSON. */

import { valueAt } from "../at.ts";
import { type Builtin, define } from "../builtins/define.ts";
import { builtins } from "../builtins/registry.ts";
import { RegoError } from "../errors.ts";
import { messageOf } from "../thrown.ts";
import { getOwn } from "../value/collections.ts";
import { parseJson } from "../value/json.ts";
import { type JsonNode, leaf, record, writeJson } from "../value/ordered-json.ts";
import { isArray, isPlainObject, type PlainObject, type Value } from "../value/value.ts";
import { opaVersion } from "../version.ts";
import { v0Flag } from "./eval-flags.ts";
import { applyEnvironment, describeFlags, type FlagSpec, parseFlags } from "./flags.ts";
import { type CliIo, CommandError, readText } from "./io.ts";
import { allCapabilities, type Capabilities } from "./language-features.ts";
import { featuresSince, isSince, keywordsSince, knownVersions, readVersion } from "./opa-versions.ts";
import { readType, typeNode } from "./type-json.ts";

const capabilityFlags: readonly FlagSpec[] = [
	{ name: "current", kind: "bool", doc: "print current capabilities" },
	{ name: "file", kind: "string", doc: "print the capabilities that a file holds" },
	v0Flag,
	{ name: "version", kind: "string", doc: "print the capabilities of a version of OPA" },
];

export function capabilitiesHelp(): string {
	return describeFlags(capabilityFlags);
}

export async function runCapabilities(argv: readonly string[], io: CliIo): Promise<number> {
	const flags = applyEnvironment(capabilityFlags, parseFlags(capabilityFlags, argv), "OPA_CAPABILITIES", io.env);
	if (flags.string("version") !== "") {
		const version = flags.string("version");
		if (readVersion(version) === undefined) {
			io.stderr(`no capabilities version found ${version}\n`);
			return 1;
		}
		io.stdout(writeJson(capabilitiesNode(await readCapabilities(version, io))));
	} else if (flags.string("file") !== "") {
		try {
			io.stdout(writeJson(fileNode(flags.string("file"), io)));
		} catch (e) {
			io.stderr(`${messageOf(e)}\n`);
			return 1;
		}
	} else if (flags.bool("current")) {
		io.stdout(writeJson(capabilitiesNode(flags.bool("v0-compatible") ? v0Capabilities : allCapabilities)));
	} else io.stdout(`${knownVersions().join("\n")}\n`);
	return 0;
}

const v0Capabilities: Capabilities = {
	allowedHosts: undefined,
	withoutBuiltins: [],
	declared: [],
	language: {
		futureKeywords: Object.keys(keywordsSince),
		features: ["keywords_in_refs", "rego_v1", "rego_v1_import", "rule_head_ref_string_prefixes", "rule_head_refs"],
	},
};

function capabilitiesNode({ withoutBuiltins, language }: Capabilities): JsonNode {
	const left = new Set(withoutBuiltins);
	const entries = [...builtins.values()].filter((b) => !left.has(b.name)).sort((a, b) => (a.name < b.name ? -1 : 1));
	const words = (list: readonly string[]): JsonNode | undefined =>
		list.length === 0 ? undefined : { list: [...list].sort().map((w) => ({ value: w })) };
	return record([
		["builtins", { list: entries.map(builtinNode) }],
		["future_keywords", words(language?.futureKeywords ?? ["and", "not", "or"])],
		["features", words(language?.features ?? ["keywords_in_refs", "rego_v1", "template_strings"])],
	]);
}

/** What OPA reads of a capabilities file. */
function fileNode(path: string, io: CliIo): JsonNode {
	const v = parseJson(readText(io, path));
	if (!isPlainObject(v)) throw new Error(`${path}: capabilities must be an object`);
	const fields = ["builtins", "future_keywords", "wasm_abi_versions", "features", "allow_net"];
	const file = v;
	return record(
		fields.map((name): [string, JsonNode | undefined] => {
			const field = getOwn(file, name);
			return [name, field === undefined ? undefined : leaf(field)];
		}),
	);
}

export function builtinNode(b: typeof builtins extends ReadonlyMap<string, infer B> ? B : never): JsonNode {
	return record([
		["name", b.name],
		[
			"decl",
			record([
				["args", b.args.length === 0 ? undefined : { list: b.args.map(([, type]) => typeNode(type)) }],
				["result", b.result === undefined ? undefined : typeNode(b.result)],
				["type", "function"],
				["variadic", b.variadic && typeNode(b.variadic)],
			]),
		],
		["infix", b.infix],
		["deprecated", b.deprecated ? { value: true } : undefined],
		["relation", b.relation ? { value: true } : undefined],
		["nondeterministic", b.nondeterministic ? { value: true } : undefined],
	]);
}

/** What a capabilities file (or OPA version) allows. */
export async function readCapabilities(pathOrVersion: string, io: CliIo): Promise<Capabilities> {
	if (pathOrVersion === `v${opaVersion}`) return allCapabilities;
	const version = readVersion(pathOrVersion);
	if (version !== undefined) {
		const known = (since: Readonly<Record<string, string>>): string[] =>
			Object.keys(since).filter((name) => isSince(version, valueAt(since, name)));
		return {
			withoutBuiltins: [...builtins.values()].filter((b) => !isSince(version, b.since)).map((b) => b.name),
			declared: [],
			language: { futureKeywords: known(keywordsSince), features: known(featuresSince) },
			allowedHosts: undefined,
		};
	}
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
	if (!isArray(listed) || !listed.every(isPlainObject)) return fail();
	const names = new Set(listed.map((b) => getOwn(b, "name")));
	const hosts = getOwn(v, "allow_net") ?? null;
	return {
		withoutBuiltins: [...builtins.keys()].filter((name) => !names.has(name)),
		declared: listed.flatMap((b) => declaredBuiltin(b) ?? fail()).filter((b) => !builtins.has(b.name)),
		language: {
			futureKeywords: strings(getOwn(v, "future_keywords")) ?? fail(),
			features: strings(getOwn(v, "features")) ?? fail(),
		},
		// An empty list is none; no list, everyone.
		allowedHosts: hosts === null ? undefined : (strings(hosts) ?? fail()),
	};
}

function strings(v: Value | undefined): readonly string[] | undefined {
	if (v === undefined || v === null) return [];
	return isArray(v) && v.every((x) => typeof x === "string") ? v : undefined;
}

/** A builtin known by its declaration alone, as those that programs embedding OPA add. */
function declaredBuiltin(b: PlainObject): Builtin | undefined {
	const name = getOwn(b, "name");
	const decl = getOwn(b, "decl") ?? null;
	const type = readType(decl);
	if (typeof name !== "string" || type?.kind !== "function" || !isPlainObject(decl)) return undefined;
	const operands = getOwn(decl, "args") ?? [];
	return define(name, {
		category: "",
		args: type.args.map((arg, i) => [nameOf(isArray(operands) ? operands[i] : undefined), arg] as const),
		...(type.variadic === undefined ? {} : { variadic: type.variadic }),
		result: type.result,
		doc: "",
		relation: getOwn(b, "relation") === true,
		nondeterministic: getOwn(b, "nondeterministic") === true,
		unchecked: true,
		eval: () => {
			throw new RegoError("eval_internal_error", `unsupported built-in: ${name}`);
		},
	});
}

function nameOf(operand: Value | undefined): string {
	const name = operand !== undefined && isPlainObject(operand) ? getOwn(operand, "name") : undefined;
	return typeof name === "string" ? name : "";
}
