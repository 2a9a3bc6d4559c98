/** The invariant of plans that no backend can check: every local is written before it is read, on every path. */
import { branchesOf } from "../../src/plan/else-chain.ts";
import type { Block, Expression, Local, Plan, Stmt } from "../../src/plan/plan.ts";

type Written = ReadonlySet<Local>;

/** The locals that a plan reads and has not written, each with the path of its rule. */
export function unwritten(plan: Pick<Plan, "funcs" | "queries">): string[] {
	const found: string[] = [];
	for (const f of plan.funcs) {
		for (const first of [...f.definitions, f.default]) {
			if (first === undefined) continue;
			for (const d of branchesOf(first)) {
				const start = new Set([...Array.from({ length: f.arity }, (_, i) => i), d.result]);
				afterBlock(d.body, start, (local) => found.push(`${f.path.join(".")}: local ${local}`));
			}
		}
	}
	for (const q of plan.queries) afterBlock(q.body, new Set(), (local) => found.push(`${q.name}: local ${local}`));
	return found;
}

/** What is written where a block has succeeded. */
function afterBlock(block: Block, before: Written, report: (local: Local) => void): Written {
	let written = before;
	for (const s of block) written = afterStatement(s, written, report);
	return written;
}

function afterStatement(s: Stmt, written: Written, report: (local: Local) => void): Written {
	const read = (...expressions: readonly Expression[]): void => {
		for (const e of expressions) readExpression(e, written, report);
	};
	const and = (...locals: readonly Local[]): Written => new Set([...written, ...locals]);
	switch (s.op) {
		case "let":
			read(s.value);
			return and(s.local);
		case "test":
		case "return":
			read(s.value);
			return written;
		case "not":
			afterBlock(s.body, written, report);
			return written;
		case "scan":
			read(s.source);
			return and(s.key, s.value);
		case "relation":
			read(...s.args);
			return and(s.value);
		case "every":
			read(s.source);
			afterBlock(s.body, and(s.key, s.value), report);
			return written;
		case "with":
			for (const r of s.replacements) {
				if (!("by" in r)) read(r.value);
				else if ("value" in r.by) read(r.by.value);
			}
			return afterBlock(s.body, written, report);
		case "once": {
			const ends = s.blocks.map((b) => afterBlock(b, written, report));
			return new Set([...(ends[0] ?? [])].filter((local) => ends.every((e) => e.has(local))));
		}
		case "unpack-array":
			read(s.value);
			return and(...s.elements);
		case "unpack-object":
			read(s.value, ...s.entries.map(([key]) => key));
			return and(...s.entries.map(([, local]) => local));
		case "print":
			for (const a of s.args) afterBlock(a.block, and(a.target), report);
			return written;
		case "yield-member":
			read({ op: "local", local: s.into }, s.value);
			return written;
		case "yield-entry":
			read({ op: "local", local: s.into }, ...s.path, s.value);
			return written;
		case "yield-row":
			read(...s.values, ...s.bindings.map(([, local]) => ({ op: "local", local }) as const));
			return written;
	}
}

function readExpression(e: Expression, written: Written, report: (local: Local) => void): void {
	if (e.op === "collect") {
		afterBlock(e.body, new Set([...written, e.target]), report);
		return;
	}
	if (e.op === "local") {
		if (!written.has(e.local)) report(e.local);
		return;
	}
	for (const part of partsOf(e)) readExpression(part, written, report);
}

function partsOf(e: Exclude<Expression, { op: "collect" | "local" }>): readonly Expression[] {
	switch (e.op) {
		case "dot":
			return [e.value, e.key];
		case "equal":
			return [e.left, e.right];
		case "rule-at":
		case "document-keys":
		case "document-dot":
			return e.keys;
		case "call":
		case "builtin":
			return e.args;
		case "array":
		case "set":
			return e.items;
		case "object":
			return e.entries.flat();
		default:
			return [];
	}
}
