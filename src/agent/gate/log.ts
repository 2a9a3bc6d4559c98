/**
 * Structured log lines: one JSON object each, with a time, a level and a message. Who sends requests
 * decides how many lines there are and what is in them, so lines are limited per second, fields are cut,
 * and what was left out is counted.
 */

export type LogLevel = "debug" | "info" | "warn" | "error";

export type Log = (level: LogLevel, message: string, fields?: Readonly<Record<string, unknown>>) => void;

/** Takes a line; false when it could not. It must not wait. */
export type WriteLine = (line: string) => unknown;

const order: readonly LogLevel[] = ["debug", "info", "warn", "error"];
const longestField = 1024;
const longestList = 16;

/**
 * A log that writes lines of at least `least` importance, and at most so many of them in a second. A
 * line that cannot be written (a full disk, a reader that does not read) is left out like one too many:
 * nothing is thrown.
 */
export function jsonLog(write: WriteLine, least: LogLevel, perSecond = 200): Log {
	let second = 0;
	let written = 0;
	let left = 0;
	const put = (level: LogLevel, message: string, fields: Readonly<Record<string, unknown>>): boolean => {
		try {
			const line = JSON.stringify({ time: new Date().toISOString(), level, message, ...cutFields(fields) });
			return write(`${line.replace(unseen, escaped)}\n`) !== false;
		} catch {
			return false;
		}
	};
	return (level, message, fields = {}) => {
		if (order.indexOf(level) < order.indexOf(least)) return;
		const now = Math.floor(performance.now() / 1000);
		if (now !== second) {
			if (left > 0 && put("warn", "log lines left out", { lines: left })) left = 0;
			second = now;
			written = 0;
		}
		if (written++ >= perSecond || !put(level, message, fields)) left++;
	};
}

/** What JSON takes as it is and a terminal does not: controls beyond ASCII, ends of lines, and what turns text round or is not seen. */
const unseen = /[\x7f-\x9f\p{Cf}\p{Zl}\p{Zp}]/gu;

function escaped(character: string): string {
	const units = Array.from({ length: character.length }, (_, i) => character.charCodeAt(i));
	return units.map((u) => `\\u${u.toString(16).padStart(4, "0")}`).join("");
}

function cutFields(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
	return Object.fromEntries(Object.entries(fields).map(([k, v]) => [k, cutField(v)]));
}

function cutField(v: unknown): unknown {
	if (typeof v === "string") return v.length > longestField ? `${v.slice(0, longestField)}…` : v;
	if (!Array.isArray(v)) return v;
	// A list has the room of one field.
	let room = longestField;
	const out: unknown[] = [];
	for (const item of v.slice(0, longestList)) {
		const text = String(item);
		if (text.length > room) break;
		room -= text.length;
		out.push(text);
	}
	return out.length === v.length ? out : [...out, `… and ${v.length - out.length} more`];
}

/** The same log, with whatever it throws kept from the requests it tells of. */
export function guarded(log: Log): Log {
	return (level, message, fields) => {
		try {
			log(level, message, fields);
		} catch {
			// There is nobody left to tell.
		}
	};
}

/** For users who want none. */
export const silentLog: Log = () => {};
