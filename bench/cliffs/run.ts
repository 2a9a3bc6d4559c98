/**
 * npm run bench:cliffs -- [options]: every cliff at three sizes, with the answers asserted, beside the
 * real `opa` where there is one. Prints times, ratios and how each engine's time grows from the smallest
 * size to the largest; exits with 1 where the largest takes more than three times as long as in `opa`.
 *
 *   --opa FILE      the binary; default: $OPA, or `opa` on the path
 *   --only TEXT     only cliffs whose name contains TEXT
 *   --small         only the two smaller sizes
 *   --backend NAME  closures or js; default: what compile() chooses
 */
import { isDeepStrictEqual, parseArgs } from "node:util";
import { type Backend, closures, compile, generated, type Value } from "../../src/index.ts";
import { builtinCliffs } from "./builtins.ts";
import type { Cliff, Workload } from "./cliff.ts";
import { comprehensionCliffs } from "./comprehensions.ts";
import { functionCliffs } from "./functions.ts";
import { largeCliffs } from "./large.ts";
import { objectCliffs } from "./objects.ts";
import { askOpa, findOpa } from "./opa.ts";
import { partialCliffs } from "./partial.ts";
import { queryCliffs } from "./queries.ts";
import { indexCliffs } from "./rule-index.ts";
import { textCliffs } from "./texts.ts";
import { withCliffs } from "./with.ts";

const { values: flags } = parseArgs({
	options: {
		opa: { type: "string" },
		only: { type: "string", default: "" },
		small: { type: "boolean", default: false },
		backend: { type: "string" },
	},
});
const { only } = flags;
const backend = backendNamed(flags.backend);
const opa = findOpa(flags.opa);
if (opa === undefined) console.log("opa: not here, so there is nothing to compare with");

/** Slower than this many times `opa`'s time is a cliff. */
const limit = 3;
/** Times below this one, in milliseconds, are noise. */
const floor = 0.03;

const all: readonly Cliff[] = [
	...partialCliffs,
	...indexCliffs,
	...withCliffs,
	...objectCliffs,
	...functionCliffs,
	...comprehensionCliffs,
	...queryCliffs,
	...largeCliffs,
	...textCliffs,
	...builtinCliffs,
];

const spans = { warm: "evaluation", first: "all", queries: "query", "after-compile": undefined } as const;
/** Milliseconds that a first decision may take after the policy is compiled. */
const goalAfterCompile = 20;

const failures: string[] = [];
const columns = ["cliff", "size", "ours ms", "opa ms", "ours/opa", "growth ours", "growth opa"];
console.log(row(columns));
for (const cliff of all) {
	if (!cliff.name.includes(only)) continue;
	try {
		compare(cliff);
	} catch (e) {
		failures.push(`${cliff.name}: ${e instanceof Error ? e.message : String(e)}`);
	}
}
if (failures.length > 0) {
	console.log(`\nslower than ${limit} times opa, or wrong:\n${failures.map((f) => `  ${f}`).join("\n")}`);
	process.exitCode = 1;
}

/** Prints the rows of a cliff. */
function compare(cliff: Cliff): void {
	let first: { readonly ours: number; readonly theirs: number | undefined } | undefined;
	for (const n of cliff.sizes.slice(0, flags.small ? 2 : 3)) {
		const w = cliff.make(n);
		const ours = timed(cliff, w);
		const span = spans[cliff.measure];
		const isCompared = opa !== undefined && span !== undefined;
		const theirs = isCompared ? checked(cliff, w, "opa", askOpa(opa, w, 3, span)) : undefined;
		first ??= { ours, theirs };
		const ratio = theirs === undefined ? undefined : ours / theirs;
		const growth = (now: number, before: number): string => `${format(now / Math.max(before, 0.001))}x`;
		console.log(
			row([
				cliff.name,
				String(n),
				format(ours),
				theirs === undefined ? "" : format(theirs),
				ratio === undefined ? "" : `${format(ratio)}x`,
				growth(ours, first.ours),
				theirs === undefined || first.theirs === undefined ? "" : growth(theirs, first.theirs),
			]),
		);
		const isLargest = n === cliff.sizes.at(flags.small ? 1 : 2);
		if (isLargest && ratio !== undefined && ratio > limit && ours > floor)
			failures.push(`${cliff.name}: ${format(ratio)}x`);
		if (cliff.measure === "after-compile" && ours > goalAfterCompile) {
			failures.push(`${cliff.name}: ${format(ours)} ms for ${n}, not ${goalAfterCompile}`);
		}
	}
}
/** Milliseconds of one decision of ours, whose answer is asserted. */
function timed(cliff: Cliff, w: Workload): number {
	const make = () => compile({ "policy.rego": w.policy }, { data: w.data ?? {}, inputs: "trusted", ...backend });
	const path = w.query ?? "data.t.q";
	if (cliff.measure === "first") return quickest(3, () => decision(cliff, w, () => make().rule(path)(w.input)));
	if (cliff.measure === "after-compile") {
		return quickest(5, () => {
			const compiled = make();
			return decision(cliff, w, () => compiled.rule(path)(w.input));
		});
	}
	const policy = make();
	if (cliff.measure === "queries") {
		const ask = (): Value | undefined => policy.query(path, w.input).rows[0]?.expressions[0]?.value;
		return quickest(5, () => decision(cliff, w, ask));
	}
	const decide = policy.rule(path);
	return quickest(1000, () => decision(cliff, w, () => decide(w.input)));
}

function decision(cliff: Cliff, w: Workload, ask: () => Value | undefined): number {
	const start = performance.now();
	const value = ask();
	return checked(cliff, w, "regoplan", { value, ms: performance.now() - start });
}

/** The least of up to `rounds` times, taken for a third of a second, and a few more where each is short. */
function quickest(rounds: number, time: () => number): number {
	const start = performance.now();
	let best = time();
	for (let i = 1; i < rounds; i++) {
		const spent = performance.now() - start;
		// The first decisions of a policy make its program.
		if (i >= 4 && spent > 300) break;
		best = Math.min(best, time());
	}
	return best;
}

function checked(
	cliff: Cliff,
	w: Workload,
	engine: string,
	answer: { readonly value: Value | undefined; readonly ms: number },
): number {
	const value: unknown = answer.value === undefined ? undefined : JSON.parse(JSON.stringify(answer.value));
	if (!isDeepStrictEqual(value, w.want)) {
		const show = (v: unknown): string => (JSON.stringify(v) ?? "undefined").slice(0, 300);
		throw new Error(`${cliff.name}: ${engine} answers ${show(value)}, not ${show(w.want)}`);
	}
	return answer.ms;
}

function backendNamed(name: string | undefined): { readonly backend?: Backend } {
	if (name === undefined) return {};
	if (name === "closures") return { backend: closures };
	if (name === "js") return { backend: generated };
	throw new Error(`no backend ${name}`);
}

function row(cells: readonly string[]): string {
	return cells.map((c, i) => (i === 0 ? c.padEnd(44) : c.padStart(12))).join("");
}

function format(x: number): string {
	return x >= 100 ? x.toFixed(0) : x.toPrecision(3);
}
