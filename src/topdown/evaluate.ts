/**
 * Expressions evaluated one after the other, each for every solution of those before it, as OPA's evaluator does:
 * a solution is passed on by calling `next`, which says whether to go on. Source of the order of all that
 * happens: OPA v1/topdown/eval.go.
 */

import { at } from "../at.ts";
import { RegoError } from "../errors.ts";
import { isCollection } from "../value/access.ts";
import type { Value } from "../value/value.ts";
import { evalCall } from "./calls.ts";
import {
	type Body,
	builtinName,
	type Every,
	type Expr,
	equation,
	isRoot,
	type Logical,
	type Not,
	reference,
	sides,
	type Term,
	variable,
} from "./nodes.ts";
import { EarlyExit, type Exit, type Next, type Query, suppressed } from "./state.ts";
import { unify } from "./unify.ts";
import { withValue } from "./values.ts";

/** A query from its beginning to each of its solutions, with the events of it as a whole. */
export function run(q: Query, next: Next): Exit {
	const node = { kind: "body", body: q.body } as const;
	q.tell("Enter", node);
	return evaluate(q, () => {
		q.tell("Exit", node, q.findOne ? "early" : "");
		try {
			return next();
		} finally {
			q.tell("Redo", node);
		}
	});
}

/** From where the query is. */
export function evaluate(q: Query, next: Next): Exit {
	q.machine.state.step(1);
	const e = q.body[q.index];
	if (e === undefined) {
		const exit = next();
		if (exit !== undefined) return new EarlyExit(!q.findOne, exit);
		return q.findOne ? new EarlyExit(false, undefined) : undefined;
	}
	q.tell("Eval", { kind: "expr", expr: e });
	if (e.with.length > 0) return evalWith(q, e, next);
	return step(q, e, () => advance(q, next));
}

function advance(q: Query, next: Next): Exit {
	q.index++;
	const exit = evaluate(q, next);
	q.index--;
	return exit;
}

function step(q: Query, e: Expr, next: Next): Exit {
	if (e.negated) return evalNot(q, e, next);
	const node = { kind: "expr", expr: e } as const;
	let defined = false;
	const passOn: Next = () => {
		defined = true;
		try {
			return next();
		} finally {
			// Also on the way out of an error.
			q.tell("Redo", node);
		}
	};
	const exit = solutions(q, e, passOn);
	if (exit !== undefined) return exit;
	if (!defined) q.tell("Fail", node);
	return undefined;
}

function solutions(q: Query, e: Expr, next: Next): Exit {
	const w = e.what;
	switch (w.kind) {
		case "term": {
			const result = variable(`$_term_${q.id}_${q.index}`);
			return unify(q, w.term, result, () => {
				const v = q.bindings.plug(result);
				return v.kind === "value" && v.value === false ? undefined : next();
			});
		}
		case "call": {
			const both = sides(e);
			return both === undefined ? evalCall(q, w.operator, w.args, next) : unify(q, both[0], both[1], next);
		}
		case "every":
			return evalEvery(q, e, w, next);
		case "not":
			return evalBlock(q, w, next);
		default:
			return evalLogical(q, w, next);
	}
}

/** The plain `not`. */
function evalNot(q: Query, e: Expr, next: Next): Exit {
	const [defined, exit] = holds(q, [e.complement()], false);
	if (exit !== undefined) return exit;
	if (!defined) return next();
	q.tell("Fail", { kind: "expr", expr: e });
	return undefined;
}

/** `not` under its improved meaning. */
function evalBlock(q: Query, w: Not, next: Next): Exit {
	const [defined, exit] = holds(q, w.body, false);
	if (exit !== undefined) return exit;
	return defined ? undefined : next();
}

function evalLogical(q: Query, w: Logical, next: Next): Exit {
	const [left] = holds(q, w.left, true);
	if (w.kind === "or" ? left : !left) return w.kind === "or" ? next() : undefined;
	const [right] = holds(q, w.right, true);
	return right ? next() : undefined;
}

/** Whether a closed body has a solution; with `findOne`, the first ends it. */
function holds(q: Query, body: Body, findOne: boolean): readonly [boolean, Exit] {
	const node = { kind: "body", body } as const;
	const child = q.closure(body);
	child.findOne = findOne;
	child.tell("Enter", node);
	let defined = false;
	const exit = evaluate(child, () => {
		child.tell("Exit", node, findOne ? "early" : "");
		child.tell("Redo", node);
		defined = true;
		return undefined;
	});
	return [defined, exit];
}

function evalEvery(q: Query, e: Expr, w: Every, next: Next): Exit {
	const node = { kind: "expr", expr: e } as const;
	const domain = q.bindings.plug(w.domain);
	if (!isIterable(domain)) {
		q.tell("Fail", node);
		return undefined;
	}
	const generator = [equation(reference([w.domain, w.key], w.domain.place), w.value, w.domain.place)];
	const outer = q.closure(generator);
	let all = true;
	outer.tell("Enter", node);
	const exit = evaluate(outer, () => {
		if (!all) return undefined;
		const [defined, found] = holds(outer, w.body, true);
		if (!defined) all = false;
		outer.tell("Redo", node);
		return suppressed(found);
	});
	if (exit !== undefined) return exit;
	if (!all) {
		outer.tell("Fail", node);
		return undefined;
	}
	const result = next();
	outer.tell("Exit", node);
	return result;
}

function isIterable(t: Term): boolean {
	if (t.kind === "value") return isCollection(t.value);
	return t.kind === "array" || t.kind === "object" || t.kind === "set";
}

// --- with --------------------------------------------------------------------------------------

interface Replaced {
	readonly input: Value | undefined;
	readonly data: Value | undefined;
	readonly mocks: Map<string, Term>;
	readonly targets: readonly Term[][];
}

function evalWith(q: Query, e: Expr, next: Next): Exit {
	const { machine } = q;
	const replaced = replacements(q, e);
	const outer = { input: q.input, data: q.data };
	const push = (): void => {
		q.input = replaced.input;
		q.data = replaced.data;
		machine.caches.push();
		machine.targets.push(replaced.targets);
		machine.mocks.at(-1)?.push(replaced.mocks);
	};
	const pop = (): void => {
		q.input = outer.input;
		q.data = outer.data;
		machine.caches.pop();
		machine.targets.pop();
		machine.mocks.at(-1)?.pop();
	};
	push();
	const exit = step(q, e, () => {
		pop();
		const inner = advance(q, next);
		push();
		return inner;
	});
	pop();
	return exit;
}

function replacements(q: Query, e: Expr): Replaced {
	const { program } = q.machine;
	let { input, data } = q;
	const mocks = new Map<string, Term>();
	const targets: Term[][] = [];
	for (const w of e.with) {
		const head = at(w.target.terms, 0);
		const name = builtinName(w.target);
		const value = q.bindings.plug(w.value);
		if (program.isFunction(w.target)) {
			mocks.set(name ?? functionKey(w.target.terms), value);
			if (name === undefined) targets.push(w.target.terms);
			continue;
		}
		const path = w.target.terms.slice(1).map((t) => {
			const key = q.bindings.plug(t);
			if (key.kind !== "value" || typeof key.value !== "string") throw conflict(e, "bad document path");
			return key.value;
		});
		targets.push(w.target.terms);
		// A function in the place of a document hides it.
		if (value.kind !== "value") continue;
		if (isRoot(head, "input")) {
			input = withValue(input, path, value.value);
		} else data = withValue(data, path, value.value);
	}
	return { input, data, mocks, targets };
}

/** What a rule's function is called among mocks. */
export function functionKey(path: readonly Term[]): string {
	return path.map((t) => (t.kind === "value" ? String(t.value) : t.kind === "var" ? t.name : "")).join(".");
}

function conflict(e: Expr, message: string): RegoError {
	const at = e.place;
	return new RegoError("eval_conflict_error", message, at?.source.location(at.start));
}
