/**
 * Structured log lines: one JSON object each, with a time, a level and a message. Lines are limited
 * per second, because who sends requests decides how many there are; what was left out is counted.
 */

export type LogLevel = "debug" | "info" | "warn" | "error";

export type Log = (level: LogLevel, message: string, fields?: Readonly<Record<string, unknown>>) => void;

const order: readonly LogLevel[] = ["debug", "info", "warn", "error"];

/** A log that writes lines of at least `least` importance, and at most so many of them in a second. */
export function jsonLog(write: (line: string) => void, least: LogLevel, perSecond = 200): Log {
	let second = 0;
	let written = 0;
	let left = 0;
	const put = (level: LogLevel, message: string, fields: Readonly<Record<string, unknown>>): void => {
		write(`${JSON.stringify({ time: new Date().toISOString(), level, message, ...fields })}\n`);
	};
	return (level, message, fields = {}) => {
		if (order.indexOf(level) < order.indexOf(least)) return;
		const now = Math.floor(performance.now() / 1000);
		if (now !== second) {
			if (left > 0) put("warn", "log lines left out", { lines: left });
			second = now;
			written = 0;
			left = 0;
		}
		if (written++ < perSecond) put(level, message, fields);
		else left++;
	};
}

/** For users who want none. */
export const silentLog: Log = () => {};
