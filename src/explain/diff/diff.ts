/**
 * Two policies compared: as they are written, and by what they decide, on given inputs and on such as are made of
 * them. It says how much was tried; that two policies are the same it never says.
 */
import { RegoError } from "../../errors.ts";
import { jsonValue } from "../../face/json-value.ts";
import { pathText } from "../../plan/path-text.ts";
import { documentPath, type Explainable } from "../../planned.ts";
import { equal } from "../../value/compare.ts";
import type { Value } from "../../value/value.ts";
import { Coverage } from "../cover/coverage.ts";
import { explain } from "../explain.ts";
import { decisionAllows } from "../goal.ts";
import { constantsOf, type Made, seeds, variations } from "./inputs.ts";
import type { DecisionChange, PolicyDiff } from "./report.ts";
import { structuralChanges } from "./structure.ts";

export interface DiffOptions {
	/** Documents to ask for. */
	readonly documents: readonly string[];
	readonly inputs?: readonly Value[] | undefined;
	/** Milliseconds that comparing may take; default 10 seconds. */
	readonly timeMs?: number | undefined;
	/** Inputs made of each document's; default 20,000. */
	readonly most?: number | undefined;
	/** Differences that are told; default 20. */
	readonly mostTold?: number | undefined;
}

interface Policy {
	readonly explainable: () => Explainable;
}

/** Inputs that are also asked of the interpreter, which knows what they reach. */
const mostCovered = 300;
/** Inputs that variations are made of. */
const mostBases = 1000;

export function diffPolicies(before: Policy, after: Policy, options: DiffOptions): PolicyDiff {
	const old = before.explainable();
	const now = after.explainable();
	const deadline = performance.now() + (options.timeMs ?? 10_000);
	const timely = (): number => deadline - performance.now();
	const structure = structuralChanges(old, now);
	const constants = constantsOf([old, now]);
	const covered = { old: new Coverage(before), new: new Coverage(after) };
	const decisions = new Map<string, DecisionChange>();
	let tried = 0;
	let differing = 0;
	let untried = 0;
	for (const document of options.documents) {
		const names = documentPath(document);
		let asked = 0;
		const ask = (m: Made): void => {
			tried++;
			if (asked++ < mostCovered && timely() > 0) {
				covered.old.ask(document, m.input);
				covered.new.ask(document, m.input);
			}
			const a = decided(old, names, m.input, timely());
			const b = decided(now, names, m.input, timely());
			if (a === undefined ? b === undefined : b !== undefined && equal(a, b)) return;
			const [was, is] = [decisionAllows(a), decisionAllows(b)];
			if (was === is) return;
			differing++;
			if (decisions.size >= (options.mostTold ?? 20)) return;
			const explanation = explain(is ? before : after, document, m.input, {
				timeMs: Math.max(50, Math.min(1000, timely())),
				fixes: "none",
			});
			const [cause] = explanation.causes;
			// One of those with the same cause is enough.
			const key = `${document} ${was} ${cause?.file}:${cause?.row} ${cause?.input[0]}`;
			if (decisions.has(key)) return;
			decisions.set(key, {
				document,
				input: jsonValue(m.input),
				...(m.change === undefined ? {} : { change: m.change }),
				before: was ? "allowed" : "denied",
				after: is ? "allowed" : "denied",
				explanation,
			});
		};
		const start = seeds(options.inputs ?? [], [old, now], document, timely);
		for (const m of start) {
			if (timely() > 0) ask(m);
			else untried++;
		}
		const most = options.most ?? 20_000;
		const isAllowed = (of: Explainable, m: Made): boolean =>
			timely() > 0 && decisionAllows(decided(of, names, m.input, timely()));
		const bases = start.slice(0, mostBases).filter((m) => isAllowed(old, m) || isAllowed(now, m));
		const each = Math.ceil(most / Math.max(1, bases.length));
		for (const base of bases) {
			let n = 0;
			for (const m of variations(base, structure, constants)) {
				if (++n > each || timely() <= 0) break;
				ask(m);
			}
		}
	}
	const unreached = (["old", "new"] as const).flatMap((side) => {
		const of = side === "old" ? old : now;
		return covered[side].unreached().map(({ func, loc }) => {
			const at = of.places.locate(loc);
			return { side, rule: pathText(func.path), file: at?.file ?? "", row: at?.row ?? 0 };
		});
	});
	return {
		schema: "regoplan.diff/1",
		structure,
		decisions: [...decisions.values()],
		tried,
		untried,
		differing,
		unreached,
	};
}

/** An evaluation that ends with an error denies. */
function decided(of: Explainable, names: readonly string[], input: Value, timeMs: number): Value | undefined {
	try {
		return of.decide(names, input, { timeMs: Math.max(1, timeMs) });
	} catch (e) {
		if (e instanceof RegoError) return undefined;
		throw e;
	}
}
