/** Structured log lines: one JSON object each, with a time, a level and a message. */

export type LogLevel = "debug" | "info" | "warn" | "error";

export type Log = (level: LogLevel, message: string, fields?: Readonly<Record<string, unknown>>) => void;

const order: readonly LogLevel[] = ["debug", "info", "warn", "error"];

/** A log that writes lines of at least `least` importance. */
export function jsonLog(write: (line: string) => void, least: LogLevel): Log {
	return (level, message, fields = {}) => {
		if (order.indexOf(level) < order.indexOf(least)) return;
		write(`${JSON.stringify({ time: new Date().toISOString(), level, message, ...fields })}\n`);
	};
}

/** For users who want none. */
export const silentLog: Log = () => {};
