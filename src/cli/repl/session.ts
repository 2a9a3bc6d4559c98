/**
 * One session of the interactive shell: takes lines, keeps what is defined, and writes what `opa run` writes. It knows
 * nothing of terminals.
 */

import { builtins } from "../../builtins/registry.ts";
import { compile } from "../../compile.ts";
import { RegoError, RegoErrors } from "../../errors.ts";
import { defaultHost } from "../../host/default.ts";
import { LimitError } from "../../limit-error.ts";
import { type Location, Source } from "../../location.ts";
import { type Expr, type Module, type RegoVersion, ruleName } from "../../parser/ast.ts";
import { parseModule, parseQuery } from "../../parser/parser.ts";
import type { Policy } from "../../policy.ts";
import { messageOf } from "../../thrown.ts";
import { toJson } from "../../value/json.ts";
import { UnwritableError } from "../../value/text-limit.ts";
import { type PlainObject, typeName, type Value } from "../../value/value.ts";
import { runtimeValue } from "../eval-host.ts";
import { type OutputRow, writeEvalOutput } from "../eval-output.ts";
import { watchEval } from "../eval-watched.ts";
import type { WatchedOutput, WatchedPolicy } from "../eval-watched-flags.ts";
import type { CliIo } from "../io.ts";
import { formatOutputErrors, toOutputErrors } from "../output-error.ts";
import { Stopwatch } from "../stopwatch.ts";
import { watchedOutput } from "../watch-output.ts";
import { helpText } from "./help.ts";
import { type Entered, emptyPackage, readRules, rowsBefore, ruleTexts, showPackage } from "./module.ts";
import { Settings } from "./settings.ts";

/** What files gave. */
export interface LoadedDocuments {
	readonly modules: readonly Module[];
	readonly data: PlainObject;
}

export interface SessionOptions extends LoadedDocuments {
	readonly regoVersion: RegoVersion;
	readonly format: "pretty" | "json";
	readonly env: CliIo["env"];
	/** Writes a file; what is wrong with it is thrown. */
	readonly writeFile: (path: string, text: string) => void;
	readonly write: (text: string) => void;
}

/** What OPA's shell has and this one has not. */
const refused: ReadonlySet<string> = new Set(["types", "traceback"]);

export class Session {
	readonly #options: SessionOptions;
	readonly #packages = new Map<string, Entered>();
	#current = "repl";
	readonly #settings: Settings;
	#loaded: LoadedDocuments;
	/** Nothing was entered yet, nor tried to be. */
	#untouched = true;
	#buffer: string[] = [];
	#compiled: Policy<Value> | undefined;
	#watched: WatchedPolicy | undefined;
	#stopwatch = new Stopwatch();

	constructor(options: SessionOptions) {
		this.#options = options;
		this.#settings = new Settings(options.format);
		this.#loaded = options;
		this.#packages.set("repl", emptyPackage("repl"));
	}

	/** A statement has begun that goes on. */
	get continues(): boolean {
		return this.#buffer.length > 0;
	}

	/** Throws what is wrong with the modules the session begins with. */
	check(): void {
		this.#policy();
	}

	/** Files have changed. Throws, and nothing has changed, where the session cannot go on with them. */
	reload(loaded: LoadedDocuments): void {
		const old = this.#loaded;
		this.#loaded = loaded;
		this.#compiled = undefined;
		try {
			this.#policy();
		} catch (e) {
			this.#loaded = old;
			this.#compiled = undefined;
			throw e;
		}
	}

	/** Takes a line; false ends the session. */
	line(line: string): boolean {
		if (this.#buffer.length === 0) {
			const [word = "", ...args] = line.trim().split(/\s+/);
			if (word === "exit") return false;
			if (this.#command(word, args)) return true;
			if (line.trim() === "") return true;
			this.#buffer.push(line);
			if (this.#statement(line, false)) this.#buffer = [];
			return true;
		}
		this.#buffer.push(line);
		if (line !== "") return true;
		const text = this.#buffer.join("\n");
		this.#buffer = [];
		this.#statement(text, true);
		return true;
	}

	/** Names that may stand where a word begins. */
	names(): readonly string[] {
		const rules = [...this.#packages.values()].flatMap((p) => p.rules.map((r) => r.name));
		const documents = Object.keys(this.#loaded.data).map((k) => `data.${k}`);
		const defined = this.#loaded.modules.flatMap((m) =>
			m.rules.map((r) => {
				const path = m.package.path.terms.map((t) => (t.kind === "scalar" ? String(t.value) : "data"));
				return [...path, ruleName(r)].join(".");
			}),
		);
		return [...new Set([...rules, ...documents, ...defined])].sort();
	}

	get #entered(): Entered {
		return this.#packages.get(this.#current) ?? emptyPackage(this.#current);
	}

	#change(entered: Entered): void {
		this.#untouched = false;
		this.#packages.set(entered.path, entered);
		this.#compiled = undefined;
	}

	#command(word: string, args: readonly string[]): boolean {
		const { write } = this.#options;
		switch (word) {
			case "help":
				write(helpText(args[0]));
				return true;
			case "show":
				if (args[0] === "debug") write(this.#settings.text());
				else if (args[0] !== undefined) write(`unknown option '${args[0]}'\n`);
				else if (this.#untouched) write("no rules defined\n");
				else write(showPackage(this.#entered, this.#options.regoVersion));
				return true;
			case "unset":
				this.#unset(args);
				return true;
			case "unset-package":
				this.#unsetPackage(args);
				return true;
			case "dump":
				this.#dump(args[0]);
				return true;
			case "unknown":
				// Words of a query.
				if (args.length > 0 && !args.every((a) => /^(?:data|input)(?:[.[].*)?$/.test(a))) return false;
				write(
					args.length === 0
						? "usage: unknown <input/data reference> [<input/data reference> [...]] (hint: try 'input')\n"
						: "unknown is not supported by this version of rego\n",
				);
				return true;
			default: {
				const said = args.length > 1 ? undefined : this.#settings.command(word, args);
				if (said !== undefined) write(said);
				else if (!refused.has(word) || args.length > 1) return false;
				else write(`${word} is not supported by this version of rego\n`);
				return true;
			}
		}
	}

	/** Base documents, as they are stored. */
	#dump(path: string | undefined): void {
		const { write, writeFile } = this.#options;
		const text = `${toJson(this.#loaded.data, { escapeHtml: true })}\n`;
		if (path === undefined) {
			write(text);
			return;
		}
		try {
			writeFile(path, text);
		} catch (e) {
			write(`${messageOf(e)}\n`);
		}
	}

	#unset(args: readonly string[]): void {
		const { write } = this.#options;
		const [name] = args;
		if (name === undefined || args.length > 1) {
			write("code bad arguments: unset <ref>: expects exactly one argument\n");
			return;
		}
		if (!/^[A-Za-z_]\w*(?:[.[].*)?$/.test(name)) {
			write("code bad arguments: arguments must identify a rule\n");
			return;
		}
		const rules = this.#entered.rules.filter((r) => r.name !== name);
		if (rules.length === this.#entered.rules.length) write("warning: no matching rules in current module\n");
		else this.#tryChange({ ...this.#entered, rules });
	}

	#unsetPackage(args: readonly string[]): void {
		const [name] = args;
		const { write } = this.#options;
		if (name === undefined || args.length > 1) {
			write("code bad arguments: unset-package <var>: expects exactly one argument\n");
		} else if (!this.#packages.delete(name)) write("warning: no matching package\n");
		else {
			this.#compiled = undefined;
			if (name === this.#current) this.#current = "repl";
		}
	}

	/** Whether the text was a whole statement. With final, what is wrong with it is told. */
	#statement(text: string, final: boolean): boolean {
		if (/^\s*package\s+\S/.test(text)) return this.#package(text, final);
		const { regoVersion } = this.#options;
		if (/^\s*import\s+\S/.test(text)) {
			const read = readRules(text, this.#entered, regoVersion);
			if (read.value === undefined) return this.#wrong(read.errors, final, rowsBefore(this.#entered));
			this.#tryChange({ ...this.#entered, imports: [...this.#entered.imports, text.trim()] });
			return true;
		}
		// Rules come first where their words are: `s contains 1` could be read as three expressions.
		if (/^\s*default\s|\s(?:if|contains)\s/.test(text)) {
			const rules = readRules(text, this.#entered, regoVersion);
			if (rules.value !== undefined) {
				this.#define(rules.value);
				return true;
			}
		}
		if (this.#oldRule(text)) return true;
		const query = parseQuery(new Source("", text), { regoVersion });
		const body = query.value?.body;
		if (body !== undefined && body.length === 0) return true;
		const defines = body?.length === 1 && body[0] !== undefined && this.#defines(body[0]);
		if (typeof defines === "string") {
			this.#options.write(`${defines}\n`);
			return true;
		}
		if (body !== undefined && !defines) {
			this.#query(text);
			return true;
		}
		const read = readRules(text, this.#entered, regoVersion);
		if (read.value === undefined) {
			const own = farthest(read.errors, rowsBefore(this.#entered));
			const better = own > farthest(query.errors, 0);
			return better ? this.#wrong(read.errors, final, rowsBefore(this.#entered)) : this.#wrong(query.errors, final, 0);
		}
		this.#define(read.value);
		return true;
	}

	/** A rule as v0 has it, with its body right behind its head: defined in v0, and told to be wrong in v1. */
	#oldRule(text: string): boolean {
		const { regoVersion } = this.#options;
		const word = /^\s*([A-Za-z_]\w*)(?:\[[^\]]*\]|\([^)]*\))?(?:\s*:?=[^{}]*)?\s*\{.*\}\s*$/s.exec(text)?.[1];
		if (word === undefined || ["not", "some", "every"].includes(word)) return false;
		const rules = readRules(text, this.#entered, "v0").value?.rules;
		if (rules === undefined || !rules.every((r) => r.hasBody)) return false;
		const read = readRules(text, this.#entered, regoVersion);
		if (read.value === undefined) return this.#wrong(read.errors, true, rowsBefore(this.#entered));
		this.#define(read.value);
		return true;
	}

	#package(text: string, final: boolean): boolean {
		const source = new Source("", text);
		const read = parseModule(source, { regoVersion: this.#options.regoVersion });
		if (read.value === undefined) return this.#wrong(read.errors, final, 0);
		// As it is written, without what stands behind it.
		const written = read.value.package;
		const path = text.slice(written.path.start, written.path.end).replace(/^package\s+/, "");
		if (!this.#packages.has(path)) this.#packages.set(path, emptyPackage(path));
		this.#current = path;
		this.#untouched = false;
		return true;
	}

	#wrong(errors: readonly RegoError[], final: boolean, rows: number, query = ""): boolean {
		if (!final) return false;
		const moved = errors.map((e) =>
			e.location === undefined ? e : withLocation(e, { ...e.location, row: e.location.row - rows }),
		);
		this.#options.write(
			`${formatOutputErrors(toOutputErrors(new RegoErrors(moved), () => (query === "" ? undefined : query.trim())))}\n`,
		);
		return true;
	}

	/** Whether an expression defines a rule, as `x := 1` does, or `x = 1` where there is no x; or why it cannot. */
	#defines(e: Expr): boolean | string {
		if (e.what.kind !== "term-expr" || e.what.term.kind !== "call" || !e.what.term.infix) return false;
		const { operator, args } = e.what.term;
		const head = operator.terms[0];
		const [left] = args;
		if (head?.kind !== "var" || left === undefined) return false;
		if (head.name === "assign") {
			if (e.negated || e.with.length > 0) return false;
			const isRoot = left.kind === "ref" && left.terms.length === 1;
			if (left.kind !== "call") return left.kind === "var" || isRoot;
			if (this.#options.regoVersion === "v0") return true;
			return "1 error occurred: 1:1: rego_parse_error: `if` keyword is required before function body";
		}
		if (head.name !== "eq") return false;
		const name = left.kind === "ref" ? left.terms[0] : left;
		if (name?.kind === "var" && this.#isTaken(name.name)) return false;
		if (left.kind === "ref" && left.terms.length > 1 && name?.kind === "var" && isRootName(name.name)) return false;
		if (e.negated) return "negated expressions cannot be used for rule head";
		if (e.with.length > 0) return "expressions using with keyword cannot be used for rule head";
		if (left.kind === "var" || left.kind === "ref" || left.kind === "call") return true;
		return `${left.kind === "scalar" ? typeName(left.value) : left.kind} cannot be used for rule name`;
	}

	/** A rule of the package, or what it imports. */
	#isTaken(name: string): boolean {
		const { rules, imports } = this.#entered;
		return rules.some((r) => r.name === name) || imports.some((i) => importedName(i) === name);
	}

	#define(m: Module): void {
		for (const [i, rule] of ruleTexts(m).entries()) {
			const old = this.#entered;
			const replaces = m.rules[i]?.head.assign === true && old.rules.some((r) => r.name === rule.name);
			const kept = replaces ? old.rules.filter((r) => r.name !== rule.name) : old.rules;
			if (!this.#tryChange({ ...old, rules: [...kept, rule] })) return;
			const what = replaces ? "re-defined" : "defined";
			// Programs that ask for JSON are told nothing else.
			if (this.#settings.format === "json") continue;
			this.#options.write(`Rule '${rule.head}' ${what} in package ${old.path}. Type 'show' to see rules.\n`);
		}
	}

	/** Keeps a change that compiles. */
	#tryChange(entered: Entered): boolean {
		const old = this.#entered;
		this.#change(entered);
		try {
			this.#policy();
			return true;
		} catch (e) {
			this.#change(old);
			// A rule that is new is the last one; where one was taken away, the first that now lacks it is told of.
			const rows = entered.rules.length > old.rules.length ? old.rules.length : rowOf(e, entered) - 1;
			this.#fail(e, rowsBefore(entered) + rows);
			return false;
		}
	}

	#policy(): Policy<Value> {
		const { regoVersion, env } = this.#options;
		const { modules, data } = this.#loaded;
		if (this.#compiled !== undefined) return this.#compiled;
		const own = [...this.#packages.values()].map((p) => {
			const read = readRules(p.rules.map((r) => r.text).join("\n"), p, regoVersion);
			if (read.value === undefined) throw new RegoErrors(read.errors);
			return read.value;
		});
		const all = [...modules, ...own];
		const host = { runtime: runtimeValue(env) };
		this.#compiled = this.#stopwatch.timeNow("rego_module_compile", () =>
			compile(all, { regoVersion, data, host, values: "rego", inputs: "trusted", prints: true }),
		);
		this.#watched = { modules: all, builtins, data, host: { ...defaultHost, ...host } };
		return this.#compiled;
	}

	#query(text: string): void {
		const { write, regoVersion, env } = this.#options;
		const settings = this.#settings;
		this.#stopwatch = new Stopwatch();
		try {
			const policy = this.#stopwatch.timeNow("rego_module_compile", () => this.#policy());
			const input = policy.query("data.repl.input").rows[0]?.expressions[0]?.value;
			const asked = {
				package: `data.${this.#current}`,
				imports: this.#entered.imports.map((i) => i.replace(/^import\s+/, "")),
				regoVersion,
			};
			const result = settings.watches ? this.#watch(text, asked, input) : this.#ask(policy, text, asked, input);
			const output = {
				errors: [],
				rows: result.rows,
				metrics: settings.metrics ? this.#stopwatch.entries() : undefined,
				runs: undefined,
				watched: result.watched,
			};
			writeEvalOutput(output, settings.format, {
				stdout: write,
				stderr: write,
				stdin: () => new Uint8Array(),
				cwd: "",
				env,
			});
		} catch (e) {
			this.#fail(e, 0, text);
		}
	}

	#ask(policy: Policy<Value>, text: string, asked: AskedIn, input: Value | undefined): Answered {
		const { write } = this.#options;
		try {
			return policy.query(text, input, {
				...asked,
				strictBuiltinErrors: this.#settings.strictBuiltinErrors,
				prints: true,
				onPrints: (lines) => {
					for (const line of lines) write(`${line.text}\n`);
				},
				onStage: (stage) => this.#stopwatch.start(`rego_query_${stage}`),
			});
		} finally {
			this.#stopwatch.stop();
		}
	}

	/** The same, by the evaluator that tells what happens. */
	#watch(text: string, asked: AskedIn, input: Value | undefined): Answered {
		const { explain, profile, strictBuiltinErrors } = this.#settings;
		const stopwatch = this.#stopwatch;
		this.#policy().checkQuery(text, { ...asked, onStage: (stage) => stopwatch.start(`rego_query_${stage}`) });
		if (this.#watched === undefined) throw new Error("nothing was compiled");
		stopwatch.start("rego_query_eval");
		const run = watchEval(this.#watched, text, asked, input, { explain, profile, strictBuiltinErrors });
		stopwatch.stop();
		for (const line of run.prints) this.#options.write(`${line.text}\n`);
		const watched = watchedOutput([run.report], false);
		if (watched === undefined) throw new Error("nothing was watched");
		if (run.error !== undefined) {
			this.#options.write(watched.explanation());
			throw run.error;
		}
		return { rows: run.outputRows, watched };
	}

	#fail(e: unknown, rows: number, query = ""): void {
		// An answer that cannot be written does not end the session.
		if (e instanceof UnwritableError || e instanceof LimitError) {
			this.#options.write(`${e.message}\n`);
			return;
		}
		if (!(e instanceof RegoErrors || e instanceof RegoError)) throw e;
		const all = e instanceof RegoErrors ? e.errors : [e];
		// What the value of an expression is kept in is no variable of anybody's.
		const named = all.filter((x) => x.reason !== "var _ is unsafe");
		this.#wrong(named.length > 0 ? named : all, true, rows, query);
	}
}

/** How many rows there are from the first rule on to the place of an error; rules stand in rows of their own. */
function rowOf(e: unknown, entered: Entered): number {
	const row = (e instanceof RegoErrors ? e.errors[0]?.location?.row : undefined) ?? 1;
	let left = row - rowsBefore(entered);
	let passed = 0;
	for (const { text } of entered.rules) {
		const rows = text.split("\n").length;
		if (left <= rows) break;
		left -= rows;
		passed += rows;
	}
	return passed + 1;
}

/** A query's package and imports. */
interface AskedIn {
	readonly package: string;
	readonly imports: readonly string[];
	readonly regoVersion: RegoVersion;
}

interface Answered {
	readonly rows: readonly OutputRow[];
	readonly watched?: WatchedOutput | undefined;
}

/** `import data.a.b` gives b, `import data.a as c` c. */
function importedName(text: string): string | undefined {
	return /\bas\s+(\w+)\s*$/.exec(text)?.[1] ?? /(\w+)(?:"\])?\s*$/.exec(text)?.[1];
}

function isRootName(name: string): boolean {
	return name === "data" || name === "input";
}

function farthest(errors: readonly RegoError[], rows: number): number {
	return Math.max(-1, ...errors.map((e) => ((e.location?.row ?? 0) - rows) * 10_000 + (e.location?.col ?? 0)));
}

function withLocation(e: RegoError, location: Location): RegoError {
	return new RegoError(e.code, e.reason, location, { details: e.details });
}
