/**
 * One program evaluated by us, on every backend with and without folding, against OPA's answers. The
 * first difference found is told by its kind (what shrinking must keep) and in words.
 */
import { builtins } from "../../src/builtins/registry.ts";
import { compile } from "../../src/compile.ts";
import { RegoError, RegoErrors } from "../../src/errors.ts";
import type { Backend } from "../../src/eval/backend.ts";
import { closures } from "../../src/eval/closures/closures.ts";
import type { PrintLine } from "../../src/eval/context.ts";
import { generated } from "../../src/eval/generated/generated.ts";
import { Source } from "../../src/location.ts";
import type { Body, Module } from "../../src/parser/ast.ts";
import { parseModule, parseQuery } from "../../src/parser/parser.ts";
import { annotations } from "../../src/parts.ts";
import { documentPath } from "../../src/planned.ts";
import type { Policy } from "../../src/policy.ts";
import { equal } from "../../src/value/compare.ts";
import { parseJson } from "../../src/value/json.ts";
import type { PlainObject, Value } from "../../src/value/value.ts";
import { builtAhead } from "../aot-backend.ts";
import { verified } from "../verified.ts";
import {
	evaluatedUnbound,
	spellsNumbersTwice,
	wronglyAccepted,
	wronglyAnswered,
	wronglyRefused,
} from "./known-faults.ts";
import type { OracleAnswer, OracleError, OracleReply } from "./oracle.ts";
import type { ProgramTexts } from "./program.ts";
import { readTyped, writeTyped } from "./typed-json.ts";

export interface Difference {
	readonly kind: string;
	readonly text: string;
}

export interface DifferOptions {
	/** Compare messages and places of errors, not only their codes. */
	readonly texts: boolean;
	readonly millis: number;
	readonly v0: boolean;
	/** Modules built ahead of time as one more backend. */
	readonly aot: boolean;
}

/** Texts of rows, or errors. */
interface Answer {
	readonly rows?: readonly { readonly [name: string]: string }[];
	readonly errors?: readonly OracleError[];
	readonly prints?: readonly string[];
}

const variants: readonly (readonly [name: string, backend: Backend, fold: boolean])[] = [
	["closures", closures, true],
	["generated", verified(generated), true],
	["closures without folding", closures, false],
	["generated without folding", verified(generated), false],
];
const ahead: (typeof variants)[number] = ["aot", builtAhead, true];

export type Outcome = "same" | "rejected" | "unanswered" | "lazy" | Difference;

export function differ(p: ProgramTexts, reply: OracleReply, options: DifferOptions): Outcome {
	const outcome = compareAll(p, reply, options);
	if (typeof outcome === "string") return outcome;
	if (outcome.kind === "spelling" && spellsNumbersTwice(p)) return "unanswered";
	return wronglyAnswered(p) ? "unanswered" : outcome;
}

function compareAll(p: ProgramTexts, reply: OracleReply, options: DifferOptions): Outcome {
	if (reply.lost === true) return "unanswered";
	const oracleErrors = reply.errors ?? [];
	if (oracleErrors.some((e) => e.code === "panic")) return "unanswered";
	const policies: (readonly [string, Policy<Value>])[] = [];
	let ours: readonly OracleError[] = [];
	let modules: Module[] = [];
	try {
		modules = parse(p, options);
		const data = parseJson(p.data) as PlainObject;
		// Folding is left out for one program in four: it shows seldom.
		const some = p.data.length % 4 === 0 ? variants : variants.slice(0, 2);
		for (const [name, backend, fold] of options.aot ? [...some, ahead] : some) {
			policies.push([
				name,
				compile(modules, { backend, data, optimize: { fold }, strictBuiltinErrors: p.strict, values: "rego" }),
			]);
		}
	} catch (e) {
		ours = errorsOf(e);
	}
	if (ours.length > 0 || oracleErrors.length > 0) {
		const found = compareErrors("modules", ours, oracleErrors, options.texts);
		if (found !== undefined && wronglyRefused(modules, oracleErrors)) return "unanswered";
		if (found !== undefined && oracleErrors.length === 0 && wronglyAccepted(modules, ours)) return "unanswered";
		// OPA lets the variable pass, and finds a wrong type or nothing to print instead.
		if (found !== undefined && oracleErrors.length > 0 && evaluatedUnbound(modules, ours)) return "rejected";
		return found ?? "rejected";
	}
	const input = p.input === undefined ? undefined : parseJson(p.input);
	for (const [i, query] of p.queries.entries()) {
		const wanted = (reply.answers ?? [])[i] as OracleAnswer;
		// The rule index must not change an answer: where it does, OPA is at fault.
		if (wanted.unindexed !== undefined) return "unanswered";
		// OPA's own faults: see docs/differences.md.
		if ((wanted.errors ?? []).some((e) => e.code === "eval_cancel_error" || e.code === "panic" || isFault(e))) {
			return "unanswered";
		}
		for (const [name, policy] of policies.slice(0, 2)) {
			const answer = ask(policy, query, input, options, p.prints);
			const found = compareAnswers(`${query} [${name}]`, answer, wanted, options);
			if (found?.kind === "lazy") return "lazy";
			if (found !== undefined && wronglyRefused(parsed(query, options), wanted.errors ?? [])) return "unanswered";
			if (found !== undefined && evaluatedUnbound(parsed(query, options), answer.errors ?? [])) return "unanswered";
			if (found !== undefined) return found;
		}
		const path = documentOf(query);
		if (path === undefined) continue;
		for (const [name, policy] of policies) {
			const found = compareDocument(
				`document ${query} [${name}]`,
				policy,
				path,
				input,
				wanted,
				query.endsWith(" = x"),
				options,
			);
			if (found?.kind === "lazy") return "lazy";
			if (found !== undefined) return found;
		}
	}
	return "same";
}

/** OPA evaluates some comprehensions in an order that leaves operands unbound. */
function isFault(e: OracleError): boolean {
	if (e.code === "eval_internal_error") return /requires evaluation/.test(e.message);
	// In a comprehension of an ad-hoc query, OPA takes a builtin that replaces a function for a variable.
	const name = /^var (\w+) is unsafe$/.exec(e.message)?.[1];
	return e.code === "rego_unsafe_var_error" && name !== undefined && builtins.has(name);
}

function parse(p: ProgramTexts, options: DifferOptions): Module[] {
	const errors: RegoError[] = [];
	const modules: Module[] = [];
	for (const [i, text] of p.modules.entries()) {
		const parsed = parseModule(new Source(`m${i}.rego`, text), {
			regoVersion: options.v0 ? "v0" : "v1",
			annotations: annotations.read,
		});
		errors.push(...parsed.errors);
		if (parsed.value !== undefined) modules.push(parsed.value);
	}
	if (errors.length > 0) throw new RegoErrors(errors);
	return modules;
}

function parsed(query: string, options: DifferOptions): readonly Body[] {
	const { value } = parseQuery(new Source("", query), { regoVersion: options.v0 ? "v0" : "v1" });
	return value === undefined ? [] : [value.body];
}

function ask(
	policy: Policy<Value>,
	query: string,
	input: Value | undefined,
	options: DifferOptions,
	prints: boolean,
): Answer {
	let printed: readonly PrintLine[] = [];
	const lines = (): string[] => printed.map((l) => l.text);
	try {
		const { rows } = policy.query(query, input, {
			prints,
			onPrints: (list) => {
				printed = list;
			},
			limits: { timeMs: options.millis },
			regoVersion: options.v0 ? "v0" : "v1",
		});
		return {
			prints: lines(),
			rows: rows.map((row) => ({
				...Object.fromEntries(Object.entries(row.bindings).map(([k, v]) => [`b:${k}`, writeTyped(v)])),
				...Object.fromEntries(row.expressions.map((e, i) => [`e:${i}`, writeTyped(e.value)])),
			})),
		};
	} catch (e) {
		return { errors: errorsOf(e), prints: lines() };
	}
}

/** The document that a query asks for, if it is one. */
function documentOf(query: string): string | undefined {
	const path = query.replace(/ = x$/, "");
	if (!/^data(?:\.\w+|\["[^"]*"\])*$/.test(path)) return undefined;
	try {
		documentPath(path);
		return path;
	} catch {
		return undefined;
	}
}

function compareDocument(
	where: string,
	policy: Policy<Value>,
	path: string,
	input: Value | undefined,
	wanted: OracleAnswer,
	bound: boolean,
	options: DifferOptions,
): Difference | undefined {
	const key = bound ? "b:x" : "e:0";
	const only = (a: Answer): Answer =>
		a.rows === undefined ? a : { rows: a.rows.map((r) => ({ [key]: r[key] ?? "" })) };
	const answer = (make: () => Value | undefined): Answer => {
		try {
			const value = make();
			return value === undefined ? { rows: [] } : { rows: [{ [key]: writeTyped(value) }] };
		} catch (e) {
			return { errors: errorsOf(e) };
		}
	};
	// The path of a document is not type-checked: see docs/differences.md.
	if (wanted.errors?.some((e) => e.code === "rego_type_error") === true) return undefined;
	const want = wanted.errors === undefined ? only({ rows: wanted.rows ?? [] }) : wanted;
	// The two ways to ask, one for each backend.
	if (where.includes("closures")) {
		const evaluated = answer(
			() => policy.evaluate(path, input, { limits: { timeMs: options.millis }, optional: true }).value,
		);
		return compareAnswers(`evaluate ${where}`, evaluated, want, options);
	}
	return compareAnswers(
		`rule ${where}`,
		answer(() => policy.rule(path, { optional: true })(input)),
		want,
		options,
	);
}

function compareAnswers(
	where: string,
	ours: Answer,
	theirs: OracleAnswer,
	{ texts }: DifferOptions,
): Difference | undefined {
	if (ours.errors !== undefined || theirs.errors !== undefined) {
		const got = ours.errors ?? [];
		const want = theirs.errors ?? [];
		const found = compareErrors(where, got, want, texts);
		if (found === undefined) return undefined;
		const rows = ours.rows ?? theirs.rows ?? [];
		return { kind: found.kind, text: `${found.text}\n  rows instead: ${JSON.stringify(rows).slice(0, 600)}` };
	}
	const got = sorted(ours.rows ?? []);
	const want = sorted((theirs.rows ?? []).filter(isRow));
	if (got.length === want.length && got.every((r, i) => r === want[i])) return comparePrints(where, ours, theirs);
	if (/\|.*;/.test(where) && sameButForOrder(ours.rows ?? [], theirs.rows ?? [])) return undefined;
	const text = `${where}: got ${got.join(" ").slice(0, 600) || "undefined"}\n  opa: ${want.join(" ").slice(0, 600) || "undefined"}`;
	if (sameValues(ours.rows ?? [], theirs.rows ?? [])) return { kind: "spelling", text };
	return { kind: got.length === want.length ? "value" : "rows", text };
}

/** Not one of several expressions that are false: OPA shows these where an expression lends its variable to another. */
function isRow(row: { readonly [name: string]: string }): boolean {
	const shown = Object.entries(row).filter(([key]) => key.startsWith("e:"));
	return shown.length < 2 || shown.every(([, value]) => value !== "false");
}

/** Lines that are there on both sides, in whatever order. */
function comparePrints(where: string, ours: Answer, theirs: OracleAnswer): Difference | undefined {
	if (ours.prints === undefined) return undefined;
	const got = ours.prints;
	const want = theirs.prints ?? [];
	if (JSON.stringify(got) === JSON.stringify(want)) return undefined;
	// Of several rules, or definitions, OPA goes on with the value of one before it looks at the next.
	if (JSON.stringify([...got].sort()) === JSON.stringify([...want].sort())) return undefined;
	const text = `${where}: printed ${JSON.stringify(got).slice(0, 600)}\n  opa: ${JSON.stringify(want).slice(0, 600)}`;
	return { kind: "prints", text };
}

function sorted(rows: readonly { readonly [name: string]: string }[]): string[] {
	return [...new Set(rows.map((r) => JSON.stringify(Object.fromEntries(Object.entries(r).sort()))))].sort();
}

/** Rows whose expressions come in another order, which OPA lets calls with closures change: see docs/differences.md. */
function sameButForOrder(
	ours: readonly { readonly [name: string]: string }[],
	theirs: readonly { readonly [name: string]: string }[],
): boolean {
	const texts = (rows: typeof ours): string[] =>
		rows
			.map((r) =>
				Object.entries(r)
					.map(([k, v]) => `${k.startsWith("e:") ? "e" : k}=${v}`)
					.sort()
					.join(" "),
			)
			.sort();
	return JSON.stringify(texts(ours)) === JSON.stringify(texts(theirs));
}

/** Equal but for the spelling of numbers. */
function sameValues(
	ours: readonly { readonly [name: string]: string }[],
	theirs: readonly { readonly [name: string]: string }[],
): boolean {
	const values = (rows: typeof ours): Value[] =>
		rows.map((r) =>
			Object.entries(r)
				.sort(([a], [b]) => (a < b ? -1 : 1))
				.map(([k, v]) => [k, readTyped(v)]),
		);
	try {
		const a = values(ours);
		const b = values(theirs);
		return a.every((x) => b.some((y) => equal(x, y))) && b.every((x) => a.some((y) => equal(x, y)));
	} catch {
		return false;
	}
}

function compareErrors(
	where: string,
	ours: readonly OracleError[],
	theirs: readonly OracleError[],
	texts: boolean,
): Difference | undefined {
	const code = (list: readonly OracleError[]): string => list[0]?.code ?? "none";
	const show = (list: readonly OracleError[]): string =>
		list
			.map((e) => `${e.file ?? ""}:${e.row ?? ""}:${e.col ?? ""} ${e.code}: ${e.message}`)
			.slice(0, 4)
			.join("\n       ") || "no error";
	const text = `${where}: got ${show(ours)}\n  opa: ${show(theirs)}`;
	const running = (list: readonly OracleError[]): boolean => code(list).startsWith("eval_");
	// Where several things fail, which one is met first is no part of the language.
	if (running(ours) && running(theirs) && !texts) return undefined;
	// That is never an answer.
	if (ours.some((e) => e.code === "eval_internal_error" || e.code === "crash") && theirs.length === 0) {
		return { kind: "internal", text };
	}
	// Who stops early, or asks for less of a document, may not meet a failure at all: see docs/differences.md.
	if (!texts && (running(ours) || running(theirs)) && (ours.length === 0 || theirs.length === 0)) {
		return { kind: "lazy", text };
	}
	if (code(ours) !== code(theirs)) return { kind: `${code(ours)} for ${code(theirs)}`, text };
	if (!texts) return undefined;
	const full = (list: readonly OracleError[]): string =>
		list
			.map((e) => `${e.file ?? ""}:${e.row ?? ""}:${e.col ?? ""} ${e.code}: ${e.message}`)
			.sort()
			.join("\n");
	return full(ours) === full(theirs) ? undefined : { kind: `text of ${code(ours)}`, text };
}

function errorsOf(e: unknown): OracleError[] {
	const list = e instanceof RegoErrors ? e.errors : e instanceof RegoError ? [e] : undefined;
	if (list === undefined) return [{ code: "crash", message: e instanceof Error ? (e.stack ?? e.message) : String(e) }];
	return list.map((x) => ({
		code: x.code,
		message: x.reason,
		...(x.location === undefined ? {} : { file: x.location.file, row: x.location.row, col: x.location.col }),
	}));
}
