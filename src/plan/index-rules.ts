/**
 * Rule index: which definitions can succeed for a value. Looks for one read (of the input, of base
 * data or of an argument) that most definitions of a group compare with a scalar before anything
 * else happens; the others, and those with else branches, are always tried. Definitions keep their
 * order. Guards are pure, so skipping a definition whose guard fails changes no answer.
 */
import { canonicalKey } from "../value/key.ts";
import type { Value } from "../value/value.ts";
import type { Block, Definition, Expression, Func } from "./plan.ts";

export interface RuleIndex {
	/** What is looked up. Reads only the input, base data and parameters. */
	readonly on: Expression;
	/** Definitions to try, by canonical key of the value; each list includes those always tried. */
	readonly byKey: ReadonlyMap<unknown, readonly number[]>;
	/** Definitions to try for any other value, or none. */
	readonly rest: readonly number[];
}

/** Fewer definitions than this are tried one by one. */
const threshold = 6;

/** The index of a group, or undefined where none would help. */
export function indexRules(func: Func, constants: readonly Value[]): RuleIndex | undefined {
	if (func.definitions.length < threshold) return undefined;
	const guards = func.definitions.map((d) => guardsOf(d, func.arity, constants));
	const counts = new Map<string, number>();
	for (const g of guards) for (const text of g.keys()) counts.set(text, (counts.get(text) ?? 0) + 1);
	let best: string | undefined;
	for (const [text, n] of counts) if (best === undefined || n > (counts.get(best) as number)) best = text;
	if (best === undefined || (counts.get(best) as number) < threshold) return undefined;
	let on: Expression | undefined;
	const byKey = new Map<unknown, number[]>();
	const rest: number[] = [];
	guards.forEach((g, i) => {
		const guard = g.get(best);
		if (guard === undefined) {
			rest.push(i);
			for (const list of byKey.values()) list.push(i);
			return;
		}
		on = guard.read;
		const list = byKey.get(guard.key);
		if (list === undefined) byKey.set(guard.key, [...rest, i]);
		else list.push(i);
	});
	return on === undefined ? undefined : { on, byKey, rest };
}

interface Guard {
	readonly read: Expression;
	readonly key: unknown;
}

/** Equalities a definition must pass before its first loop, by the text of what they read. */
function guardsOf(d: Definition, arity: number, constants: readonly Value[]): ReadonlyMap<string, Guard> {
	const out = new Map<string, Guard>();
	if (d.else !== undefined) return out;
	const lets = new Map<number, Expression>();
	const block: Block = d.body;
	for (const s of block) {
		if (s.op === "let") {
			const read = resolve(s.value, lets, arity, constants);
			if (read !== undefined) lets.set(s.local, read);
			continue;
		}
		if (s.op === "scan" || s.op === "relation" || s.op === "with") break;
		if (s.op !== "test" || s.value.op !== "equal") continue;
		const { left, right } = s.value;
		const [constant, other] = left.op === "const" ? [left, right] : [right, left];
		if (constant.op !== "const") continue;
		const value = constants[constant.index] as Value;
		if (value !== null && typeof value === "object") continue;
		const read = typeof value === "bigint" ? undefined : resolve(other, lets, arity, constants);
		if (read !== undefined) out.set(JSON.stringify(read), { read, key: canonicalKey(value) });
	}
	return out;
}

/** A read without locals of the definition, or undefined: `input.a.b`, a parameter, base data. */
function resolve(
	e: Expression,
	lets: ReadonlyMap<number, Expression>,
	arity: number,
	constants: readonly Value[],
): Expression | undefined {
	switch (e.op) {
		case "input":
		case "base":
			return e;
		case "local":
			return e.local < arity ? e : lets.get(e.local);
		case "dot": {
			if (e.key.op !== "const" || typeof constants[e.key.index] !== "string") return undefined;
			const value = resolve(e.value, lets, arity, constants);
			return value === undefined ? undefined : { ...e, value };
		}
		default:
			return undefined;
	}
}
