/**
 * npm run bench:builtins -- [options]: every builtin of all-builtins.ts at its largest size beside the real `opa`, and
 * where that takes long, at all three. Answers are compared; exits with 1 where one is more than three times slower, or
 * grows faster by as much.
 *
 *   --opa FILE      the binary; default: $OPA, or `opa` on the path
 *   --only TEXT     only builtins whose name contains TEXT
 *   --all           all three sizes of every builtin
 */
import { isDeepStrictEqual, parseArgs } from "node:util";
import { compile, type Value } from "../../src/index.ts";
import { type BuiltinRow, builtinRows } from "./all-builtins.ts";
import { askOpa, findOpa } from "./opa.ts";

const { values: flags } = parseArgs({
	options: {
		opa: { type: "string" },
		only: { type: "string", default: "" },
		all: { type: "boolean", default: false },
	},
});
const opa = findOpa(flags.opa);
if (opa === undefined) throw new Error("opa: not here, so there is nothing to compare with");

/** Slower, or growing faster, than this many times `opa` is a fault. */
const limit = 3;
/** Times below this one, in milliseconds, are noise. */
const floor = 0.05;

const failures: string[] = [];
for (const row of builtinRows) if (row.name.includes(flags.only)) compare(row, opa);
if (failures.length > 0) {
	console.log(`\nslower than ${limit} times opa, growing faster, or wrong:\n${failures.join("\n")}`);
	process.exitCode = 1;
}

interface Times {
	readonly ours: number;
	readonly theirs: number;
}

function compare(row: BuiltinRow, binary: string): void {
	const [small, middle, large] = row.sizes ?? [100, 1000, 10_000];
	try {
		const last = measure(row, large, binary);
		const ratio = last.ours / last.theirs;
		const isSlow = ratio > limit && last.ours > floor;
		const others = isSlow || flags.all ? [measure(row, small, binary), measure(row, middle, binary)] : [];
		const all = [...others, last];
		const cells = all.map((t) => `${t.ours.toFixed(3)} / ${t.theirs.toFixed(3)}`.padStart(22));
		console.log(`${row.name.padEnd(36)}${ratio.toFixed(2).padStart(8)}x ${cells.join("")}`);
		if (isSlow) failures.push(`  ${row.name}: ${ratio.toFixed(1)}x`);
	} catch (e) {
		failures.push(`  ${row.name}: ${e instanceof Error ? e.message : String(e)}`);
	}
}

function measure(row: BuiltinRow, n: number, binary: string): Times {
	const policy = `package t\n${row.isV0 === true ? "import future.keywords\n" : ""}q := ${row.value}`;
	const input = row.input(n);
	const theirs = askOpa(binary, { policy, input, want: null, isV0: row.isV0 }, 3, "evaluation");
	const rule = compile(
		{ "t.rego": policy },
		{ inputs: "trusted", regoVersion: row.isV0 === true ? "v0" : "v1" },
	).rule<Value>("data.t.q");
	const start = performance.now();
	let ours = Number.POSITIVE_INFINITY;
	let value: Value | undefined;
	for (let i = 0; i < 400 && (i < 8 || performance.now() - start < 250); i++) {
		const begin = performance.now();
		value = rule(input);
		ours = Math.min(ours, performance.now() - begin);
	}
	if (value === undefined) throw new Error(`undefined; opa says ${JSON.stringify(theirs.value)}`);
	if (!isDeepStrictEqual(value, theirs.value)) {
		throw new Error(`answers ${JSON.stringify(value)}, opa ${JSON.stringify(theirs.value)}`);
	}
	return { ours, theirs: theirs.ms };
}
