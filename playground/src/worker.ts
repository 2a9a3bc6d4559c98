/** Evaluates, away from the page: typing never waits for a policy. */
import {
	compile,
	type Module,
	type Policy,
	parseJson,
	parseModule,
	RegoError,
	RegoErrors,
	Source,
	toJson,
	type Value,
} from "../../src/index.ts";
import { deciders } from "./deciders.ts";
import type { Complaint, Pane, Problem, Question, Reply } from "./protocol.ts";
import { type Shown, shownValue } from "./shown.ts";

/** A policy that runs for ever is stopped. */
const limits = { steps: 20_000_000, timeMs: 3000 };

interface Compiled {
	readonly policy: Policy<Value>;
	readonly module: Module;
	/** The page has its plan, or does without. */
	isPlanned: boolean;
}

/** The last policy and its data: keystrokes in the input need no compilation. */
let last:
	| { readonly policy: string; readonly data: string; readonly version: string; readonly compiled: Compiled }
	| undefined;

const send = (reply: Reply): void => postMessage(reply);

/** What follows an answer waits until nobody types: it must not be in the way of the next answer. */
let following: ReturnType<typeof setTimeout> | undefined;
const pause = 40;

/** A policy that is not being typed has its plan sent, if that is no larger: from then on the page answers itself. */
let planning: ReturnType<typeof setTimeout> | undefined;
const quiet = { pause: 250, length: 2_000_000 };

addEventListener("message", (e: MessageEvent<Question>): void => {
	const { id, ...problem } = e.data;
	clearTimeout(following);
	clearTimeout(planning);
	const start = performance.now();
	let asked: { readonly compiled: Compiled; readonly input: Value | undefined } | undefined;
	try {
		const compiled = compiledOf(problem);
		const input = problem.input.trim() === "" ? undefined : parsed(problem.input, "input");
		asked = { compiled, input };
		const { rows } = inPane("query", () =>
			compiled.policy.query(problem.query, input, { limits, regoVersion: problem.version }),
		);
		send({ id, kind: "answer", ...shown(rows), complaints: [], milliseconds: performance.now() - start });
		if (!compiled.isPlanned) planning = setTimeout(() => sendPlan(id, problem, compiled), quiet.pause);
	} catch (error) {
		const complaints = complaintsOf(error);
		send({
			id,
			kind: "answer",
			result: undefined,
			verdict: "error",
			complaints,
			milliseconds: performance.now() - start,
		});
	}
	following = setTimeout(() => {
		const explained = asked === undefined ? { prints: [], decided: [] } : explain(problem, asked.compiled, asked.input);
		send({ id, kind: "explanation", ...explained });
	}, pause);
});

function sendPlan(id: number, { policy, data, version }: Problem, compiled: Compiled): void {
	compiled.isPlanned = true;
	const plan = compiled.policy.toJSON();
	if (plan.length <= quiet.length) send({ id, kind: "plan", plan, policy, data, version });
}

function compiledOf(problem: Problem): Compiled {
	const { policy: text, data, version } = problem;
	if (last?.policy === text && last.data === data && last.version === version) return last.compiled;
	const documents = data.trim() === "" ? {} : parsed(data, "data");
	if (typeof documents !== "object" || documents === null || Array.isArray(documents)) {
		throw new PaneError("data", new Error("data must be an object"));
	}
	const { value: module, errors } = parseModule(new Source("policy.rego", text), {
		regoVersion: version,
		annotations: true,
	});
	// compile() parses again where there are errors: it knows the hints.
	if (module === undefined || errors.length > 0) compile({ "policy.rego": text }, { regoVersion: version });
	const policy = compile([module as Module], { data: documents, values: "rego", inputs: "trusted", limits });
	last = { policy: text, data, version, compiled: { policy, module: module as Module, isPlanned: false } };
	return last.compiled;
}

class PaneError extends Error {
	readonly pane: Pane;
	constructor(pane: Pane, cause: unknown) {
		super(cause instanceof Error ? cause.message : String(cause), { cause });
		this.pane = pane;
	}
}

function inPane<T>(pane: Pane, f: () => T): T {
	try {
		return f();
	} catch (e) {
		throw new PaneError(pane, e);
	}
}

const parsed = (text: string, pane: Pane): Value => inPane(pane, () => parseJson(text));

function complaintsOf(error: unknown): readonly Complaint[] {
	const pane = error instanceof PaneError ? error.pane : "policy";
	const e: unknown = error instanceof PaneError ? error.cause : error;
	const all = e instanceof RegoErrors ? e.errors : [e];
	return all.map((x) => {
		if (!(x instanceof RegoError)) {
			const message = x instanceof Error ? x.message : String(x);
			return { pane, message, hint: undefined, row: 0, col: 0 };
		}
		const { file = "", row = 0, col = 0 } = x.location ?? {};
		return {
			pane: file === "policy.rego" ? "policy" : pane,
			message: `${x.code}: ${x.reason}`,
			hint: x.hint,
			row,
			col,
		};
	});
}

type Rows = ReturnType<Policy<Value>["query"]>["rows"];

/** One value as it is; bindings and several solutions as `opa eval` lists them. */
function shown(rows: Rows): Shown {
	const [only] = rows;
	if (only === undefined) return shownValue(undefined);
	const names = Object.keys(only.bindings);
	const value = only.expressions[0]?.value;
	if (rows.length === 1 && names.length === 0 && only.expressions.length === 1 && value !== undefined) {
		return shownValue(value);
	}
	const list = rows.map((r) => (Object.keys(r.bindings).length > 0 ? r.bindings : r.expressions.map((e) => e.value)));
	return { result: toJson(list as Value, { indent: "  " }), verdict: "value" };
}

function explain(problem: Problem, { policy, module }: Compiled, input: Value | undefined) {
	try {
		const asked = { limits, regoVersion: problem.version, prints: true };
		const { prints } = policy.query(problem.query, input, asked);
		const lines = prints.slice(0, 500).map((p) => `${p.row}: ${p.text}`);
		return { prints: lines, decided: deciders(policy, module, problem.query, input, limits) };
	} catch {
		return { prints: [], decided: [] };
	}
}
