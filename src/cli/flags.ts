/**
 * Command-line flags with the behaviour and the error texts of OPA's (Go's pflag and cobra): long
 * and short spellings, clusters, `--flag=value`, flags after arguments, repeats. node:util's
 * parseArgs splits the command line into tokens; what they mean is decided here.
 */
import { parseArgs } from "node:util";
import { at } from "../at.ts";
import { parseDuration } from "../go/duration.ts";
import { quoteGo } from "../value/term-text.ts";
import { didYouMean } from "./did-you-mean.ts";
import { CommandError } from "./io.ts";

export interface FlagSpec {
	/** Long name. */
	readonly name: string;
	readonly short?: string;
	/** `list` collects repeats, `words` also splits them at commas, `duration` is in nanoseconds. */
	readonly kind: "bool" | "string" | "int" | "duration" | "enum" | "list" | "words";
	/** The values of an enum. */
	readonly values?: readonly string[];
	readonly doc: string;
	readonly default?: string;
	/** What a string is where its flag is given without a value. Then a value has to follow an equals sign. */
	readonly bare?: string;
	/** Accepted but not listed in the help. */
	readonly hidden?: boolean;
	/** Checks a value when it is read; returns what is wrong with it. */
	readonly check?: (value: string) => string | undefined;
}

export type FlagValue = boolean | number | bigint | string | readonly string[];

export interface ParsedFlags {
	readonly args: readonly string[];
	readonly values: ReadonlyMap<string, FlagValue>;
	bool(name: string): boolean;
	string(name: string): string;
	/** The value of an enum, as one of its values, so that a `switch` over them has to know each. */
	choice<T extends string>(name: string, values: readonly T[]): T;
	int(name: string): number;
	list(name: string): readonly string[];
	/** Nanoseconds. */
	duration(name: string): bigint;
	/** Given by the user. */
	isSet(name: string): boolean;
}

/** Split and check a command line. Throws CommandError with exit code 1, as cobra does. */
export function parseFlags(specs: readonly FlagSpec[], line: readonly string[]): ParsedFlags {
	const end = line.includes("--") ? line.indexOf("--") : line.length;
	const argv = line.map((arg, i) => (i < end ? withLongName(arg, specs) : arg));
	const byName = new Map(specs.map((s) => [s.name, s]));
	const options: Record<string, { type: "boolean" | "string"; short?: string }> = {};
	for (const s of [...specs, help]) {
		const alone = s.kind === "bool" || s.bare !== undefined;
		options[s.name] = { type: alone ? "boolean" : "string", ...(s.short ? { short: s.short } : {}) };
	}
	const { tokens } = parseArgs({ args: [...argv], options, strict: false, allowPositionals: true, tokens: true });
	const values = new Map<string, FlagValue>();
	const args: string[] = [];
	for (const token of tokens) {
		if (token.kind === "positional") args.push(token.value);
		if (token.kind !== "option") continue;
		const written = argv[token.index] ?? token.rawName;
		if (token.name === "help") throw new HelpRequested();
		const spec = byName.get(token.name);
		const long = written.startsWith("--");
		if (spec === undefined || (long && token.rawName !== `--${spec.name}`)) {
			throw usage(long ? unknownFlag(token.name, specs) : unknownShorthand(written, token.name));
		}
		if (spec.kind === "bool" || spec.bare !== undefined) {
			setFlag(spec, token.value ?? spec.bare ?? "true", values);
			continue;
		}
		if (token.value === undefined) {
			throw usage(`flag needs an argument: ${long ? `--${spec.name}` : `'${spec.short}' in -${spec.short}`}`);
		}
		// `-f=raw` is `-f raw`; parseArgs leaves the sign.
		const inline = !long && token.inlineValue === true && token.value.startsWith("=");
		setFlag(spec, inline ? token.value.slice(1) : token.value, values);
	}
	return flagReader(specs, values, args);
}

/** `-d=x` as `--name=x` where the flag may be alone: parseArgs would take it for the flags d, = and x. */
function withLongName(arg: string, specs: readonly FlagSpec[]): string {
	const spec = specs.find((s) => s.bare !== undefined && s.short !== undefined && arg.startsWith(`-${s.short}=`));
	return spec === undefined ? arg : `--${spec.name}${arg.slice(2)}`;
}

/** `-h` or `--help` was given. */
export class HelpRequested extends Error {}

const help: FlagSpec = { name: "help", short: "h", kind: "bool", doc: "help" };

/** The first line is cobra's. */
function unknownFlag(name: string, specs: readonly FlagSpec[]): string {
	const names = specs.filter((s) => s.hidden !== true).map((s) => s.name);
	const meant = didYouMean(name, [...names, help.name]);
	return `unknown flag: --${name}${meant === undefined ? "" : `\n\nDid you mean this?\n\t--${meant}\n`}`;
}

function unknownShorthand(written: string, name: string): string {
	const rest = written.slice(written.indexOf(name));
	return `unknown shorthand flag: '${name}' in -${rest}`;
}

function usage(message: string): CommandError {
	return new CommandError(message, 1);
}

/** Check one value and keep it; later ones replace earlier ones, lists grow. */
function setFlag(spec: FlagSpec, text: string, values: Map<string, FlagValue>): void {
	const problem = spec.check?.(text) ?? storeFlag(spec, text, values);
	if (problem === undefined) return;
	const name = spec.short === undefined ? `--${spec.name}` : `-${spec.short}, --${spec.name}`;
	throw usage(`invalid argument ${quoteGo(text)} for "${name}" flag: ${problem}`);
}

function storeFlag(spec: FlagSpec, text: string, values: Map<string, FlagValue>): string | undefined {
	switch (spec.kind) {
		case "string":
			values.set(spec.name, text);
			return undefined;
		case "bool": {
			const truth = /^(?:1|t|T|TRUE|true|True)$/.test(text);
			if (!truth && !/^(?:0|f|F|FALSE|false|False)$/.test(text)) {
				return `strconv.ParseBool: parsing ${quoteGo(text)}: invalid syntax`;
			}
			values.set(spec.name, truth);
			return undefined;
		}
		case "int": {
			const digits = text.replace(/^\+/, "");
			if (!/^-?(?:0[xX][0-9a-fA-F]+|0[oO]?[0-7]*|0[bB][01]+|[1-9][0-9]*)$/.test(digits)) {
				return `strconv.ParseInt: parsing ${quoteGo(text)}: invalid syntax`;
			}
			const positive = digits.replace(/^-/, "").replace(/^0(?=[0-7])/, "0o");
			const n = digits.startsWith("-") ? -Number(positive) : Number(positive);
			if (!Number.isSafeInteger(n)) return `strconv.ParseInt: parsing ${quoteGo(text)}: value out of range`;
			values.set(spec.name, n);
			return undefined;
		}
		case "duration": {
			// OPA's builtin also takes days and longer; Go's flags do not.
			const unit = /[0-9.]([dwy])/.exec(text);
			if (unit !== null) return `time: unknown unit ${quoteGo(at(unit, 1))} in duration ${quoteGo(text)}`;
			const r = parseDuration(text);
			if ("error" in r) return r.error;
			values.set(spec.name, r.ok);
			return undefined;
		}
		case "enum":
			if (!(spec.values ?? []).includes(text)) return `must be one of {${(spec.values ?? []).join(",")}}`;
			values.set(spec.name, text);
			return undefined;
		case "list":
		case "words": {
			const old = (values.get(spec.name) ?? []) as readonly string[];
			values.set(spec.name, [...old, ...(spec.kind === "list" ? [text] : text === "" ? [] : text.split(","))]);
			return undefined;
		}
	}
}

/** Fill in, from variables such as OPA_EVAL_FORMAT, flags that were not given. */
export function applyEnvironment(
	specs: readonly FlagSpec[],
	flags: ParsedFlags,
	prefix: string,
	env: Readonly<Record<string, string | undefined>>,
): ParsedFlags {
	const values = new Map(flags.values);
	const problems: string[] = [];
	for (const spec of [...specs].sort((a, b) => (a.name < b.name ? -1 : 1))) {
		const text = env[`${prefix}_${spec.name.replaceAll("-", "_").toUpperCase()}`];
		if (text === undefined || text === "" || flags.isSet(spec.name)) continue;
		try {
			setFlag(spec, text, values);
		} catch (e) {
			if (!(e instanceof CommandError)) throw e;
			problems.push(e.message);
		}
	}
	if (problems.length > 0) {
		throw usage(`error mapping environment variables to command flags: ${problems.join("; ")}`);
	}
	return flagReader(specs, values, flags.args);
}

function flagReader(
	specs: readonly FlagSpec[],
	values: ReadonlyMap<string, FlagValue>,
	args: readonly string[],
): ParsedFlags {
	const defaults = new Map(specs.map((s) => [s.name, s.default]));
	const get = (name: string): FlagValue | undefined => {
		if (!defaults.has(name)) throw new Error(`no flag is called ${name}`);
		return values.get(name) ?? defaults.get(name);
	};
	return {
		args,
		values,
		// Defaults are written as texts.
		bool: (name) => get(name) === true || get(name) === "true",
		string: (name) => String(get(name) ?? ""),
		choice: (name, choices) => {
			const text = get(name);
			const found = choices.find((choice) => choice === text);
			if (found === undefined) throw new Error(`--${name} is none of ${choices.join(", ")}`);
			return found;
		},
		int: (name) => Number(get(name) ?? 0),
		list: (name) => (get(name) ?? []) as readonly string[],
		duration: (name) => BigInt((get(name) as bigint | string | undefined) ?? 0),
		isSet: (name) => values.has(name),
	};
}

/** Durations in seconds: they are kept in nanoseconds. */
function shownDefault({ kind, default: text = "" }: FlagSpec): string {
	return kind === "duration" && /^[1-9]\d*$/.test(text) ? `${Number(text) / 1e9}s` : text;
}

/** The flags as a help text lists them. */
export function describeFlags(specs: readonly FlagSpec[]): string {
	const rows = [...specs, help]
		.filter((s) => s.hidden !== true)
		.sort((a, b) => (a.name < b.name ? -1 : 1))
		.map((s): readonly [string, string] => {
			const short = s.short === undefined ? "    " : `-${s.short}, `;
			const value =
				s.bare !== undefined
					? "[=string]"
					: s.kind === "bool"
						? ""
						: ` ${s.kind === "enum" ? `{${(s.values ?? []).join(",")}}` : valueName[s.kind]}`;
			return [
				`  ${short}--${s.name}${value}`,
				s.default === undefined ? s.doc : `${s.doc} (default ${shownDefault(s)})`,
			];
		});
	const width = Math.max(...rows.map(([left]) => left.length)) + 3;
	return rows.map(([left, right]) => `${left.padEnd(width)}${right}\n`).join("");
}

const valueName: Readonly<Record<string, string>> = {
	string: "string",
	int: "int",
	duration: "duration",
	list: "string",
	words: "strings",
};
