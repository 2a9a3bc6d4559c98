/**
 * How Go's fmt renders one argument under a verb and its flags: strings, 64-bit and big integers,
 * doubles. Each returns undefined for a verb that the type does not have.
 */

import { codePoint } from "../at.ts";
import { codePointLength, hasSurrogates } from "../value/code-points.ts";
import { isPrintable, quoteCodePoint, quoteGo } from "../value/term-text.ts";
import { isWellFormed, toUtf8 } from "../value/utf8.ts";
import { floatText } from "./float-text.ts";

export interface Flags {
	readonly sharp: boolean;
	readonly zero: boolean;
	readonly plus: boolean;
	readonly minus: boolean;
	readonly space: boolean;
	readonly width: number | undefined;
	readonly precision: number | undefined;
}

/** Fills text up to the width; with zeros where the flags say so and they go to the left. */
export function pad(text: string, flags: Flags, zeros: boolean = flags.zero): string {
	const missing = (flags.width ?? 0) - codePointLength(text);
	if (missing <= 0) return text;
	if (flags.minus) return text + " ".repeat(missing);
	return (zeros ? "0" : " ").repeat(missing) + text;
}

/** `goSyntax` is `%#v`: quoted. */
export function formatText(s: string, verb: string, flags: Flags, goSyntax: boolean): string | undefined {
	switch (verb) {
		case "v":
			return goSyntax ? formatQuoted(s, { ...flags, sharp: false, plus: false }) : pad(truncate(s, flags), flags);
		case "s":
			return pad(truncate(s, flags), flags);
		case "q":
			return formatQuoted(s, flags);
		case "x":
			return formatHex(s, "0x", flags);
		case "X":
			return formatHex(s, "0X", flags);
		default:
			return undefined;
	}
}

function truncate(s: string, flags: Flags): string {
	if (flags.precision === undefined) return s;
	if (!hasSurrogates(s)) return s.slice(0, flags.precision);
	return [...s].slice(0, flags.precision).join("");
}

function formatQuoted(text: string, flags: Flags): string {
	const s = truncate(text, flags);
	// A raw string cannot hold control characters but the tab, back quotes, or what is not text.
	const raw = flags.sharp && isWellFormed(s) && !/[\0-\x08\x0a-\x1f`\x7f\ufeff]/.test(s);
	return pad(raw ? `\`${s}\`` : quoteGo(s, flags.plus), flags);
}

function formatHex(s: string, prefix: string, flags: Flags): string {
	let bytes = toUtf8(s);
	if (flags.precision !== undefined) bytes = bytes.subarray(0, flags.precision);
	if (bytes.length === 0) return pad("", { ...flags, minus: flags.minus });
	const digits: string[] = [];
	for (const b of bytes) digits.push(b.toString(16).padStart(2, "0"));
	const each = flags.space && flags.sharp ? ` ${prefix}` : flags.space ? " " : "";
	const text = digits.join(prefix === "0X" ? each.toLowerCase() : each);
	const cased = prefix === "0X" ? text.toUpperCase() : text;
	return pad(flags.sharp ? prefix + cased : cased, flags);
}

const bases: { readonly [verb: string]: 2 | 8 | 10 | 16 } = { v: 10, d: 10, b: 2, o: 8, O: 8, x: 16, X: 16 };

/** Also takes unsigned 64-bit values. */
export function formatInt64(i: bigint, verb: string, flags: Flags): string | undefined {
	switch (verb) {
		case "c":
			return pad(character(i), flags);
		case "q":
			return formatQuotedCharacter(i, flags);
		case "U":
			return formatUnicode(i, flags);
		default:
	}
	const base = Object.hasOwn(bases, verb) ? bases[verb] : undefined;
	if (base === undefined) return undefined;
	const negative = i < 0n;
	let width = 0;
	if (flags.precision !== undefined) {
		width = flags.precision;
		if (width === 0 && i === 0n) return (flags.minus ? " " : " ").repeat(flags.width ?? 0);
	} else if (flags.zero && !flags.minus && flags.width !== undefined) {
		width = flags.width - (negative || flags.plus || flags.space ? 1 : 0);
	}
	let digits = (negative ? -i : i).toString(base).padStart(width, "0");
	if (verb === "X") digits = digits.toUpperCase();
	if (flags.sharp && base !== 10) {
		if (base === 2) digits = `0b${digits}`;
		else if (base === 16) digits = `${verb === "X" ? "0X" : "0x"}${digits}`;
		else if (!digits.startsWith("0")) digits = `0${digits}`;
	}
	if (verb === "O") digits = `0o${digits}`;
	return pad(sign(negative, flags) + digits, flags, false);
}

function sign(negative: boolean, flags: Flags): string {
	return negative ? "-" : flags.plus ? "+" : flags.space ? " " : "";
}

/** The character of a code point; U+FFFD for what is none. */
function character(i: bigint): string {
	const cp = i >= 0n && i <= 0x10ffffn ? Number(i) : 0xfffd;
	return String.fromCodePoint(cp >= 0xd800 && cp <= 0xdfff ? 0xfffd : cp);
}

function formatQuotedCharacter(i: bigint, flags: Flags): string {
	const c = character(i);
	const cp = codePoint(c);
	let body: string;
	if (c === "'") body = "\\'";
	else if (c === '"') body = c;
	else if (c === "\\" || (cp >= 7 && cp <= 13)) body = quoteGo(c, true).slice(1, -1);
	else body = quoteCodePoint(cp, flags.plus);
	return pad(`'${body}'`, flags);
}

function formatUnicode(i: bigint, flags: Flags): string {
	const digits = BigInt.asUintN(64, i)
		.toString(16)
		.toUpperCase()
		.padStart(Math.max(4, flags.precision ?? 0), "0");
	const cp = i >= 0n && i <= 0x10ffffn ? Number(i) : -1;
	const shown = flags.sharp && cp >= 0 && isPrintable(cp) ? ` '${String.fromCodePoint(cp)}'` : "";
	return pad(`U+${digits}${shown}`, flags, false);
}

/** big.Int's own formatter: never undefined, an unknown verb is spelled out by it. */
export function formatBigInt(i: bigint, verb: string, flags: Flags): string {
	const base = verb === "s" ? 10 : Object.hasOwn(bases, verb) ? (bases[verb] as number) : undefined;
	if (base === undefined) return `%!${verb}(big.Int=${i})`;
	const negative = i < 0n;
	let digits = (negative ? -i : i).toString(base);
	if (verb === "X") digits = digits.toUpperCase();
	const prefixes: { readonly [verb: string]: string } = { b: "0b", o: "0", x: "0x", X: "0X" };
	const prefix = verb === "O" ? "0o" : flags.sharp ? (prefixes[verb] ?? "") : "";
	digits = digits.padStart(flags.precision ?? 0, "0");
	const lead = sign(negative, flags) + prefix;
	const missing = Math.max(0, (flags.width ?? 0) - lead.length - digits.length);
	if (flags.minus) return lead + digits + " ".repeat(missing);
	if (flags.zero && flags.precision === undefined) return lead + "0".repeat(missing) + digits;
	return " ".repeat(missing) + lead + digits;
}

export function formatFloat(v: number, verb: string, flags: Flags): string | undefined {
	if (!"vbgGxXfFeE".includes(verb)) return undefined;
	const fixed = "fFeE".includes(verb);
	const precision = flags.precision ?? (fixed ? 6 : -1);
	const format = verb === "v" ? "g" : verb === "F" ? "f" : verb;
	let text = floatText(Math.abs(v), format, precision);
	const negative = v < 0 || Object.is(v, -0);
	if (flags.sharp && verb !== "b") text = keepPoint(text, verb, precision);
	const lead = sign(negative, flags);
	const missing = (flags.width ?? 0) - lead.length - text.length;
	if (lead !== "" && flags.zero && !flags.minus && missing > 0) {
		// A space asked for counts as a sign only through the plus flag or a minus.
		return lead + "0".repeat(missing) + text;
	}
	return pad(lead + text, flags);
}

/** The sharp flag: always a decimal point, and for %g the trailing zeros. */
function keepPoint(text: string, verb: string, precision: number): string {
	const hex = verb === "x" || verb === "X";
	const e = text.search(hex ? /[pP]/ : /[eE]/);
	let number = e < 0 ? text : text.slice(0, e);
	const tail = e < 0 ? "" : text.slice(e);
	let digits = 0;
	if (verb === "v" || verb === "g" || verb === "G" || verb === "x") digits = precision === -1 ? 6 : precision;
	let significant = false;
	for (const c of number) {
		if (c === ".") continue;
		if (c !== "0") significant = true;
		if (significant) digits--;
	}
	if (!number.includes(".")) {
		if (number === "0") digits--;
		number += ".";
	}
	return number + "0".repeat(Math.max(0, digits)) + tail;
}
