/**
 * Single changes of requests that the current generated policies allow: the policies and requests of the generator's own
 * tests in ../shared/genpolicy, changed by a seeded generator, of which those that are denied are taken. The state is
 * that which the requests before left.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { AgentPolicy } from "../../src/agent/policy/agent-policy.ts";
import { inputOf, parseTestCases } from "../../src/cli/agent-test.ts";
import { objectEntries } from "../../src/value/collections.ts";
import { isArray, isObject, type Value } from "../../src/value/value.ts";
import { changed, type Denied } from "./measure.ts";

/** A request that a policy allows in the state that those before it left. */
export interface GenpolicyBase {
	readonly name: string;
	readonly policy: AgentPolicy;
	readonly kind: string;
	readonly input: Value;
}

export function genpolicyBases(folder: string): readonly GenpolicyBase[] {
	const rules = readFileSync(join(folder, "rules.rego"), "utf8");
	const tests = join(folder, "policy-tests");
	const bases: GenpolicyBase[] = [];
	for (const name of readdirSync(tests).sort()) {
		const file = join(tests, name, "testcases.json");
		if (!existsSync(file)) continue;
		const text = `${rules}\npolicy_data := ${readFileSync(join(tests, name, "policy_data.json"), "utf8")}`;
		const cases = parseTestCases(readFileSync(file, "utf8"));
		for (const [i, c] of cases.entries()) {
			if (!c.allowed) continue;
			// A policy in the state that the case meets: those before it have been asked.
			const policy = AgentPolicy.load({ text, name: "policy.rego" }, { digest: "off", regoVersion: "auto" });
			for (const before of cases.slice(0, i)) policy.check(before.kind, inputOf(before.kind, before.request));
			const input = inputOf(c.kind, c.request);
			if (policy.peek(c.kind, input).allowed) bases.push({ name: `${name} ${i}`, policy, kind: c.kind, input });
		}
	}
	return bases;
}

export function genpolicyDenials(folder: string, count: number, seed: number): readonly Denied[] {
	const random = dice(seed);
	const bases = genpolicyBases(folder);
	const out: Denied[] = [];
	for (let tries = 0; tries < count * 40 && out.length < count && bases.length > 0; tries++) {
		const base = bases[random(bases.length)];
		if (base === undefined) break;
		const op = mutation(base.input, random);
		if (op === undefined) continue;
		const input = changed(base.input, [op]);
		const { policy, kind } = base;
		const decision = policy.peek(kind, input);
		if (decision.allowed || decision.verdict === "error") continue;
		const explainable = policy.explainable();
		const adapted = policy.adapted(kind, input);
		out.push({
			name: base.name,
			policy: { explainable: () => explainable },
			path: `data.agent_policy.${kind}`,
			original: policy.adapted(kind, base.input),
			input: adapted,
			change: { op: op.op, path: op.path },
		});
	}
	return out;
}

interface Op {
	readonly op: "add" | "replace" | "remove";
	readonly path: string;
	readonly value: Value;
	readonly [key: string]: Value;
}

/** One change somewhere in a document. */
function mutation(doc: Value, random: (n: number) => number): Op | undefined {
	const places: { readonly path: string; readonly value: Value; readonly inList: boolean }[] = [];
	const visit = (v: Value, path: string, inList: boolean): void => {
		if (path !== "") places.push({ path, value: v, inList });
		if (isArray(v)) for (const [i, x] of v.entries()) visit(x, `${path}/${i}`, true);
		else if (typeof v === "object" && v !== null && isObject(v)) {
			for (const [k, x] of objectEntries(v)) {
				if (typeof k === "string") visit(x, `${path}/${k.replaceAll("~", "~0").replaceAll("/", "~1")}`, false);
			}
		}
	};
	visit(doc, "", false);
	const place = places[random(places.length)];
	if (place === undefined) return undefined;
	const { path, value, inList } = place;
	const kind = random(10);
	if (kind === 0) return { op: "remove", path, value: null };
	if (kind === 1 && inList) return { op: "add", path, value: typeof value === "string" ? `${value}-extra` : value };
	if (typeof value === "string") {
		const others = [`${value}x`, `x${value}`, value.slice(0, -1), "", `${value}\n`, value.toUpperCase()];
		return { op: "replace", path, value: others[random(others.length)] ?? "" };
	}
	if (typeof value === "number") return { op: "replace", path, value: [value + 1, -1, 4096][random(3)] ?? 0 };
	if (typeof value === "boolean") return { op: "replace", path, value: !value };
	if (value === null) return { op: "replace", path, value: {} };
	return { op: "replace", path, value: isArray(value) ? ([[], ["x"]][random(2)] ?? []) : {} };
}

/** A small generator of numbers below n: the same for the same seed. */
export function dice(seed: number): (n: number) => number {
	let state = seed >>> 0;
	return (n) => {
		state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
		return Math.floor((state / 0x1_0000_0000) * n);
	};
}
