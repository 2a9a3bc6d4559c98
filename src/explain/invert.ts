/**
 * What a place in the input would have to be for an expression to have a given value: for expressions that make
 * texts and numbers of one part of the input and of what is known.
 */
import { at } from "../at.ts";
import type { EvalContext } from "../eval/context.ts";
import { jsonValue } from "../face/json-value.ts";
import type { Expression } from "../plan/plan.ts";
import { add, numberText, subtract } from "../value/number.ts";
import { isArray, isNumber, isPlainObject, type NumberValue, type Value } from "../value/value.ts";
import type { Remedy } from "./blame.ts";
import { edited, valueAt } from "./edit.ts";
import type { Frame } from "./frame.ts";
import { isDefined } from "./goal.ts";
import { makerOf } from "./makers.ts";
import type { Relaxer } from "./relaxer.ts";
import { inputsOf, isInputPlace, isOfInput, type Place, pathOf, step } from "./source.ts";

/** Expressions within expressions that are looked into. */
const deepest = 12;
const longest = 1 << 16;

export function inversions(r: Relaxer, c: EvalContext, f: Frame, e: Expression, wanted: Value): Remedy[] {
	const out: Remedy[] = [];
	invert(r, c, f, e, wanted, out, 0);
	return out;
}

function invert(
	r: Relaxer,
	c: EvalContext,
	f: Frame,
	expression: Expression,
	wanted: Value,
	out: Remedy[],
	depth: number,
): void {
	if (depth > deepest || out.length > 8 || (typeof wanted === "string" && wanted.length > longest)) return;
	const v = r.exact(c, f, expression);
	if (v !== undefined && !isOfInput(v.from)) return;
	if (v !== undefined && isInputPlace(v.from)) {
		// At the top the place itself is offered already.
		if (depth > 0) out.push({ op: "replace", place: v.from, value: wanted });
		return;
	}
	const unpacked = expression.op === "local" ? f.unpacked?.get(expression.local) : undefined;
	if (unpacked !== undefined) {
		const { of, index } = unpacked;
		const list = r.exact(of.c, of.f, of.e)?.value;
		if (list !== undefined && isArray(list) && index < list.length)
			invert(r, of.c, of.f, of.e, list.with(index, wanted), out, depth + 1);
		return;
	}
	const made = makerOf(c, f, expression);
	const { e } = made;
	if (v === undefined && e.op === "dot") {
		const { value } = r.blame(made.c, made.f, e, isDefined, Number.POSITIVE_INFINITY);
		if (isInputPlace(value?.from)) out.push({ op: "add", place: value.from, value: wanted });
		return;
	}
	const go = (x: Expression, value: Value | undefined): void => {
		if (value !== undefined) invert(r, made.c, made.f, x, value, out, depth + 1);
	};
	const value = (x: Expression | undefined): Value | undefined =>
		x === undefined ? undefined : r.exact(made.c, made.f, x)?.value;
	if (e.op === "dot") {
		const of = makerOf(made.c, made.f, e.value);
		const key = value(e.key);
		const whole = r.exact(of.c, of.f, of.e)?.value;
		if (of.e.op === "array" && typeof key === "number") {
			const item = of.e.items[key];
			if (item !== undefined) invert(r, of.c, of.f, item, wanted, out, depth + 1);
		} else if (whole !== undefined && isArray(whole) && typeof key === "number" && whole[key] !== undefined) {
			invert(r, of.c, of.f, of.e, whole.with(key, wanted), out, depth + 1);
		} else if (whole !== undefined && isPlainObject(whole) && typeof key === "string" && of.e.op === "builtin") {
			const other = edited(whole, { op: "add", path: [key], value: wanted });
			if (other !== undefined) invert(r, of.c, of.f, of.e, other, out, depth + 1);
		}
		return;
	}
	if (e.op === "array" && isArray(wanted) && wanted.length === e.items.length) {
		for (const [i, item] of e.items.entries()) go(item, wanted[i]);
		return;
	}
	if (e.op !== "builtin") return;
	const { name } = r.p.builtin(e.builtin);
	const args = e.args.map(value);
	const operand = (i: number): Expression => at(e.args, i);
	const [a, b, d] = args;
	switch (name) {
		case "replace":
			if (typeof a !== "string" || typeof b !== "string" || typeof d !== "string" || typeof wanted !== "string") return;
			for (const x of replaced(a, b, d, wanted)) go(operand(0), x);
			go(operand(2), filled(a.split(b), wanted));
			return;
		case "concat": {
			if (typeof a !== "string" || typeof wanted !== "string") return;
			const list = makerOf(made.c, made.f, operand(1));
			if (list.e.op !== "array") {
				go(operand(1), wanted.split(a));
				return;
			}
			const texts = list.e.items.map((i) => r.exact(list.c, list.f, i)?.value);
			for (const [i, item] of list.e.items.entries()) {
				const head = [...texts.slice(0, i).map(text), ...(i > 0 ? [""] : [])].join(a);
				const tail = [...(i < texts.length - 1 ? [""] : []), ...texts.slice(i + 1).map(text)].join(a);
				const x = between(wanted, head, tail);
				if (x !== undefined) invert(r, list.c, list.f, item, x, out, depth + 1);
			}
			return;
		}
		case "sprintf": {
			if (typeof a !== "string" || typeof wanted !== "string") return;
			const list = makerOf(made.c, made.f, operand(1));
			if (list.e.op !== "array") return;
			const pieces = a.split(/%[sdv]/);
			const texts = list.e.items.map((i) => r.exact(list.c, list.f, i)?.value);
			if (pieces.length !== texts.length + 1 || pieces.some((p) => p.includes("%"))) return;
			for (const [i, item] of list.e.items.entries()) {
				const head = texts
					.slice(0, i)
					.reduce<string>((sum, t, k) => sum + text(t) + (pieces[k + 1] ?? ""), pieces[0] ?? "");
				const tail = texts
					.slice(i + 1)
					.reduce<string>((sum, t, k) => sum + text(t) + (pieces[i + k + 2] ?? ""), pieces[i + 1] ?? "");
				const x = between(wanted, head, tail);
				if (x === undefined) continue;
				const was = texts[i];
				invert(
					r,
					list.c,
					list.f,
					item,
					was !== undefined && isNumber(was) && /^-?\d{1,15}$/.test(x) ? Number(x) : x,
					out,
					depth + 1,
				);
			}
			return;
		}
		case "split":
			if (typeof b === "string" && isArray(wanted) && wanted.every((x) => typeof x === "string"))
				go(operand(0), wanted.join(b));
			return;
		case "trim_prefix":
			if (typeof a === "string" && typeof b === "string" && typeof wanted === "string") {
				go(operand(0), a.startsWith(b) ? `${b}${wanted}` : wanted);
				if (!a.startsWith(b)) go(operand(0), `${b}${wanted}`);
			}
			return;
		case "trim_suffix":
			if (typeof a === "string" && typeof b === "string" && typeof wanted === "string") {
				go(operand(0), a.endsWith(b) ? `${wanted}${b}` : wanted);
			}
			return;
		case "trim":
		case "trim_left":
		case "trim_right":
		case "trim_space":
		case "lower":
		case "upper":
			go(operand(0), wanted);
			return;
		case "base64.decode":
			if (typeof wanted === "string") go(operand(0), base64(wanted));
			return;
		case "to_number":
			if (isNumber(wanted)) go(operand(0), String(wanted));
			return;
		case "format_int":
			if (typeof wanted === "string" && /^-?\d{1,15}$/.test(wanted)) go(operand(0), Number(wanted));
			return;
		case "plus":
			if (a === undefined || b === undefined || !isNumber(a) || !isNumber(b) || !isNumber(wanted)) return;
			go(operand(0), subtract(wanted, b));
			go(operand(1), subtract(wanted, a));
			return;
		case "minus":
			if (a === undefined || b === undefined || !isNumber(a) || !isNumber(b) || !isNumber(wanted)) return;
			go(operand(0), add(wanted, b));
			return;
		case "bits.and":
		case "bits.or":
		case "bits.xor":
			for (const [i, other] of [b, a].entries()) go(operand(i), bitwise(name, args[i] ?? 0, other, wanted));
			return;
		case "bits.negate":
			go(
				operand(0),
				integer(wanted, (w) => ~w),
			);
			return;
		case "json.unmarshal":
			go(operand(0), JSON.stringify(jsonValue(wanted)));
			return;
		case "units.parse":
		case "units.parse_bytes":
			if (isNumber(wanted)) go(operand(0), numberText(wanted));
			return;
		case "semver.compare":
			// What is the same as the other is neither before nor after it.
			if (typeof b === "string") go(operand(0), b);
			if (typeof a === "string") go(operand(1), a);
			return;
		case "time.parse_rfc3339_ns":
			if (isNumber(wanted)) go(operand(0), timestamp(numberText(wanted)));
			return;
		case "mul":
			if (a === undefined || b === undefined || !isNumber(a) || !isNumber(b) || !isNumber(wanted)) return;
			go(operand(0), quotient(wanted, b));
			go(operand(1), quotient(wanted, a));
			return;
		case "sum": {
			const total = v?.value;
			const list = r.exact(made.c, made.f, operand(0));
			if (list === undefined || total === undefined || !isNumber(total) || !isNumber(wanted)) return;
			if (!isInputPlace(list.from)) {
				out.push(...addends(c.input, inputsOf(list.from), subtract(wanted, total)));
				return;
			}
			if (!isArray(list.value)) return;
			const end = step(list.from, "-");
			if (end.kind === "place") out.push({ op: "add", place: end, value: subtract(wanted, total) });
			return;
		}
		default:
	}
}

/** Numbers of the input, one of which makes up a difference: the largest first. */
function addends(input: Value | undefined, places: readonly Place[], difference: NumberValue): readonly Remedy[] {
	const numbers = places.slice(0, 64).flatMap((place) => {
		const value = valueAt(input, pathOf(place));
		return value !== undefined && isNumber(value) ? [{ place, value, size: Number(numberText(value)) }] : [];
	});
	return numbers
		.sort((a, b) => b.size - a.size)
		.slice(0, 4)
		.map(({ place, value }): Remedy => ({ op: "replace", place, value: add(value, difference) }));
}

/** The operand nearest to what it is with which two are as wanted. */
function bitwise(
	name: "bits.and" | "bits.or" | "bits.xor",
	now: Value | undefined,
	other: Value | undefined,
	wanted: Value,
): Value | undefined {
	return integer(wanted, (w) =>
		integer(other, (o) => {
			if (name === "bits.xor") return w ^ o;
			return integer(now, (n) => (name === "bits.and" ? (n & ~o) | w : (n & w) | (w & ~o)));
		}),
	);
}

/** What is made of a whole number that a double holds. */
function integer<T extends Value | bigint>(v: Value | undefined, f: (n: bigint) => T | undefined): number | undefined {
	if (typeof v !== "number" || !Number.isSafeInteger(v)) return undefined;
	const made = f(BigInt(v));
	const n = typeof made === "bigint" ? Number(made) : made;
	return typeof n === "number" && Number.isSafeInteger(n) ? n : undefined;
}

/** The whole number that comes nearest to a quotient without passing it. */
function quotient(a: NumberValue, b: NumberValue): number | undefined {
	const q = Number(numberText(a)) / Number(numberText(b));
	return Number.isFinite(q) ? Math.trunc(q) : undefined;
}

/** Nanoseconds since 1970 as RFC 3339. */
function timestamp(nanoseconds: string): string | undefined {
	if (!/^\d{1,18}$|^1\d{18}$|^[2-8]\d{18}$/.test(nanoseconds)) return undefined;
	const all = BigInt(nanoseconds);
	const seconds = new Date(Number(all / 1_000_000_000n) * 1000).toISOString().slice(0, 19);
	const rest = (all % 1_000_000_000n).toString().padStart(9, "0").replace(/0+$/, "");
	return `${seconds}${rest === "" ? "" : `.${rest}`}Z`;
}

function text(v: Value | undefined): string {
	return v === undefined ? "" : typeof v === "string" ? v : String(v);
}

/** What stands between two texts; undefined where they are not at both ends. */
function between(whole: string, head: string, tail: string): string | undefined {
	if (whole.length < head.length + tail.length || !whole.startsWith(head) || !whole.endsWith(tail)) return undefined;
	return whole.slice(head.length, whole.length - tail.length);
}

/** The text of which `replace(text, old, new)` gives what is wanted. */
function replaced(now: string, old: string, by: string, wanted: string): readonly string[] {
	if (old === "") return [];
	const i = now.indexOf(old);
	if (by !== "") return i < 0 ? [wanted, wanted.replaceAll(by, old)] : [wanted.replaceAll(by, old), wanted];
	// What is taken out is put back where it was.
	if (i < 0) return [wanted, `${old}${wanted}`];
	return i <= wanted.length ? [`${wanted.slice(0, i)}${old}${wanted.slice(i)}`] : [`${old}${wanted}`];
}

/** What fills the gaps between pieces to make a text: the same in each of them. */
function filled(pieces: readonly string[], wanted: string): string | undefined {
	if (pieces.length < 2) return undefined;
	const fixed = pieces.reduce((sum, p) => sum + p.length, 0);
	const length = (wanted.length - fixed) / (pieces.length - 1);
	const head = pieces[0] ?? "";
	if (length < 0 || !Number.isInteger(length) || !wanted.startsWith(head)) return undefined;
	const x = wanted.slice(head.length, head.length + length);
	return pieces.join(x) === wanted ? x : undefined;
}

function base64(s: string): string {
	const bytes = new TextEncoder().encode(s);
	let binary = "";
	for (const byte of bytes) binary += String.fromCharCode(byte);
	return btoa(binary);
}

/** Of two calls of one builtin: what the other is given may be given to this one. */
export function asGiven(r: Relaxer, c: EvalContext, f: Frame, e: Expression, other: Expression): Remedy[] {
	const a = makerOf(c, f, e);
	const b = makerOf(c, f, other);
	if (a.e.op !== "builtin" || b.e.op !== "builtin" || a.e.builtin !== b.e.builtin) return [];
	const out: Remedy[] = [];
	for (const [i, x] of a.e.args.entries()) {
		const [was, by] = [r.exact(a.c, a.f, x), r.exact(b.c, b.f, at(b.e.args, i))];
		if (was === undefined || by === undefined || !isInputPlace(was.from)) continue;
		out.push({ op: "replace", place: was.from, value: by.value });
	}
	return out;
}
