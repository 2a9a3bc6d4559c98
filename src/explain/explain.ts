/**
 * Why a policy decides as it does, and what is the least that would have to change. In: a policy, a document's
 * path, an input. Out: an explanation; whatever the policy and the input are, within its budget.
 */
import { RegoError } from "../errors.ts";
import { EvalContext, type QueryOptions, QueryState } from "../eval/context.ts";
import { takeInput } from "../face/inputs.ts";
import { type JsonValue, jsonValue } from "../face/json-value.ts";
import { LimitError } from "../limit-error.ts";
import { decode } from "../plan/constants.ts";
import { pathText } from "../plan/path-text.ts";
import type { Expression, PlanLocation, PlanOnDemand, TreeNode } from "../plan/plan.ts";
import { documentPath, type Explainable } from "../planned.ts";
import { isCollection } from "../value/access.ts";
import type { Value } from "../value/value.ts";
import { type Blame, type Iteration, type Leaf, noBlame } from "./blame.ts";
import { type Edit, valueAt } from "./edit.ts";
import type {
	Alternative,
	Cause,
	Choice,
	Difference,
	ExplainOptions,
	Explanation,
	Fix,
	Node,
	Spot,
	Tried,
} from "./explanation.ts";
import { assembled, inputFix } from "./fixes.ts";
import { type Goal, meets, wantedOf } from "./goal.ts";
import { Interpreter } from "./interpreter.ts";
import { literalText } from "./literal-text.ts";
import { ledBy, ordered } from "./order.ts";
import { policyFixes } from "./policy-fixes.ts";
import { Redaction } from "./redact.ts";
import { Relaxer } from "./relaxer.ts";
import { isSmall } from "./small.ts";
import { dataRoot, type Place, pathOf, pointerOf, reviewRoot } from "./source.ts";
import { whyAsWanted } from "./why-so.ts";
import { sentence, shown, type Words } from "./words.ts";

/**
 * Why a policy decides as it does on an input, and what is the least that would have to change. Throws TypeError for an
 * input that is no JSON, and for a path that is none.
 */
export function explain(
	policy: { readonly explainable: () => Explainable },
	path: string,
	input?: unknown,
	options: ExplainOptions = {},
): Explanation {
	return new Explainer(policy.explainable(), path, input, options).explain();
}

class Explainer {
	readonly #of: Explainable;
	readonly #path: string;
	readonly #names: readonly string[];
	readonly #input: Value | undefined;
	readonly #options: ExplainOptions;
	readonly #state: QueryState;
	readonly #context: EvalContext;
	readonly #relaxer: Relaxer;
	readonly #started: number = performance.now();
	readonly #redaction: Redaction;
	readonly #places: Words;
	#hints: Blame["hints"] = [];

	constructor(of: Explainable, path: string, input: unknown, options: ExplainOptions) {
		this.#of = of;
		this.#path = path;
		this.#names = documentPath(path);
		this.#input = takeInput(input, of.inputs);
		this.#options = options;
		const { steps, timeMs = 1000 } = options;
		const limits = { timeMs, ...(steps === undefined ? {} : { steps }) };
		const locate: QueryOptions["locate"] = (loc) => of.places.locate(loc);
		this.#state = new QueryState({ host: of.host, limits, strictBuiltinErrors: false, locate });
		this.#context = new EvalContext(this.#state.options, this.#input, of.data, this.#state);
		this.#relaxer = relaxerFor(of, this.#context, this.#input);
		this.#redaction = new Redaction(this.#input, options.redact);
		this.#places = {
			policyName: (p) => this.#placeName(p),
			show: (v) => shown(v),
			ruleName: (func) => this.#ruleName(func),
		};
	}

	explain(): Explanation {
		const asked = expressionOf(this.#of.plan, this.#names);
		let decision: Value | undefined;
		let error: RegoError | undefined;
		let complete = true;
		try {
			decision = this.#relaxer.p.documents.value(this.#context, this.#names);
		} catch (e) {
			if (isBudget(e)) complete = false;
			else if (e instanceof RegoError) error = e;
			else throw e;
		}
		const goal = wantedOf(decision, this.#options.want);
		const asWanted = complete && error === undefined && meets(decision, goal);
		let blame = noBlame;
		if (error !== undefined) blame = this.#errorBlame(error);
		else if (complete) {
			try {
				blame = asWanted
					? whyAsWanted(this.#relaxer, this.#context, asked)
					: this.#relaxer.cheapest(this.#context, asked, goal);
			} catch (e) {
				if (isBudget(e)) complete = false;
				else if (e instanceof RegoError) blame = this.#errorBlame(e);
				else throw e;
			}
		}
		const { furthest } = this.#relaxer;
		if (!complete && furthest !== undefined) blame = { ...noBlame, cost: furthest.cost, leaves: [furthest] };
		if (blame.cost === Number.POSITIVE_INFINITY) blame = noBlame;
		blame = { ...blame, leaves: ordered(blame.leaves) };
		this.#hints = blame.hints;
		const { maxCauses = 20 } = this.#options;
		const { fixes, edits } = asWanted || error !== undefined ? noFixes : this.#fixes(blame, goal, complete);
		// Where one change is known to be enough, it is where the cause is.
		const [only, more] = edits;
		if (only !== undefined && more === undefined) blame = { ...blame, leaves: ledBy(blame.leaves, only, this.#input) };
		const causes = blame.leaves.slice(0, maxCauses).map((l) => this.#cause(l));
		const choices = blame.iterations.slice(0, 8).map((i): Choice => {
			const chosen = jsonValue(i.chosen);
			const next =
				i.next === undefined || i.nextBest === undefined ? undefined : { index: jsonValue(i.next), cost: i.nextBest };
			const { rule, pointer } = this.#policyPlace(i.of);
			return {
				rule,
				of: pointer,
				index: chosen,
				tried: i.tried,
				cost: blame.cost,
				...(next === undefined ? {} : { next }),
			};
		});
		const out: Explanation = {
			schema: "regoplan.explanation/1",
			path: this.#path,
			...(decision === undefined ? {} : { decision: this.#json(decision) }),
			...(error === undefined ? {} : { error: error.message }),
			wanted: goalText(goal),
			asWanted,
			complete,
			causes,
			choices,
			alternatives: this.#alternatives(),
			fixes,
			tree: treeOf(
				this.#path,
				blame.leaves.slice(0, maxCauses),
				(f) => this.#ruleName(f),
				(l) => this.#of.places.locate(l)?.row ?? 0,
			),
			stats: { steps: this.#relaxer.steps, ms: performance.now() - this.#started },
		};
		return this.#redaction.scrubbed(out);
	}

	/** An error that ended the evaluation is its own cause. */
	#errorBlame(error: RegoError): Blame {
		const kind = error.code === "eval_conflict_error" ? "conflict" : "builtin-error";
		const leaf = this.#relaxer.leaf({ kind, note: error.message });
		return { ...leaf, leaves: leaf.leaves.map((l) => ({ ...l, cost: 1 })) };
	}

	#cause(leaf: Leaf): Cause {
		const hinted = leaf.remedies.find((m) => m.op === "add" && m.value === undefined);
		const said = leaf.expected;
		const expected = said === undefined && hinted !== undefined ? assembled(hinted.place, this.#hints) : said;
		const hide = this.#redaction.hides([...leaf.inputs, ...leaf.policies]);
		const message = hide ? this.#redacted(leaf) : sentence(leaf, expected, this.#places);
		return {
			kind: leaf.kind,
			message,
			cost: rounded(leaf.cost),
			input: leaf.inputs.map((p) => pointerOf(pathOf(p))),
			policy: leaf.policies.slice(0, 4).map((p) => this.#policyPlace(p)),
			...(hide || leaf.actual === undefined ? {} : { actual: this.#json(leaf.actual) }),
			...(hide || expected === undefined ? {} : { expected: this.#json(expected) }),
			...(hide ? {} : this.#details(leaf)),
			...this.#spot(leaf.loc, leaf.chain.at(-1)),
			within: [...leaf.chain].reverse().map((f) => this.#ruleName(f)),
		};
	}

	#details({ parts = [], near, iteration }: Leaf): Pick<Cause, "diff" | "didYouMean" | "iteration"> {
		const diff = parts.map(({ place, actual, expected }): Difference => {
			const hide = this.#redaction.hides([place]);
			return {
				pointer: pointerOf(pathOf(place)),
				...(hide || actual === undefined ? {} : { actual: this.#json(actual) }),
				...(hide || expected === undefined ? {} : { expected: this.#json(expected) }),
			};
		});
		return {
			...(diff.length === 0 ? {} : { diff }),
			...(near === undefined ? {} : { didYouMean: near }),
			...(iteration === undefined ? {} : { iteration: this.#tried(iteration) }),
		};
	}

	#tried({ of, tried, chosen, nextBest }: Iteration): Tried {
		const { rule, pointer } = this.#policyPlace(of);
		return {
			rule,
			of: pointer,
			tried,
			chosen: jsonValue(chosen),
			...(nextBest === undefined ? {} : { nextBest: rounded(nextBest) }),
		};
	}

	#redacted(leaf: Leaf): string {
		const [first] = leaf.inputs;
		const where = first === undefined ? "the input" : `input ${pointerOf(pathOf(first))}`;
		return `${where} is not as the policy wants it (its value is redacted)`;
	}

	/** A value as JSON; of a large one its beginning. */
	#json(v: Value): JsonValue {
		return isSmall(v) ? jsonValue(v) : shown(v);
	}

	#spot(loc: PlanLocation, func: number | undefined): Spot {
		const at = this.#of.places.locate(loc);
		const source = this.#of.text(loc);
		return {
			rule: func === undefined ? this.#path : this.#ruleName(func),
			file: at?.file ?? "",
			row: at?.row ?? 0,
			col: at?.col ?? 0,
			text: source === undefined || loc < 0 ? "" : literalText(source.text, source.offset),
		};
	}

	#ruleName(func: number): string {
		const f = this.#of.plan.funcs.at(func);
		return f === undefined ? "" : pathText(f.path);
	}

	#policyPlace(p: Place): { readonly rule: string; readonly pointer: string } {
		const rule =
			p.root === "rule"
				? p.rule < 0
					? ""
					: this.#ruleName(p.rule)
				: p.root === "parameters"
					? "input.parameters"
					: p.root;
		return { rule, pointer: pointerOf(pathOf(p)) };
	}

	#placeName(p: Place): string {
		const { rule, pointer } = this.#policyPlace(p);
		const short = rule.split(".").at(-1) ?? rule;
		return pointer === "" ? short : `${short} ${pointer}`;
	}

	#fixes(
		blame: Blame,
		goal: Goal,
		complete: boolean,
	): { readonly fixes: readonly Fix[]; readonly edits: readonly Edit[] } {
		const { fixes = "input" } = this.#options;
		if (fixes === "none" || !complete || blame.leaves.length === 0) return noFixes;
		const deadline = this.#started + (this.#options.timeMs ?? 1000);
		const timely = (): number => deadline - performance.now();
		const check = (input: Value | undefined): boolean => {
			const left = timely();
			if (left <= 0) return false;
			try {
				return meets(this.#of.decide(this.#names, input, { timeMs: left }), goal);
			} catch (e) {
				if (e instanceof RegoError || e instanceof LimitError) return false;
				throw e;
			}
		};
		const out: Fix[] = [];
		let edits: readonly Edit[] | undefined;
		if (fixes !== "policy") {
			edits = inputFix(this.#input, blame, check, (input) => this.#again(input, goal, timely()));
			if (edits !== undefined)
				out.push({ target: "input", patch: edits.map((e) => this.#operation(e)), verified: true });
		}
		if (fixes !== "input") {
			out.push(
				...policyFixes(
					this.#of,
					this.#names,
					this.#input,
					blame,
					(v) => meets(v, goal),
					timely,
					(f) => this.#ruleName(f),
				),
			);
		}
		return { fixes: out, edits: edits ?? [] };
	}

	#again(input: Value | undefined, goal: Goal, timeMs: number): Blame | undefined {
		if (timeMs <= 0) return undefined;
		const state = new QueryState({ ...this.#state.options, limits: { timeMs } });
		const context = new EvalContext(state.options, input, this.#of.data, state);
		const relaxer = relaxerFor(this.#of, context, input);
		try {
			const asked = expressionOf(this.#of.plan, this.#names);
			const blame = relaxer.cheapest(context, asked, goal);
			return { ...blame, leaves: ordered(blame.leaves) };
		} catch (e) {
			if (isBudget(e)) return undefined;
			throw e;
		}
	}

	#operation(e: Edit): Fix["patch"][number] {
		const path = pointerOf(e.path);
		if (e.op === "remove") return { op: "remove", path };
		const hide = this.#redaction.hidesPath(e.path);
		return { op: e.op, path, value: hide || e.value === undefined ? "<redacted>" : jsonValue(e.value) };
	}

	#alternatives(): readonly Alternative[] {
		return this.#relaxer.alternatives.slice(0, 6).map((a) => ({
			rule: this.#ruleName(a.rule),
			row: this.#of.places.locate(a.loc)?.row ?? 0,
			...(a.chosen === undefined
				? {}
				: { chosen: { of: this.#placeName(a.chosen.of), index: jsonValue(a.chosen.index) } }),
			cost: rounded(a.blame.cost),
			causes: ordered(a.blame.leaves)
				.slice(0, 5)
				.map((l) => this.#cause(l)),
		}));
	}
}

/** What explains an evaluation. */
function relaxerFor(of: Explainable, context: EvalContext, input: Value | undefined): Relaxer {
	const p = new Interpreter(of.plan, of.builtins, true);
	if (isCollection(valueAt(input, ["review"]) ?? null) && isCollection(valueAt(input, ["parameters"]) ?? null))
		p.setRoots(context, { input: reviewRoot, data: dataRoot });
	return new Relaxer(p);
}

function rounded(weight: number): number {
	return Math.round(weight * 1000) / 1000;
}

const noFixes: { readonly fixes: readonly Fix[]; readonly edits: readonly Edit[] } = { fixes: [], edits: [] };

/** The budget has ended. */
function isBudget(e: unknown): boolean {
	return (
		(e instanceof RegoError && e.code === "eval_cancel_error") || e instanceof LimitError || e instanceof RangeError
	);
}

/** The document as an expression: a rule, what is in one, or a document made of several. */
function expressionOf(plan: PlanOnDemand, names: readonly string[]): Expression {
	let node: TreeNode | undefined = plan.tree;
	for (const [i, name] of names.entries()) {
		if (node.rule !== undefined) {
			return { op: "document", path: names, loc: -1 };
		}
		node = node.children?.find(([k]) => decode(k) === name)?.[1];
		if (node === undefined) return { op: "document", path: names, loc: -1 };
		if (node.rule !== undefined && i === names.length - 1) return { op: "rule", func: node.rule, loc: -1 };
	}
	return { op: "document", path: names, loc: -1 };
}

function goalText(goal: Goal): string {
	switch (goal.is) {
		case "true":
			return "true";
		case "defined":
			return "defined";
		case "equal":
			return shown(goal.to.value);
		case "compared":
			return `${goal.how} ${shown(goal.to.value)}`;
		case "size":
			return goal.to === 0 ? "empty" : `of size ${goal.how} ${goal.to}`;
		case "with":
			return `${shown(goal.key.value)}: ${goalText(goal.goal)}`;
	}
}

interface Branch {
	readonly label: string;
	readonly row: number;
	readonly causes: number[];
	readonly children: Map<number, Branch>;
}

function treeOf(
	path: string,
	leaves: readonly Leaf[],
	name: (f: number) => string,
	row: (l: PlanLocation) => number,
): Node {
	const top: Branch = { label: path, row: 0, causes: [], children: new Map() };
	for (const [i, l] of leaves.entries()) {
		let at = top;
		for (const f of l.chain) {
			let next = at.children.get(f);
			if (next === undefined) {
				next = { label: name(f), row: row(l.loc), causes: [], children: new Map() };
				at.children.set(f, next);
			}
			at = next;
		}
		at.causes.push(i);
	}
	const node = (b: Branch): Node => ({
		label: b.label,
		row: b.row,
		causes: b.causes,
		children: [...b.children.values()].map(node),
	});
	return node(top);
}
