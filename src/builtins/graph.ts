/**
 * walk, graph.reachable and graph.reachable_paths. Nothing here recurses: documents and graphs may
 * be deeper than the stack. A graph is an object from node to its neighbours.
 */
import { objectEntries, objectGet, RegoSet } from "../value/collections.ts";
import { ForeignValue } from "../value/foreign.ts";
import { canonicalKey } from "../value/key.ts";
import { isArray, isObject, isSet, type ObjectValue, type Value } from "../value/value.ts";
import { type Builtin, define, ofModule, operandTypeError, type PureContext, t } from "./define.ts";

/** Children of a value with their keys, in OPA's order; a set's members are their own keys. */
function children(v: Value): readonly (readonly [Value, Value])[] {
	if (isArray(v)) return v.map((item, i) => [i, item] as const);
	if (isSet(v)) return v.sorted().map((item) => [item, item] as const);
	return isObject(v) ? objectEntries(v) : [];
}

/** Goes into a value. One that contains itself has no end: in deep ones that is looked for. */
function pushInside<T extends { readonly of: Value }>(stack: T[], next: T): void {
	if (stack.length % 100 === 0 && stack.some((outer) => outer.of === next.of)) {
		throw new ForeignValue("a value contains itself");
	}
	stack.push(next);
}

/** Every [path, value] below and including v, parents first, in OPA's order. */
export function* walkPairs(v: Value): Generator<readonly [readonly Value[], Value]> {
	yield [[], v];
	const stack = [{ of: v, path: [] as readonly Value[], entries: children(v), at: 0 }];
	for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
		const entry = top.entries[top.at++];
		if (entry === undefined) {
			stack.pop();
			continue;
		}
		const path = [...top.path, entry[0]];
		yield [path, entry[1]];
		const entries = children(entry[1]);
		if (entries.length > 0) pushInside(stack, { of: entry[1], path, entries, at: 0 });
	}
}

/** The values of walkPairs, for callers that do not look at paths. */
export function* walkValues(v: Value): Generator<Value> {
	yield v;
	const stack = [{ of: v, entries: children(v), at: 0 }];
	for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
		const entry = top.entries[top.at++];
		if (entry === undefined) {
			stack.pop();
			continue;
		}
		yield entry[1];
		const entries = children(entry[1]);
		if (entries.length > 0) pushInside(stack, { of: entry[1], entries, at: 0 });
	}
}

const noPath: Value = [];

const walk: Builtin = define("walk", {
	category: "graph",
	pure: true,
	since: "0.17.0",
	relation: true,
	args: [["x", t.any, "value to walk through"]],
	resultName: "output",
	result: t.tuple([t.array(t.any), t.any]),
	resultDoc: "path and value",
	doc: "Yields every value in a value, with the path to it.",
	eval: (ctx, x, ...more: readonly Value[]) => {
		const out: Value[] = [];
		// RelationStmt of the plan: nobody reads the paths.
		if (more[0] === true) {
			for (const v of walkValues(x)) {
				ctx.step(1);
				out.push([noPath, v]);
			}
			return out;
		}
		for (const pair of walkPairs(x)) {
			ctx.step(1 + pair[0].length);
			out.push(pair);
		}
		return out;
	},
});

const neighbours = t.union(t.array(t.any), t.set(t.any));
const graphArgs = [
	["graph", t.map(t.any, neighbours), "object from each node to its neighbours"],
	["initial", neighbours, "nodes to start from"],
] as const;

function elements(v: Value): readonly Value[] | undefined {
	return isArray(v) ? v : isSet(v) ? v.sorted() : undefined;
}

/** The nodes to start from, or undefined after reporting what is wrong with an operand. */
function start(ctx: PureContext, graph: Value, initial: Value): readonly Value[] | undefined {
	if (!isObject(graph)) return ctx.typeError(operandTypeError(1, graph, ["object"]));
	return elements(initial) ?? ctx.typeError(operandTypeError(2, initial, ["{array, set}"]));
}

const reachable: Builtin = define("graph.reachable", {
	category: "graph",
	pure: true,
	since: "0.20.0",
	args: graphArgs,
	resultName: "output",
	result: t.set(t.any),
	resultDoc: "nodes of the graph that can be reached",
	doc: "Finds the nodes that can be reached from some nodes, those included.",
	unchecked: true,
	eval: (ctx, graph, initial) => {
		const queue = start(ctx, graph, initial)?.slice();
		if (queue === undefined) return undefined;
		const reached = new RegoSet();
		// First come, first served: of equal nodes (1 and 1.0) the one nearer to the start is reached.
		for (const node of queue) {
			const edges = objectGet(graph, node);
			if (edges === undefined || reached.has(node)) continue;
			reached.add(node);
			const next = elements(edges) ?? [];
			ctx.step(next.length + 1);
			for (const n of next) if (!reached.has(n)) queue.push(n);
		}
		return reached;
	},
});

/**
 * Follows every way from node over neighbour until it ends: at a node without neighbours, before one
 * that is not in the graph, or before one already on the way.
 */
function collectPaths(ctx: PureContext, graph: ObjectValue, node: Value, neighbour: Value, out: RegoSet): void {
	const path: Value[] = [node];
	const onPath = new Set<unknown>([canonicalKey(node)]);
	const stack: { readonly next: readonly Value[]; at: number; readonly id: unknown; readonly added: boolean }[] = [];
	const end = (): void => {
		ctx.step(path.length);
		out.add(path.slice());
	};
	const enter = (n: Value): void => {
		const edges = objectGet(graph, n);
		if (edges === undefined) {
			end();
			return;
		}
		path.push(n);
		const next = elements(edges) ?? [];
		if (next.length === 0) {
			end();
			path.pop();
			return;
		}
		const id = canonicalKey(n);
		const added = !onPath.has(id);
		onPath.add(id);
		stack.push({ next, at: 0, id, added });
	};
	enter(neighbour);
	for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
		const n = top.next[top.at++];
		if (n === undefined) {
			stack.pop();
			path.pop();
			if (top.added) onPath.delete(top.id);
		} else if (onPath.has(canonicalKey(n))) end();
		else enter(n);
	}
}

const reachablePaths: Builtin = define("graph.reachable_paths", {
	category: "graph",
	pure: true,
	since: "0.37.0",
	args: graphArgs,
	resultName: "output",
	result: t.set(t.array(t.any)),
	resultDoc: "paths, as arrays of nodes",
	doc: "Finds the longest paths that lead from some nodes, each node at most once.",
	unchecked: true,
	eval: (ctx, graph, initial) => {
		const nodes = start(ctx, graph, initial);
		if (nodes === undefined) return undefined;
		const out = new RegoSet();
		for (const node of nodes) {
			const edges = objectGet(graph, node);
			if (edges === undefined) continue;
			const next = elements(edges) ?? [];
			ctx.step(next.length + 1);
			if (next.length === 0) out.add([node]);
			for (const n of next) collectPaths(ctx, graph, node, n, out);
		}
		return out;
	},
});

export const graph: readonly Builtin[] = ofModule("graph", [walk, reachable, reachablePaths]);
