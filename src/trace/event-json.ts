/** Events as `opa eval --explain` writes them in JSON: with OPA's syntax trees, and the values of variables. */

import type { Local, TraceEvent } from "../topdown/events.ts";
import type { Body, Expr, Place, Rule, Term } from "../topdown/nodes.ts";
import { walkBody, walkHead, walkNode } from "../topdown/walk.ts";
import { objectEntries } from "../value/collections.ts";
import { inOwnOrder, type JsonLeaf, type JsonRecord, leaf, record } from "../value/ordered-json.ts";
import { isArray, isNumber, isObject, isSet, type PlainObject, typeName, type Value } from "../value/value.ts";
import type { SourceName } from "./pretty.ts";

type Json = { [key: string]: Value };

/** Events one by one, as they are written. */
export function eventNodes(events: readonly TraceEvent[], sourceName: SourceName): Iterable<JsonLeaf> {
	return {
		*[Symbol.iterator]() {
			for (const e of events) yield leaf(eventJson(e, sourceName));
		},
	};
}

/** As the REST API writes them. */
export function serverEventNodes(events: readonly TraceEvent[]): Iterable<JsonRecord> {
	return {
		*[Symbol.iterator]() {
			for (const e of events) yield serverEvent(e);
		},
	};
}

function serverEvent(e: TraceEvent): JsonRecord {
	const locals = e.op === "Note" ? [] : [...(e.locals ?? [])];
	return record([
		["op", e.op.toLowerCase()],
		["query_id", e.queryId],
		["parent_id", e.parentId],
		["type", e.node === undefined ? "" : e.node.kind === "unify" ? "expr" : e.node.kind],
		["node", inOwnOrder(nodeJson(e))],
		[
			"locals",
			{
				list: locals.map(([name, { value }]) =>
					record([
						["key", leaf({ type: "var", value: name })],
						["value", leaf(valueJson(value))],
					]),
				),
			},
		],
		["message", e.message === "" ? undefined : e.message],
	]);
}

function eventJson(e: TraceEvent, sourceName: SourceName): PlainObject {
	return {
		Op: e.op,
		Node: nodeJson(e),
		Location: placeJson(e.place),
		QueryID: e.queryId,
		ParentID: e.parentId,
		Locals: e.op === "Note" ? null : localsJson(e.locals),
		LocalMetadata: e.op === "Note" ? null : metadataJson(e, sourceName),
		Message: e.message,
		Ref: e.ref === undefined ? null : e.ref.terms.map(termJson),
	};
}

export function placeJson(place: Place | undefined): Value {
	if (place === undefined) return null;
	const { file, row, col } = place.source.location(place.start);
	return { file, row, col };
}

function localsJson(locals: ReadonlyMap<string, Local> | undefined): Value {
	if (locals === undefined || locals.size === 0) return null;
	return [...locals].map(([name, { value }]) => ({ name: name.startsWith("$") ? "_" : name, ...valueJson(value) }));
}

/** What variables of the node, and those with values, are called in the source. */
function metadataJson(e: TraceEvent, sourceName: SourceName): PlainObject {
	const out: Json = {};
	for (const [name, { place }] of e.locals ?? []) {
		out[name] = { name: sourceName(name) ?? name, location: placeJson(place) };
	}
	const visit = (t: Term): boolean => {
		if (t.kind !== "var" || Object.hasOwn(out, t.name)) return false;
		const name = sourceName(t.name);
		if (name !== undefined) out[t.name] = { name, location: placeJson(t.place) };
		return false;
	};
	const node = e.node;
	if (node?.kind === "rule") {
		walkHead(node.rule, visit);
		walkBody(node.rule.body, visit);
	} else walkNode(node, visit);
	return out;
}

function nodeJson({ node }: TraceEvent): Value {
	switch (node?.kind) {
		case "rule":
			return ruleJson(node.rule);
		case "body":
			return node.body.map(exprJson);
		case "expr":
			return exprJson(node.expr);
		case "unify":
			return { index: 0, terms: [operatorJson("eq"), termJson(node.a), termJson(node.b)] };
		default:
			return null;
	}
}

function operatorJson(name: string): Value {
	return { type: "ref", value: [{ type: "var", value: name }] };
}

/** A rule as OPA's compiler leaves it. */
export function ruleJson(r: Rule): PlainObject {
	const head: Json = {};
	// `p[k] := v` is called p, too.
	const first = r.path[r.packageLength];
	const pair = r.pairKey !== undefined && first?.kind === "value" && typeof first.value === "string" ? first.value : "";
	const name = r.name === "" ? pair : r.name;
	if (name !== "") head["name"] = name;
	if (r.args !== undefined) head["args"] = r.args.map(termJson);
	const key = r.key ?? r.pairKey;
	if (key !== undefined) head["key"] = termJson(key);
	if (r.value !== undefined) head["value"] = termJson(r.value);
	if (r.assign) head["assign"] = true;
	head["ref"] = r.path.slice(r.packageLength).map((t, i) => {
		const json = termJson(t);
		return i === 0 ? { ...json, type: "var" } : json;
	});
	const out: Json = { body: r.body.map(exprJson) };
	if (r.default) out["default"] = true;
	if (r.else !== undefined) out["else"] = ruleJson(r.else);
	return { ...out, head };
}

function exprJson(e: Expr): PlainObject {
	const out: Json = {};
	if (e.generated) out["generated"] = true;
	out["index"] = e.index;
	if (e.negated) out["negated"] = true;
	out["terms"] = whatJson(e);
	if (e.with.length > 0) {
		out["with"] = e.with.map((w) => ({ target: termJson(w.target), value: termJson(w.value) }));
	}
	return out;
}

function whatJson({ what }: Expr): Value {
	switch (what.kind) {
		case "term":
			return termJson(what.term);
		case "call":
			return [termJson(what.operator), ...what.args.map(termJson)];
		case "every": {
			const { key, value, domain, body } = what;
			return { key: termJson(key), value: termJson(value), domain: termJson(domain), body: bodyJson(body) };
		}
		case "not":
			return { body: bodyJson(what.body), explicit_body: what.explicit };
		default:
			return { op: what.kind, lhs: bodyJson(what.left), rhs: bodyJson(what.right) };
	}
}

function bodyJson(b: Body): Value {
	return b.map(exprJson);
}

function termJson(t: Term): PlainObject {
	switch (t.kind) {
		case "value":
			return valueJson(t.value);
		case "var":
			return { type: "var", value: t.name };
		case "ref":
			return { type: "ref", value: t.terms.map(termJson) };
		case "array":
		case "set":
			return { type: t.kind, value: t.items.map(termJson) };
		case "object":
			return { type: "object", value: t.entries.map(([k, v]) => [termJson(k), termJson(v)]) };
		case "comprehension": {
			const inner: Json = { body: bodyJson(t.body) };
			if (t.key === undefined) inner["term"] = termJson(t.term);
			else {
				inner["key"] = termJson(t.key);
				inner["value"] = termJson(t.term);
			}
			return { type: `${t.of}comprehension`, value: inner };
		}
		case "call":
			return { type: "call", value: [termJson(t.operator), ...t.args.map(termJson)] };
		default:
			return { type: "templatestring", value: [] };
	}
}

function valueJson(v: Value): PlainObject {
	const type = typeName(v);
	if (typeof v !== "object" || v === null || isNumber(v)) return { type, value: v };
	if (isArray(v)) return { type, value: v.map(valueJson) };
	if (isSet(v)) return { type, value: v.sorted().map(valueJson) };
	const entries = isObject(v) ? objectEntries(v) : [];
	return { type, value: entries.map(([k, item]) => [valueJson(k), valueJson(item)]) };
}
