/**
 * Go's time layouts ("Mon Jan _2 15:04:05 2006"): cutting a layout into elements, printing a time by
 * one, and parsing a text by one, with Go's error texts. Layouts and texts are byte strings.
 * Calendar arithmetic is on numbers of days and seconds; years are those int64 nanoseconds reach
 * when printing and 0..9999 when parsing.
 */

import { at } from "../at.ts";
import { type Outcome, quoteBytes } from "./duration.ts";
import type { Zone } from "./time-zone.ts";

const rfc3339 = "2006-01-02T15:04:05Z07:00";

/** Layouts that have a name in OPA. */
export const namedLayouts: ReadonlyMap<string, string> = new Map([
	["ANSIC", "Mon Jan _2 15:04:05 2006"],
	["UnixDate", "Mon Jan _2 15:04:05 MST 2006"],
	["RubyDate", "Mon Jan 02 15:04:05 -0700 2006"],
	["RFC822", "02 Jan 06 15:04 MST"],
	["RFC822Z", "02 Jan 06 15:04 -0700"],
	["RFC850", "Monday, 02-Jan-06 15:04:05 MST"],
	["RFC1123", "Mon, 02 Jan 2006 15:04:05 MST"],
	["RFC1123Z", "Mon, 02 Jan 2006 15:04:05 -0700"],
	["RFC3339", rfc3339],
	["RFC3339Nano", "2006-01-02T15:04:05.999999999Z07:00"],
]);

const months = "January February March April May June July August September October November December".split(" ");
const weekdays = "Sunday Monday Tuesday Wednesday Thursday Friday Saturday".split(" ");
const shortMonths = months.map((m) => m.slice(0, 3));
const shortWeekdays = weekdays.map((d) => d.slice(0, 3));

export function weekdayName(days: number): string {
	return at(weekdays, (((days + 4) % 7) + 7) % 7);
}

// --- elements --------------------------------------------------------------------------------

/** `text` is the literal before the element; the last piece has no element. */
interface Piece {
	readonly text: string;
	readonly element: string;
}

// In Go's order of preference at one place: longer spellings first. `_2006` is a literal `_` and a year.
const elementPattern =
	/January|Jan(?![a-z])|Monday|Mon(?![a-z])|MST|0[1-6]|002|15|1|2006|2|_2(?!006)|__2|3|4|5|PM|pm|[-Z]07(?:0000|:00:00|00|:00)?|[.,](?:0+|9+)(?![0-9])/g;

const layoutCache: Map<string, readonly Piece[]> = new Map();

function pieces(layout: string): readonly Piece[] {
	const known = layoutCache.get(layout);
	if (known !== undefined) return known;
	const out: Piece[] = [];
	let at = 0;
	for (const m of layout.matchAll(elementPattern)) {
		out.push({ text: layout.slice(at, m.index), element: m[0] });
		at = m.index + m[0].length;
	}
	out.push({ text: layout.slice(at), element: "" });
	if (layoutCache.size >= 200) layoutCache.clear();
	if (layout.length < 200) layoutCache.set(layout, out);
	return out;
}

// --- calendar --------------------------------------------------------------------------------

/** Days from 1970-01-01 to a proleptic Gregorian date; month 1..12. */
export function daysFromCivil(year: number, month: number, day: number): number {
	const y = month <= 2 ? year - 1 : year;
	const era = Math.floor(y / 400);
	const yoe = y - era * 400;
	const doy = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
	return era * 146_097 + yoe * 365 + Math.floor(yoe / 4) - Math.floor(yoe / 100) + doy - 719_468;
}

export function civilFromDays(days: number): { year: number; month: number; day: number } {
	const z = days + 719_468;
	const era = Math.floor(z / 146_097);
	const doe = z - era * 146_097;
	const yoe = Math.floor((doe - Math.floor(doe / 1460) + Math.floor(doe / 36_524) - Math.floor(doe / 146_096)) / 365);
	const doy = doe - (365 * yoe + Math.floor(yoe / 4) - Math.floor(yoe / 100));
	const mp = Math.floor((5 * doy + 2) / 153);
	const month = mp < 10 ? mp + 3 : mp - 9;
	return { year: yoe + era * 400 + (month <= 2 ? 1 : 0), month, day: doy - Math.floor((153 * mp + 2) / 5) + 1 };
}

function isLeap(year: number): boolean {
	return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

function daysIn(month: number, year: number): number {
	if (month === 2) return isLeap(year) ? 29 : 28;
	return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

// --- printing --------------------------------------------------------------------------------

/** An instant: whole seconds since the epoch and nanoseconds within the second. */
export interface Instant {
	readonly seconds: number;
	readonly nanos: number;
}

function pad(n: number, width: number): string {
	return String(n).padStart(width, "0");
}

/** The instant in the zone, printed by a layout. */
export function formatTime(t: Instant, zone: Zone, layout: string): string {
	const offset = zone.offsetAt(t.seconds);
	const wall = t.seconds + offset;
	const days = Math.floor(wall / 86_400);
	const clock = wall - days * 86_400;
	const { year, month, day } = civilFromDays(days);
	const hour = Math.floor(clock / 3600);
	const minute = Math.floor(clock / 60) % 60;
	const second = clock % 60;
	const hour12 = hour % 12 === 0 ? 12 : hour % 12;
	const yearDay = (): number => days - daysFromCivil(year, 1, 1) + 1;

	const element = (e: string): string => {
		switch (e) {
			case "":
				return "";
			case "2006":
				return pad(year, 4);
			case "06":
				return pad(year % 100, 2);
			case "January":
				return at(months, month - 1);
			case "Jan":
				return at(shortMonths, month - 1);
			case "1":
				return String(month);
			case "01":
				return pad(month, 2);
			case "Monday":
				return weekdayName(days);
			case "Mon":
				return weekdayName(days).slice(0, 3);
			case "2":
				return String(day);
			case "_2":
				return String(day).padStart(2);
			case "02":
				return pad(day, 2);
			case "__2":
				return String(yearDay()).padStart(3);
			case "002":
				return pad(yearDay(), 3);
			case "15":
				return pad(hour, 2);
			case "3":
				return String(hour12);
			case "03":
				return pad(hour12, 2);
			case "4":
				return String(minute);
			case "04":
				return pad(minute, 2);
			case "5":
				return String(second);
			case "05":
				return pad(second, 2);
			case "PM":
				return hour >= 12 ? "PM" : "AM";
			case "pm":
				return hour >= 12 ? "pm" : "am";
			case "MST":
				return zone.abbreviationAt(t.seconds);
			default:
				return e[0] === "." || e[0] === "," ? formatFraction(t.nanos, e) : formatOffset(offset, e);
		}
	};

	let out = "";
	for (const p of pieces(layout)) out += p.text + element(p.element);
	return out;
}

function formatFraction(nanos: number, e: string): string {
	const digits = pad(nanos, 9).slice(0, e.length - 1);
	if (e[1] === "0") return e.charAt(0) + digits;
	const trimmed = digits.replace(/0+$/, "");
	return trimmed === "" ? "" : e.charAt(0) + trimmed;
}

function formatOffset(offset: number, e: string): string {
	if (e[0] === "Z" && offset === 0) return "Z";
	const minutes = Math.trunc(offset / 60);
	const abs = Math.abs(minutes);
	const colon = e.includes(":") ? ":" : "";
	let out = (minutes < 0 ? "-" : "+") + pad(Math.floor(abs / 60), 2);
	if (e.length > 3) out += colon + pad(abs % 60, 2);
	// Go takes the seconds of the signed offset when its minutes are zero: -30 s prints as "+00:00:-30".
	if (e.length > 6) out += colon + padSigned((minutes < 0 ? -offset : offset) % 60);
	return out;
}

function padSigned(n: number): string {
	return n < 0 ? `-${pad(-n, 2)}` : pad(n, 2);
}

// --- parsing ---------------------------------------------------------------------------------

/** The text does not have the element's shape. */
const bad = Symbol("bad");

interface Fields {
	year: number;
	month: number;
	day: number;
	yearDay: number;
	hour: number;
	minute: number;
	second: number;
	nanos: number;
	pm: boolean;
	am: boolean;
	utc: boolean;
	/** Seconds, or -1 where none was given. */
	offset: number;
}

/** A reader over the value being parsed. */
class Reader {
	rest: string;
	/** Set when a field is well formed but too large. */
	range = "";

	constructor(text: string) {
		this.rest = text;
	}

	take(n: number): string {
		const s = this.rest.slice(0, n);
		this.rest = this.rest.slice(n);
		return s;
	}

	/** Skips literal text; runs of spaces match each other. */
	skip(literal: string): boolean {
		let i = 0;
		let j = 0;
		while (j < literal.length) {
			if (literal[j] === " ") {
				if (i < this.rest.length && this.rest[i] !== " ") {
					this.take(i);
					return false;
				}
				while (literal[j] === " ") j++;
				while (this.rest[i] === " ") i++;
				continue;
			}
			if (this.rest[i] !== literal[j]) {
				this.take(i);
				return false;
			}
			i++;
			j++;
		}
		this.take(i);
		return true;
	}

	/** One or two digits (exactly two when fixed). */
	number2(fixed: boolean): number | typeof bad {
		if (!isDigit(this.rest[0])) return bad;
		if (isDigit(this.rest[1])) return Number(this.take(2));
		return fixed ? bad : Number(this.take(1));
	}

	lookup(names: readonly string[]): number | typeof bad {
		const i = names.findIndex((n) => this.rest.slice(0, n.length).toLowerCase() === n.toLowerCase());
		if (i < 0) return bad;
		this.take(at(names, i).length);
		return i;
	}

	/** A separator and digits, `length` units in all, as nanoseconds. */
	fraction(length: number): number | typeof bad {
		const s = this.take(length);
		if (s[0] !== "." && s[0] !== ",") return bad;
		const digits = s.slice(1, 10);
		// Go reads the digits with an integer parser that takes a sign.
		if (!/^[-+]?[0-9]*$/.test(digits)) return bad;
		const n = Number(digits === "" || digits === "-" || digits === "+" ? 0 : digits);
		if (n < 0) {
			this.range = "fractional second";
			return 0;
		}
		return n * 10 ** (9 - digits.length);
	}
}

function isDigit(c: string | undefined): boolean {
	return c !== undefined && c >= "0" && c <= "9";
}

/** The instant a text denotes under a layout. Zone abbreviations other than UTC count as offset zero. */
export function parseTime(layout: string, value: string): Outcome<Instant> {
	const fail = (elem: string, at: string): { error: string } => ({
		error: `parsing time ${quoteBytes(value)} as ${quoteBytes(layout)}: cannot parse ${quoteBytes(at)} as ${quoteBytes(elem)}`,
	});
	const failText = (message: string): { error: string } => ({
		error: `parsing time ${quoteBytes(value)}: ${message}`,
	});
	const f: Fields = {
		year: 0,
		month: -1,
		day: -1,
		yearDay: -1,
		hour: 0,
		minute: 0,
		second: 0,
		nanos: 0,
		pm: false,
		am: false,
		utc: false,
		offset: -1,
	};
	const r = new Reader(value);
	const all = pieces(layout);
	for (const [i, p] of all.entries()) {
		if (!r.skip(p.text)) return fail(p.text, r.rest);
		if (p.element === "") {
			if (r.rest !== "") return failText(`extra text: ${quoteBytes(r.rest)}`);
			break;
		}
		const hold = r.rest;
		const ok = parseElement(p.element, r, f, all[i + 1]?.element ?? "");
		if (r.range !== "") return failText(`${r.range} out of range`);
		if (!ok) return fail(p.element, hold);
	}
	const problem = completeDate(f);
	if (problem !== "") return failText(problem);
	if (f.pm && f.hour < 12) f.hour += 12;
	else if (f.am && f.hour === 12) f.hour = 0;
	let seconds = daysFromCivil(f.year, f.month, f.day) * 86_400 + f.hour * 3600 + f.minute * 60 + f.second;
	if (!f.utc && f.offset !== -1) seconds -= f.offset;
	return { ok: { seconds, nanos: f.nanos } };
}

/** Reads one element into f; false when the text does not fit it. */
function parseElement(e: string, r: Reader, f: Fields, next: string): boolean {
	switch (e) {
		case "06": {
			if (r.rest.length < 2) return false;
			const text = r.take(2);
			if (!/^[-+0-9][0-9]$/.test(text)) return false;
			const n = Number(text);
			f.year = n >= 69 ? n + 1900 : n + 2000;
			return true;
		}
		case "2006": {
			if (r.rest.length < 4 || !isDigit(r.rest[0])) return false;
			const text = r.take(4);
			f.year = Number(text);
			return /^[0-9]{4}$/.test(text);
		}
		case "Jan":
		case "January": {
			const n = r.lookup(e === "Jan" ? shortMonths : months);
			if (n === bad) return false;
			f.month = n + 1;
			return true;
		}
		case "1":
		case "01": {
			const n = r.number2(e === "01");
			if (n === bad) return false;
			f.month = n;
			if (n < 1 || n > 12) r.range = "month";
			return true;
		}
		case "Mon":
			return r.lookup(shortWeekdays) !== bad;
		case "Monday":
			return r.lookup(weekdays) !== bad;
		case "2":
		case "_2":
		case "02": {
			if (e === "_2" && r.rest[0] === " ") r.take(1);
			const n = r.number2(e === "02");
			if (n === bad) return false;
			f.day = n;
			return true;
		}
		case "__2":
		case "002": {
			for (let i = 0; i < 2; i++) if (e === "__2" && r.rest[0] === " ") r.take(1);
			const digits = /^[0-9]{0,3}/.exec(r.rest)?.[0] ?? "";
			if (digits === "" || (e === "002" && digits.length !== 3)) return false;
			f.yearDay = Number(r.take(digits.length));
			return true;
		}
		case "15":
			return ranged(r, r.number2(false), 23, "hour", (n) => (f.hour = n));
		case "3":
		case "03":
			return ranged(r, r.number2(e === "03"), 12, "hour", (n) => (f.hour = n));
		case "4":
		case "04":
			return ranged(r, r.number2(e === "04"), 59, "minute", (n) => (f.minute = n));
		case "5":
		case "05":
			return (
				ranged(r, r.number2(e === "05"), 59, "second", (n) => (f.second = n)) &&
				(r.range !== "" || strayFraction(r, f, next))
			);
		case "PM":
		case "pm": {
			const text = r.rest.length < 2 ? "" : r.take(2);
			const upper = e === "PM";
			if (text === (upper ? "PM" : "pm")) f.pm = true;
			else if (text === (upper ? "AM" : "am")) f.am = true;
			else return false;
			return true;
		}
		case "MST":
			return parseZoneName(r, f);
		default:
			return e[0] === "." || e[0] === "," ? parseFraction(e, r, f) : parseOffset(e, r, f);
	}
}

function ranged(r: Reader, n: number | typeof bad, max: number, what: string, set: (n: number) => void): boolean {
	if (n === bad) return false;
	set(n);
	if (n > max) r.range = what;
	return true;
}

/** A fractional second in the value that the layout does not mention. */
function strayFraction(r: Reader, f: Fields, next: string): boolean {
	const digits = /^[.,][0-9]+/.exec(r.rest)?.[0];
	if (digits === undefined || /^[.,]/.test(next)) return true;
	const n = r.fraction(digits.length);
	if (n === bad) return false;
	f.nanos = n;
	return true;
}

function parseFraction(e: string, r: Reader, f: Fields): boolean {
	let length = e.length;
	if (e[1] === "9") {
		const digits = /^[.,][0-9]+/.exec(r.rest)?.[0];
		if (digits === undefined) return true;
		length = digits.length;
	} else if (r.rest.length < length) return false;
	const n = r.fraction(length);
	if (n === bad) return false;
	f.nanos = n;
	return true;
}

function parseOffset(e: string, r: Reader, f: Fields): boolean {
	if (e[0] === "Z" && r.rest[0] === "Z") {
		r.take(1);
		f.utc = true;
		return true;
	}
	if (r.rest.length < e.length) return false;
	const colons = e.includes(":");
	const text = r.rest.slice(0, e.length);
	if (colons && (text[3] !== ":" || (e.length === 9 && text[6] !== ":"))) return false;
	r.take(e.length);
	const step = colons ? 3 : 2;
	const parts = [text.slice(1, 3), "00", "00"];
	if (e.length > 3) parts[1] = text.slice(1 + step, 3 + step);
	if (e.length > 6) parts[2] = text.slice(1 + 2 * step, 3 + 2 * step);
	const [hours, minutes, seconds] = twoDigits(parts);
	// As Go: the range is checked before the shape, and 24:60:60 is still in range.
	if (hours > 24) r.range = "time zone offset hour";
	if (minutes > 60) r.range = "time zone offset minute";
	if (seconds > 60) r.range = "time zone offset second";
	const total = (hours * 60 + minutes) * 60 + seconds;
	f.offset = text[0] === "-" ? -total : total;
	return parts.every((p) => /^[0-9]{2}$/.test(p)) && (text[0] === "+" || text[0] === "-");
}

/** Numbers up to the first part that is not two digits; zero from there on. */
function twoDigits(parts: readonly string[]): [number, number, number] {
	const out: [number, number, number] = [0, 0, 0];
	for (const [i, p] of parts.entries()) {
		if (!/^[0-9]{2}$/.test(p)) break;
		out[i] = Number(p);
	}
	return out;
}

/** UTC, or anything shaped like an abbreviation: three to five capitals, `GMT-7`, `+03`. */
function parseZoneName(r: Reader, f: Fields): boolean {
	const v = r.rest;
	if (v.startsWith("UTC")) {
		r.take(3);
		f.utc = true;
		return true;
	}
	const n = zoneNameLength(v);
	if (n === 0) return false;
	r.take(n);
	return true;
}

function zoneNameLength(v: string): number {
	if (v.length < 3) return 0;
	if (v.startsWith("ChST") || v.startsWith("MeST")) return 4;
	if (v.startsWith("GMT")) return 3 + signedOffsetLength(v.slice(3));
	if (v[0] === "+" || v[0] === "-") return signedOffsetLength(v);
	const capitals = /^[A-Z]{0,6}/.exec(v)?.[0].length ?? 0;
	if (capitals === 3) return 3;
	if (capitals === 4) return v[3] === "T" || v.startsWith("WITA") ? 4 : 0;
	return capitals === 5 && v[4] === "T" ? 5 : 0;
}

function signedOffsetLength(v: string): number {
	const m = /^[-+]([0-9]+)/.exec(v);
	return m !== null && Number(m[1]) <= 23 ? m[0].length : 0;
}

/** Fills in month and day, from the day of the year where it was given; Go's complaint, or "". */
function completeDate(f: Fields): string {
	if (f.yearDay >= 0) {
		const days = isLeap(f.year) ? 366 : 365;
		if (f.yearDay < 1 || f.yearDay > days) return "day-of-year out of range";
		const d = civilFromDays(daysFromCivil(f.year, 1, 1) + f.yearDay - 1);
		if (f.month >= 0 && f.month !== d.month) return "day-of-year does not match month";
		if (f.day >= 0 && f.day !== d.day) return "day-of-year does not match day";
		f.month = d.month;
		f.day = d.day;
	} else {
		if (f.month < 0) f.month = 1;
		if (f.day < 0) f.day = 1;
	}
	return f.day < 1 || f.day > daysIn(f.month, f.year) ? "day out of range" : "";
}
