/**
 * Changes entries of an initdata document and nothing else of its text: comments, the order and the spelling of the
 * other entries stay. In: TOML, and the entries to set or to take out. Out: TOML.
 */

import { readInitdata } from "./initdata.ts";
import { tomlKey, tomlString, writeInitdata } from "./initdata-text.ts";
import { quotedEnd } from "./quoted.ts";

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
	/** Where the line begins. */
	readonly start: number;
	readonly value: number;
	/** Where the value ends. */
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

const header = /\[([^[\]\n]*)\]/y;
const bareKey = /[A-Za-z0-9_-]+/y;
const equals = /[ \t]*=[ \t]*/y;

/** Behind blanks and comments. */
function gapEnd(text: string, start: number): number {
	for (let at = start; ; ) {
		if (text[at] === "#") at = lineEnd(text, at);
		else if (/[ \t\r\n]/.test(text[at] ?? "")) at++;
		else return at;
	}
}

/** Behind a text of any of TOML's four kinds; undefined where there is none, or it is not closed. */
function stringEnd(text: string, start: number): number | undefined {
	const quote = text[start];
	if (quote !== '"' && quote !== "'") return undefined;
	if (text.startsWith(quote.repeat(3), start)) return blockEnd(text, start + 3, quote);
	if (quote === '"') return quotedEnd(text, start);
	const end = text.indexOf("'", start + 1);
	return end < 0 || lineEnd(text, start) <= end ? undefined : end + 1;
}

/** Up to two quotes may stand before the three that close it. */
function blockEnd(text: string, start: number, quote: string): number | undefined {
	const stop = quote === '"' ? /\\|"{3,5}/g : /'{3,5}/g;
	stop.lastIndex = start;
	for (let m = stop.exec(text); m !== null; m = stop.exec(text)) {
		if (m[0] !== "\\") return stop.lastIndex;
		stop.lastIndex++;
	}
	return undefined;
}

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
	/** As TOML reads it. */
	const keyAt = (): string | undefined => {
		const bare = take(bareKey);
		if (bare !== null) return bare[0];
		const start = at;
		const end = stringEnd(toml, start);
		if (end === undefined || toml.startsWith(toml.charAt(start).repeat(3), start)) return undefined;
		at = end;
		const inner = toml.slice(start + 1, end - 1);
		return toml[start] === "'" ? inner : unescaped(inner);
	};
	for (;;) {
		at = gapEnd(toml, at);
		if (at >= toml.length) return found < 0 ? undefined : { header: found, list };
		const start = at;
		const head = take(header);
		if (head !== null) {
			table = (head[1] ?? "").trim().replace(/^(["'])(.*)\1$/, "$2");
			if (table === "data") found = at;
			continue;
		}
		const name = keyAt();
		if (name === undefined || take(equals) === null) return undefined;
		const value = at;
		const end = stringEnd(toml, at);
		if (end === undefined) return undefined;
		at = end;
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
