/**
 * One session of the interactive shell: takes lines, keeps what is defined, and writes what `opa run` writes. It knows
 * nothing of terminals.
 */
import { compile } from "../../compile.ts";
import { isGround } from "../../compiler/syntax/constant-value.ts";
import { RegoError, RegoErrors } from "../../errors.ts";
import { LimitError } from "../../limit-error.ts";
import { type Location, Source } from "../../location.ts";
import type { Expr, Module, RegoVersion } from "../../parser/ast.ts";
import { parseModule, parseQuery } from "../../parser/parser.ts";
import type { Policy } from "../../policy.ts";
import { toJson } from "../../value/json.ts";
import { UnwritableError } from "../../value/text-limit.ts";
import type { PlainObject, Value } from "../../value/value.ts";
import { runtimeValue } from "../eval-host.ts";
import { writeEvalOutput } from "../eval-output.ts";
import type { CliIo } from "../io.ts";
import { formatOutputErrors, toOutputErrors } from "../output-error.ts";
import { helpText } from "./help.ts";
import { type Entered, emptyPackage, readRules, rowsBefore, ruleName, ruleTexts, showPackage } from "./module.ts";

export interface SessionOptions {
	readonly modules: readonly Module[];
	readonly data: PlainObject;
	readonly regoVersion: RegoVersion;
	readonly format: "pretty" | "json";
	readonly env: CliIo["env"];
	readonly write: (text: string) => void;
}

/** What OPA's shell has and this one has not. */
const refused: ReadonlySet<string> = new Set([
	"trace",
	"notes",
	"fails",
	"instrument",
	"profile",
	"types",
	"unknown",
	"target",
	"traceback",
]);

export class Session {
	readonly #options: SessionOptions;
	readonly #packages = new Map<string, Entered>();
	#current = "repl";
	#format: "pretty" | "json";
	#strictBuiltinErrors = false;
	#buffer: string[] = [];
	#compiled: Policy<Value> | undefined;

	constructor(options: SessionOptions) {
		this.#options = options;
		this.#format = options.format;
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
		const documents = Object.keys(this.#options.data).map((k) => `data.${k}`);
		const defined = this.#options.modules.flatMap((m) =>
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
				write(showPackage(this.#entered, this.#options.regoVersion));
				return true;
			case "json":
			case "pretty":
				this.#format = word;
				return true;
			case "strict-builtin-errors":
				this.#strictBuiltinErrors = !this.#strictBuiltinErrors;
				return true;
			case "unset":
				this.#unset(args);
				return true;
			case "unset-package":
				this.#unsetPackage(args);
				return true;
			case "dump":
				write(`${toJson(this.#options.data, { indent: "  " })}\n`);
				return true;
			default:
				if (!refused.has(word) || args.length > 1) return false;
				write(`${word} is not supported by this version of rego\n`);
				return true;
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
		else this.#change({ ...this.#entered, rules });
	}

	#unsetPackage(args: readonly string[]): void {
		const [name] = args;
		const { write } = this.#options;
		if (name === undefined || args.length > 1) {
			write("code bad arguments: unset-package <ref>: expects exactly one argument\n");
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
		const query = parseQuery(new Source("", text), { regoVersion });
		const body = query.value?.body;
		if (body !== undefined && body.length === 0) return true;
		const name = body?.length === 1 && body[0] !== undefined ? this.#assigned(body[0]) : undefined;
		if (body !== undefined && name === undefined) {
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

	#package(text: string, final: boolean): boolean {
		const source = new Source("", text);
		const read = parseModule(source, { regoVersion: this.#options.regoVersion });
		if (read.value === undefined) return this.#wrong(read.errors, final, 0);
		// As it is written, without what stands behind it.
		const written = read.value.package;
		const path = text.slice(written.path.start, written.path.end).replace(/^package\s+/, "");
		if (!this.#packages.has(path)) this.#packages.set(path, emptyPackage(path));
		this.#current = path;
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

	/** The rule that `x := 1`, or `x = 1` where there is no x, defines. */
	#assigned(e: Expr): string | undefined {
		if (e.negated || e.with.length > 0 || e.what.kind !== "term-expr" || e.what.term.kind !== "call") return undefined;
		const { operator, args, infix } = e.what.term;
		const head = operator.terms[0];
		const [left, right] = args;
		if (!infix || head?.kind !== "var" || left?.kind !== "var" || right === undefined) return undefined;
		if (head.name === "assign") return left.name;
		const taken = this.#entered.rules.some((r) => r.name === left.name);
		return head.name === "eq" && !taken && isGround(right) ? left.name : undefined;
	}

	#define(m: Module): void {
		for (const [i, rule] of ruleTexts(m).entries()) {
			const old = this.#entered;
			const replaces = m.rules[i]?.head.assign === true && old.rules.some((r) => r.name === rule.name);
			const kept = replaces ? old.rules.filter((r) => r.name !== rule.name) : old.rules;
			if (!this.#tryChange({ ...old, rules: [...kept, rule] })) return;
			const what = replaces ? "re-defined" : "defined";
			// Programs that ask for JSON are told nothing else.
			if (this.#format === "json") continue;
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
			this.#fail(e, rowsBefore(entered) + old.rules.length);
			return false;
		}
	}

	#policy(): Policy<Value> {
		const { modules, data, regoVersion, env } = this.#options;
		if (this.#compiled !== undefined) return this.#compiled;
		const own = [...this.#packages.values()].map((p) => {
			const read = readRules(p.rules.map((r) => r.text).join("\n"), p, regoVersion);
			if (read.value === undefined) throw new RegoErrors(read.errors);
			return read.value;
		});
		this.#compiled = compile([...modules, ...own], {
			regoVersion,
			data,
			host: { runtime: runtimeValue(env) },
			values: "rego",
			inputs: "trusted",
			prints: true,
		});
		return this.#compiled;
	}

	#query(text: string): void {
		const { write, regoVersion, env } = this.#options;
		try {
			const policy = this.#policy();
			const input = policy.query("data.repl.input").rows[0]?.expressions[0]?.value;
			const result = policy.query(text, input, {
				package: `data.${this.#current}`,
				imports: this.#entered.imports.map((i) => i.replace(/^import\s+/, "")),
				regoVersion,
				strictBuiltinErrors: this.#strictBuiltinErrors,
				prints: true,
				onPrints: (lines) => {
					for (const line of lines) write(`${line.text}\n`);
				},
			});
			const output = { errors: [], rows: result.rows, metrics: undefined, runs: undefined };
			writeEvalOutput(output, this.#format, {
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

function farthest(errors: readonly RegoError[], rows: number): number {
	return Math.max(-1, ...errors.map((e) => ((e.location?.row ?? 0) - rows) * 10_000 + (e.location?.col ?? 0)));
}

function withLocation(e: RegoError, location: Location): RegoError {
	return new RegoError(e.code, e.reason, location, { details: e.details });
}
