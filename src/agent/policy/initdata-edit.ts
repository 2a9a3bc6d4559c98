/**
 * Changes entries of an initdata document and nothing else of its text: comments, the order and the spelling of the
 * other entries stay. In: TOML, and the entries to set or to take out. Out: TOML.
 */
import { readInitdata } from "./initdata.ts";
import { tomlKey, tomlString, writeInitdata } from "./initdata-text.ts";

/** `undefined` takes an entry out. */
export type InitdataChanges = ReadonlyMap<string, string | undefined>;

/** Throws PolicyLoadError where the document is none. */
export function editInitdata(toml: string, changes: InitdataChanges): string {
	const { version, algorithm, data } = readInitdata(Buffer.from(toml, "utf8"));
	const wanted = new Map(data);
	for (const [name, text] of changes) {
		if (text === undefined) wanted.delete(name);
		else wanted.set(name, text);
	}
	const edited = inText(toml, changes);
	// What is written in a way that is not understood here is written anew.
	return edited !== undefined && says(edited, wanted) ? edited : writeInitdata({ version, algorithm, data: wanted });
}

function says(toml: string, wanted: ReadonlyMap<string, string>): boolean {
	try {
		const { data } = readInitdata(Buffer.from(toml, "utf8"));
		return data.size === wanted.size && [...wanted].every(([name, text]) => data.get(name) === text);
	} catch {
		return false;
	}
}

interface Entry {
	readonly name: string;
	/** Of the line. */
	readonly start: number;
	readonly value: number;
	/** Of the value. */
	readonly end: number;
}

function inText(toml: string, changes: InitdataChanges): string | undefined {
	const entries = dataEntries(toml);
	if (entries === undefined) return undefined;
	const edits: { start: number; end: number; text: string }[] = [];
	let added = "";
	for (const [name, text] of changes) {
		const entry = entries.list.find((e) => e.name === name);
		if (entry === undefined) added += text === undefined ? "" : `${tomlKey(name)} = ${tomlString(text)}\n`;
		else if (text === undefined) edits.push({ start: entry.start, end: lineEnd(toml, entry.end), text: "" });
		else edits.push({ start: entry.value, end: entry.end, text: tomlString(text) });
	}
	const at = lineEnd(toml, entries.list.at(-1)?.end ?? entries.header);
	if (added !== "") edits.push({ start: at, end: at, text: `${toml[at - 1] === "\n" ? "" : "\n"}${added}` });
	let out = toml;
	// The last first: offsets before it stay right.
	for (const { start, end, text } of edits.toSorted((a, b) => a.start - b.start).reverse())
		out = out.slice(0, start) + text + out.slice(end);
	return out;
}

function lineEnd(text: string, from: number): number {
	const at = text.indexOf("\n", from);
	return at < 0 ? text.length : at + 1;
}

const gap = /(?:[ \t\r\n]|#[^\n]*)*/y;
const header = /\[[ \t]*([^[\]\n]*?)[ \t]*\]/y;
const keyShape = /(?:([A-Za-z0-9_-]+)|"((?:[^"\\\n]|\\.)*)"|'([^'\n]*)')[ \t]*=[ \t]*/y;
const stringShape = /"""(?:[^"\\]|\\[\s\S]|"(?!""))*"{3,5}|'''(?:[^']|'(?!''))*'{3,5}|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'/y;

/** Undefined for what is more than tables of texts. */
function dataEntries(toml: string): { readonly header: number; readonly list: readonly Entry[] } | undefined {
	const list: Entry[] = [];
	let table = "";
	let found = -1;
	let at = 0;
	const take = (pattern: RegExp): RegExpExecArray | null => {
		pattern.lastIndex = at;
		const m = pattern.exec(toml);
		if (m !== null) at = pattern.lastIndex;
		return m;
	};
	for (;;) {
		take(gap);
		if (at >= toml.length) return found < 0 ? undefined : { header: found, list };
		const start = at;
		const head = take(header);
		if (head !== null) {
			table = (head[1] ?? "").replace(/^(["'])(.*)\1$/, "$2");
			if (table === "data") found = at;
			continue;
		}
		const key = take(keyShape);
		const value = at;
		if (key === null || take(stringShape) === null) return undefined;
		// A key with escapes is compared as TOML reads it.
		const name = key[1] ?? key[3] ?? unescaped(key[2] ?? "");
		if (name === undefined) return undefined;
		if (table === "data") list.push({ name, start, value, end: at });
	}
}

function unescaped(text: string): string | undefined {
	if (!text.includes("\\")) return text;
	try {
		const value: unknown = JSON.parse(`"${text}"`);
		return typeof value === "string" ? value : undefined;
	} catch {
		return undefined;
	}
}
