/**
 * Structured log lines: one JSON object each, with a time, a level and a message. Lines are limited
 * per second, because who sends requests decides how many there are; what was left out is counted.
 */

export type LogLevel = "debug" | "info" | "warn" | "error";

export type Log = (level: LogLevel, message: string, fields?: Readonly<Record<string, unknown>>) => void;

const order: readonly LogLevel[] = ["debug", "info", "warn", "error"];

/**
 * A log that writes lines of at least `least` importance, and at most so many of them in a second. A
 * line that cannot be written (a full disk) is left out like one too many: nothing is thrown.
 */
export function jsonLog(write: (line: string) => void, least: LogLevel, perSecond = 200): Log {
	let second = 0;
	let written = 0;
	let left = 0;
	const put = (level: LogLevel, message: string, fields: Readonly<Record<string, unknown>>): boolean => {
		try {
			write(`${JSON.stringify({ time: new Date().toISOString(), level, message, ...fields })}\n`);
			return true;
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
