/**
 * OPA's conformance cases: every `{cases: […]}` file, JSON or YAML, below given folders. A case is
 * known by its Rego version, topic and note, however the files are laid out, so that the list of
 * expected failures fits any copy of the suite.
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join, relative, resolve, sep } from "node:path";
import { getOwn } from "../src/value/collections.ts";
import { parseJson } from "../src/value/json.ts";
import { isArray, isObject, isRegoObject, type PlainObject, type Value } from "../src/value/value.ts";
import { parseYaml } from "../src/value/yaml.ts";

export interface Case {
	/** `v1/topic: note`, with ` #2` … after it for the second case of that name. */
	readonly id: string;
	readonly topic: string;
	readonly file: string;
	readonly regoVersion: "v0" | "v1";
	/** Neither the path nor the caller tells the version: v1 was taken. */
	readonly versionAssumed: boolean;
	readonly note: string;
	readonly query: string;
	readonly modules: readonly string[];
	readonly data: PlainObject;
	readonly input: Value | undefined;
	/** A Rego term; takes the place of input. */
	readonly inputTerm: string | undefined;
	/** Rows, in any order; no rows is undefined. */
	readonly wantResult: readonly PlainObject[] | undefined;
	readonly wantDefined: boolean | undefined;
	readonly wantErrorCode: string | undefined;
	/** Part of the error's text. */
	readonly wantError: string | undefined;
	/** Every error, with its place (our own cases only). */
	readonly wantErrors: readonly WantedError[] | undefined;
	readonly strictError: boolean;
	readonly sortBindings: boolean;
	readonly env: Readonly<Record<string, string>>;
	/** A reason not to run the case, from the file itself. */
	readonly skip: string | undefined;
}

export interface WantedError {
	readonly code: string;
	readonly message: string;
	readonly file?: string;
	readonly row?: number;
	readonly col?: number;
}

/**
 * All cases below the folders, files in the order of their paths. The version is that of all of them; without
 * it, a folder named v0 or v1 tells. Throws on a file that is no case file.
 */
export function readCases(folders: readonly string[], version?: "v0" | "v1"): Case[] {
	const cases: Case[] = [];
	const seen = new Map<string, number>();
	for (const folder of folders) {
		for (const file of caseFiles(folder)) {
			for (const c of readCaseFile(folder, file, version)) {
				const n = (seen.get(c.id) ?? 0) + 1;
				seen.set(c.id, n);
				cases.push(n === 1 ? c : { ...c, id: `${c.id} #${n}` });
			}
		}
	}
	return cases;
}

function caseFiles(path: string): string[] {
	if (!statSync(path).isDirectory()) return [path];
	return readdirSync(path)
		.sort()
		.flatMap((name) => {
			const below = join(path, name);
			if (statSync(below).isDirectory()) return caseFiles(below);
			return /\.(?:json|ya?ml)$/.test(name) ? [below] : [];
		});
}

interface Place {
	/** What folders named v0 or v1 say; the innermost counts. */
	readonly version: "v0" | "v1" | undefined;
	readonly topic: string;
}

function placeOf(folder: string, file: string): Place {
	const versions = resolve(file)
		.split(sep)
		.filter((s): s is "v0" | "v1" => s === "v0" || s === "v1");
	const below = relative(folder, file)
		.split(sep)
		.filter((s) => s !== "v0" && s !== "v1" && s !== "");
	const topic = below.length > 1 ? (below[0] as string) : basename(file).replace(/\.\w+$/, "");
	return { version: versions.at(-1), topic };
}

function readCaseFile(folder: string, file: string, given: "v0" | "v1" | undefined): Case[] {
	const text = readFileSync(file, "utf8");
	const document = file.endsWith(".json") ? parseJson(text) : parseYaml(text);
	const list = isPlain(document) ? getOwn(document, "cases") : undefined;
	if (list === undefined || !isArray(list)) throw new Error(`${file}: no list of cases`);
	const place = placeOf(folder, file);
	return list.map((v, i) => {
		if (!isPlain(v)) throw new Error(`${file}: case ${i} is no object`);
		return toCase(v, file, { ...place, version: given ?? place.version });
	});
}

function toCase(v: PlainObject, file: string, { version, topic }: Place): Case {
	const regoVersion = version ?? "v1";
	const text = (key: string): string | undefined => {
		const x = getOwn(v, key) ?? null;
		if (x !== null && typeof x !== "string") throw new Error(`${file}: ${key} must be a string`);
		return x === null ? undefined : x;
	};
	const flag = (key: string): boolean | undefined => {
		const x = getOwn(v, key) ?? null;
		if (x !== null && typeof x !== "boolean") throw new Error(`${file}: ${key} must be a boolean`);
		return x === null ? undefined : x;
	};
	const known = getOwn(v, "want_result") ?? null;
	const modules = getOwn(v, "modules") ?? null;
	const data = getOwn(v, "data") ?? null;
	const env = getOwn(v, "env") ?? null;
	const note = text("note") ?? "";
	return {
		id: `${regoVersion}/${topic}: ${note}`,
		topic,
		file,
		regoVersion,
		versionAssumed: version === undefined,
		note,
		query: text("query") ?? "",
		modules: modules === null ? [] : (modules as readonly string[]),
		data: isPlain(data) ? data : {},
		// A case without input and one with a null input are the same to OPA's runner.
		input: getOwn(v, "input") ?? undefined,
		inputTerm: text("input_term"),
		wantResult: known === null ? undefined : (known as readonly PlainObject[]),
		wantDefined: flag("want_defined"),
		wantErrorCode: text("want_error_code"),
		wantError: text("want_error"),
		wantErrors: (getOwn(v, "want_errors") ?? undefined) as readonly WantedError[] | undefined,
		strictError: flag("strict_error") ?? false,
		sortBindings: flag("sort_bindings") ?? false,
		env: isPlain(env) ? (env as Record<string, string>) : {},
		skip: text("skip"),
	};
}

function isPlain(v: Value | undefined): v is PlainObject {
	return v !== undefined && isObject(v) && !isRegoObject(v);
}
