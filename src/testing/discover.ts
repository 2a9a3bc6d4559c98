/**
 * The tests among rules: those with a part of their name that begins with `test_`, or `todo_test_` for what is skipped.
 * Each definition is a test; definitions of one name are told apart as in OPA (`test_a`, `test_a#01`).
 */
import { at as elementAt } from "../at.ts";
import {
	type Body,
	type Expr,
	expr,
	type Head,
	type Module,
	noWiths,
	type Ref,
	type Rule,
	ref,
	type Term,
	termExpr,
	variable,
} from "../parser/ast.ts";
import { printRef } from "../parser/print.ts";
import { isGround } from "../parser/rules.ts";
import { variablesOf } from "./variables.ts";

const testPrefix = "test_";
const todoPrefix = "todo_test_";

export interface Test {
	/** `data.authz`. */
	readonly package: string;
	/** `test_admin`, `test_admin#01`, `a.test_b`. */
	readonly name: string;
	/** Names below `data` of the document that is asked for. */
	readonly path: readonly string[];
	readonly location: { readonly file: string; readonly row: number; readonly col: number };
	readonly todo: boolean;
	/** Its cases are the keys of an object: `test_sum[tc.note] if …`. */
	readonly hasCases: boolean;
}

export interface Discovered {
	readonly tests: readonly Test[];
	/** With names told apart, and each case of a test reported as soon as its name is known. */
	readonly modules: readonly Module[];
}

/** The builtin that a test with cases calls with the keys of the case it is in. */
export const caseBuiltin = "internal.test_case";

export function discoverTests(modules: readonly Module[]): Discovered {
	const tests: Test[] = [];
	const counts = new Map<string, number>();
	const sorted = [...modules].sort((a, b) =>
		a.source.name < b.source.name ? -1 : a.source.name > b.source.name ? 1 : 0,
	);
	const rewritten = sorted.map((m): Module => {
		const packageText = printRef(m.package.path);
		const rules = m.rules.map((rule) => {
			const length = nameLength(rule.head.ref);
			if (length === undefined) return rule;
			const named = toldApart(rule, length, packageText, counts);
			tests.push(testOf(m, named, rule, length, packageText));
			return reportingCases(named, length);
		});
		return { ...m, rules };
	});
	return { tests, modules: rewritten };
}

function partOf(t: Term): string {
	if (t.kind === "var") return t.name;
	return t.kind === "scalar" && typeof t.value === "string" ? t.value : "";
}

function isTestName(name: string): boolean {
	return name.startsWith(testPrefix) || name.startsWith(todoPrefix);
}

/** How many terms of a head's ref name the test; undefined where it is none. */
function nameLength(r: Ref): number | undefined {
	for (const [i, t] of r.terms.entries()) {
		if (i > 0 && !isGround(t)) return undefined;
		if (isTestName(partOf(t))) return i + 1;
	}
	return undefined;
}

/** The rule under a name of its own, where others of its name came before. */
function toldApart(rule: Rule, length: number, packageText: string, counts: Map<string, number>): Rule {
	const terms = rule.head.ref.terms;
	const last = elementAt(terms, length - 1);
	if (!partOf(last).startsWith(testPrefix)) return rule;
	const key = `${packageText} ${printRef({ ...rule.head.ref, terms: terms.slice(0, length) })}`;
	const count = counts.get(key) ?? 0;
	counts.set(key, count + 1);
	if (count === 0) return rule;
	const name = `${partOf(last)}#${String(count).padStart(2, "0")}`;
	const renamed: Term = last.kind === "var" ? { ...last, name } : { ...last, kind: "scalar", value: name };
	const all = [...terms.slice(0, length - 1), renamed, ...terms.slice(length)];
	return withHead(rule, { ...rule.head, ref: { ...rule.head.ref, terms: all } });
}

/** An `else` has the head of its rule. */
function withHead(rule: Rule, head: Head): Rule {
	const { else: branch } = rule;
	const otherwise = branch === undefined ? undefined : withHead(branch, { ...branch.head, ref: head.ref });
	return { ...rule, head, else: otherwise };
}

function testOf(m: Module, named: Rule, original: Rule, length: number, packageText: string): Test {
	const terms = named.head.ref.terms.slice(0, length);
	return {
		package: packageText,
		name: printRef({ ...named.head.ref, terms }),
		path: [...m.package.path.terms.slice(1).map(partOf), ...terms.map(partOf)],
		location: m.source.location(original.start),
		todo: partOf(elementAt(terms, length - 1)).startsWith(todoPrefix),
		hasCases: isPartialObject(named.head),
	};
}

/** `p[k] := v` and `p.a[k].b := v`: what defines an object key by key. */
function isPartialObject({ ref: r, args, key, value }: Head): boolean {
	if ((args?.length ?? 0) > 0 || value === undefined || key !== undefined) return false;
	return r.terms.slice(1).some((t) => !isGround(t) || t.kind === "ref");
}

// --- cases ------------------------------------------------------------------------------------------------

/**
 * The rule with a call that reports the keys of its case, as early as they are known: whatever fails after it is
 * this case's failing. Literals are not moved: that could contradict what the author meant.
 */
function reportingCases(rule: Rule, length: number): Rule {
	const keys = rule.head.ref.terms.slice(length);
	if (keys.length === 0 || !rule.hasBody || callsCase(rule.body)) return rule;
	if (!partOf(elementAt(rule.head.ref.terms, length - 1)).startsWith(testPrefix)) return rule;
	const first = new Map<string, number>();
	rule.body.forEach((e, i) => {
		for (const name of variablesOf(e)) if (!first.has(name)) first.set(name, i);
	});
	const known = Math.max(-1, ...keys.flatMap((k) => [...variablesOf(k)].map((name) => first.get(name) ?? -1)));
	const body = [
		...rule.body.slice(0, known + 1),
		caseCall(keys, rule.body[known] ?? rule),
		...rule.body.slice(known + 1),
	];
	return { ...rule, body };
}

/** A place in a text. */
interface Span {
	readonly start: number;
	readonly end: number;
}

/** It stands where the expression does that gives the names. */
function caseCall(keys: readonly Term[], { start, end }: Span): Expr {
	const [root, name] = caseBuiltin.split(".") as [string, string];
	const operator = ref(
		[variable(root, start, start), { kind: "scalar", value: name, start, end: start }],
		start,
		start,
	);
	const args: readonly Term[] = [{ kind: "array", items: keys, start, end }];
	return expr(termExpr({ kind: "call", operator, args, infix: false, start, end }), false, noWiths, start, end);
}

function callsCase(body: Body): boolean {
	return body.some((e) => {
		const t = e.what.kind === "term-expr" ? e.what.term : undefined;
		return t?.kind === "call" && printRef(t.operator) === caseBuiltin;
	});
}
