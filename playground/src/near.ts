/**
 * Answers in the page, without the worker: a browser may hold back what a worker says until what was typed is painted,
 * which is a frame or two. Only of documents of a policy that the worker has made a plan of; whatever is out of the ordinary
 * is left to it. Loaded when the first such plan is there.
 */
import { categoryOf } from "../../src/builtins/category-names.ts";
import type { Builtin } from "../../src/builtins/define.ts";
import { internal } from "../../src/builtins/internal.ts";
import { loadCategory } from "../../src/builtins/late-categories.ts";
import { operators } from "../../src/builtins/operators.ts";
import { RegoError } from "../../src/errors.ts";
import { closures } from "../../src/eval/closures/closures.ts";
import { loadPlanWith } from "../../src/load-plan-with.ts";
import { planFromJson } from "../../src/plan/json.ts";
import { parseJson } from "../../src/value/json.ts";
import type { Value } from "../../src/value/value.ts";
import { type Shown, shownValue } from "./shown.ts";

/** What takes more steps once is the worker's from then on: these take some milliseconds. */
const limits = { steps: 100_000 };

/** They need keys, certificates, the network or the parser. */
const elsewhere = ["http", "rego", "tokens", "x509"];

export type NearAnswer = (query: string, input: string) => Shown | undefined;

/** What answers from a plan; undefined where it calls what the page does not have. */
export async function nearAnswer(text: string): Promise<NearAnswer | undefined> {
	const plan = planFromJson(text);
	const categories = [...new Set(plan.builtins.map((name) => categoryOf.get(name)))];
	if (categories.some((c) => c === undefined || elsewhere.includes(c))) return undefined;
	const lists = await Promise.all(categories.map((c) => loadCategory[c ?? ""]?.() ?? []));
	const builtins = new Map<string, Builtin>([operators, internal, ...lists].flat().map((b) => [b.name, b]));
	const options = { values: "rego", inputs: "trusted", limits } as const;
	const policy = loadPlanWith({ builtins, backend: () => closures }, plan, options);
	let takesLong = false;
	return (query, input) => {
		// Other queries are more than a document.
		if (takesLong || !/^data(?:\.[A-Za-z_]\w*)+$/.test(query.trim())) return undefined;
		try {
			const value = input.trim() === "" ? undefined : parseJson(input);
			return shownValue(policy.evaluate<Value>(query.trim(), value, { optional: true }).value);
		} catch (e) {
			// What is wrong is told by the worker, with its place and hints.
			takesLong = e instanceof RegoError && e.code === "eval_cancel_error";
			return undefined;
		}
	};
}
