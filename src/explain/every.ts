/** `every`, relaxed: each element that does not hold, or that should go. */
import type { EvalContext } from "../eval/context.ts";
import { scan } from "../eval/runtime.ts";
import type { EveryStmt } from "../plan/plan.ts";
import { isCollection } from "../value/access.ts";
import { isArray, type Value } from "../value/value.ts";
import { type Blame, type Hint, isUnknown, noBlame, plus, samePlace, unexplored } from "./blame.ts";
import { success } from "./definitions.ts";
import type { Frame } from "./frame.ts";
import { isDefined, sizeOf } from "./goal.ts";
import type { Relaxer } from "./relaxer.ts";
import { SiblingRecord } from "./siblings.ts";
import { inputsOf, isInputPlace, type Place, type Source, step, type Traced } from "./source.ts";
import { bindEntry } from "./statements.ts";

/** The cost of an entry of the input that would have to go; what is large costs more. */
const removal = 1.7;
/** How many of the failing entries are looked into; the others are only counted. */
const mostFailing = 10;
/** Failing entries that are looked for. */
const mostFound = 1000;

interface Failing {
	readonly key: Value;
	readonly value: Value;
	readonly from: Source;
	readonly position: number;
}

export function relaxEvery(r: Relaxer, c: EvalContext, f: Frame, s: EveryStmt, bound: number): Blame {
	const of = r.blame(c, f, s.source, isDefined, bound);
	if (of.value !== undefined && isUnknown(of.value) && isInputPlace(of.value.from)) {
		// Where there are no elements `every` holds: an empty list is a way out.
		return { ...of, hints: [...of.hints, { place: of.value.from, value: [] }] };
	}
	if (of.cost > 0 || of.value === undefined || isUnknown(of.value)) return of;
	const source = of.value;
	if (!isCollection(source.value)) return r.noCollection(source);
	const record = new SiblingRecord(r.siblings);
	const failing = failingOf(r, c, f, s, source, record);
	const { siblings: outer, loc } = r;
	let total = noBlame;
	try {
		for (const x of failing.slice(0, mostFailing)) {
			r.loc = loc;
			r.siblings = record.of(x.position);
			total = plus(total, relaxElement(r, c, f, s, source, x, bound - total.cost));
			if (total.cost >= bound) return unexplored;
		}
	} finally {
		r.siblings = outer;
	}
	const others = failing.length - mostFailing;
	return others > 0 ? { ...total, cost: total.cost + others } : total;
}

function failingOf(
	r: Relaxer,
	c: EvalContext,
	f: Frame,
	s: EveryStmt,
	source: Traced,
	record: SiblingRecord,
): readonly Failing[] {
	const out: Failing[] = [];
	let position = 0;
	r.p.picked = record.pick;
	try {
		scan(source.value, (key, value) => {
			if (c.limited) c.query.step(1);
			bindEntry(f, s, source, key, value);
			const holds = r.tried(() => r.p.block(c, f, s.body, 0, () => true)) === true;
			record.next(holds);
			if (!holds) out.push({ key, value, from: step(source.from, key), position });
			position++;
			return out.length >= mostFound;
		});
	} finally {
		r.p.picked = undefined;
	}
	return out;
}

/** The more there is in an entry, the likelier it is a part of it that is wrong. */
function removalOf(v: Value): number {
	return removal + (isCollection(v) ? Math.min(1, (sizeOf(v) ?? 0) / 8) : 0);
}

/** One element: what would make it hold, or that it has to go. */
function relaxElement(
	r: Relaxer,
	c: EvalContext,
	f: Frame,
	s: EveryStmt,
	source: Traced,
	{ key, value, from }: Failing,
	bound: number,
): Blame {
	const { loc } = r;
	const g = f.copy();
	bindEntry(g, s, source, key, value);
	const places = isInputPlace(from) ? [from] : inputsOf(from);
	const [place, other] = places;
	if (place === undefined || other !== undefined) return r.relax(c, g, s.body, 0, success, bound);
	const going = removalOf(value);
	const one = r.relax(c, g, s.body, 0, success, Math.min(bound, going + 1));
	if (one.cost <= going) return one;
	r.loc = loc;
	const inside = hintsOf(r, c, g, s, source, { key, value, from }, bound);
	const list = place.parent;
	if (list !== undefined && isArray(source.value) && source.value.length === 1 && isStranger(value, place, inside)) {
		const remedies = [{ op: "replace" as const, place: list, value: [] }];
		const note = "objects are wanted in it";
		const whole = r.leaf({ kind: "shape", base: going, inputs: [list, place], actual: source.value, note, remedies });
		return whole.cost < one.cost ? { ...whole, hints: inside } : one;
	}
	const gone = r.leaf({
		kind: "element",
		base: going,
		inputs: [place],
		actual: value,
		note: "nothing in the policy allows this element",
		remedies: [
			{ op: "replace", place, value: undefined },
			{ op: "remove", place, value: undefined },
		],
	});
	return one.cost > gone.cost + 0.3 ? { ...gone, hints: inside } : one;
}

/** What an element would have to be. */
function hintsOf(
	r: Relaxer,
	c: EvalContext,
	g: Frame,
	s: EveryStmt,
	source: Traced,
	{ key, value, from }: Omit<Failing, "position">,
	bound: number,
): readonly Hint[] {
	bindEntry(g, s, source, key, value);
	g.bind(s.value, { unknown: true, from }, undefined);
	return r.relax(c, g, s.body, 0, success, bound).hints;
}

/** No collection, where parts of one are looked at. */
function isStranger(v: Value, place: Place, hints: readonly Hint[]): boolean {
	return !isCollection(v) && hints.some((h) => h.place.parent !== undefined && samePlace(h.place.parent, place));
}
