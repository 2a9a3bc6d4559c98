/** What would make a builtin say yes: candidates, each of which is evaluated before it is offered. */
import { at } from "../at.ts";
import type { EvalContext } from "../eval/context.ts";
import { scan } from "../eval/runtime.ts";
import type { Expression } from "../plan/plan.ts";
import { isArray, type Value } from "../value/value.ts";
import { type Blame, isUnknown, type Operand, type Remedy } from "./blame.ts";
import { comparisonOf, edgeOf } from "./comparisons.ts";
import type { Frame } from "./frame.ts";
import { mirrored } from "./goal.ts";
import { inversions } from "./invert.ts";
import { regexFailure } from "./regex-prefix.ts";
import type { Relaxer } from "./relaxer.ts";
import { isInputPlace, type Place, type Traced } from "./source.ts";

export type Call = Extract<Expression, { op: "builtin" }>;

/** An operand, and what it might be instead. */
type Candidate = readonly [at: number, value: Value];

const typeTests: ReadonlyMap<string, readonly Value[]> = new Map<string, readonly Value[]>([
	["is_null", [null]],
	["is_array", [[]]],
	["is_object", [{}]],
	["is_string", [""]],
	["is_boolean", [false, true]],
	["is_number", [0]],
]);

export function remediesOf(
	r: Relaxer,
	c: EvalContext,
	f: Frame,
	e: Call,
	name: string,
	known: readonly Traced[],
	completion: string | undefined,
): Remedy[] {
	const candidates = [
		...(typeTests.get(name) ?? []).map((v): Candidate => [0, v]),
		...textual(
			name,
			known.map((k) => k.value),
		),
		...(completion === undefined ? [] : [[1, completion] as const]),
	];
	const out: Remedy[] = [];
	for (const [i, value] of candidates) {
		const operand = known[i];
		if (operand === undefined) continue;
		if (isInputPlace(operand.from)) out.push({ op: "replace", place: operand.from, value });
		else out.push(...inversions(r, c, f, at(e.args, i), value));
	}
	return out;
}

function textual(name: string, args: readonly Value[]): readonly Candidate[] {
	const [a, b, d] = args;
	const texts = (v: Value | undefined): readonly string[] =>
		typeof v === "string"
			? [v]
			: v !== undefined && isArray(v)
				? v.filter((x) => typeof x === "string").slice(0, 4)
				: [];
	if (name === "semver.is_valid")
		return texts(a).flatMap((t) => [`${t}.0`, `${t}.0.0`, "0.0.0"].map((v) => [0, v] as const));
	if (name === "glob.match" && typeof a === "string" && typeof d === "string") {
		const delimiters = b !== undefined && isArray(b) ? texts(b) : ["."];
		return [[2, globbed(a, delimiters, d)]];
	}
	if (name === "net.cidr_contains" && typeof a === "string") return [[1, a.split("/", 1)[0] ?? a]];
	if (typeof a !== "string") return [];
	switch (name) {
		case "startswith":
			return texts(b).flatMap(
				(p) =>
					[
						[0, commonStart(a, p)],
						[0, `${p}${a}`],
						[0, p],
						[1, a],
					] as const,
			);
		case "strings.any_prefix_match":
			return texts(b).flatMap(
				(p) =>
					[
						[0, commonStart(a, p)],
						[0, `${p}${a}`],
					] as const,
			);
		case "endswith":
			return texts(b).flatMap(
				(p) =>
					[
						[0, commonEnd(a, p)],
						[0, `${a}${p}`],
						[0, p],
						[1, a],
					] as const,
			);
		case "strings.any_suffix_match":
			return texts(b).flatMap(
				(p) =>
					[
						[0, commonEnd(a, p)],
						[0, `${a}${p}`],
					] as const,
			);
		case "contains":
			return texts(b).flatMap(
				(p) =>
					[
						[0, `${a}${p}`],
						[1, a],
					] as const,
			);
		default:
			return [];
	}
}

/**
 * `text` with `prefix` in place of what is nearly that: the same but for a character, or as many parts, where the prefix
 * ends with what parts them (`registry.local/` and `docker.io/b`).
 */
function commonStart(text: string, prefix: string): string {
	let n = 0;
	while (n < prefix.length && text[n] === prefix[n]) n++;
	const between = prefix.at(-1) ?? "";
	if (2 * n < prefix.length && /[^A-Za-z0-9]/.test(between)) {
		const rest = text.split(between).slice(prefix.split(between).length - 1);
		return `${prefix}${rest.length === 0 ? text : rest.join(between)}`;
	}
	return `${prefix}${text.slice(Math.min(n + 1, text.length))}`;
}

/** `text` with `suffix` in place of what is nearly that. */
function commonEnd(text: string, suffix: string): string {
	let n = 0;
	while (n < suffix.length && text.at(-1 - n) === suffix.at(-1 - n)) n++;
	return `${text.slice(0, Math.max(0, text.length - Math.max(suffix.length, n + 1)))}${suffix}`;
}

/** A text for a pattern: what the pattern says, and where it says anything what was there. */
function globbed(pattern: string, delimiters: readonly string[], text: string): string {
	const [delimiter = ""] = delimiters;
	const pieces = (s: string): readonly string[] => (delimiter === "" ? [s] : s.split(delimiter));
	const was = pieces(text);
	return pieces(pattern)
		.map((p, i) => (p.includes("*") ? (/^\*+$/.test(p) && was[i] ? was[i] : p.replaceAll("*", "")) : p))
		.join(delimiter);
}

/** What something that is not there would have to be. */
export function hintOf(name: string, operands: readonly Operand[]): Blame["hints"] {
	const [first, second] = operands;
	if (first === undefined) return [];
	const from = (o: Operand | undefined) =>
		o !== undefined && isUnknown(o) && o.from?.kind === "place" ? o.from : undefined;
	const value = (o: Operand | undefined): Value | undefined => (o === undefined || isUnknown(o) ? undefined : o.value);
	const place = from(first);
	const how = comparisonOf.get(name);
	if (how !== undefined) {
		const other = from(second);
		const [limit, left] = [value(second), value(first)];
		if (place !== undefined && limit !== undefined) return hinted(place, edgeOf(limit, how));
		if (other !== undefined && left !== undefined) return hinted(other, edgeOf(left, mirrored[how]));
	}
	if (name === "is_null" && place !== undefined) return [{ place, value: null }];
	if (name === "startswith" || name === "contains" || name === "endswith") {
		return place === undefined ? [] : hinted(place, value(second));
	}
	if (name === "regex.match" || name === "re_match" || name.startsWith("regex.find_")) {
		const subject = from(second);
		const pattern = value(first);
		if (subject === undefined || typeof pattern !== "string") return [];
		return hinted(subject, regexFailure("regex.match", [pattern, ""])?.completion());
	}
	if (name === "internal.member_2" && place !== undefined) {
		const list = value(second);
		let found: Value | undefined;
		if (list !== undefined) {
			scan(list, (_, x) => {
				found = x;
				return true;
			});
		}
		return hinted(place, found);
	}
	return [];
}

function hinted(place: Place, value: Value | undefined): Blame["hints"] {
	return value === undefined ? [] : [{ place, value }];
}
