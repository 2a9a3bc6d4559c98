/**
 * Values as a template sees them. OPA hands its variables over as decoded JSON, so a number is Go's
 * json.Number (a kind of string, true even when 0), lists and objects hold `interface {}` elements,
 * and the template's own constants are ints, floats, bools and strings. A Slot is what Go's reflect
 * calls a Value: possibly invalid (a missing key), possibly still wrapped in an interface.
 */
import { plainKeys } from "../../value/collections.ts";
import { numberText } from "../../value/number.ts";
import { toUtf8 } from "../../value/utf8.ts";
import { isNumber, type NumberValue, type PlainObject, type Value } from "../../value/value.ts";
import type { ArgumentKind } from "../fmt.ts";
import { noFlags, noSyntax } from "../fmt.ts";
import { type Flags, formatFloat, formatInt64, formatText } from "../fmt-verbs.ts";

/** Go's int: constants, lengths, indices. */
export class GoInt {
	readonly n: bigint;

	constructor(n: bigint | number) {
		this.n = BigInt(n);
	}
}

/** A byte of a string, from index. */
export class GoByte {
	readonly n: number;

	constructor(n: number) {
		this.n = n;
	}
}

export class GoFloat {
	readonly n: number;

	constructor(n: number) {
		this.n = n;
	}
}

export class GoComplex {
	readonly re: number;
	readonly im: number;

	constructor(re: number, im: number) {
		this.re = re;
		this.im = im;
	}
}

/** A part of a number's text, as `slice` makes it: still a json.Number. */
export class NumberText {
	readonly text: string;

	constructor(text: string) {
		this.text = text;
	}
}

/** null is the nil interface; undefined is no value at all. */
export type Payload =
	| string
	| boolean
	| null
	| undefined
	| NumberValue
	| NumberText
	| GoInt
	| GoByte
	| GoFloat
	| GoComplex
	| readonly Value[]
	| PlainObject;

export interface Slot {
	readonly v: Payload;
	/** Still inside an `interface {}`. */
	readonly wrapped: boolean;
}

export const invalid: Slot = { v: undefined, wrapped: false };
export const nilInterface: Slot = { v: null, wrapped: true };

export function plain(v: Payload): Slot {
	return { v, wrapped: false };
}

/** An element of a list or object. */
export function element(v: Value): Slot {
	// Values here come from JSON text: no sets, string keys only.
	return { v: v as Payload, wrapped: true };
}

/** What is inside the interface; invalid for nil. */
export function unwrap(s: Slot): Slot {
	if (!s.wrapped) return s;
	return s.v === null ? invalid : { v: s.v, wrapped: false };
}

export type Kind = "invalid" | "bool" | "string" | "int" | "uint" | "float" | "complex" | "slice" | "map" | "interface";

/** Go's kind of a slot; json.Number is a string. */
export function kindOf(s: Slot): Kind {
	if (s.wrapped) return "interface";
	return payloadKind(s.v);
}

function payloadKind(v: Payload): Kind {
	if (v === undefined || v === null) return "invalid";
	if (typeof v === "string") return "string";
	if (typeof v === "boolean") return "bool";
	if (v instanceof GoInt) return "int";
	if (v instanceof GoByte) return "uint";
	if (v instanceof GoFloat) return "float";
	if (v instanceof GoComplex) return "complex";
	if (v instanceof NumberText || isNumber(v)) return "string";
	return Array.isArray(v) ? "slice" : "map";
}

/** Go's name of the type. */
export function typeName(s: Slot): string {
	if (s.wrapped) return "interface {}";
	const v = s.v;
	if (v instanceof NumberText || (typeof v === "object" && v !== null && isNumber(v as Value))) return "json.Number";
	switch (payloadKind(v)) {
		case "string":
			return typeof v === "string" ? "string" : "json.Number";
		case "uint":
			return "uint8";
		case "float":
			return "float64";
		case "complex":
			return "complex128";
		case "slice":
			return "[]interface {}";
		case "map":
			return "map[string]interface {}";
		case "invalid":
			return "<nil>";
		default:
			return payloadKind(v);
	}
}

/** The text of a string or json.Number. */
export function stringOf(v: Payload): string {
	if (typeof v === "string") return v;
	return v instanceof NumberText ? v.text : numberText(v as NumberValue);
}

/** Truth in conditions: not the zero value of its type. */
export function isTrue(s: Slot): boolean {
	const { v } = unwrap(s);
	switch (payloadKind(v)) {
		case "invalid":
			return false;
		case "bool":
			return v === true;
		case "string":
			return stringOf(v) !== "";
		case "int":
			return (v as GoInt).n !== 0n;
		case "uint":
			return (v as GoByte).n !== 0;
		case "float":
			return (v as GoFloat).n !== 0;
		case "complex":
			return (v as GoComplex).re !== 0 || (v as GoComplex).im !== 0;
		case "slice":
			return (v as readonly Value[]).length > 0;
		default:
			return plainKeys(v as PlainObject).length > 0;
	}
}

/** Length of what has one, in bytes for strings; undefined for other kinds. */
export function lengthOf(s: Slot): number | undefined {
	const { v } = unwrap(s);
	switch (payloadKind(v)) {
		case "string":
			return toUtf8(stringOf(v)).length;
		case "slice":
			return (v as readonly Value[]).length;
		case "map":
			return plainKeys(v as PlainObject).length;
		default:
			return undefined;
	}
}

// --- printing ------------------------------------------------------------------------------------

/** As fmt.Print shows one value. */
export function printed(v: Payload): string {
	return formatPayload(v, "v", noFlags, noSyntax);
}

type Syntax = { readonly sharp: boolean; readonly plus: boolean };

/** Go's fmt for a payload; lists and objects format their elements under the same verb. */
export function formatPayload(v: Payload, verb: string, flags: Flags, syntax: Syntax): string {
	if (verb === "T") return formatText(typeName(plain(v)), "s", flags, false) as string;
	const kind = payloadKind(v);
	if (kind === "invalid") {
		return verb === "v" ? (formatText("<nil>", "s", flags, false) as string) : `%!${verb}(<nil>)`;
	}
	if (kind === "slice") {
		const items = (v as readonly Value[]).map((x) => formatElement(x as Payload, verb, flags, syntax));
		if (verb === "v" && syntax.sharp) return `[]interface {}{${items.join(", ")}}`;
		return `[${items.join(" ")}]`;
	}
	if (kind === "map") {
		const o = v as PlainObject;
		const goSyntax = verb === "v" && syntax.sharp;
		const entries = plainKeys(o).map(
			(k) => `${formatPayload(k, verb, flags, syntax)}:${formatElement(o[k] as Payload, verb, flags, syntax)}`,
		);
		return goSyntax ? `map[string]interface {}{${entries.join(", ")}}` : `map[${entries.join(" ")}]`;
	}
	const out = formatScalar(v, kind, verb, flags, syntax);
	return out ?? `%!${verb}(${typeName(plain(v))}=${formatPayload(v, "v", flags, { sharp: false, plus: false })})`;
}

/** An element of a list or object: nil is shown alike under every verb. */
function formatElement(v: Payload, verb: string, flags: Flags, syntax: Syntax): string {
	if (v === null) return verb === "v" && syntax.sharp ? "interface {}(nil)" : "<nil>";
	return formatPayload(v, verb, flags, syntax);
}

function formatScalar(v: Payload, kind: Kind, verb: string, flags: Flags, syntax: Syntax): string | undefined {
	switch (kind) {
		case "string":
			return formatText(stringOf(v), verb, flags, verb === "v" && syntax.sharp);
		case "bool":
			return verb === "t" || verb === "v"
				? formatText(String(v), "s", { ...flags, precision: undefined }, false)
				: undefined;
		case "int":
			return formatInt64((v as GoInt).n, verb, flags);
		case "uint":
			if (verb === "v" && syntax.sharp) return formatInt64(BigInt((v as GoByte).n), "x", { ...flags, sharp: true });
			return formatInt64(BigInt((v as GoByte).n), verb, flags);
		case "float":
			return formatFloat((v as GoFloat).n, verb, flags);
		case "complex": {
			const c = v as GoComplex;
			const re = formatFloat(c.re, verb, flags);
			const im = formatFloat(c.im, verb, { ...flags, plus: true });
			return re === undefined || im === undefined ? undefined : `(${re}${im}i)`;
		}
		default:
			return undefined;
	}
}

/** Template values as arguments of printf. */
export const templateArgument: ArgumentKind<Payload> = {
	typeName: (v) => typeName(plain(v)),
	format: formatPayload,
	count: (v) => (v instanceof GoInt ? v.n : v instanceof GoByte ? BigInt(v.n) : undefined),
};

/** fmt.Sprint: spaces between operands where neither is a string. */
export function sprint(values: readonly Payload[]): string {
	let out = "";
	for (const [i, v] of values.entries()) {
		const between = i > 0 && payloadKind(v) !== "string" && payloadKind(values[i - 1]) !== "string";
		out += (between ? " " : "") + printed(v);
	}
	return out;
}

export function sprintln(values: readonly Payload[]): string {
	return `${values.map(printed).join(" ")}\n`;
}
