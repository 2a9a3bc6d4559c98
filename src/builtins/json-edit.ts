/**
 * json.filter, json.remove and json.patch. The first two gather their paths into a tree of keys and
 * walk it along with the document; patches are applied one after the other to an edit tree.
 */

import { at, last } from "../at.ts";
import { ObjectBuilder, objectEntries, objectGet, objectSize, RegoSet } from "../value/collections.ts";
import { equal } from "../value/compare.ts";
import { canonicalKey } from "../value/key.ts";
import { termText } from "../value/term-text.ts";
import { isArray, isObject, isSet, type ObjectValue, typeName, type Value } from "../value/value.ts";
import { type Builtin, define, ofModule, operandTypeError, type PureContext, t, undeclared } from "./define.ts";
import { EditTree, PatchError, type Path } from "./edit-tree.ts";
import { walkValues } from "./graph.ts";
import { maxItems } from "./operands.ts";

const category = "object";
const pathType = t.union(t.string, t.array(t.any));
const pathsType = t.union(t.array(pathType), t.set(pathType));

/** Segments of a path: `/a/b~1c` or an array of keys. */
function parsePath(ctx: PureContext, v: Value): Path | undefined {
	if (isArray(v)) return v;
	if (typeof v !== "string") {
		return ctx.typeError(
			`operand 2 must be one of {set, array} containing string paths or array of path segments but got ${typeName(v)}`,
		);
	}
	if (v === "") return [];
	return v
		.replace(/^\/+/, "")
		.split("/")
		.map((segment) => segment.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** Keys below a point; `null` marks the end of a path, and everything below it belongs to the path. */
class PathTree {
	readonly #below: Map<unknown, { readonly key: Value; tree: PathTree | null }> = new Map();

	get size(): number {
		return this.#below.size;
	}

	entries(): Iterable<{ readonly key: Value; readonly tree: PathTree | null }> {
		return this.#below.values();
	}

	add(path: Path): void {
		let node: PathTree = this;
		for (let i = 0; i < path.length - 1; i++) {
			const key = at(path, i);
			const next = node.get(key);
			if (next === null) return;
			node = next ?? node.#set(key, new PathTree());
		}
		if (path.length > 0) node.#set(last(path), null);
	}

	get(key: Value): PathTree | null | undefined {
		return this.#below.get(canonicalKey(key))?.tree;
	}

	/** Sets a key. Where keys are equal, the first one's spelling stays. */
	#set<T extends PathTree | null>(key: Value, tree: T): T {
		const id = canonicalKey(key);
		const known = this.#below.get(id);
		if (known === undefined) this.#below.set(id, { key, tree });
		else known.tree = tree;
		return tree;
	}
}

function parsePaths(ctx: PureContext, v: Value): PathTree | undefined {
	const items = isArray(v) ? v : isSet(v) ? v.sorted() : undefined;
	if (items === undefined) return ctx.typeError(operandTypeError(2, v, ["set", "array"]));
	const tree = new PathTree();
	for (const item of items) {
		const path = parsePath(ctx, item);
		if (path === undefined) return undefined;
		ctx.step(path.length + 1);
		tree.add(path);
	}
	return tree;
}

/** What `visit` makes of each child that the tree knows of; array elements go by their index as a string. */
function mapChildren(ctx: PureContext, v: Value, visit: (child: Value, key: Value) => Value | undefined): Value {
	if (isArray(v)) {
		ctx.step(v.length);
		const out: Value[] = [];
		for (let i = 0; i < v.length; i++) {
			const item = visit(at(v, i), String(i));
			if (item !== undefined) out.push(item);
		}
		return out;
	}
	if (isSet(v)) {
		ctx.step(v.size);
		const out = new RegoSet();
		for (const member of v) {
			const item = visit(member, member);
			if (item !== undefined) out.add(item);
		}
		return out;
	}
	if (!isObject(v)) return v;
	const entries = objectEntries(v);
	ctx.step(entries.length);
	const out = new ObjectBuilder();
	for (const [k, child] of entries) {
		const item = visit(child, k);
		if (item !== undefined) out.set(k, item);
	}
	return out.finish();
}

function filterValue(ctx: PureContext, v: Value, paths: PathTree): Value {
	if (isObject(v) && objectSize(v) < paths.size) return filterByPaths(ctx, v, paths);
	return mapChildren(ctx, v, (child, key) => {
		const below = paths.get(key);
		if (below === undefined) return undefined;
		return below === null ? child : filterValue(ctx, child, below);
	});
}

/** OPA goes through the paths where there are more of them than keys, and keeps their spelling of keys. */
function filterByPaths(ctx: PureContext, object: ObjectValue, paths: PathTree): Value {
	ctx.step(paths.size);
	const out = new ObjectBuilder();
	for (const { key, tree } of paths.entries()) {
		const child = objectGet(object, key);
		if (child !== undefined) out.set(key, tree === null ? child : filterValue(ctx, child, tree));
	}
	return out.finish();
}

function removeValue(ctx: PureContext, v: Value, paths: PathTree): Value {
	return mapChildren(ctx, v, (child, key) => {
		const below = paths.get(key);
		if (below === undefined) return child;
		return below === null ? undefined : removeValue(ctx, child, below);
	});
}

function byPaths(
	name: string,
	since: string,
	doc: string,
	resultName: string,
	resultDoc: string,
	apply: (ctx: PureContext, v: Value, paths: PathTree) => Value,
): Builtin {
	return define(name, {
		category,
		pure: true,
		since,
		args: [
			["object", t.map(t.any, t.any), "object to copy from"],
			["paths", pathsType, "paths, as strings (a/b) or arrays of keys"],
		],
		resultName,
		result: t.map(t.any, t.any),
		resultDoc,
		doc,
		unchecked: true,
		eval: (ctx: PureContext, object: Value, paths: Value) => {
			if (!isObject(object)) return ctx.typeError(operandTypeError(1, object, ["object"]));
			const tree = parsePaths(ctx, paths);
			if (tree === undefined) return undefined;
			const out = apply(ctx, object, tree);
			return isObject(out) ? out : undeclared(out);
		},
	});
}

/** A property of a patch that must be there. */
function required(ctx: PureContext, patch: ObjectValue, name: string): Value | undefined {
	const v = objectGet(patch, name);
	return v === undefined ? ctx.error(`missing required attribute '${name}'`) : v;
}

/** Counts the values that patches copy: copies of copies double a document with every patch. */
class Copies {
	readonly #ctx: PureContext;
	#size = 0;

	constructor(ctx: PureContext) {
		this.#ctx = ctx;
	}

	add(v: Value): void {
		for (const _ of walkValues(v)) {
			this.#ctx.step(1);
			if (++this.#size > maxItems) this.#ctx.halt(`json.patch: more than ${maxItems} values copied`);
		}
	}
}

/** Applies one patch; false after reporting. */
function applyPatch(ctx: PureContext, tree: EditTree, copied: Copies, patch: Value): boolean {
	if (!isObject(patch)) {
		ctx.error("must be an array of JSON-Patch objects, but at least one element is not an object");
		return false;
	}
	const target = required(ctx, patch, "path");
	if (target === undefined) return false;
	const op = required(ctx, patch, "op");
	if (op === undefined) return false;
	if (typeof op !== "string") {
		ctx.error(`attribute 'op' must be a string but found: ${typeName(op)}`);
		return false;
	}
	const path = parsePath(ctx, target);
	if (path === undefined) return false;
	switch (op) {
		case "add":
		case "replace": {
			// OPA deletes before it looks for the value.
			if (op === "replace") tree.deleteAt(path);
			const value = required(ctx, patch, "value");
			if (value === undefined) return false;
			tree.insertAt(path, value);
			return true;
		}
		case "remove":
			tree.deleteAt(path);
			return true;
		case "move":
		case "copy": {
			const source = required(ctx, patch, "from");
			const from = source === undefined ? undefined : parsePath(ctx, source);
			if (from === undefined) return false;
			const value = tree.renderAt(from);
			if (op === "move") tree.deleteAt(from);
			else if (value !== undefined) copied.add(value);
			if (value === undefined) throw new PatchError("cannot insert nil value into EditTree");
			tree.insertAt(path, value);
			return true;
		}
		case "test": {
			const found = tree.renderAt(path);
			const value = required(ctx, patch, "value");
			if (value === undefined) return false;
			if (found !== undefined && equal(found, value)) return true;
			const shown = found === undefined ? "<nil>" : termText(found);
			ctx.error(`value from EditTree != patch value.\n\nExpected: ${termText(value)}\n\nFound: ${shown}`);
			return false;
		}
		default:
			ctx.error(`unrecognized op: '${op}'`);
			return false;
	}
}

const patch: Builtin = define("json.patch", {
	category,
	pure: true,
	since: "0.25.0",
	args: [
		["target", t.any, "value to patch"],
		[
			"patches",
			t.array(
				t.object(
					[
						["op", t.string],
						["path", t.any],
					],
					{ key: t.any, value: t.any },
				),
			),
			"operations of RFC 6902; paths may also be arrays of keys, which reach into sets",
		],
	],
	resultName: "output",
	result: t.any,
	resultDoc: "the patched value",
	doc: "Applies JSON patches to a value.",
	eval: (ctx, target, patches) => {
		const tree = new EditTree(target);
		const copied = new Copies(ctx);
		try {
			for (const p of patches) {
				ctx.step(1);
				if (!applyPatch(ctx, tree, copied, p)) return undefined;
			}
		} catch (e) {
			if (e instanceof PatchError) return ctx.error(e.message);
			throw e;
		}
		return tree.render();
	},
});

export const jsonEdit: readonly Builtin[] = ofModule("json-edit", [
	byPaths(
		"json.filter",
		"0.17.0",
		"Keeps the parts of an object that paths lead to.",
		"filtered",
		"the parts kept",
		filterValue,
	),
	byPaths(
		"json.remove",
		"0.18.0",
		"Drops the parts of an object that paths lead to.",
		"output",
		"what is left",
		removeValue,
	),
	patch,
]);
