/**
 * OPA's type checker. checkTypes infers the types of all rules of a module set, dependencies first, and
 * reports what cannot be: equations of different types, operands a function does not take, references
 * to what is not there. checkQueryTypes does the same for a query, given the types of the rules.
 */

import { at, last } from "../../at.ts";
import type { Builtin } from "../../builtins/define.ts";
import { RegoError } from "../../errors.ts";
import type { Ref, Rule, Term } from "../../parser/ast.ts";
import { variable } from "../../parser/ast.ts";
import { nodeKey } from "../../plan/node-key.ts";
import { anyType, type FunctionType, functionType, mapOf, setOf, type Type, unknownType } from "../../value/types.ts";
import {
	type CheckedModuleSet,
	type CheckedQuery,
	type CheckedRule,
	type Knowledge,
	knowledge,
	type RuleTree,
} from "../checked.ts";
import { allDependencies } from "../rule-dependencies.ts";
import { isGround } from "../syntax/constant-value.ts";
import { allVars } from "../syntax/vars.ts";
import { TypeChecker } from "./checker.ts";
import { TypeNode } from "./documents.ts";
import { Literals } from "./literals.ts";
import { ResolvedPlaces } from "./resolved-places.ts";
import type { SchemaSet, SchemaTypes } from "./schemas.ts";
import { Generated, Names, Scope } from "./scope.ts";

/** Types of the rules, by path. */
export interface TypeEnv {
	readonly documents: TypeNode;
}

export interface TypeCheckResult {
	/** By place. */
	readonly errors: readonly RegoError[];
	readonly env: TypeEnv;
}

export interface TypeCheckOptions {
	/** Schemas of documents, by the names annotations use. */
	readonly schemas?: SchemaSet | undefined;
	/** Reads them, and those that annotations name; without it there are none. */
	readonly schemaTypes?: SchemaTypes | undefined;
}

export function checkTypes(
	set: CheckedModuleSet,
	builtins: ReadonlyMap<string, Builtin>,
	options: TypeCheckOptions = {},
): TypeCheckResult {
	const first = set.modules[0];
	const documents = new TypeNode(undefined);
	set[knowledge].types = { documents };
	const { schemas, schemaTypes } = options;
	const input = schemas === undefined ? undefined : schemaTypes?.inputType(schemas);
	if (input instanceof RegoError) return { errors: [input], env: { documents } };
	if (input !== undefined) documents.put([variable("input", 0, 0)], input);
	if (first === undefined) return { errors: [], env: { documents } };
	const base = Scope.base(documents);
	const checker = new TypeChecker(first.source, base, {
		builtins,
		query: false,
		localNames: set.localNames,
		places: new ResolvedPlaces(set.modules),
		literals: new Literals(set[knowledge].compilation.constants),
		dependents: dependentsOf(set),
		details: set[knowledge].compilation.options.details,
	});
	const annotations = schemaTypes?.annotations(set, schemas);
	const names = new Names(builtins);
	const errors: RegoError[] = [];
	for (const r of set[knowledge].order) {
		for (let rule: Rule | undefined = r.rule; rule !== undefined; rule = rule.else) {
			const described = annotations?.documents(r, rule, names, base, (e) => errors.push(e));
			const found = checkRule(checker, base.body(described), documents, r, rule);
			if (found.length > 0) errors.push(...found);
		}
	}
	return { errors: errors.length < 2 ? errors : errors.sort(byPlace), env: { documents } };
}

/**
 * The set must have been through checkTypes. With captured, values of expressions are kept as `opa eval`
 * keeps them: calls have one operand more then.
 */
export function checkQueryTypes(
	set: CheckedModuleSet,
	query: CheckedQuery,
	builtins: ReadonlyMap<string, Builtin>,
	captured = false,
): readonly RegoError[] {
	const env = set[knowledge].types ?? { documents: new TypeNode(undefined) };
	const base = Scope.base(env.documents);
	const checker = new TypeChecker(query.source, base, {
		builtins,
		query: true,
		localNames: query.localNames,
		places: new ResolvedPlaces([]),
		literals: new Literals(),
		dependents: dependentsOf(set),
		details: set[knowledge].compilation.options.details,
	});
	const body = captured ? query.body.map((e) => checker.captured(e)) : query.body;
	return checker.check(query.source, base.body(), body, []).errors;
}

/** The signature of a rule's function, for errors of queries that come before their types are checked. */
export function ruleFunctionType(set: CheckedModuleSet, operator: Ref): FunctionType | undefined {
	const env = set[knowledge].types;
	if (env === undefined) return undefined;
	const type = new Names(new Map()).operator(Scope.base(env.documents), operator);
	return type.kind === "function" ? type : undefined;
}

const noTerms: readonly Term[] = [];
const noErrors: readonly RegoError[] = [];

/** Checks one definition and adds its type to the documents. */
function checkRule(
	checker: TypeChecker,
	scope: Scope,
	documents: TypeNode,
	r: CheckedRule,
	rule: Rule,
): readonly RegoError[] {
	const { head } = rule;
	const path = r.ref.terms;
	const prefix = groundPrefix(path);
	const variable = path.length - prefix.length;
	const value = head.key ?? head.value;
	const { errors, terms: rests } = checker.check(r.module.source, scope, rule.body, headTerms(path, variable, value));
	if (errors.length > 0) {
		// Of any type, so that what refers to it is not wrong for this as well.
		documents.put(path.map(asVariable), anyType);
		return errors;
	}
	const args = head.args === undefined || head.args.length === 0 ? undefined : head.args;
	if (args !== undefined) openUp(args, scope);
	let type = value === undefined ? unknownType : checker.typeOf(scope, last(rests));
	if (head.key !== undefined && type !== unknownType) type = setOf(type);
	if (args !== undefined) type = functionOf(checker, scope, args, type);
	else {
		for (let i = variable - 1; i >= 0 && type !== unknownType; i--) {
			const key = checker.typeOf(scope, at(rests, i));
			type = key === unknownType ? unknownType : mapOf(key, type);
		}
	}
	if (type !== unknownType) documents.insert(prefix, type);
	return noErrors;
}

/** What of a rule's head is evaluated after its body: what its path has from the first variable on, and the value. */
function headTerms(path: readonly Term[], variable: number, value: Term | undefined): readonly Term[] {
	if (variable > 0) return value === undefined ? path.slice(-variable) : path.slice(-variable).concat(value);
	return value === undefined ? noTerms : [value];
}

/** Arguments the body does not use may be anything. */
function openUp(args: readonly Term[], scope: Scope): void {
	for (const a of args) {
		if (a.kind === "var") open(a.name, scope);
		else if (a.kind !== "scalar") {
			const names = new Set<string>();
			allVars(a, names);
			for (const name of names) open(name, scope);
		}
	}
}

function open(name: string, scope: Scope): void {
	if (scope.variable(name) === unknownType) scope.setNamed(name, anyType);
}

function functionOf(checker: TypeChecker, scope: Scope, args: readonly Term[], result: Type): FunctionType {
	const types: Type[] = new Array(args.length);
	for (let i = 0; i < args.length; i++) types[i] = checker.typeOf(scope, at(args, i));
	return functionType(types, result === unknownType ? undefined : result);
}

/** What a rule's path has before its first variable. */
function groundPrefix(path: readonly Term[]): readonly Term[] {
	for (let i = 1; i < path.length; i++) if (at(path, i).kind !== "scalar") return path.slice(0, i);
	return path;
}

function asVariable(t: Term): Term {
	return t.kind === "scalar" || t.kind === "var" ? t : new Generated(t, t);
}

/** Paths of the rules a reference may mean, and of all that reach those. Worked out when first asked. */
function dependentsOf(set: CheckedModuleSet): (target: Ref) => readonly (readonly Term[])[] {
	let reverse: Map<CheckedRule, CheckedRule[]> | undefined;
	const dependents = (r: CheckedRule): readonly CheckedRule[] => {
		reverse ??= dependentRules(set[knowledge]);
		return reverse.get(r) ?? [];
	};
	return (target) => {
		const found = new Set<CheckedRule>();
		collectRules(set.tree, target.terms, 0, found);
		// The set grows while it is gone through.
		for (const r of found) for (const d of dependents(r)) found.add(d);
		return [...found].map(({ ref }) => groundPrefix(ref.terms));
	};
}

/** The rules that refer to each rule, in themselves or in an else branch. */
function dependentRules({ graph, rules }: Knowledge): Map<CheckedRule, CheckedRule[]> {
	const out = new Map<CheckedRule, CheckedRule[]>();
	for (const [state, from] of rules) {
		for (const d of new Set(allDependencies(graph, state))) {
			const to = rules.get(d);
			if (to === undefined) continue;
			const list = out.get(to);
			if (list === undefined) out.set(to, [from]);
			else list.push(from);
		}
	}
	return out;
}

function collectRules(node: RuleTree, terms: readonly Term[], at: number, found: Set<CheckedRule>): void {
	if (at > 0) for (const r of node.rules) found.add(r);
	const t = terms[at];
	if (t === undefined || (at > 0 && !isGround(t))) {
		for (const child of node.children.values()) collectRules(child, terms, at + 1, found);
		return;
	}
	const key = t.kind === "scalar" ? nodeKey(t.value) : at === 0 && t.kind === "var" ? t.name : undefined;
	const child = key === undefined ? undefined : node.children.get(key);
	if (child !== undefined) collectRules(child, terms, at + 1, found);
}

function byPlace(a: RegoError, b: RegoError): number {
	const x = a.location;
	const y = b.location;
	if (x !== undefined && y !== undefined) {
		if (x.file !== y.file) return x.file < y.file ? -1 : 1;
		if (x.row !== y.row) return x.row - y.row;
		if (x.col !== y.col) return x.col - y.col;
	}
	return a.message < b.message ? -1 : a.message > b.message ? 1 : 0;
}
