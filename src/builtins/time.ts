/**
 * time.*: instants are integers of nanoseconds since the epoch, within int64, exact throughout.
 * Parsing and printing follow Go's layouts (go/time-layout.ts), zones come from Intl (go/time-zone.ts).
 * Zone abbreviations in parsed texts are read as Go reads them on a machine set to UTC.
 */

import { got } from "../at.ts";
import { fromByteString, toByteString } from "../go/byte-string.ts";
import { type Outcome, parseDuration } from "../go/duration.ts";
import {
	civilFromDays,
	daysFromCivil,
	formatTime,
	type Instant,
	namedLayouts,
	parseTime,
	weekdayName,
} from "../go/time-layout.ts";
import { findZone, utc, type Zone } from "../go/time-zone.ts";
import { toFloat } from "../value/decimal.ts";
import { decimalOf, fromBigInt } from "../value/number.ts";
import { isNumber, type NumberValue, type Value } from "../value/value.ts";
import { type Builtin, define, ofModule, operandTypeError, type PureContext, t } from "./define.ts";
import { toInt64 } from "./failure.ts";

const minNs = -(1n << 63n);
const maxNs = (1n << 63n) - 1n;
const billion = 1_000_000_000n;

const zoned = t.union(t.number, t.tuple([t.number, t.string]));
const zonedDoc = "nanoseconds since the epoch, or `[nanoseconds, zone]`; the zone is UTC when absent";

interface ZonedTime extends Instant {
	readonly zone: Zone;
	readonly layout: string;
}

/** A problem with an operand, told apart by OPA's error code. */
type Problem = { readonly typeError: string } | { readonly error: string };

/** `ns`, `[ns]`, `[ns, zone]` or `[ns, zone, layout]`. */
function readTime(v: Value): ZonedTime | Problem {
	if (isNumber(v)) return readInstant(v, utc, "");
	if (!Array.isArray(v) || v.length === 0) {
		return { typeError: operandTypeError(1, v, ["either number (ns) or [number (ns), string (tz)]"]) };
	}
	const [ns, zoneName, layout] = v;
	if (!isNumber(ns as Value)) return { typeError: operandTypeError(1, ns as Value, ["number"]) };
	let zone = utc;
	if (zoneName !== undefined) {
		if (typeof zoneName !== "string") return { typeError: operandTypeError(1, zoneName, ["string"]) };
		if (/^[/\\]|\.\./.test(zoneName)) return { error: "time: invalid location name" };
		// Go takes the name for that of a file.
		if (zoneName.includes("\0")) return { error: "invalid argument" };
		const found = findZone(zoneName);
		if (found === undefined) return { error: `unknown time zone ${zoneName}` };
		zone = found;
	}
	if (layout !== undefined && typeof layout !== "string") {
		return { typeError: operandTypeError(1, layout, ["string"]) };
	}
	return readInstant(ns as NumberValue, zone, layout ?? "");
}

function readInstant(n: NumberValue, zone: Zone, layout: string): ZonedTime | Problem {
	const ns = int64Of(n);
	if (ns === undefined) return { error: "timestamp too big" };
	return { ...instantOf(ns), zone, layout };
}

/** The integer a number denotes after OPA's rounding to 64 significant bits, if it is an int64. */
function int64Of(n: NumberValue): bigint | undefined {
	let ns: bigint;
	if (typeof n === "number" && Number.isSafeInteger(n)) ns = BigInt(n);
	else if (typeof n === "bigint" && n >= minNs && n <= maxNs) ns = n;
	else {
		const d = decimalOf(n);
		if (d.exp > 40 || d.exp < -20_000) return undefined;
		const f = toFloat(d);
		if (f.exp < 0) {
			const unit = 1n << BigInt(-f.exp);
			if (f.mant % unit !== 0n) return undefined;
			ns = f.mant / unit;
		} else ns = f.mant << BigInt(f.exp);
	}
	return ns >= minNs && ns <= maxNs ? ns : undefined;
}

function instantOf(ns: bigint): Instant {
	let seconds = ns / billion;
	let nanos = ns % billion;
	if (nanos < 0n) {
		nanos += billion;
		seconds -= 1n;
	}
	return { seconds: Number(seconds), nanos: Number(nanos) };
}

function report(ctx: PureContext, p: Problem): undefined {
	return "typeError" in p ? ctx.typeError(p.typeError) : ctx.error(p.error);
}

function isProblem(x: ZonedTime | Problem): x is Problem {
	return !("zone" in x);
}

/** Nanoseconds of an instant, or OPA's complaint where int64 cannot hold them. */
function toNs(ctx: PureContext, seconds: bigint, nanos: number): NumberValue | undefined {
	const ns = seconds * billion + BigInt(nanos);
	return ns < minNs || ns > maxNs ? ctx.error("time outside of valid range") : fromBigInt(ns);
}

function parsed(ctx: PureContext, r: Outcome<Instant>): NumberValue | undefined {
	if ("error" in r) return ctx.error(r.error);
	return toNs(ctx, BigInt(r.ok.seconds), r.ok.nanos);
}

interface Wall {
	readonly days: number;
	readonly year: number;
	readonly month: number;
	readonly day: number;
	readonly hour: number;
	readonly minute: number;
	readonly second: number;
}

/** Calendar date and clock in a zone. */
function wallTime(t: Instant, zone: Zone): Wall {
	const wall = t.seconds + zone.offsetAt(t.seconds);
	const days = Math.floor(wall / 86_400);
	const s = wall - days * 86_400;
	return {
		days,
		...civilFromDays(days),
		hour: Math.floor(s / 3600),
		minute: Math.floor(s / 60) % 60,
		second: s % 60,
	};
}

/** An int64 spelled as a plain integer, as OPA's integer operands are read. */
function intOperand(v: Value, position: number): bigint | Problem {
	if (!isNumber(v)) return { typeError: operandTypeError(position, v, ["number"]) };
	return toInt64(v) ?? { typeError: `operand ${position} must be integer number but got floating-point number` };
}

function addDate(ctx: PureContext, ns: Value, years: Value, months: Value, days: Value): NumberValue | undefined {
	const at = readTime(ns);
	if (isProblem(at)) return report(ctx, at);
	const operands: bigint[] = [];
	for (const [i, v] of [years, months, days].entries()) {
		const n = intOperand(v, i + 2);
		if (typeof n !== "bigint") return report(ctx, n);
		operands.push(n);
	}
	const [y, m, d] = operands as [bigint, bigint, bigint];
	const wall = wallTime(at, at.zone);
	const year = int64(BigInt(wall.year) + y);
	const month0 = int64(BigInt(wall.month - 1) + m);
	return fromWall(ctx, at, wall, midnight(year, month0, int64(BigInt(wall.day) + d)));
}

function int64(n: bigint): bigint {
	return BigInt.asIntN(64, n);
}

/** Go counts days from a March so long ago that no date is before it. */
const absoluteYears = 292_277_022_400n;
const absoluteToUnixDays = -((absoluteYears * 146_097n) / 400n + 306n + 719_162n);

/**
 * Seconds from 1970 to a year, a month (from 0, any number of them) and a day, as Go's time.Date counts
 * them: exactly, and around the end of int64 where the numbers are that large.
 */
function midnight(year0: bigint, month0: bigint, day: bigint): bigint {
	let year = year0;
	let month = month0;
	if (month < 0n) {
		const n = int64(int64(-month) - 1n) / 12n + 1n;
		year = int64(year - n);
		month = int64(month + n * 12n);
	}
	if (month >= 12n) {
		const n = month / 12n;
		year = int64(year + n);
		month -= n * 12n;
	}
	const late = month < 2n;
	const fromMarch = Number(month) + (late ? 13 : 1);
	const y = BigInt.asUintN(64, year - (late ? 1n : 0n) + absoluteYears);
	const before = Math.floor((979 * fromMarch - 2919) / 32) + Math.floor((1461 * Number(y % 100n)) / 4);
	const absolute = BigInt.asUintN(64, 146_097n * (y / 100n)) / 4n + BigInt.asUintN(64, BigInt(before) + day - 1n);
	return int64((absolute + absoluteToUnixDays) * 86_400n);
}

/** The instant at which a zone's calendar shows a date (its midnight, in seconds) with the clock of `wall`. */
function fromWall(ctx: PureContext, at: ZonedTime, wall: Wall, date: bigint): NumberValue | undefined {
	let seconds = int64(date + BigInt(wall.hour * 3600 + wall.minute * 60 + wall.second));
	if (seconds > -10_000_000_000n && seconds < 10_000_000_000n) {
		// Go looks the offset up at the wall time, then again at the instant that offset gives.
		const local = Number(seconds);
		const guess = at.zone.offsetAt(local);
		seconds -= BigInt(guess === 0 ? 0 : at.zone.offsetAt(local - guess));
	}
	return toNs(ctx, seconds, at.nanos);
}

function diff(ctx: PureContext, ns1: Value, ns2: Value): readonly Value[] | undefined {
	const x = readTime(ns1);
	if (isProblem(x)) return report(ctx, x);
	const y = readTime(ns2);
	if (isProblem(y)) return report(ctx, y);
	const swap = x.seconds > y.seconds || (x.seconds === y.seconds && x.nanos > y.nanos);
	const a = wallTime(swap ? y : x, x.zone);
	const b = wallTime(swap ? x : y, x.zone);
	let years = b.year - a.year;
	let months = b.month - a.month;
	let days = b.day - a.day;
	let hours = b.hour - a.hour;
	let minutes = b.minute - a.minute;
	let seconds = b.second - a.second;
	if (seconds < 0) {
		seconds += 60;
		minutes--;
	}
	if (minutes < 0) {
		minutes += 60;
		hours--;
	}
	if (hours < 0) {
		hours += 24;
		days--;
	}
	if (days < 0) {
		const next = a.month === 12 ? daysFromCivil(a.year + 1, 1, 1) : daysFromCivil(a.year, a.month + 1, 1);
		days += next - daysFromCivil(a.year, a.month, 1);
		months--;
	}
	if (months < 0) {
		months += 12;
		years--;
	}
	return [years, months, days, hours, minutes, seconds];
}

const instantArg = ["x", zoned, zonedDoc] as const;

export const time: readonly Builtin[] = ofModule("time", [
	define("time.now_ns", {
		category: "time",
		reads: ["nowNs"],
		args: [],
		resultName: "now",
		result: t.number,
		resultDoc: "nanoseconds since the epoch, the same throughout one query",
		doc: "The current time.",
		nondeterministic: true,
		since: "0.17.0",
		eval: (ctx) => fromBigInt(ctx.nowNs()),
	}),
	define("time.parse_ns", {
		category: "time",
		pure: true,
		args: [
			["layout", t.string, "a Go time layout or the name of one, e.g. `RFC1123`"],
			["value", t.string, "the text to read"],
		],
		resultName: "ns",
		result: t.number,
		resultDoc: "nanoseconds since the epoch; undefined outside int64",
		doc: "Reads a time written by a Go layout.",
		since: "0.17.0",
		eval: (ctx, layout, value) =>
			parsed(ctx, parseTime(toByteString(namedLayouts.get(layout) ?? layout), toByteString(value))),
	}),
	define("time.parse_rfc3339_ns", {
		category: "time",
		pure: true,
		args: [["value", t.string, "an RFC 3339 time"]],
		resultName: "ns",
		result: t.number,
		resultDoc: "nanoseconds since the epoch; undefined outside int64",
		doc: "Reads an RFC 3339 time.",
		since: "0.17.0",
		eval: (ctx, value) => parsed(ctx, parseTime(got(namedLayouts, "RFC3339"), toByteString(value))),
	}),
	define("time.parse_duration_ns", {
		category: "time",
		pure: true,
		args: [["duration", t.string, "e.g. `1h30m`, `-2.5s`; also days, weeks and years: `1d`, `2w`, `1y`"]],
		resultName: "ns",
		result: t.number,
		resultDoc: "the duration in nanoseconds",
		doc: "Reads a duration.",
		since: "0.17.0",
		eval: (ctx, duration) => {
			const r = parseDuration(duration);
			return "error" in r ? ctx.error(r.error) : fromBigInt(r.ok);
		},
	}),
	define("time.format", {
		category: "time",
		pure: true,
		args: [
			[
				"x",
				t.union(t.number, t.tuple([t.number, t.string]), t.tuple([t.number, t.string, t.string])),
				"nanoseconds since the epoch, `[nanoseconds, zone]` or `[nanoseconds, zone, layout]`",
			],
		],
		resultName: "formatted timestamp",
		result: t.string,
		resultDoc: "the time in words, RFC 3339 with nanoseconds unless a layout says otherwise",
		doc: "Prints a time.",
		since: "0.48.0",
		unchecked: true,
		eval: (ctx, x) => {
			const at = readTime(x);
			if (isProblem(at)) return report(ctx, at);
			const layout = at.layout === "" ? "RFC3339Nano" : at.layout;
			return fromByteString(formatTime(at, at.zone, toByteString(namedLayouts.get(layout) ?? layout)));
		},
	}),
	define("time.date", {
		category: "time",
		pure: true,
		args: [instantArg],
		resultName: "date",
		result: t.tuple([t.number, t.number, t.number]),
		resultDoc: "`[year, month, day]`, counted from 1",
		doc: "The calendar date of a time.",
		since: "0.17.0",
		unchecked: true,
		eval: (ctx, x) => {
			const at = readTime(x);
			if (isProblem(at)) return report(ctx, at);
			const w = wallTime(at, at.zone);
			return [w.year, w.month, w.day];
		},
	}),
	define("time.clock", {
		category: "time",
		pure: true,
		args: [instantArg],
		resultName: "output",
		result: t.tuple([t.number, t.number, t.number]),
		resultDoc: "`[hour, minute, second]`",
		doc: "The time of day of a time.",
		since: "0.17.0",
		unchecked: true,
		eval: (ctx, x) => {
			const at = readTime(x);
			if (isProblem(at)) return report(ctx, at);
			const w = wallTime(at, at.zone);
			return [w.hour, w.minute, w.second];
		},
	}),
	define("time.weekday", {
		category: "time",
		pure: true,
		args: [instantArg],
		resultName: "day",
		result: t.string,
		resultDoc: "`Monday`, `Tuesday` …",
		doc: "The day of the week of a time.",
		since: "0.17.0",
		unchecked: true,
		eval: (ctx, x) => {
			const at = readTime(x);
			return isProblem(at) ? report(ctx, at) : weekdayName(wallTime(at, at.zone).days);
		},
	}),
	define("time.add_date", {
		category: "time",
		pure: true,
		args: [
			["ns", t.number, "nanoseconds since the epoch"],
			["years", t.number],
			["months", t.number],
			["days", t.number],
		],
		resultName: "output",
		result: t.number,
		resultDoc: "nanoseconds since the epoch; undefined outside int64",
		doc: "Adds years, months and days; dates past the end of a month run on into the next.",
		since: "0.19.0",
		unchecked: true,
		eval: addDate,
	}),
	define("time.diff", {
		category: "time",
		pure: true,
		args: [
			["ns1", zoned, zonedDoc],
			["ns2", zoned, zonedDoc],
		],
		resultName: "output",
		result: t.tuple([t.number, t.number, t.number, t.number, t.number, t.number]),
		resultDoc: "`[years, months, days, hours, minutes, seconds]`",
		doc: "The time between two times, in the first one's zone.",
		since: "0.28.0",
		unchecked: true,
		eval: diff,
	}),
]);
