/**
 * Random input and base data: few names, so that paths meet; hostile names; numbers at their edges
 * and in several spellings. A document is kept as JSON text parts, so that spellings survive.
 */
import type { Dice } from "./dice.ts";

/** `number` holds JSON text. */
export type Json = null | boolean | string | { readonly number: string } | readonly Json[] | JsonObject;
export interface JsonObject {
	readonly entries: readonly (readonly [string, Json])[];
}

export const names: readonly string[] = ["a", "b", "c", "n", "l", "o", "s"];
export const hostileNames: readonly string[] = [
	"__proto__",
	"constructor",
	"",
	"0",
	"toString",
	"x y",
	"if",
	"1",
	"hasOwnProperty",
	"é",
	"😀",
];

export const numberTexts: readonly string[] = [
	"0",
	"1",
	"2",
	"3",
	"-1",
	"10",
	"1.0",
	"1e0",
	"0.1",
	"2.5",
	"-0",
	"1e3",
	"1000",
	"9007199254740993",
	"9007199254740992.0",
	"18446744073709551616",
	"-9223372036854775808",
	"9223372036854775807",
	"1e400",
	"1e-400",
	"0.30000000000000004",
	"123456789012345678901234567890",
	"3.14159265358979323846264338327950288",
];

export const stringTexts: readonly string[] = [
	"a",
	"b",
	"c",
	"",
	"abc",
	"A",
	"1",
	"a/b/c",
	"a.b",
	"x y",
	"é",
	"😀",
	"ﬃ\u0301",
	"\u0000",
	"line\nbreak",
	"%d %s",
	"__proto__",
	"true",
	"10MB",
	"1h30m",
	"2021-01-02T03:04:05Z",
	"1.2.3",
	"10.0.0.0/8",
	"10.1.2.3",
	"[a-c]+",
	"^a.*$",
	"a*",
	"**",
	'{"a": [1, 2.0]}',
	"YWJj",
	"ff",
	"0x1F",
	"/a/0",
];

export function randomNumber(d: Dice): string {
	return d.oneIn(3) ? d.pick(numberTexts) : String(d.between(0, 4));
}

export function randomString(d: Dice): string {
	return d.oneIn(3) ? d.pick(stringTexts) : d.pick(names);
}

export function randomName(d: Dice): string {
	return d.oneIn(6) ? d.pick(hostileNames) : d.pick(names);
}

export function randomJson(d: Dice, depth: number): Json {
	const scalar = (): Json =>
		d.choose<Json>([
			[4, () => ({ number: randomNumber(d) })],
			[4, () => randomString(d)],
			[2, () => d.oneIn(2)],
			[1, () => null],
		]);
	if (depth <= 0) return scalar();
	return d.choose<Json>([
		[3, scalar],
		[3, () => d.times(0, 3, () => randomJson(d, depth - 1))],
		[4, () => randomObject(d, depth - 1, 0, 3)],
	]);
}

export function randomObject(d: Dice, depth: number, low: number, high: number): JsonObject {
	const entries = new Map<string, Json>();
	for (const name of d.times(low, high, () => randomName(d))) entries.set(name, randomJson(d, depth));
	return { entries: [...entries] };
}

export function jsonText(j: Json): string {
	if (j === null || typeof j === "boolean") return String(j);
	if (typeof j === "string") return JSON.stringify(j);
	if (isList(j)) return `[${j.map(jsonText).join(",")}]`;
	if ("number" in j) return j.number;
	return `{${j.entries.map(([k, v]) => `${JSON.stringify(k)}:${jsonText(v)}`).join(",")}}`;
}

export function isList(j: Json): j is readonly Json[] {
	return Array.isArray(j);
}

export function isJsonObject(j: Json): j is JsonObject {
	return typeof j === "object" && j !== null && "entries" in j && !isList(j);
}

export function* smallerJson(j: Json, root = false): Generator<Json> {
	if (isList(j)) {
		if (j.length > 0) yield [];
		for (let i = 0; i < j.length; i++) yield j.toSpliced(i, 1);
		for (const [i, x] of j.entries()) for (const y of smallerJson(x)) yield j.with(i, y);
	} else if (isJsonObject(j)) {
		const { entries } = j;
		if (entries.length > 0) yield { entries: [] };
		for (let i = 0; i < entries.length; i++) yield { entries: entries.toSpliced(i, 1) };
		for (const [i, [k, v]] of entries.entries())
			for (const w of smallerJson(v)) yield { entries: entries.with(i, [k, w]) };
	} else if (root) return;
	else if (typeof j === "string" && j !== "a") yield "a";
	else if (typeof j === "object" && j !== null && "number" in j && j.number !== "1") yield { number: "1" };
	if (!root && (isList(j) || isJsonObject(j))) yield { number: "1" };
}

/** Every path into a document with what is there. */
export function* pathsOf(
	j: Json,
	path: readonly (string | number)[] = [],
): Generator<readonly [readonly (string | number)[], Json]> {
	if (path.length > 0) yield [path, j];
	if (isList(j)) for (const [i, x] of j.entries()) yield* pathsOf(x, [...path, i]);
	else if (isJsonObject(j)) for (const [k, x] of j.entries) yield* pathsOf(x, [...path, k]);
}

/** A document written as JSON; for small ones, whose numbers are as JavaScript spells them. */
export function parsedObject(text: string): JsonObject {
	const from = (v: unknown): Json => {
		if (typeof v === "number") return { number: String(v) };
		if (Array.isArray(v)) return v.map(from);
		if (typeof v === "object" && v !== null) return { entries: Object.entries(v).map(([k, x]) => [k, from(x)]) };
		return v as string | boolean | null;
	};
	return from(JSON.parse(text)) as JsonObject;
}
