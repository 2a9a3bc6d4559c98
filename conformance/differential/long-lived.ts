/**
 * One policy as a service holds it: asked many times, over other inputs and other base data, by rules that were prepared
 * long ago. Whatever it keeps of earlier decisions, each answer must be that of a policy compiled for this one alone.
 */
import { compile } from "../../src/compile.ts";
import { RegoError, RegoErrors } from "../../src/errors.ts";
import type { Backend } from "../../src/eval/backend.ts";
import { closures } from "../../src/eval/closures/closures.ts";
import { generated } from "../../src/eval/generated/generated.ts";
import type { Policy } from "../../src/policy.ts";
import { parseJson } from "../../src/value/json.ts";
import { isPlainObject, type PlainObject, type Value } from "../../src/value/value.ts";
import type { Dice } from "./dice.ts";
import type { ProgramTexts } from "./program.ts";
import { writeTyped } from "./typed-json.ts";

/** The library's own choice leaves the first hundred decisions to closures. */
const rounds = 160;
const backends: readonly (readonly [string, Backend | undefined])[] = [
	["default", undefined],
	["generated", generated],
	["closures", closures],
];

/** What differs, or undefined; null for a program that is refused. */
export function longLived(p: ProgramTexts, d: Dice, v0: boolean): string | undefined | null {
	const modules = Object.fromEntries(p.modules.map((text, i) => [`m${i}.rego`, text]));
	const options = { regoVersion: v0 ? "v0" : "v1", strictBuiltinErrors: p.strict, values: "rego" } as const;
	const data = variations(d, p.data).filter(isPlainObject) as readonly PlainObject[];
	const inputs = [...variations(d, p.input ?? "{}"), undefined];
	const paths = [...new Set(p.queries.map(documentOf).filter((x) => x !== undefined)), "data"];
	const fresh = new Map<string, string>();
	const expected = (i: number, j: number, path: string): string => {
		const key = `${i} ${j} ${path}`;
		let answer = fresh.get(key);
		if (answer === undefined) {
			const policy = compile(modules, { ...options, backend: closures, optimize: { fold: false } }).withData(
				data[i] as PlainObject,
			);
			answer = answerOf(() => policy.evaluate(path, inputs[j], { optional: true }).value);
			fresh.set(key, answer);
		}
		return answer;
	};
	for (const [name, backend] of backends) {
		let first: Policy<Value>;
		try {
			first = compile(modules, { ...options, ...(backend === undefined ? {} : { backend }) }).withData(
				data[0] as PlainObject,
			);
		} catch (e) {
			if (e instanceof RegoErrors || e instanceof RegoError) return null;
			throw e;
		}
		const held: (Policy<Value> | undefined)[] = [first];
		const prepared = new Map<string, (input?: Value) => Value | undefined>();
		for (let round = 0; round < rounds; round++) {
			const i = d.below(data.length);
			const j = d.below(inputs.length);
			const path = d.pick(paths);
			// Another policy over the same data comes now and then, with nothing kept but what the first one knows.
			if (held[i] === undefined || d.oneIn(20)) {
				held[i] = d.pick(held.filter((h) => h !== undefined)).withData(data[i] as PlainObject);
				for (const key of prepared.keys()) if (key.startsWith(`${i} `)) prepared.delete(key);
			}
			const policy = held[i] as Policy<Value>;
			let rule = prepared.get(`${i} ${path}`);
			if (rule === undefined) {
				rule = policy.rule(path, { optional: true }) as (input?: Value) => Value | undefined;
				prepared.set(`${i} ${path}`, rule);
			}
			const ask = rule;
			const got = d.oneIn(8)
				? answerOf(() => policy.evaluate(path, inputs[j], { optional: true }).value)
				: answerOf(() => ask(inputs[j]));
			const want = expected(i, j, path);
			if (got !== want) {
				return `${name}, decision ${round}: ${path} over data ${i}, input ${j}: ${got.slice(0, 400)}\n  alone: ${want.slice(0, 400)}\n  data ${writeTyped(data[i] as Value)}\n  input ${inputs[j] === undefined ? "undefined" : writeTyped(inputs[j] as Value)}`;
			}
		}
	}
	return undefined;
}

/** A value as text, or what kind of failure there was: which of several is met is up to an engine. */
function answerOf(make: () => Value | undefined): string {
	try {
		const v = make();
		return v === undefined ? "undefined" : writeTyped(v);
	} catch (e) {
		if (!(e instanceof RegoError)) throw e;
		return e.code === "eval_internal_error" ? `error: ${e.message}` : "error";
	}
}

/** The document, and three that differ from it in a few places. */
function variations(d: Dice, text: string): readonly Value[] {
	const first = parseJson(text);
	return [first, ...[1, 2, 3].map(() => varied(d, first, 0))];
}

function varied(d: Dice, v: Value, depth: number): Value {
	if (depth > 0 && d.oneIn(6))
		return d.pick<Value>([null, true, false, "a", "b", 0, 1, 2.5, [], {}, ["a", 1], { a: 1 }]);
	if (Array.isArray(v)) {
		const items = v.filter(() => !d.oneIn(6)).map((x: Value) => varied(d, x, depth + 1));
		return d.oneIn(4) ? d.shuffled(items) : items;
	}
	if (!isPlainObject(v)) return v;
	const entries = Object.entries(v as PlainObject).filter(() => !d.oneIn(6));
	return Object.fromEntries(entries.map(([k, x]) => [k, varied(d, x as Value, depth + 1)]));
}

function documentOf(query: string): string | undefined {
	const path = query.replace(/ = x$/, "");
	return /^data(?:\.\w+|\["[^"]*"\])*$/.test(path) ? path : undefined;
}
