/**
 * The types of documents: a tree of rules by path, in which later definitions of a rule widen what
 * earlier ones gave. Widening is OPA's (v1/ast/env.go): complete values become unions, sets unite their
 * members, objects without named keys unite their keys and values.
 */

import { at } from "../../at.ts";
import type { Term } from "../../parser/ast.ts";
import { canonicalKey } from "../../value/key.ts";
import { union } from "../../value/type-algebra.ts";
import {
	anyType,
	type Dynamic,
	type ObjectType,
	objectOf,
	setOf,
	stringType,
	type Type,
	unknownType,
} from "../../value/types.ts";
import { isNumber, type Value } from "../../value/value.ts";
import { constantValue } from "../syntax/constant-value.ts";
import { scalarType } from "./literals.ts";

export class TypeNode {
	/** The value its key stands for; undefined for a variable. */
	readonly key: Value | undefined;
	/** Unknown where nothing ends here. */
	value: Type = unknownType;
	/** Rules mostly have none. */
	#children: Map<string, TypeNode> | undefined;

	constructor(key: Value | undefined) {
		this.key = key;
	}

	get isLeaf(): boolean {
		return this.value !== unknownType;
	}

	get hasChildren(): boolean {
		return this.#children !== undefined;
	}

	child(t: Term): TypeNode | undefined {
		return this.#children?.get(nodeKey(t));
	}

	ensure(t: Term): TypeNode {
		const key = nodeKey(t);
		this.#children ??= new Map();
		let next = this.#children.get(key);
		if (next === undefined) {
			next = new TypeNode(t.kind === "var" ? (isRoot(t.name) ? t.name : undefined) : constantValue(t));
			this.#children.set(key, next);
		}
		return next;
	}

	/** Replaces the type at a path. */
	put(path: readonly Term[], type: Type): void {
		let node: TypeNode = this;
		for (const t of path) node = node.ensure(t);
		node.value = type;
	}

	/** Adds a definition at a path of scalars. */
	insert(path: readonly Term[], type: Type): void {
		let node: TypeNode = this;
		for (let i = 0; i < path.length; i++) {
			const t = at(path, i);
			const known = node.child(t);
			if (known?.value.kind === "object" && i + 1 < path.length) {
				known.value = withEntry(known.value, path.slice(i + 1), type);
			}
			node = known ?? node.ensure(t);
		}
		const inserted = node;
		node.value = merge(node.value, type, (member, widened) => inserted.#widen(member, widened));
		if (type.kind !== "object" || !node.hasChildren || node.value.kind !== "object") return;
		for (const [below, t] of node.leaves()) node.value = withKeys(node.value, below, t);
	}

	/** OPA widens a member of a union where it stands: nodes below that share it are widened with it. */
	#widen(member: Type, widened: Type): void {
		for (const child of this.#below()) {
			if (child.value === member) child.value = widened;
			child.#widen(member, widened);
		}
	}

	/** Types below this node with the types of the keys that lead there. */
	*leaves(): Generator<readonly [readonly Type[], Type]> {
		for (const child of this.#below()) {
			const key = child.key === undefined ? unknownType : keyType(child.key);
			if (child.isLeaf) yield [[key], child.value];
			else for (const [path, t] of child.leaves()) yield [[key, ...path], t];
		}
	}

	/** Type of the whole document here; base documents may add any string keys. */
	extent(): Type {
		if (this.isLeaf) return this.value;
		const props: { readonly key: Value; readonly value: Type }[] = [];
		for (const child of this.#below()) {
			const key = child.key;
			if (typeof key !== "string" && typeof key !== "boolean" && (key === undefined || !isNumber(key))) continue;
			props.push({ key, value: child.extent() });
		}
		return objectOf(props, { key: stringType, value: anyType });
	}

	#below(): Iterable<TypeNode> {
		return this.#children?.values() ?? [];
	}

	/** Keys of the children, for messages. */
	keys(): Value[] {
		return [...this.#below()].flatMap((c) => (c.key === undefined ? [] : [c.key]));
	}
}

function isRoot(name: string): boolean {
	return name === "data" || name === "input";
}

function keyType(v: Value): Type {
	return scalarType(v);
}

/** Strings by themselves, anything else marked. */
function nodeKey(t: Term): string {
	if (t.kind === "scalar") {
		const v = t.value;
		return typeof v === "string" && v.charCodeAt(0) !== 0 ? v : `\u0000${typeof v}:${String(canonicalKey(v))}`;
	}
	if (t.kind === "var") return isRoot(t.name) ? t.name : `\u0000var:${t.name}`;
	const v = constantValue(t);
	return v === undefined ? "\u0000" : `\u0000${t.kind}:${String(canonicalKey(v))}`;
}

/** The type of what has two definitions; told of members of unions that are widened. */
function merge(a: Type, b: Type, onWiden: (member: Type, widened: Type) => void): Type {
	if (a === unknownType) return b;
	if (b === unknownType) return a;
	if (a.kind === "any" && b.kind !== "any") return merge(b, a, onWiden);
	if (a.kind === "set" && b.kind === "set") return setOf(union(a.of, b.of));
	if (isOpenObject(a)) {
		if (isOpenObject(b)) {
			const key = union(a.dynamic.key, b.dynamic.key);
			return objectOf([], { key, value: merge(a.dynamic.value, b.dynamic.value, onWiden) });
		}
		const at = b.kind === "any" ? b.of.findIndex(isOpenObject) : -1;
		if (b.kind === "any" && at >= 0) {
			const member = b.of[at] as ObjectType & { readonly dynamic: Dynamic };
			const key = union(member.dynamic.key, a.dynamic.key);
			const widened = objectOf([], { key, value: union(member.dynamic.value, a.dynamic.value) });
			onWiden(member, widened);
			return { kind: "any", of: b.of.with(at, widened) };
		}
	}
	return union(a, b);
}

function isOpenObject(t: Type): t is ObjectType & { readonly dynamic: Dynamic } {
	return t.kind === "object" && t.props.length === 0 && t.dynamic !== undefined;
}

function withEntry(o: ObjectType, path: readonly Term[], type: Type): ObjectType {
	const keys = path.map((t) => (t.kind === "scalar" ? keyType(t.value) : unknownType));
	return withKeys(o, keys, type);
}

function withKeys(o: ObjectType, [key, ...rest]: readonly Type[], type: Type): ObjectType {
	if (key === undefined) return o;
	const value = rest.length === 0 ? type : withKeys(objectOf([]), rest, type);
	const d = o.dynamic;
	return objectOf(o.props, d === undefined ? { key, value } : { key: union(d.key, key), value: union(d.value, value) });
}
