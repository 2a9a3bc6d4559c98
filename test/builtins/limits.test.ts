/** Small operands that ask for gigantic results end the query, before anything is built. */
import { describe, expect, test } from "vitest";
import { aggregates } from "../../src/builtins/aggregates.ts";
import { bits } from "../../src/builtins/bits.ts";
import { conversions } from "../../src/builtins/conversions.ts";
import type { Builtin } from "../../src/builtins/define.ts";
import { graph } from "../../src/builtins/graph.ts";
import { jsonEdit } from "../../src/builtins/json-edit.ts";
import { numbers } from "../../src/builtins/numbers.ts";
import { operators } from "../../src/builtins/operators.ts";
import { strings } from "../../src/builtins/strings.ts";
import type { Value } from "../../src/value/value.ts";
import { call, v } from "./support.ts";

const all = [aggregates, bits, conversions, graph, jsonEdit, numbers, operators, strings].flat();

function run(name: string, args: readonly Value[], maxSteps?: number): ReturnType<typeof call> {
	const b = all.find((x) => x.name === name) as Builtin;
	return call(b, args, maxSteps === undefined ? {} : { maxSteps });
}

describe("halts", () => {
	const long = "x".repeat(1 << 20);
	const rows: readonly [string, readonly Value[]][] = [
		["numbers.range", [0, v("1e12")]],
		["numbers.range_step", [0, v("1e300"), 1]],
		["bits.lsh", [1, 1_000_000_000]],
		["bits.lsh", [1, v("1e30")]],
		["replace", [long, "x", long]],
		["replace", [long, "", long]],
		["concat", [long, Array.from({ length: 1000 }, () => "")]],
		["product", [Array.from({ length: 2000 }, () => v(`1${"0".repeat(5000)}`))]],
		["plus", [v("1e999999999"), v("0.5")]],
		["round", [v("1e999999999")]],
		["sum", [[v("1e999999999"), 0.5]]],
		["to_number", ["1".repeat(1_000_000)]],
		["json.patch", [v('{"a":[1]}'), Array.from({ length: 60 }, () => v('{"op":"copy","from":"/a","path":"/a/0"}'))]],
		["sprintf", [`%${"*".repeat(1)}d`.repeat(300), Array.from({ length: 600 }, () => 1_000_000)]],
	];
	test.each(rows)("%s", (name, args) => {
		expect(run(name, args).code).toBe("halt");
	});
});

describe("counts its work", () => {
	const graphOf = (n: number): Value => {
		const out: { [key: string]: Value } = {};
		for (let i = 0; i < n; i++) out[`n${i}`] = [`n${i + 1}`, `m${i + 1}`];
		for (let i = 0; i < n; i++) out[`m${i}`] = [`n${i + 1}`, `m${i + 1}`];
		return out;
	};
	const rows: readonly [string, readonly Value[]][] = [
		["graph.reachable_paths", [graphOf(64), ["n0"]]],
		["numbers.range", [0, 10_000_000]],
		["indexof_n", ["a".repeat(100_000), "a"]],
		["split", ["a".repeat(100_000), ""]],
		["sum", [Array.from({ length: 100_000 }, () => 1)]],
		["walk", [Array.from({ length: 20_000 }, () => [])]],
		["strings.replace_n", [{ [`${"a".repeat(2000)}b`]: "x" }, "a".repeat(4000)]],
	];
	test.each(rows)("%s", (name, args) => {
		expect(run(name, args, 20_000)).toEqual({ code: "halt", message: "step limit" });
	});
});

test("a long chain is no deep recursion", () => {
	const chain: { [key: string]: Value } = {};
	for (let i = 0; i < 20_000; i++) chain[`${i}`] = [`${i + 1}`];
	expect((run("graph.reachable_paths", [chain, ["0"]]).value as Value[] | undefined) === undefined).toBe(false);
	expect(run("count", [run("graph.reachable", [chain, ["0"]]).value as Value]).value).toBe(20_000);
});
