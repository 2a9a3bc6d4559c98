/** The server's own log: a line for each event, in the three formats that OPA has, no less important than asked for. */
import { toJson } from "../../value/json.ts";
import type { PlainObject, Value } from "../../value/value.ts";

export type LogLevel = "debug" | "info" | "warn" | "error";
export type LogFormat = "text" | "json" | "json-pretty";

const order: readonly LogLevel[] = ["debug", "info", "warn", "error"];
/** As logrus calls them. */
const names: { readonly [level in LogLevel]: string } = {
	debug: "debug",
	info: "info",
	warn: "warning",
	error: "error",
};

export class Logger {
	readonly #write: (line: string) => void;
	readonly #least: number;
	readonly #format: LogFormat;

	constructor(write: (line: string) => void, least: LogLevel, format: LogFormat) {
		this.#write = write;
		this.#least = order.indexOf(least);
		this.#format = format;
	}

	/** Whether lines of this importance are written. */
	heeds(level: LogLevel): boolean {
		return order.indexOf(level) >= this.#least;
	}

	log(level: LogLevel, message: string, fields: PlainObject = {}): void {
		if (this.heeds(level)) this.always(level, message, fields);
	}

	/** Whatever level is asked for: decisions on the console. */
	always(level: LogLevel, message: string, fields: PlainObject): void {
		this.#write(`${this.#line(level, message, fields)}\n`);
	}

	#line(level: LogLevel, message: string, fields: PlainObject): string {
		if (this.#format === "text") return textLine(level, message, fields);
		const time = new Date().toISOString().replace(/\.[0-9]+Z$/, "Z");
		const taken: { [name: string]: Value } = {};
		// What has the name of a field of the line itself is moved, as logrus does.
		for (const [k, v] of Object.entries(fields)) taken[/^(?:time|msg|level)$/.test(k) ? `fields.${k}` : k] = v;
		const indent = this.#format === "json-pretty" ? { indent: "  " } : {};
		return toJson({ ...taken, level: names[level], msg: message, time }, { escapeHtml: true, ...indent });
	}
}

function textLine(level: LogLevel, message: string, fields: PlainObject): string {
	const lines = [`[${names[level].toUpperCase()}] ${message}`];
	for (const [name, v] of Object.entries(fields))
		lines.push(`  ${name} = ${toJson(v, { indent: "  ", prefix: "      " })}`);
	return lines.join("\n");
}
