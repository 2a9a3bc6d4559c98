/**
 * Durations such as `1h30m`, `-1.5s` or `2d`: Go's syntax, and since OPA 1.16 days, weeks and years
 * of fixed length (24 h, 7 d, 365 d). Exact nanoseconds out, or the error text Go or OPA gives.
 */

import { at } from "../at.ts";
import { quoteGo } from "../value/term-text.ts";
import { toByteString } from "./byte-string.ts";

const units: ReadonlyMap<string, bigint> = new Map([
	["ns", 1n],
	["us", 1_000n],
	// micro sign and Greek mu, as UTF-8 bytes
	["\u00c2\u00b5s", 1_000n],
	["\u00ce\u00bcs", 1_000n],
	["ms", 1_000_000n],
	["s", 1_000_000_000n],
	["m", 60_000_000_000n],
	["h", 3_600_000_000_000n],
]);

const hoursPer: Readonly<Record<string, number>> = { d: 24, w: 168, y: 8760 };
const max = 1n << 63n;

export type Outcome<T> = { readonly ok: T } | { readonly error: string };

/** Nanoseconds of a duration text. */
export function parseDuration(text: string): Outcome<bigint> {
	const bytes = toByteString(text);
	if (bytes === "") return { error: 'time: invalid duration ""' };
	if (!/[dwy]/.test(bytes)) return parseGoDuration(bytes);
	const rewritten = daysToHours(bytes);
	if (rewritten === undefined) return { error: `time: invalid duration ${quoteGo(text)}` };
	const r = parseGoDuration(rewritten);
	if ("ok" in r) return r;
	return { error: `${r.error.slice(0, r.error.lastIndexOf(" "))} ${quoteGo(text)}` };
}

/** `1d2h` → `24h2h`; undefined where OPA's grammar of extended durations does not match. */
function daysToHours(text: string): string | undefined {
	if (!/^[-+]?(?:[0-9.]+(?:ms|us|\u00c2\u00b5s|ns|[a-z]))+$/.test(text)) return undefined;
	let out = /^[-+]/.test(text) ? text.slice(0, 1) : "";
	for (const [, digits = "", unit = ""] of text.matchAll(/([0-9.]+)(ms|us|\u00c2\u00b5s|ns|[a-z])/g)) {
		const hours = hoursPer[unit];
		if (hours === undefined) {
			out += digits + unit;
			continue;
		}
		if (!/^(?:[0-9]+\.?[0-9]*|\.[0-9]+)$/.test(digits)) return undefined;
		const value = Number(digits);
		if (!Number.isFinite(value)) return undefined;
		out += `${plainDecimal(value * hours)}h`;
	}
	return out;
}

/** The shortest decimal of a double, without an exponent. */
function plainDecimal(n: number): string {
	const text = String(n);
	const m = /^(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text);
	if (m === null) return Number.isFinite(n) ? text : "+Inf";
	const digits = at(m, 1) + (m[2] ?? "");
	const point = Number(m[3]) + 1;
	if (point <= 0) return `0.${"0".repeat(-point)}${digits}`;
	return digits.padEnd(point, "0");
}

/** Go's time.ParseDuration, on a byte string. */
function parseGoDuration(text: string): Outcome<bigint> {
	const invalid = { error: `time: invalid duration ${quoteBytes(text)}` };
	let i = 0;
	const negative = text[0] === "-";
	if (negative || text[0] === "+") i++;
	if (text.slice(i) === "0") return { ok: 0n };
	if (i === text.length) return invalid;
	let total = 0n;
	const number = /([0-9]*)(?:(\.)([0-9]*))?/y;
	const unitName = /[^0-9.]*/y;
	while (i < text.length) {
		number.lastIndex = i;
		const [all, whole, dot, fraction] = number.exec(text) as unknown as [string, string, string?, string?];
		if (all === "") return invalid;
		const significant = whole.replace(/^0+/, "");
		if (significant.length > 19) return invalid;
		const value = BigInt(significant === "" ? 0 : significant);
		if (value > max) return invalid;
		if (whole === "" && (dot === undefined || fraction === "")) return invalid;
		i += all.length;
		unitName.lastIndex = i;
		const name = unitName.exec(text)?.[0] ?? "";
		if (name === "") return { error: `time: missing unit in duration ${quoteBytes(text)}` };
		i += name.length;
		const unit = units.get(name);
		if (unit === undefined) return { error: `time: unknown unit ${quoteBytes(name)} in duration ${quoteBytes(text)}` };
		if (value > max / unit) return invalid;
		let ns = value * unit;
		if (fraction !== undefined && fraction !== "") ns += fractionNs(fraction, unit);
		if (ns > max) return invalid;
		total += ns;
		if (total > max) return invalid;
	}
	if (negative) return { ok: -total };
	return total === max ? invalid : { ok: total };
}

/** As Go: digits past what fits 63 bits are dropped, and the product is a float's. */
function fractionNs(digits: string, unit: bigint): bigint {
	let f = 0n;
	let scale = 1;
	for (const d of digits) {
		if (f > (max - 1n) / 10n) break;
		const next = f * 10n + BigInt(d);
		if (next > max) break;
		f = next;
		scale *= 10;
	}
	return f === 0n ? 0n : BigInt(Math.trunc(Number(f) * (Number(unit) / scale)));
}

/** How Go's time package quotes: every byte outside printable ASCII as `\xNN`. */
export function quoteBytes(bytes: string): string {
	const body = bytes.replace(/["\\]|[^ -\x7f]/g, (c) =>
		c === '"' || c === "\\" ? `\\${c}` : `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`,
	);
	return `"${body}"`;
}

/** Nanoseconds as Go's Duration.String writes them: `1h2m3.5s`, `1.5ms`, `250ns`, `0s`. */
export function durationText(nanoseconds: bigint): string {
	const negative = nanoseconds < 0n;
	const n = negative ? -nanoseconds : nanoseconds;
	if (n === 0n) return "0s";
	const sign = negative ? "-" : "";
	if (n < 1_000n) return `${sign}${n}ns`;
	if (n < 1_000_000n) return `${sign}${fraction(n, 3)}µs`;
	if (n < 1_000_000_000n) return `${sign}${fraction(n, 6)}ms`;
	const minutes = n / 60_000_000_000n;
	const seconds = `${fraction(n % 60_000_000_000n, 9)}s`;
	if (minutes === 0n) return sign + seconds;
	const hours = minutes / 60n;
	return `${sign}${hours === 0n ? "" : `${hours}h`}${minutes % 60n}m${seconds}`;
}

/** A number in units of 10^-digits, without zeros at its end. */
function fraction(n: bigint, digits: number): string {
	const text = n.toString().padStart(digits + 1, "0");
	const part = text.slice(-digits).replace(/0+$/, "");
	return part === "" ? text.slice(0, -digits) : `${text.slice(0, -digits)}.${part}`;
}
