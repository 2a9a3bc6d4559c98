/**
 * Whether types can be equal, and what a term's variables must be for it to have a type. As in OPA, a
 * variable takes the first type it is given; only in a union's members does it gather several.
 */

import { at } from "../../at.ts";
import type { ArrayTerm, ObjectTerm, SetTerm, Term } from "../../parser/ast.ts";
import { printTerm } from "../../parser/print.ts";
import { itemsInOrder, sortedEntries } from "../../parser/term-order.ts";
import { isAny, select, selectProperty, union, unrolled, valuesOf } from "../../value/type-algebra.ts";
import { type ArrayType, anyType, isPartial, type ObjectType, type Type, unknownType } from "../../value/types.ts";
import { assertNever, type Value } from "../../value/value.ts";
import { constantValue } from "../syntax/constant-value.ts";
import { jsonKey, type Literals } from "./literals.ts";
import { Generated, type Scope } from "./scope.ts";

/** Whether some value may have both types. */
export function unifies(a0: Type, b0: Type): boolean {
	if (a0 === b0 && !isPartial(a0)) return true;
	if (a0.kind === "unknown" || b0.kind === "unknown") return false;
	// Recursive definitions are compared by what they are, not by all they contain: that has no end.
	if (a0.kind === "recursive" && b0.kind === "recursive") return a0.type.kind === b0.type.kind;
	const a = unrolled(a0);
	const b = unrolled(b0);
	if (a.kind === "any" || b.kind === "any") {
		return (a.kind === "any" && unionUnifies(a.of, b)) || (b.kind === "any" && unionUnifies(b.of, a));
	}
	switch (a.kind) {
		case "array":
			return b.kind === "array" && arraysUnify(a, b);
		case "object":
			return b.kind === "object" && objectsUnify(a, b);
		case "set":
			return b.kind === "set" && unifies(a.of, b.of);
		case "function":
			return b.kind === "function" && a.args.length === b.args.length && allUnify(a.args, b.args);
		default:
			return a.kind === b.kind;
	}
}

function unionUnifies(members: readonly Type[], t: Type): boolean {
	if (t.kind === "function") return false;
	if (members.length === 0) return true;
	for (const m of members) if (unifies(m, t)) return true;
	return false;
}

function allUnify(a: readonly Type[], b: readonly Type[]): boolean {
	return a.every((t, i) => unifies(t, at(b, i)));
}

function arraysUnify(a: ArrayType, b: ArrayType): boolean {
	const n = Math.max(a.items.length, b.items.length);
	for (let i = 0; i < n; i++) {
		const x = a.items[i] ?? a.dynamic;
		const y = b.items[i] ?? b.dynamic;
		if (x === undefined || y === undefined || !unifies(x, y)) return false;
	}
	return isUnknown(a.dynamic) || isUnknown(b.dynamic) || unifies(a.dynamic, b.dynamic);
}

function objectsUnify(a: ObjectType, b: ObjectType): boolean {
	const open = !isUnknown(a.dynamic?.value) || !isUnknown(b.dynamic?.value);
	const fits = (x: ObjectType, y: ObjectType): boolean =>
		x.props.every((p) => {
			const other = selectProperty(y, p.key);
			return other === unknownType ? open : unifies(p.value, other);
		});
	if (!fits(a, b) || !fits(b, a)) return false;
	const x = a.dynamic?.value;
	const y = b.dynamic?.value;
	return isUnknown(x) || isUnknown(y) || unifies(x, y);
}

/** OPA has no type for what is not there and for what it has not found out yet: it does not tell them apart here. */
function isUnknown(t: Type | undefined): t is undefined | typeof unknownType {
	return t === undefined || t === unknownType;
}

export class Unifier {
	readonly #typeOf: (scope: Scope, t: Term) => Type;
	readonly #literals: Literals;

	constructor(typeOf: (scope: Scope, t: Term) => Type, literals: Literals) {
		this.#typeOf = typeOf;
		this.#literals = literals;
	}

	/** Both sides of an equation. Variables without a type get that of the other side. */
	equation(scope: Scope, a: Term, typeA: Type, b: Term, typeB: Type): boolean {
		const unknownA = isPartial(typeA);
		const unknownB = isPartial(typeB);
		if (unknownA && !unknownB) return this.term(scope, a, typeB, false);
		if (unknownB && !unknownA) return this.term(scope, b, typeA, false);
		if (!unknownA) return unifies(typeA, typeB);
		if (a.kind === "array" || (a.kind === "var" && b.kind === "array")) {
			return a.kind === "array" ? this.#arrays(scope, a, b) : this.#both(scope, b, a);
		}
		if (a.kind === "object" || (a.kind === "var" && b.kind === "object")) {
			return a.kind === "object" ? this.#objects(scope, a, b) : this.#both(scope, b, a);
		}
		if (a.kind === "var" && b.kind === "var") return this.#both(scope, a, b);
		// A variable takes what structure the other side is known to have.
		if (a.kind === "var" && typeA === unknownType && typeB !== unknownType) return this.term(scope, a, typeB, false);
		if (b.kind === "var" && typeB === unknownType && typeA !== unknownType) return this.term(scope, b, typeA, false);
		return false;
	}

	/** Nothing is known of either: the first may be anything, the second what the first then is. */
	#both(scope: Scope, a: Term, b: Term): boolean {
		return this.term(scope, a, anyType, false) && this.term(scope, b, this.#typeOf(scope, a), false);
	}

	#arrays(scope: Scope, a: ArrayTerm, b: Term): boolean {
		if (b.kind === "var") return this.#both(scope, a, b);
		if (b.kind !== "array" || a.items.length !== b.items.length) return false;
		return a.items.every((x, i) => this.#pair(scope, x, at(b.items, i)));
	}

	#objects(scope: Scope, a: ObjectTerm, b: Term): boolean {
		if (b.kind === "var") return this.#both(scope, a, b);
		if (b.kind !== "object" || a.entries.length !== b.entries.length) return false;
		// Variables of ours have no names: each is itself alone.
		const keyOf = (k: Term): unknown => (k instanceof Generated ? k : printTerm(k));
		const others = new Map(b.entries.map(([k, v]) => [keyOf(k), v]));
		// In order of keys: a variable takes the first type it is given.
		const pairs = sortedEntries(a).map(([k, v]) => [v, others.get(keyOf(k))] as const);
		return (
			pairs.every(([, other]) => other !== undefined) &&
			pairs.every(([v, other]) => this.#pair(scope, v, other as Term))
		);
	}

	#pair(scope: Scope, a: Term, b: Term): boolean {
		return this.equation(scope, a, this.#typeOf(scope, a), b, this.#typeOf(scope, b));
	}

	/** Whether a term can have a type; its variables get the types they must have then. */
	term(scope: Scope, t: Term, type: Type, gather: boolean): boolean {
		switch (t.kind) {
			case "var": {
				const known = this.#typeOf(scope, t);
				if (gather) scope.setVariable(t, union(known, type));
				else if (known !== unknownType) return unifies(known, type);
				else scope.setVariable(t, type);
				return true;
			}
			case "array":
			case "object":
			case "set":
				return this.#composite(scope, t, unrolled(type), gather);
			case "scalar":
			case "ref":
			case "array-comprehension":
			case "set-comprehension":
			case "object-comprehension":
			case "template-string":
			case "call":
				return unifies(this.#typeOf(scope, t), type);
			default:
				return assertNever(t, "term");
		}
	}

	#composite(scope: Scope, t: ArrayTerm | ObjectTerm | SetTerm, type: Type, gather: boolean): boolean {
		if (type.kind === "any") {
			if (isAny(type)) {
				if (this.#literals.type(t) === undefined) this.#openUp(scope, t);
				return true;
			}
			let fits = false;
			for (const member of type.of) fits = this.#composite(scope, t, unrolled(member), true) || fits;
			return fits;
		}
		if (t.kind === "array") {
			if (type.kind !== "array" || (t.items.length !== type.items.length && type.dynamic === undefined)) return false;
			return t.items.every((x, i) => this.term(scope, x, type.items[i] ?? type.dynamic ?? unknownType, gather));
		}
		if (t.kind === "set") {
			return type.kind === "set" && itemsInOrder(t).every((x) => this.term(scope, x, valuesOf(type), gather));
		}
		if (type.kind !== "object") return false;
		if (t.entries.length !== type.props.length && type.dynamic === undefined) return false;
		return sortedEntries(t).every(([k, v]) => {
			const key: Value | undefined = constantValue(k);
			if (key === undefined) {
				// OPA does not work out which of the values it could be.
				this.term(scope, v, anyType, gather);
				return true;
			}
			const child = select(type, jsonKey(key));
			return child !== unknownType && this.term(scope, v, child, gather);
		});
	}

	/** Every variable in it may be anything. */
	#openUp(scope: Scope, t: ArrayTerm | ObjectTerm | SetTerm): void {
		if (t.kind === "object") {
			for (const [k, v] of t.entries) {
				this.term(scope, k, anyType, true);
				this.term(scope, v, anyType, true);
			}
		} else for (const x of t.items) this.term(scope, x, anyType, true);
	}
}
