/**
 * Runs one case: compile, ask, compare, and ask once more to see that nothing is left over from the
 * first time. A query that only names a document is also asked as embedders ask it, as a prepared rule.
 * Never throws.
 */
import { define, t } from "../src/builtins/define.ts";
import { compile } from "../src/compile.ts";
import type { Backend } from "../src/eval/backend.ts";
import { parseDuration } from "../src/go/duration.ts";
import type { QueryRow } from "../src/policy.ts";
import type { Value } from "../src/value/value.ts";
import type { Case } from "./cases.ts";
import { type Answer, compareAnswer } from "./compare.ts";
import { verified } from "./verified.ts";

export interface CaseOptions {
	readonly backend?: Backend | undefined;
	/** Bound on evaluation, in milliseconds; undefined: evaluation has no limits at all. */
	readonly timeMs: number | undefined;
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
		let asks: readonly Ask[];
		try {
			asks = prepare(c, options);
		} catch (error) {
			return compareAnswer(c, { error });
		}
		for (const { how, answer } of asks) {
			const problem = compareAnswer(c, answer());
			if (problem !== undefined) return `${how}${problem}`;
		}
		return undefined;
	} catch (e) {
		return `the runner failed: ${e instanceof Error ? (e.stack ?? e.message) : String(e)}`;
	} finally {
		restore();
	}
}

interface Ask {
	/** What the problem begins with. */
	readonly how: string;
	readonly answer: () => Answer;
}

/** `data.a.b = x`: the document, and the variable that is bound to it. */
const oneDocument = /^\s*(data(?:\.[a-zA-Z_]\w*)+)\s*=\s*(?!(?:input|data)\b)([a-zA-Z]\w*)\s*$/;

function prepare(c: Case, { backend, timeMs }: CaseOptions): readonly Ask[] {
	const input = c.inputTerm === undefined ? c.input : termValue(c.inputTerm);
	const modules = Object.fromEntries(c.modules.map((text, i) => [`test-${i}.rego`, text]));
	// As OPA's runner compiles: rules are not compared with the paths of data. Its command line does that.
	const isCommand = c.wantError?.startsWith("conflicting rule for data path") === true;
	const policy = compile(modules, {
		regoVersion: c.regoVersion,
		...(isCommand ? { data: c.data } : {}),
		builtins: testBuiltins,
		values: "rego",
		strictBuiltinErrors: c.strictError,
		...(timeMs === undefined ? {} : { limits: { timeMs } }),
		...(backend === undefined ? {} : { backend: verified(backend) }),
	}).withData(c.data);
	const query = answering(() => policy.query(c.query, input).rows);
	const asks: Ask[] = [
		{ how: "", answer: query },
		{ how: "the second time: ", answer: query },
	];
	const [, path, variable] = oneDocument.exec(c.query) ?? [];
	if (path !== undefined && variable !== undefined) {
		let prepared: ((input?: unknown) => Value | undefined) | undefined;
		const rule = answering(() => {
			prepared ??= policy.rule(path, { optional: true });
			const value = prepared(input);
			return value === undefined ? [] : [{ bindings: { [variable]: value }, expressions: [] }];
		});
		asks.push({ how: "as a prepared rule: ", answer: rule });
		asks.push({ how: "as a prepared rule, the second time: ", answer: rule });
	}
	return asks;
}

function answering(rows: () => readonly QueryRow<Value>[]): () => Answer {
	return () => {
		try {
			return { rows: rows() };
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
