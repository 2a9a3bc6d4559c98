/**
 * Runs one case: compile, ask, compare, and ask once more to see that nothing is left over from the
 * first time. Never throws.
 */
import { define, t } from "../src/builtins/define.ts";
import { parseDuration } from "../src/builtins/time-duration.ts";
import { compile } from "../src/compile.ts";
import type { Backend } from "../src/eval/backend.ts";
import type { Value } from "../src/value/value.ts";
import type { Case } from "./cases.ts";
import { type Answer, compareAnswer } from "./compare.ts";

export interface CaseOptions {
	readonly backend?: Backend | undefined;
	/** Bound on evaluation, in milliseconds. */
	readonly timeMs: number;
}

/** OPA's runner adds this builtin for the sake of one case. */
const testBuiltins = [
	define("test.sleep", {
		category: "test",
		args: [["duration", t.string]],
		result: t.null,
		doc: "Does nothing for a while.",
		eval: (ctx, duration) => {
			const r = parseDuration(duration);
			if ("error" in r) return ctx.error(r.error);
			const ms = Math.min(1000, Number(r.ok / 1_000_000n));
			Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
			return null;
		},
	}),
];

/** What is wrong, or undefined when the case passes. */
export function runCase(c: Case, options: CaseOptions): string | undefined {
	const restore = setEnvironment(c.env);
	try {
		let ask: () => Answer;
		try {
			ask = prepare(c, options);
		} catch (error) {
			return compareAnswer(c, { error });
		}
		return compareAnswer(c, ask()) ?? again(compareAnswer(c, ask()));
	} catch (e) {
		return `the runner failed: ${e instanceof Error ? (e.stack ?? e.message) : String(e)}`;
	} finally {
		restore();
	}
}

function again(problem: string | undefined): string | undefined {
	return problem === undefined ? undefined : `the second time: ${problem}`;
}

function prepare(c: Case, { backend, timeMs }: CaseOptions): () => Answer {
	const input = c.inputTerm === undefined ? c.input : termValue(c.inputTerm);
	const modules = Object.fromEntries(c.modules.map((text, i) => [`test-${i}.rego`, text]));
	const policy = compile(modules, {
		regoVersion: c.regoVersion,
		data: c.data,
		builtins: testBuiltins,
		values: "rego",
		...(backend === undefined ? {} : { backend }),
	});
	return () => {
		try {
			const { rows } = policy.query(c.query, input, { strictBuiltinErrors: c.strictError, limits: { timeMs } });
			return { rows };
		} catch (error) {
			return { error };
		}
	};
}

/** The value of a Rego term. */
function termValue(term: string): Value {
	const row = compile({}, { values: "rego" }).query(`term = ${term}`).rows[0];
	const v = row?.bindings["term"];
	if (v === undefined) throw new Error(`input_term has no value: ${term}`);
	return v;
}

function setEnvironment(env: Readonly<Record<string, string>>): () => void {
	const before = Object.keys(env).map((k) => [k, process.env[k]] as const);
	Object.assign(process.env, env);
	return () => {
		for (const [k, v] of before) {
			if (v === undefined) delete process.env[k];
			else process.env[k] = v;
		}
	};
}
