/**
 * Tests written in Rego (`test_` rules, as `opa test` runs them) as test cases of a JavaScript test
 * runner: each becomes one `test` below a `describe` for its package.
 */
import { readdirSync } from "node:fs";
import { relative } from "node:path";
import { compile } from "../compile.ts";
import type { Limits } from "../eval/context.ts";
import { toCaller } from "../face/json-value.ts";
import { ownBuiltins } from "../face/own-builtins.ts";
import type { Location } from "../location.ts";
import type { Policy } from "../policy.ts";
import { compileGlob } from "../regex/glob.ts";
import { discoverTests, type Test } from "../testing/discover.ts";
import { CaseReports, eachCase, runTest, type TestResult } from "../testing/run.ts";
import { type FileOptions, listOf, type Paths, readFiles } from "./files.ts";

/** A test that was found. */
export interface RegoTest {
	/** `data.authz_test`. */
	readonly package: string;
	/** `test_admin_is_allowed`; the second of that name is `test_admin_is_allowed#01`, as in OPA. */
	readonly name: string;
	readonly location: Location;
	/** Rules whose names begin with `todo_test_` are not run. */
	readonly todo: boolean;
	/** Its cases are the keys of an object: `test_sum[tc.note] if …`. */
	readonly hasCases: boolean;
	/**
	 * Evaluates it. Unless it is true, and all its cases are, this throws an Error that says where it is, which cases
	 * failed, and what it printed.
	 */
	run(): void;
}

/** What a test runner gives: vitest, node:test, mocha and jest have functions of this shape. */
export interface TestRunner {
	readonly describe: (name: string, body: () => void) => unknown;
	readonly test: ((name: string, body: () => void) => unknown) & {
		readonly skip?: (name: string, body: () => void) => unknown;
	};
}

/**
 * Loads files, folders and patterns (`policies/**`, `policies/**\/*.rego`) and finds the tests in them. Data lies
 * under the path of its folders, as with loadFiles.
 */
export async function findTests(patterns: Paths, options: FileOptions = {}): Promise<RegoTest[]> {
	const paths = listOf(patterns, "findTests").flatMap(expand);
	const { modules, options: compiling } = await readFiles("findTests", paths, options);
	const { tests, modules: rewritten } = discoverTests(modules);
	const reports = new CaseReports();
	const own = ownBuiltins(compiling.builtins ?? [], toCaller(compiling));
	const policy = compile(rewritten, { ...compiling, builtins: [...own, reports.builtin] });
	return tests.map((t) => regoTestOf(policy, t, reports, options.limits));
}

/**
 * Registers the tests below files, folders and patterns with a runner:
 *
 *     import { describe, test } from "node:test";
 *     await regoTest("policies/**", { describe, test });
 *
 * No test at all is an error: a pattern that matches nothing would pass.
 */
export async function regoTest(patterns: Paths, runner: TestRunner & FileOptions): Promise<void> {
	const { describe, test, ...options } = runner;
	const tests = await findTests(patterns, options);
	if (tests.length === 0) throw new Error(`no rule named test_… in ${listOf(patterns, "regoTest").join(", ")}`);
	for (const name of new Set(tests.map((t) => t.package))) {
		describe(name, () => {
			for (const t of tests.filter((x) => x.package === name)) {
				if (t.todo) test.skip?.(t.name, () => {});
				else test(t.name, () => t.run());
			}
		});
	}
}

function regoTestOf(policy: Policy, found: Test, reports: CaseReports, limits: Limits | undefined): RegoTest {
	const { name, location, todo, hasCases } = found;
	return {
		package: found.package,
		name,
		location,
		todo,
		hasCases,
		run: () => {
			const result = runTest(policy, found, reports, { limits });
			if (result.error !== undefined) throw result.error;
			if (result.outcome === "fail") throw new Error(`${failure(result)}${reasonOf(policy, result)}`);
		},
	};
}

/** Where a test is, which of its cases failed, and what it printed. */
function failure({ package: of, name, location, value, prints, cases }: TestResult): string {
	const failed = [...eachCase(cases, [])].filter(({ entry }) => entry.fail && entry.cases.size === 0);
	const got = value === undefined ? "undefined" : JSON.stringify(value);
	const what =
		failed.length === 0 ? `is ${got}, not true` : `fails for ${failed.map((c) => c.names.join(": ")).join(", ")}`;
	const lines = prints.map((p) => `\n  ${p.file}:${p.row}: ${p.text}`).join("");
	return `${of}.${name} (${location.file}:${location.row}) ${what}${lines === "" ? "" : `; it printed${lines}`}`;
}

/** What failed it, where that can be told: the likeliest cause, at its place. */
function reasonOf(policy: Policy, { package: of, name, value, cases }: TestResult): string {
	if (value !== undefined || cases.size > 0) return "";
	try {
		const [cause] = policy.explain(`${of}.${name}`, undefined, { fixes: "none", timeMs: 200 }).causes;
		return cause === undefined ? "" : `\n  ${cause.file}:${cause.row}: ${cause.text}\n  ${cause.message.trim()}`;
	} catch {
		// The test has failed without it.
		return "";
	}
}

/** A pattern as paths for loadFiles; what is no pattern as it is. */
function expand(pattern: string): readonly string[] {
	const steps = pattern.split("/");
	const first = steps.findIndex((s) => /[*?{[]/.test(s));
	if (first < 0) return [pattern];
	const folder = steps.slice(0, first).join("/") || (pattern.startsWith("/") ? "/" : ".");
	const rest = steps.slice(first).join("/");
	if (rest === "**" || rest === "**/*") return [folder];
	const glob = compileGlob(rest, ["/"]);
	// `**/` also stands for no folder at all.
	const shallow = rest.startsWith("**/") ? compileGlob(rest.slice(3), ["/"]) : undefined;
	const files = readdirSync(folder, { recursive: true, withFileTypes: true })
		.filter((entry) => entry.isFile())
		.map((entry) => relative(folder, `${entry.parentPath}/${entry.name}`).replaceAll("\\", "/"))
		.filter((file) => glob.match(file) || shallow?.match(file) === true)
		.sort();
	return files.map((file) => {
		const below = file.split("/").slice(0, -1).join(".");
		const path = `${folder}/${file}`;
		return below === "" || file.endsWith(".rego") ? path : `${below}:${path}`;
	});
}
