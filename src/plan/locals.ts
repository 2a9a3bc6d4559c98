/** Reads and writes of locals in blocks: what optimisations must know before they move anything. */

import { assertNever } from "../value/value.ts";
import type { Block, Expression, Local } from "./plan.ts";

export type Counts = Map<Local, number>;

function count(out: Counts, local: Local): void {
	if (local >= 0) out.set(local, (out.get(local) ?? 0) + 1);
}

/** Statements that write each local. Comprehensions write locals of their own, which do not count. */
export function countWrites(block: Block, out: Counts): void {
	for (const s of block) {
		switch (s.op) {
			case "let":
				count(out, s.local);
				break;
			case "scan":
				count(out, s.key);
				count(out, s.value);
				break;
			case "every":
				count(out, s.key);
				count(out, s.value);
				countWrites(s.body, out);
				break;
			case "relation":
				count(out, s.value);
				break;
			case "not":
			case "with":
				countWrites(s.body, out);
				break;
			case "once":
				for (const b of s.blocks) countWrites(b, out);
				break;
			case "unpack-array":
				for (const l of s.elements) count(out, l);
				break;
			case "unpack-object":
				for (const [, l] of s.entries) count(out, l);
				break;
			case "test":
			case "print":
			case "return":
			case "yield-member":
			case "yield-entry":
			case "yield-row":
				break;
			default:
				assertNever(s, "statement");
		}
	}
}

/** How often each local is read, everywhere in a block. */
export function countReads(block: Block, out: Counts): void {
	for (const s of block) {
		switch (s.op) {
			case "let":
			case "test":
			case "return":
			case "unpack-array":
				readsOf(s.value, out);
				break;
			case "yield-member":
				count(out, s.into);
				readsOf(s.value, out);
				break;
			case "yield-entry":
				count(out, s.into);
				for (const e of s.path) readsOf(e, out);
				readsOf(s.value, out);
				break;
			case "yield-row":
				for (const e of s.values) readsOf(e, out);
				for (const [, l] of s.bindings) count(out, l);
				break;
			case "not":
				countReads(s.body, out);
				break;
			case "scan":
				readsOf(s.source, out);
				break;
			case "relation":
				for (const e of s.args) readsOf(e, out);
				break;
			case "every":
				readsOf(s.source, out);
				countReads(s.body, out);
				break;
			case "with":
				for (const r of s.replacements) {
					if (!("by" in r)) readsOf(r.value, out);
					else if ("value" in r.by) readsOf(r.by.value, out);
				}
				countReads(s.body, out);
				break;
			case "once":
				for (const b of s.blocks) countReads(b, out);
				break;
			case "unpack-object":
				readsOf(s.value, out);
				for (const [k] of s.entries) readsOf(k, out);
				break;
			case "print":
				for (const a of s.args) countReads(a.block, out);
				break;
			default:
				assertNever(s, "statement");
		}
	}
}

/** Locals an expression reads. */
export function readsOf(e: Expression, out: Counts): void {
	switch (e.op) {
		case "const":
		case "input":
		case "base":
		case "rule":
		case "document":
			return;
		case "local":
			count(out, e.local);
			return;
		case "dot":
			readsOf(e.value, out);
			readsOf(e.key, out);
			return;
		case "rule-at":
		case "document-keys":
		case "document-dot":
			for (const k of e.keys) readsOf(k, out);
			return;
		case "call":
		case "builtin":
			for (const a of e.args) readsOf(a, out);
			return;
		case "equal":
			readsOf(e.left, out);
			readsOf(e.right, out);
			return;
		case "array":
		case "set":
			for (const i of e.items) readsOf(i, out);
			return;
		case "object":
			for (const [k, v] of e.entries) {
				readsOf(k, out);
				readsOf(v, out);
			}
			return;
		case "collect":
			countReads(e.body, out);
			return;
		default:
			assertNever(e, "expression");
	}
}
