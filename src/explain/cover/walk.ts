/** Every statement of a plan, and every function that is referred to. */
import type { Block, Definition, Expression, Func, Stmt } from "../../plan/plan.ts";

export interface Visit {
	readonly statement: (s: Exclude<Stmt, { op: "print" }>) => void;
	readonly refers: (func: number) => void;
}

export function walkFunc(f: Func, visit: Visit): void {
	for (const d of f.definitions) walkDefinition(d, visit);
	if (f.default !== undefined) walkDefinition(f.default, visit);
}

function walkDefinition(first: Definition, visit: Visit): void {
	for (let d: Definition | undefined = first; d !== undefined; d = d.else) walkBlock(d.body, visit);
}

function walkBlock(block: Block, visit: Visit): void {
	for (const s of block) {
		if (s.op === "print") continue;
		visit.statement(s);
		walk(s, visit);
	}
}

/** Expressions and blocks are found wherever they are in a statement. */
function walk(node: object, visit: Visit): void {
	if ("op" in node && "func" in node && typeof node.func === "number" && isReference(node.op)) visit.refers(node.func);
	for (const value of Object.values(node)) {
		if (typeof value !== "object" || value === null) continue;
		if (isBlock(value)) walkBlock(value, visit);
		else walk(value, visit);
	}
}

function isReference(op: unknown): op is Extract<Expression, { func: number }>["op"] {
	return op === "rule" || op === "rule-at" || op === "call";
}

const statements: ReadonlySet<unknown> = new Set([
	"let",
	"test",
	"not",
	"scan",
	"relation",
	"every",
	"with",
	"once",
	"unpack-array",
	"unpack-object",
	"print",
	"return",
	"yield-member",
	"yield-entry",
	"yield-row",
]);

function isBlock(x: unknown): x is Block {
	const first: unknown = Array.isArray(x) ? x[0] : undefined;
	return typeof first === "object" && first !== null && "op" in first && statements.has(first.op);
}
