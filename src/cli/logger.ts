/** A log of what a command does: a record for each event, in the three formats that OPA has, no less important than asked for. */
import { fromByteString, toByteString } from "../go/byte-string.ts";
import { formatTime } from "../go/time-layout.ts";
import { findZone, utc } from "../go/time-zone.ts";
import { toJson } from "../value/json.ts";
import type { PlainObject, Value } from "../value/value.ts";
import type { FlagSpec, ParsedFlags } from "./flags.ts";
import type { CliIo } from "./io.ts";

export type LogLevel = "debug" | "info" | "warn" | "error";
export type LogFormat = "text" | "json" | "json-pretty";

const formats: readonly LogFormat[] = ["text", "json", "json-pretty"];

export const logFormatFlag: FlagSpec = {
	name: "log-format",
	kind: "enum",
	values: formats,
	default: "json",
	doc: "format of the log",
};
export const logTimestampFlag: FlagSpec = {
	name: "log-timestamp-format",
	kind: "string",
	doc: "times of the log, as Go's layouts of time (default RFC 3339)",
};

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
	readonly #timeLayout: string;

	/** `timeLayout` is Go's; "" is RFC 3339. */
	constructor(write: (line: string) => void, least: LogLevel, format: LogFormat, timeLayout = "") {
		this.#write = write;
		this.#least = order.indexOf(least);
		this.#format = format;
		this.#timeLayout = timeLayout;
	}

	/** As flags ask for it. */
	static of(flags: ParsedFlags, env: CliIo["env"], write: (line: string) => void): Logger {
		const level = order.find((l) => l === flags.string("log-level")) ?? "info";
		const format = formats.find((f) => f === flags.string("log-format")) ?? "json";
		const layout = flags.string("log-timestamp-format") || (env["OPA_LOG_TIMESTAMP_FORMAT"] ?? "");
		return new Logger(write, level, format, layout);
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
		const time = timeText(this.#timeLayout);
		const taken: { [name: string]: Value } = {};
		// What has the name of a field of the line itself is moved, as logrus does.
		for (const [k, v] of Object.entries(fields)) taken[/^(?:time|msg|level)$/.test(k) ? `fields.${k}` : k] = v;
		const indent = this.#format === "json-pretty" ? { indent: "  " } : {};
		return toJson({ ...taken, level: names[level], msg: message, time }, { escapeHtml: true, ...indent });
	}
}

function textLine(level: LogLevel, message: string, fields: PlainObject): string {
	const lines = [`[${names[level].toUpperCase()}] ${message}`];
	for (const [name, v] of Object.entries(fields)) {
		const text = toJson(v, { indent: "  ", prefix: "      " });
		lines.push(`  ${name} = ${text.includes("\n") ? `|\n      ${text}` : text}`);
	}
	return `${lines.join("\n")}\n`;
}

function timeText(layout: string): string {
	const now = Date.now();
	if (layout === "") return new Date(now).toISOString().replace(/\.[0-9]+Z$/, "Z");
	const instant = { seconds: Math.floor(now / 1000), nanos: (now % 1000) * 1_000_000 };
	return fromByteString(formatTime(instant, findZone("Local") ?? utc, toByteString(layout)));
}
