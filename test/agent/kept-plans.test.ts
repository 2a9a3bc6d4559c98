/** Plans that were made before: used for the very text, by whom they were made for, and for nothing else. */
import { chmodSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Enforcer } from "../../src/agent/decider/enforcer.ts";
import { localThread } from "../../src/agent/decider/local-thread.ts";
import type { DeciderStart } from "../../src/agent/decider/messages.ts";
import { policyDigest, toHex } from "../../src/agent/policy/digest.ts";
import { keptPlans } from "../../src/agent/policy/kept-plans.ts";
import { writePlan } from "../../src/agent/policy/write-plan.ts";
import { encodeMessage } from "../../src/agent/protocol/encode.ts";
import { messageType } from "../../src/agent/protocol/protocol.ts";
import { fromSerde } from "../../src/agent/protocol/serde.ts";
import type { Value } from "../../src/value/value.ts";
import { policyOf } from "./harness.ts";

const rules = policyOf(`
default CreateContainerRequest := false
CreateContainerRequest := {"allowed": true, "ops": [{"op": "add", "path": concat("/", ["/pstate", input.container_id]), "value": 1}]} if not data.pstate[input.container_id]
StartContainerRequest if data.pstate[input.container_id] == 1
PauseContainerRequest if { print("asked", input.container_id); false }
StatsContainerRequest if base64.decode("YQ==\\n") == "a"
SetPolicyRequest := true
`);
const digest = toHex(policyDigest(rules));

let folder = "";
let warnings: string[] = [];
beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), "rego-plans-"));
	warnings = [];
	const { name, text } = writePlan("p.rego", rules, "auto");
	writeFileSync(join(folder, name), text, { mode: 0o644 });
});
afterEach(() => rmSync(folder, { recursive: true }));

const file = (): string => join(folder, `${digest}.json`);
const find = (): ReturnType<ReturnType<typeof keptPlans>> => keptPlans(folder, (w) => warnings.push(w))(digest, "auto");
const change = (by: (kept: Record<string, unknown>) => unknown): void =>
	writeFileSync(file(), JSON.stringify(by(JSON.parse(readFileSync(file(), "utf8")) as Record<string, unknown>)));

describe("a plan that was made before", () => {
	it("is found by the digest of the text", () => {
		expect(find()?.plan).toContain("StartContainerRequest");
		expect(keptPlans(folder, (w) => warnings.push(w))("0".repeat(64), "auto")).toBeUndefined();
		expect(warnings).toEqual([]);
	});
	const rows: readonly { readonly note: string; readonly by: () => void; readonly why: RegExp }[] = [
		{ note: "others may write to", by: () => chmodSync(file(), 0o666), why: /others may write/ },
		{ note: "is of another version", by: () => change((k) => ({ ...k, version: "0.0.0" })), why: /version 0\.0\.0/ },
		{ note: "is of another text", by: () => change((k) => ({ ...k, policy: "0" })), why: /another policy/ },
		{ note: "is of another Rego", by: () => change((k) => ({ ...k, regoVersion: "v0" })), why: /another policy/ },
		{ note: "is no JSON", by: () => writeFileSync(file(), "{"), why: /JSON/ },
		{ note: "is null", by: () => change(() => null), why: /not a plan/ },
		{ note: "lacks its plan", by: () => change(({ plan: _, ...k }) => k), why: /not a plan/ },
		{
			note: "is a link",
			by: () => {
				renameSync(file(), join(folder, "elsewhere"));
				symlinkSync(join(folder, "elsewhere"), file());
			},
			why: /ELOOP/,
		},
	];
	for (const r of rows) {
		it(`is not used when it ${r.note}`, () => {
			r.by();
			expect(find()).toBeUndefined();
			expect(warnings.join()).toMatch(r.why);
		});
	}
});

function bytes(kind: string, request: Value): Uint8Array {
	const type = messageType(kind);
	return encodeMessage(fromSerde(request, type), type);
}

/** What a gate says to requests in a row, and what its threads were started with. */
async function asked(
	plans: boolean,
): Promise<{ readonly told: readonly unknown[]; readonly starts: readonly DeciderStart[] }> {
	const starts: DeciderStart[] = [];
	const e = await Enforcer.load(
		{ text: rules, name: "p.rego" },
		{
			digest: "off",
			startThread: (s) => {
				starts.push(s);
				return localThread(s);
			},
			...(plans ? { plans: keptPlans(folder, (w) => warnings.push(w)) } : {}),
		},
	);
	const told: unknown[] = [];
	for (const [method, id] of [
		["StartContainer", "c1"],
		["CreateContainer", "c1"],
		["CreateContainer", "c1"],
		["StartContainer", "c1"],
		["PauseContainer", "c1"],
		["StatsContainer", "c1"],
		["RemoveContainer", "c1"],
	] as const) {
		const { decision, changed } = await e.check(method, bytes(`${method}Request`, { container_id: id }));
		const { microseconds: _, ...rest } = decision;
		told.push({ ...rest, changed });
	}
	told.push(
		e.data,
		await e.setPolicy(`${rules}\n# another`, bytes("SetPolicyRequest", { policy: `${rules}\n# another` })),
	);
	e.close();
	return { told, starts };
}

it("a gate with a plan decides, prints and changes its state as one that compiles", async () => {
	const [compiled, planned] = [await asked(false), await asked(true)];
	expect(planned.told).toEqual(compiled.told);
	expect(JSON.stringify(planned.told)).toContain("asked c1");
	expect(compiled.starts.map((s) => s.planned !== undefined)).toEqual([false, false]);
	// The policy that came by SetPolicy has none.
	expect(planned.starts.map((s) => s.planned !== undefined)).toEqual([true, false]);
	expect(warnings).toEqual([]);
});

it("a plan that cannot be loaded is a policy that cannot be loaded, and one that calls out is none", async () => {
	const calling = JSON.parse(find()?.plan ?? "") as { builtins: string[] };
	calling.builtins.push("http.send");
	for (const plan of ["{}", JSON.stringify(calling)]) {
		change((k) => ({ ...k, plan }));
		const load = Enforcer.load(
			{ text: rules },
			{ digest: "off", startThread: localThread, plans: keptPlans(folder, () => {}) },
		);
		await expect(load).rejects.toThrow(/not a decision plan|calls http.send/);
	}
});
