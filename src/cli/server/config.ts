/**
 * Configuration: a file, over which `--set a.b=value` and `--set-file a.b=FILE` put single values, in the
 * notation of Helm, which OPA uses. `${NAME}` in the file is the environment's.
 */
import { at } from "../../at.ts";
import { lookUp, nestValue } from "../../documents/merge-data.ts";
import { parseDocument } from "../../documents/texts.ts";
import { messageOf } from "../../thrown.ts";
import { getOwn, setOwn } from "../../value/collections.ts";
import { isArray, isPlainObject, type PlainObject, type Value } from "../../value/value.ts";
import { type CliIo, readText } from "../io.ts";

export interface ConfigSources {
	readonly file: string;
	readonly sets: readonly string[];
	readonly setFiles: readonly string[];
}

/** Throws Error. */
export async function loadConfig(sources: ConfigSources, io: CliIo): Promise<PlainObject> {
	let config: PlainObject = {};
	if (sources.file !== "") {
		const text = readText(io, sources.file).replace(/\$\{([^}]*)\}/g, (_, name: string) => io.env[name] ?? "");
		const v = await parseDocument(text);
		if (v !== null && !isPlainObject(v)) {
			const kind = isArray(v) ? "array" : typeof v === "boolean" ? "bool" : typeof v === "string" ? "string" : "number";
			const why = `json: cannot unmarshal ${kind} into Go value of type map[string]interface {}`;
			throw new Error(`failed to parse ${sources.file}: error unmarshaling JSON: while decoding JSON: ${why}`);
		}
		config = v ?? {};
	}
	for (const set of sources.sets) {
		for (const [path, v] of parsedSets("--set", set)) config = over(config, nested(path, v));
	}
	for (const set of sources.setFiles) {
		for (const [path, file] of parsedSets("--set-file", set)) {
			config = over(config, nested(path, readText(io, String(file)).trim()));
		}
	}
	return config;
}

function parsedSets(flag: string, text: string): ReturnType<typeof parseSets> {
	try {
		return parseSets(text);
	} catch (e) {
		throw new Error(`failed parsing ${flag} data: ${messageOf(e)}`, { cause: e });
	}
}

/** `a.b=1,c=x` as paths and values; commas, dots and equal signs may be escaped, `{a,b}` is a list. */
export function parseSets(text: string): readonly (readonly [readonly string[], Value])[] {
	const out: (readonly [readonly string[], Value])[] = [];
	let i = 0;
	while (i < text.length) {
		const key = upTo(text, i, "=");
		if (key.end >= text.length) throw new Error(`key ${JSON.stringify(text.slice(i))} has no value`);
		i = key.end + 1;
		const path = splitAt(key.raw, ".");
		if (text[i] === "{") {
			const close = text.indexOf("}", i);
			if (close < 0) throw new Error("list must terminate with '}'");
			const inner = text.slice(i + 1, close);
			out.push([path, inner === "" ? [] : splitAt(inner, ",").map(typed)]);
			i = close + 1;
		} else {
			const value = upTo(text, i, ",");
			out.push([path, typed(unescaped(value.raw))]);
			i = value.end;
		}
		if (text[i] === ",") i++;
	}
	return out;
}

function upTo(text: string, start: number, stop: string): { readonly raw: string; readonly end: number } {
	let i = start;
	while (i < text.length && text[i] !== stop) i += text[i] === "\\" ? 2 : 1;
	return { raw: text.slice(start, i), end: Math.min(i, text.length) };
}

function splitAt(raw: string, separator: string): readonly string[] {
	const parts: string[] = [];
	for (let i = 0; i <= raw.length; ) {
		const part = upTo(raw, i, separator);
		parts.push(unescaped(part.raw));
		i = part.end + 1;
		if (part.end >= raw.length) break;
	}
	return parts;
}

function unescaped(raw: string): string {
	return raw.replace(/\\(.)/g, "$1");
}

function typed(text: string): Value {
	if (text === "true") return true;
	if (text === "false") return false;
	if (text === "null") return null;
	if (text === "0" || /^-?[1-9][0-9]{0,14}$/.test(text)) return Number(text);
	return text;
}

/** With `a[0]` as a list. */
function nested(path: readonly string[], v: Value): PlainObject {
	const steps = path.flatMap((part) => {
		const m = /^(.*?)((?:\[[0-9]+\])+)$/.exec(part);
		return m === null ? [part] : [at(m, 1), ...at(m, 2).slice(0, -1).split("]")];
	});
	let out: Value = v;
	for (const step of steps.toReversed()) {
		const index = /^\[([0-9]+)$/.exec(step)?.[1];
		if (index === undefined) out = nestValue([step], out);
		else out = [...Array.from({ length: Math.min(Number(index), 1000) }, () => null), out];
	}
	return isPlainObject(out) ? out : {};
}

/** Both, where the second has the say. */
function over(a: PlainObject, b: PlainObject): PlainObject {
	const out: { [key: string]: Value } = {};
	for (const k of Object.keys(a)) setOwn(out, k, getOwn(a, k) ?? null);
	for (const k of Object.keys(b)) {
		const old = getOwn(out, k);
		const added = getOwn(b, k) ?? null;
		const merged = old !== undefined && isPlainObject(old) && isPlainObject(added) ? over(old, added) : added;
		setOwn(out, k, merged);
	}
	return out;
}

/** A setting, or undefined. Throws Error where it is of another type. */
export function stringAt(config: PlainObject, path: readonly string[]): string | undefined {
	const v = lookUp(config, path) ?? null;
	if (v === null) return undefined;
	if (typeof v !== "string") throw new Error(`config error: ${path.join(".")} must be a string`);
	return v;
}

export function numberAt(config: PlainObject, path: readonly string[]): number | undefined {
	const v = lookUp(config, path) ?? null;
	if (v === null) return undefined;
	if (typeof v !== "number") throw new Error(`config error: ${path.join(".")} must be a number`);
	return v;
}

export function boolAt(config: PlainObject, path: readonly string[]): boolean {
	const v = lookUp(config, path) ?? null;
	if (v === null) return false;
	if (typeof v !== "boolean") throw new Error(`config error: ${path.join(".")} must be a boolean`);
	return v;
}

export function objectAt(config: PlainObject, path: readonly string[]): PlainObject {
	const v = lookUp(config, path) ?? null;
	if (v === null) return {};
	if (!isPlainObject(v)) throw new Error(`config error: ${path.join(".")} must be an object`);
	return v;
}

export function stringsAt(config: PlainObject, path: readonly string[]): readonly string[] {
	const v = lookUp(config, path) ?? null;
	if (v === null) return [];
	const list = isArray(v) ? v.filter((x) => typeof x === "string") : undefined;
	if (list === undefined || (isArray(v) && list.length < v.length)) {
		throw new Error(`config error: ${path.join(".")} must be a list of strings`);
	}
	return list;
}

/** Throws Error where one of these settings is made. */
export function refuseSettings(config: PlainObject, paths: readonly (readonly string[])[]): void {
	for (const path of paths) {
		const v = lookUp(config, path);
		if (v !== undefined && v !== null && v !== false) {
			throw new Error(`config error: ${path.join(".")} is not supported`);
		}
	}
}
