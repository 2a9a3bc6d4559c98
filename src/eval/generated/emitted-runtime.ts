/**
 * What emitted code calls: `R` in its text. The same for functions made in this process and for
 * modules built ahead of time; neither needs the compiler or the closure backend.
 */

import type { RuleIndex } from "../../plan/index-rules.ts";
import type { Replacement } from "../../plan/plan.ts";
import { isCollection, missing } from "../../value/access.ts";
import { ObjectBuilder, RegoSet } from "../../value/collections.ts";
import { compare, equal } from "../../value/compare.ts";
import { canonicalKey } from "../../value/key.ts";
import { compareNumbers } from "../../value/number.ts";
import { isWellFormed } from "../../value/utf8.ts";
import { isNumber, type NumberValue, type Value } from "../../value/value.ts";
import type { Entry } from "../backend.ts";
import { CallSite } from "../call-site.ts";
import { EvalContext, QueryState, UNDEFINED } from "../context.ts";
import { type Documents, storedValue } from "../documents.ts";
import { conflict } from "../frame.ts";
import { GroupedScan } from "../grouped-scan.ts";
import { Groups } from "../groups.ts";
import { makeLayer, type ReplacementValue } from "../layer.ts";
import { isEmptyObject, sizeOfPlain } from "../listings.ts";
import { MemberSite } from "../member-index.ts";
import { whole } from "../overlay.ts";
import { LastResults, PartResults } from "../part-results.ts";
import { type RulesByKey, within } from "../rules-by-key.ts";
import { dot, insertEntry, isObjectOf, ObjectCollector, scanKeys, scanValue, storedDot } from "../runtime.ts";
import { same } from "../same.ts";
import { Selector } from "../selector.ts";

/** Generated functions by index. */
export interface Emitted {
	readonly rules: readonly (readonly [number, (c: EvalContext) => Value | undefined, slot: number])[];
	/** Rules as whole evaluations; with their values, where those are constants. */
	readonly entries: readonly (readonly [number, Entry, Value?])[];
	readonly funcs: readonly (readonly [number, (c: EvalContext, ...args: readonly Value[]) => Value | undefined])[];
}

/** The program around emitted code: what depends on more than one of its functions. */
/** What emitted code needs of a rule index. */
export type Selection = Table | Selector;

type Table = Pick<Extract<RuleIndex, { kind: "table" }>, "byKey" | "rest">;

/** A rule index as emitted code uses it. */
export function selectionOf(index: RuleIndex | undefined): Selection {
	if (index === undefined) return { byKey: new Map(), rest: [] };
	return index.kind === "table" ? index : new Selector(index.conditions);
}

export interface EmittedHost {
	readonly documents: Documents;
	/** Replacements of the `with` statements, in the order the emitter numbered them. */
	readonly replacements: readonly (readonly Replacement[])[];
	readonly byKey: RulesByKey;
	shadow(c: EvalContext, func: number): Value | undefined;
	callFunc(c: EvalContext, func: number, args: readonly Value[], loc: number): Value | undefined;
	callBuiltin(c: EvalContext, builtin: number, args: readonly Value[], loc: number): Value | undefined;
	/** The rule index of a function. */
	index(func: number): Selection;
	/** What the definitions of an indexed group give the functions they share. */
	rows(func: number): readonly (readonly Value[])[];
	/** One definition of an indexed group that was too large to emit. */
	definitionOf(func: number, definition: number): unknown;
	locationOf(func: number, definition: number): number;
	/** Evaluates a function that was too deep to emit. */
	interpret(c: EvalContext, func: number, args: readonly Value[]): Value | undefined;
}

/** A pattern that is compiled. */
export interface Pattern {
	readonly source: string;
	test(s: string): boolean;
}

/** Throws where the text is no pattern. */
export type CompilePattern = (text: string) => Pattern;

/** Without a compiler of patterns, which modules have that call regex.match, the builtin matches them. */
export function emittedRuntime(host: EmittedHost, compilePattern: CompilePattern | undefined): object {
	return {
		...common,
		...patterns(compilePattern),
		index: (func: number) => host.index(func),
		rows: (func: number) => host.rows(func),
		definition: (func: number, definition: number) => host.definitionOf(func, definition),
		locationOf: (func: number, definition: number) => host.locationOf(func, definition),
		shadow: (c: EvalContext, func: number) => host.shadow(c, func),
		ruleAt: (c: EvalContext, func: number, keys: readonly Value[]) => host.byKey.value(c, func, keys),
		document: (c: EvalContext, path: readonly Value[]) => host.documents.value(c, path),
		documentKeys: (c: EvalContext, path: readonly Value[]) => host.documents.keys(c, path),
		interpret: (c: EvalContext, func: number, args: readonly Value[]) => host.interpret(c, func, args),
		callFunc: (c: EvalContext, func: number, args: readonly Value[], loc: number) => host.callFunc(c, func, args, loc),
		callBuiltin: (c: EvalContext, builtin: number, args: readonly Value[], loc: number) =>
			host.callBuiltin(c, builtin, args, loc),
		layer: (c: EvalContext, index: number, values: readonly ReplacementValue[]) => {
			const replacements = host.replacements[index] ?? [];
			const layer = makeLayer(c, replacements, values);
			const { deep } = c.options;
			return deep === undefined ? layer : deep.layer(replacements, c, values, layer);
		},
	};
}

const common: Readonly<Record<string, unknown>> = {
	dot,
	storedDot,
	missing,
	equal,
	same,
	equalNumber: (a: Value, b: NumberValue): boolean => isNumber(a) && compareNumbers(a, b) === 0,
	compareValues: compare,
	scanKeys,
	scanValue,
	baseValue: storedValue,
	whole,
	conflict,
	RegoSet,
	ObjectBuilder,
	ObjectCollector,
	kept,
	within,
	insertEntry,
	isObjectOf,
	isCollection,
	lookup,
	MemberSite,
	PartResults,
	LastResults,
	CallSite,
	GroupedScan,
	isEmptyObject,
	sizeOfPlain,
	Groups,
	join,
	U: UNDEFINED,
	C: EvalContext,
	Q: QueryState,
};

/** The value of a rule that depends on data only. */
function kept(c: EvalContext, rule: number, evaluate: (c: EvalContext) => Value | undefined): Value | undefined {
	const values = c.kept;
	return values === undefined ? evaluate(c) : values.value(c, rule, evaluate);
}

/** Definitions an index selects for a value. */
function lookup(index: Table, v: Value): readonly number[] | undefined {
	return index.byKey.get(canonicalKey(v));
}

/** Strings joined as by concat; undefined for what the builtin must look at. */
function join(delimiter: Value, list: Value): string | undefined {
	if (typeof delimiter !== "string" || !Array.isArray(list)) return undefined;
	let out = "";
	for (let i = 0; i < list.length; i++) {
		const s = list[i];
		if (typeof s !== "string" || out.length > maxJoined) return undefined;
		out = i === 0 ? s : out + delimiter + s;
	}
	return out.length > maxJoined || !isWellFormed(out) ? undefined : out;
}

/** Where results are longer, the builtin knows how long they may be. */
const maxJoined = 1 << 20;

function patterns(compile: CompilePattern | undefined): object {
	let last: Pattern | undefined;
	return {
		/** A constant pattern, or undefined where it does not compile: then the builtin reports it. */
		pattern: (text: string): Pattern | undefined => {
			try {
				return compile?.(text);
			} catch {
				return undefined;
			}
		},
		/** A computed pattern, the last one or through the shared cache; undefined where it does not compile. */
		regexMatch: (text: string, s: string): boolean | undefined => {
			try {
				if (last === undefined || last.source !== text) last = compile?.(text);
				return last?.test(s);
			} catch {
				return undefined;
			}
		},
	};
}
