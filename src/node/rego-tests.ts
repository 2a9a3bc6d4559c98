/**
 * Tests written in Rego (`test_` rules, as `opa test` runs them) as test cases of a JavaScript test
 * runner: each becomes one `test` below a `describe` for its package.
 */
import { readdirSync } from "node:fs";
import { relative } from "node:path";
import { pathText } from "../face/documents.ts";
import type { Location } from "../location.ts";
import { placesOfPlan } from "../plan/places.ts";
import type { TreeNode } from "../plan/plan.ts";
import type { Policy } from "../policy.ts";
import { compileGlob } from "../regex/glob.ts";
import { type FileOptions, listOf, loadFiles } from "./files.ts";

/** A test that was found. */
export interface RegoTest {
	/** `data.authz_test`. */
	readonly package: string;
	/** `test_admin_is_allowed`. */
	readonly name: string;
	readonly location: Location | undefined;
	/** Rules whose names begin with `todo_test_` are not run. */
	readonly todo: boolean;
	/** Evaluates it; throws an Error that says where it is and what it printed, unless it is true. */
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
export async function findTests(patterns: readonly string[] | string, options: FileOptions = {}): Promise<RegoTest[]> {
	const paths = listOf(patterns, "findTests").flatMap(expand);
	return testsOf(await loadFiles(paths, options));
}

/**
 * Registers the tests below files, folders and patterns with a runner:
 *
 *     import { describe, test } from "node:test";
 *     await regoTest("policies/**", { describe, test });
 *
 * No test at all is an error: a pattern that matches nothing would pass.
 */
export async function regoTest(patterns: readonly string[] | string, runner: TestRunner & FileOptions): Promise<void> {
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

function testsOf(policy: Policy): RegoTest[] {
	const { plan } = policy;
	const places = placesOfPlan(plan.sources);
	const found: RegoTest[] = [];
	const visit = (node: TreeNode, path: readonly string[]): void => {
		for (const [name, child] of node.children ?? []) if (typeof name === "string") visit(child, [...path, name]);
		const name = path.at(-1) ?? "";
		if (node.rule === undefined || !/^(?:todo_)?test_/.test(name)) return;
		const at = plan.funcs[node.rule]?.definitions[0]?.location;
		const location = at === undefined ? undefined : places.locate(at);
		const text = pathText(path);
		found.push({
			package: pathText(path.slice(0, -1)),
			name,
			location,
			todo: name.startsWith("todo_"),
			run: () => runTest(policy, text, location),
		});
	};
	visit(plan.tree, []);
	return found;
}

function runTest(policy: Policy, path: string, location: Location | undefined): void {
	const value: unknown = policy.evaluate<unknown>(path).value;
	if (passes(value)) return;
	const { prints } = policy.evaluate(path, undefined, { prints: true });
	const where = location === undefined ? "" : ` (${location.file}:${location.row})`;
	const got = value === undefined ? "undefined" : JSON.stringify(value);
	const lines = prints.map((p) => `\n  ${p.file}:${p.row}: ${p.text}`).join("");
	throw new Error(`${path}${where} is ${got}, not true${lines === "" ? "" : `; it printed${lines}`}`);
}

/** True; or cases by name, all of them true. */
function passes(value: unknown): boolean {
	if (typeof value !== "object" || value === null || Array.isArray(value)) return value === true;
	const cases = Object.values(value);
	return cases.length > 0 && cases.every(passes);
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
