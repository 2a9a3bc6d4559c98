/**
 * Runs tests one by one. A test passes when its document is `true`; of one with cases, when every case is. What
 * fails before a case's name is known is not reported as a case.
 */
import { type Builtin, define, t } from "../builtins/define.ts";
import { RegoError } from "../errors.ts";
import { pathText } from "../face/documents.ts";
import type { Policy } from "../policy.ts";
import { objectEntries } from "../value/collections.ts";
import { toJson } from "../value/json.ts";
import { isObject, type Value } from "../value/value.ts";
import { caseBuiltin, type Test } from "./discover.ts";

export interface TestResult extends Test {
	readonly outcome: "pass" | "fail" | "error" | "skip";
	readonly error: RegoError | undefined;
	/** Nanoseconds. */
	readonly duration: bigint;
	/** What it printed, a line each. */
	readonly output: string;
	readonly cases: Cases;
}

/** Cases by name, in the order they were met; a case may hold cases. */
export type Cases = ReadonlyMap<string, CaseResult>;

export interface CaseResult {
	readonly name: string;
	readonly fail: boolean;
	readonly cases: Cases;
}

/** Told of cases while a test runs. The policy is compiled with its builtin. */
export class CaseReports {
	#names: (readonly string[])[] = [];
	readonly builtin: Builtin = define(caseBuiltin, {
		category: "internal",
		args: [["", t.array(t.any)]],
		result: undefined,
		doc: "Names the case a parameterised test is in.",
		nondeterministic: true,
		eval: (_, keys) => {
			this.#names.push(keys.map(caseName));
			return true;
		},
	});

	/** Those since the last time. */
	take(): readonly (readonly string[])[] {
		const names = this.#names;
		this.#names = [];
		return names;
	}
}

function caseName(key: Value): string {
	return typeof key === "string" ? key : toJson(key);
}

export interface RunOptions {
	/** Milliseconds a test may take. */
	readonly timeMs: number;
}

export function runTest(policy: Policy<Value>, test: Test, reports: CaseReports, options: RunOptions): TestResult {
	const result = (outcome: TestResult["outcome"], more: Partial<TestResult> = {}): TestResult => {
		return { ...test, outcome, error: undefined, duration: 0n, output: "", cases: new Map(), ...more };
	};
	if (test.todo) return result("skip");
	reports.take();
	const lines: string[] = [];
	const start = process.hrtime.bigint();
	const after = (): Partial<TestResult> => ({
		duration: process.hrtime.bigint() - start,
		output: lines.map((l) => `${l}\n`).join(""),
	});
	try {
		const { rows } = policy.query(pathText(test.path), undefined, {
			prints: true,
			limits: { timeMs: options.timeMs },
			onPrints: (prints) => {
				for (const { text } of prints) lines.push(text);
			},
		});
		const value = rows[0]?.expressions[0]?.value;
		const taken = after();
		if (value === undefined) return result("fail", taken);
		if (!test.hasCases) return result(value === true ? "pass" : "fail", taken);
		const cases = casesOf(value);
		for (const names of reports.take()) addFailed(cases, names);
		return result([...cases.values()].some((c) => c.fail) ? "fail" : "pass", { ...taken, cases });
	} catch (e) {
		if (!(e instanceof RegoError)) throw e;
		return result("error", { ...after(), error: e });
	}
}

type OpenCases = Map<string, OpenCase>;

interface OpenCase {
	readonly name: string;
	fail: boolean;
	readonly cases: OpenCases;
}

/** The cases that the value of a test tells of: those that came to an end. */
function casesOf(v: Value): OpenCases {
	const out: OpenCases = new Map();
	if (!isObject(v)) return out;
	for (const [key, value] of objectEntries(v)) {
		const name = caseName(key);
		const cases = casesOf(value);
		const fail = isObject(value) ? [...cases.values()].some((c) => c.fail) : value !== true;
		out.set(name, { name, fail, cases });
	}
	return out;
}

/** A case that was begun; unless it came to an end it has failed, and what holds it, too. */
function addFailed(cases: OpenCases, names: readonly string[]): boolean {
	const [name, ...rest] = names;
	if (name === undefined) return true;
	let entry = cases.get(name);
	if (entry === undefined) {
		entry = { name, fail: true, cases: new Map() };
		cases.set(name, entry);
	}
	if (rest.length === 0) return entry.fail;
	const fail = addFailed(entry.cases, rest);
	if (fail) entry.fail = true;
	return fail;
}
