/** Calls: of functions that policies define, of builtins, and of what `with` puts in their place. */

import { at } from "../at.ts";
import type { Builtin } from "../builtins/define.ts";
import { RegoError } from "../errors.ts";
import { equal } from "../value/compare.ts";
import { isArray, type Value } from "../value/value.ts";
import { evalDefinitions } from "./definitions.ts";
import { rulesFor } from "./documents.ts";
import { evaluate, functionKey } from "./evaluate.ts";
import {
	builtinName,
	constant,
	Expr,
	isGround,
	type Reference,
	type Rule,
	reference,
	type Term,
	variable,
} from "./nodes.ts";
import type { IndexResult } from "./rule-index.ts";
import { type Exit, isUndefined, type Next, pathKey, type Query, suppressed } from "./state.ts";
import { biunifyLists, ground, unify } from "./unify.ts";

const caseOperator = reference([variable("internal"), constant("test_case")]);

export function evalCall(q: Query, operator: Reference, args: readonly Term[], next: Next): Exit {
	const { machine } = q;
	const name = builtinName(operator);
	const mock = machine.mock(name ?? functionKey(operator.terms));
	if (mock?.kind === "ref" && machine.program.isFunction(mock)) {
		machine.mocks.push([]);
		const exit = evalCall(q, mock, args, () => {
			const group = machine.mocks.pop();
			const inner = next();
			machine.mocks.push(group ?? []);
			return inner;
		});
		machine.mocks.pop();
		return exit;
	}
	if (mock !== undefined) {
		const arity = machine.program.arity(operator);
		if (args.length === arity + 1) return unify(q, at(args, arity), mock, next);
		return mock.kind === "value" && mock.value === false ? undefined : next();
	}
	if (name !== undefined) {
		const builtin = machine.program.builtins.get(name);
		if (builtin === undefined) throw new RegoError("eval_internal_error", `unsupported built-in: ${name}`);
		return callBuiltin(q, builtin, args, next);
	}
	const found = rulesFor(q, operator, args, machine.program.nodeAt(operator.terms)?.index);
	return found === undefined ? undefined : new FunctionCall(q, operator, args, found).eval(next);
}

function callBuiltin(q: Query, b: Builtin, args: readonly Term[], next: Next): Exit {
	const operands = args.map((t) => q.bindings.plug(t));
	const declared = b.variadic === undefined ? b.args.length : operands.length;
	const inputs = operands.slice(0, declared).map((t) => {
		if (t.kind !== "value") throw new RegoError("eval_internal_error", `${b.name}: operand is not evaluated`);
		return t.value;
	});
	const { state } = q.machine;
	const place = at(q.body, q.index).place;
	state.callName = b.name;
	state.callLoc = q.machine.placeId(place);
	if (b.name === "trace" && typeof inputs[0] === "string") q.tell("Note", undefined, inputs[0], undefined, place);
	// Tells which case of a test is next.
	if (b.name === "internal.test_case") {
		const args = inputs.map((v) => constant(v));
		q.tell("TestCase", { kind: "expr", expr: new Expr({ kind: "call", operator: caseOperator, args }, undefined) });
	}
	const result = b.eval(state, ...inputs);
	if (result === undefined) return undefined;
	const output = (v: Value): Exit => {
		if (b.result === undefined) return next();
		if (operands.length === declared) return v === false ? undefined : next();
		return unify(q, at(args, declared), constant(v), next);
	};
	if (!b.relation) return output(result);
	for (const v of isArray(result) ? result : []) {
		const exit = output(v);
		if (exit !== undefined) return exit;
	}
	return undefined;
}

class FunctionCall {
	readonly #q: Query;
	readonly #args: readonly Term[];
	readonly #found: IndexResult;
	readonly #arity: number;
	readonly #key: string;
	/** The result has no name at the call: it must only not be false. */
	readonly #isTest: boolean;

	constructor(q: Query, operator: Reference, args: readonly Term[], found: IndexResult) {
		this.#q = q;
		this.#args = args;
		this.#found = found;
		this.#arity = (found.rules[0] ?? found.default)?.args?.length ?? 0;
		this.#isTest = this.#arity === args.length;
		const inputs = args.slice(0, this.#arity).map((t) => (isGround(t) ? t : q.bindings.plug(t)));
		this.#key = pathKey([...operator.terms, ...inputs], "()");
	}

	eval(next: Next): Exit {
		const { rules, default: otherwise } = this.#found;
		if (rules.length === 0 && otherwise === undefined) return undefined;
		const cached = this.#q.machine.caches.get(this.#key);
		if (cached !== undefined && cached !== isUndefined) {
			if (!this.#isTest) return unify(this.#q, at(this.#args, this.#arity), constant(cached), next);
			return cached === false ? undefined : next();
		}
		return suppressed(evalDefinitions(this.#found, (rule, before, findOne) => this.#rule(rule, before, findOne, next)));
	}

	#rule(rule: Rule, before: Value | undefined, findOne: boolean, next: Next): readonly [Exit, Value | undefined] {
		const q = this.#q;
		const child = q.child(rule.body);
		const node = { kind: "rule", rule } as const;
		child.findOne = findOne;
		child.tell("Enter", node);
		const head = rule.value ?? constant(true);
		const params = this.#isTest ? (rule.args ?? []) : [...(rule.args ?? []), head];
		let previous = before;
		let result: Value | undefined;
		const exit = biunifyLists(child, this.#args, params, q.bindings, child.bindings, () =>
			evaluate(child, () => {
				child.tell("Exit", node, child.findOne ? "early" : "");
				result = ground(child.bindings.plug(head));
				q.machine.caches.put(this.#key, result);
				if (this.#isTest && result === false) {
					if (previous !== undefined && !equal(previous, result)) throw conflict(rule);
					previous = result;
					return undefined;
				}
				if (previous !== undefined) {
					if (!equal(previous, result)) throw conflict(rule);
					child.tell("Redo", node);
					return undefined;
				}
				previous = result;
				const inner = next();
				if (inner !== undefined) return inner;
				child.tell("Redo", node);
				return undefined;
			}),
		);
		return [exit, result];
	}
}

function conflict(rule: Rule): RegoError {
	const { place } = rule;
	const message = "functions must not produce multiple outputs for same inputs";
	return new RegoError("eval_conflict_error", message, place.source.location(place.start));
}
