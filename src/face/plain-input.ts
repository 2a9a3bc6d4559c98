/**
 * Inputs and base data are what JSON.parse gives, used as they are. What JavaScript has besides (a Map, a
 * Date, NaN, an instance of a class, a function, an object within itself) would be read as something
 * that it is not: a Map as an empty object, a method as a true condition. It is refused by its path.
 */
import { RegoObject, RegoSet } from "../value/collections.ts";
import { isForeign } from "../value/foreign.ts";
import { RegoNumber } from "../value/number.ts";

/** How inputs are taken. */
export type InputMode =
	/** As they are, looked through at every call. */
	| "checked"
	/** Through their `toJSON` methods, as JSON.stringify does: a copy at every call. */
	| "toJSON"
	/** As they are: whoever calls knows that they come from JSON. */
	| "trusted";

/** Throws TypeError for the first thing in a value that JSON has not; `name` is what the value is called. */
export function checkPlain(v: unknown, name: string): void {
	if (v !== undefined && !isPlain(v, 0)) explain(v, name);
}

/** Deeper values are looked through without recursion. */
const maxDepth = 200;

/** Whether all of it is plain, as far as that can be told quickly. */
function isPlain(v: unknown, depth: number): boolean {
	switch (typeof v) {
		case "string":
		case "boolean":
		case "bigint":
			return true;
		case "number":
			return v - v === 0;
		case "object":
			break;
		default:
			return false;
	}
	if (v === null) return true;
	if (depth > maxDepth) return false;
	if (Array.isArray(v)) {
		for (let i = 0; i < v.length; i++) if (!isPlain(v[i], depth + 1)) return false;
		return true;
	}
	if (isForeign(v)) return false;
	// Own properties only: a plain object inherits none that can be listed.
	for (const k in v) {
		const x = (v as { readonly [key: string]: unknown })[k];
		if (typeof x !== "string" && x !== undefined && !isPlain(x, depth + 1)) return false;
	}
	return true;
}

type Step = string | number;

/** Looks for what isPlain did not like. Values that are only deep are fine. */
function explain(root: unknown, name: string): void {
	interface Open {
		readonly value: object;
		readonly entries: Iterator<readonly [Step, unknown]>;
	}
	const path: Step[] = [];
	const open: Open[] = [];
	const around = new Set<object>();
	const enter = (v: unknown): void => {
		const wrong = wrongness(v, path[path.length - 1]);
		if (wrong !== undefined) throw notPlain(name, path, wrong);
		if (typeof v !== "object" || v === null || v instanceof RegoNumber) {
			path.pop();
			return;
		}
		if (around.has(v)) throw notPlain(name, path, "contains itself");
		around.add(v);
		open.push({ value: v, entries: entriesOf(v) });
	};
	enter(root);
	for (let at = open.at(-1); at !== undefined; at = open.at(-1)) {
		const next = at.entries.next();
		if (next.done === true) {
			open.pop();
			around.delete(at.value);
			path.pop();
			continue;
		}
		const [step, value] = next.value;
		if (value === undefined && typeof step === "string") continue;
		path.push(step);
		enter(value);
	}
}

function* entriesOf(v: object): Generator<readonly [Step, unknown]> {
	if (Array.isArray(v)) for (let i = 0; i < v.length; i++) yield [i, v[i]];
	else if (v instanceof RegoSet) for (const m of v.unordered()) yield [0, m];
	else if (v instanceof RegoObject) for (const [k, x] of v.unordered()) yield [String(k), x];
	else for (const k of Object.keys(v)) yield [k, (v as { readonly [key: string]: unknown })[k]];
}

/** What is wrong with a value, without what is in it. */
function wrongness(v: unknown, step: Step | undefined): string | undefined {
	switch (typeof v) {
		case "string":
		case "boolean":
		case "bigint":
			return undefined;
		case "number":
			return Number.isFinite(v) ? undefined : `is ${v}`;
		case "undefined":
			return typeof step === "number" ? "is undefined" : undefined;
		case "object":
			return v === null || !isForeign(v) ? undefined : `is ${kindOf(v)}`;
		default:
			return `is a ${typeof v}`;
	}
}

/** `a Map`, `an instance of User`, `a Promise, which has to be awaited first`. */
export function kindOf(v: unknown): string {
	if (typeof v !== "object" || v === null) return `a ${typeof v}`;
	const name: unknown = Object.getPrototypeOf(v)?.constructor?.name;
	if (typeof (v as { then?: unknown }).then === "function") return "a Promise, which has to be awaited first";
	if (typeof name !== "string" || name === "" || name === "Object") return "an object with a prototype of its own";
	const builtIn = typeof (globalThis as { readonly [name: string]: unknown })[name] === "function";
	if (!builtIn) return `an instance of ${name}`;
	return `${/^[AEIO]/.test(name) ? "an" : "a"} ${name}`;
}

const orToJson = 'compile with inputs: "toJSON"';

const advice: readonly (readonly [RegExp, string])[] = [
	[/is an? (?:Map|Headers|URLSearchParams|FormData)$/, "use Object.fromEntries(it)"],
	[/is a Set$/, "use [...set]"],
	[/is a Date$/, "use date.toISOString(), or date.getTime() * 1e6 for nanoseconds"],
	[/is a URL$/, `use url.href, or ${orToJson}`],
	[/is a(?: Buffer|n? \w+Array|n ArrayBuffer)$/, 'use a text such as buffer.toString("base64"), or [...bytes]'],
	[/is a RegExp$/, "use regexp.source"],
	[/is an? \w*Error$/, "use error.message"],
	[/^toJSON is a function$/, `call it, or ${orToJson}`],
	[/is an? (?:instance|object with)/, `use a plain object such as { ...it }, or ${orToJson}`],
];

function notPlain(name: string, path: readonly Step[], wrong: string): TypeError {
	const steps = path.map((s) =>
		typeof s === "string" && /^[A-Za-z_$][\w$]*$/.test(s) ? `.${s}` : `[${JSON.stringify(s)}]`,
	);
	const shown = steps.length > 40 ? [...steps.slice(0, 40), "…"] : steps;
	const about = path.at(-1) === "toJSON" ? `toJSON ${wrong}` : wrong;
	const better = advice.find(([r]) => r.test(about))?.[1];
	return new TypeError(
		`${name}${shown.join("")} ${wrong}; policies read what JSON has${better === undefined ? "" : `: ${better}`}`,
	);
}

/** A copy in which every value with a `toJSON` method is what that returns, as JSON.stringify sees it. */
export function throughToJson(root: unknown, name: string): unknown {
	const convert = (value: unknown, key: string, around: readonly object[]): unknown => {
		let v = value;
		if (typeof v === "object" && v !== null && !isOurs(v)) {
			const { toJSON } = v as { readonly toJSON?: unknown };
			if (typeof toJSON === "function") v = (toJSON as (key: string) => unknown).call(v, key);
		}
		if (typeof v !== "object" || v === null || isOurs(v)) return v;
		// The check that follows says where.
		if (around.includes(v) || around.length > 10_000) return value;
		const inner = [...around, v];
		if (Array.isArray(v)) return v.map((x, i) => convert(x, String(i), inner));
		if (isForeign(v)) return v;
		const out: { [key: string]: unknown } = {};
		for (const [k, x] of Object.entries(v)) {
			const made = convert(x, k, inner);
			if (k === "__proto__")
				Object.defineProperty(out, k, { value: made, enumerable: true, configurable: true, writable: true });
			else out[k] = made;
		}
		return out;
	};
	const made = convert(root, "", []);
	checkPlain(made, name);
	return made;
}

function isOurs(v: object): boolean {
	return v instanceof RegoSet || v instanceof RegoObject || v instanceof RegoNumber;
}
