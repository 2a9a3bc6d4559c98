/**
 * Runs tests one by one. A test passes when its document is `true`; of one with cases, when every case is. What
 * fails before a case's name is known is not reported as a case.
 */
import { type Builtin, define, t } from "../builtins/define.ts";
import { RegoError, RegoErrors } from "../errors.ts";
import type { Limits, PrintLine } from "../eval/context.ts";
import { pathText } from "../face/documents.ts";
import type { Policy } from "../policy.ts";
import { objectEntries } from "../value/collections.ts";
import { toJson } from "../value/json.ts";
import { isObject, type Value } from "../value/value.ts";
import { caseBuiltin, type Test } from "./discover.ts";

export interface TestResult extends Test {
	readonly outcome: "pass" | "fail" | "error" | "skip";
	/** Several where its document cannot be asked for: it is a function's. */
	readonly error: RegoError | RegoErrors | undefined;
	/** Nanoseconds. */
	readonly duration: bigint;
	/** The value of its document; undefined also where there is an error. */
	readonly value: Value | undefined;
	readonly prints: readonly PrintLine[];
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

/** What a case is called. */
export function caseName(key: Value): string {
	return typeof key === "string" ? key : toJson(key);
}

/** What a test's document was found to be. */
export interface Asked {
	readonly value: Value | undefined;
	readonly prints: readonly PrintLine[];
	readonly error?: RegoError | undefined;
}

export interface RunOptions {
	/** Asks for a test's document; by default the policy is asked. */
	readonly ask?: (query: string) => Asked;
	/** What a test may take. */
	readonly limits: Limits | undefined;
}

const noResult = {
	error: undefined,
	value: undefined,
	prints: [],
	duration: 0n,
	output: "",
	cases: new Map<string, CaseResult>(),
};

export function runTest(
	policy: Policy<Value> | Policy,
	test: Test,
	reports: CaseReports,
	options: RunOptions,
): TestResult {
	const result = (outcome: TestResult["outcome"], more: Partial<TestResult> = {}): TestResult => {
		return { ...test, ...noResult, outcome, ...more };
	};
	if (test.todo) return result("skip");
	reports.take();
	let prints: readonly PrintLine[] = [];
	const start = process.hrtime.bigint();
	const after = (): Partial<TestResult> => ({
		duration: process.hrtime.bigint() - start,
		prints,
		output: prints.map(({ text }) => `${text}\n`).join(""),
	});
	try {
		let value: Value | undefined;
		if (options.ask === undefined) {
			const { rows } = policy.query(pathText(test.path), undefined, {
				prints: true,
				limits: options.limits,
				onPrints: (lines) => {
					prints = lines;
				},
			});
			value = rows[0]?.expressions[0]?.value;
		} else {
			policy.checkQuery(pathText(test.path));
			const asked = options.ask(pathText(test.path));
			prints = asked.prints;
			if (asked.error !== undefined) throw asked.error;
			value = asked.value;
		}
		const seen = { ...after(), value };
		if (value === undefined) return result("fail", seen);
		if (!test.hasCases) return result(value === true ? "pass" : "fail", seen);
		const cases = casesOf(value);
		for (const names of reports.take()) addFailed(cases, names);
		return result([...cases.values()].some((c) => c.fail) ? "fail" : "pass", { ...seen, cases });
	} catch (e) {
		if (!(e instanceof RegoError || e instanceof RegoErrors)) throw e;
		return result("error", { ...after(), error: e });
	}
}

/** Cases and those within them, by name. */
export function* eachCase(
	cases: Cases,
	above: readonly string[],
): Generator<{ readonly names: readonly string[]; readonly entry: CaseResult }> {
	for (const entry of byName(cases)) {
		const names = [...above, entry.name];
		yield { names, entry };
		yield* eachCase(entry.cases, names);
	}
}

export function byName(cases: Cases): readonly CaseResult[] {
	return [...cases.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
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
