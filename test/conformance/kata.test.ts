/**
 * Real Kata policies and the requests a shim really sent, with the decisions they must get, and
 * hostile variants of them. Read in place from ../shared/kata, where it is there.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { compileEngine } from "../../src/agent/policy/engine.ts";
import { applyPatch } from "../../src/agent/policy/json-patch.ts";
import { parseJson } from "../../src/value/json.ts";
import type { ArrayValue, PlainObject, Value } from "../../src/value/value.ts";
import { sharedFolder } from "../agent/shared.ts";

const kata = sharedFolder("kata");

if (kata === undefined) test.skip("skipped: ../shared/kata is absent", () => {});
else {
	const scenarios = readdirSync(kata).filter((name) => existsSync(join(kata, name, "outputs.json")));

	test("all seven scenarios are there", () => expect(scenarios.length).toBeGreaterThanOrEqual(7));

	for (const scenario of scenarios) {
		describe(scenario, () => {
			const read = (file: string): string => readFileSync(join(kata, scenario, file), "utf8");
			const lines = (file: string): string[] =>
				read(file)
					.split("\n")
					.filter((l) => l.trim() !== "");
			const requests = lines("requests.jsonl").map((l) => parseJson(l) as readonly [string, Value]);
			const outputs = parseJson(read("outputs.json")) as ArrayValue;
			const policy = compileEngine("policy.rego", read("policy.rego"), { regoVersion: "v0", data: { pstate: {} } });
			const rules = new Map(requests.map(([name]) => [name, policy.rule(`data.agent_policy.${name}`)] as const));
			const decide = ([name, input]: readonly [string, Value]): unknown => rules.get(name)?.(input);

			test(`${requests.length} requests`, () => {
				const got = requests.map((r, i) => ({ i, name: r[0], decision: decide(r) }));
				expect(got).toEqual(requests.map(([name], i) => ({ i, name, decision: outputs[i] })));
			});

			test("mutations", () => {
				const wrong: unknown[] = [];
				const mutations = lines("mutations.jsonl").map((l) => parseJson(l) as PlainObject);
				for (const [i, m] of mutations.entries()) {
					const [name, input] = requests[m.request as number] as readonly [string, Value];
					const input2 = applyPatch(input, m.patch as ArrayValue);
					let got: unknown;
					try {
						got = decide([name, input2]);
					} catch (e) {
						got = e;
					}
					// The reference engine failed where null is wanted: anything but true denies.
					if (m.want === null ? got === true : got !== m.want) wrong.push({ line: i + 1, name, want: m.want, got });
				}
				expect(wrong).toEqual([]);
				expect(mutations.length).toBeGreaterThan(100);
			});
		});
	}
}
