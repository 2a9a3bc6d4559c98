/**
 * Variants of allowed requests of every type, under recorded and under current policies, by a seeded generator: values
 * of other requests, other types, elements and fields that come and go, lists in another order, and two or three
 * changes at once.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { AgentPolicy } from "../../src/agent/policy/agent-policy.ts";
import { isWithin } from "../../src/explain/source.ts";
import { objectEntries } from "../../src/value/collections.ts";
import { equal } from "../../src/value/compare.ts";
import { parseJson } from "../../src/value/json.ts";
import { isArray, isObject, type Value } from "../../src/value/value.ts";
import { dice, type GenpolicyBase, genpolicyBases } from "./genpolicy.ts";
import { changed, type Denied } from "./measure.ts";

type Random = (n: number) => number;

interface Op {
	readonly op: "add" | "replace" | "remove";
	readonly path: string;
	readonly value: Value;
	readonly [key: string]: Value;
}

/** Requests that recorded policies allow. */
export function recordedBases(folder: string): readonly GenpolicyBase[] {
	const out: GenpolicyBase[] = [];
	for (const scenario of readdirSync(folder).sort()) {
		const file = join(folder, scenario, "requests.jsonl");
		if (!existsSync(file)) continue;
		const text = readFileSync(join(folder, scenario, "policy.rego"), "utf8");
		const policy = AgentPolicy.load({ text, name: "policy.rego" }, { digest: "off", regoVersion: "auto" });
		for (const [i, line] of readFileSync(file, "utf8").split("\n").entries()) {
			const request = line.trim() === "" ? undefined : parseJson(line);
			if (request === undefined || !isArray(request)) continue;
			const [kind, input] = request;
			if (typeof kind !== "string" || input === undefined) continue;
			if (policy.peek(kind, input).allowed) out.push({ name: `${scenario} ${i}`, policy, kind, input });
		}
	}
	return out;
}

/** A third of the requests is kept for the end. */
function isKept(base: GenpolicyBase): boolean {
	let sum = 7;
	for (const ch of base.name) sum = (Math.imul(sum, 31) + (ch.codePointAt(0) ?? 0)) >>> 0;
	return sum % 3 === 0;
}

export interface VariantOptions {
	readonly kata: string;
	readonly genpolicy: string;
	readonly count: number;
	readonly seed: number;
	/** Those of the requests that are kept for the end, or the others. */
	readonly kept: boolean;
	/** Changes at once. */
	readonly changes: number;
}

export function variants(options: VariantOptions): readonly Denied[] {
	const random = dice(options.seed);
	const bases = [...recordedBases(options.kata), ...genpolicyBases(options.genpolicy)].filter(
		(b) => isKept(b) === options.kept,
	);
	const kinds = new Map<string, GenpolicyBase[]>();
	for (const b of bases) kinds.set(b.kind, [...(kinds.get(b.kind) ?? []), b]);
	const names = [...kinds.keys()].sort();
	const out: Denied[] = [];
	const seen = new Set<string>();
	for (let tries = 0; tries < options.count * 60 && out.length < options.count; tries++) {
		// Most of what is denied is a container that is created.
		const kind = random(3) === 0 ? names[random(names.length)] : "CreateContainerRequest";
		const of = kinds.get(kind ?? "") ?? [];
		const base = of[random(of.length)];
		if (base === undefined) continue;
		const other = of[random(of.length)]?.input ?? base.input;
		const ops: Op[] = [];
		let input = base.input;
		for (let i = 0; i < options.changes; i++) {
			const op = change(input, other, random);
			if (op === undefined || ops.some((o) => isNear(o.path, op.path))) continue;
			ops.push(op);
			input = changed(input, [op]);
		}
		if (ops.length < options.changes) continue;
		const { policy } = base;
		const decision = policy.peek(base.kind, input);
		if (decision.allowed || decision.verdict === "error") continue;
		// A change that alone is allowed is not what is wrong.
		const wrong = ops.filter((o) => {
			const alone = tried(() => changed(base.input, [o]));
			return alone !== undefined && !policy.peek(base.kind, alone).allowed;
		});
		const key = `${base.name}${JSON.stringify(ops)}`;
		if (wrong.length < options.changes || seen.has(key)) continue;
		seen.add(key);
		const explainable = policy.explainable();
		out.push({
			name: `${base.kind} ${base.name}`,
			policy: { explainable: () => explainable },
			path: `data.agent_policy.${base.kind}`,
			original: policy.adapted(base.kind, base.input),
			input: policy.adapted(base.kind, input),
			change: at(wrong, 0),
			changes: wrong,
		});
	}
	return out;
}

/** Nothing, where a change does not fit a document that another has not changed before. */
function tried(f: () => Value): Value | undefined {
	try {
		return f();
	} catch {
		return undefined;
	}
}

function at<T>(list: readonly T[], i: number): T {
	const x = list[i];
	if (x === undefined) throw new Error("nothing there");
	return x;
}

/** Changes of one list, or of one within the other, would be hard to tell apart. */
function isNear(a: string, b: string): boolean {
	const parent = (p: string): string => p.slice(0, p.lastIndexOf("/"));
	return parent(a) === parent(b) || isWithin(a, b) || isWithin(b, a);
}

interface Place {
	readonly path: string;
	readonly keys: readonly (string | number)[];
	readonly value: Value;
	readonly inList: boolean;
}

function placesOf(doc: Value): readonly Place[] {
	const out: Place[] = [];
	const visit = (value: Value, path: string, keys: readonly (string | number)[], inList: boolean): void => {
		if (path !== "") out.push({ path, keys, value, inList });
		if (isArray(value)) for (const [i, x] of value.entries()) visit(x, `${path}/${i}`, [...keys, i], true);
		else if (typeof value === "object" && value !== null && isObject(value)) {
			for (const [k, x] of objectEntries(value)) {
				if (typeof k !== "string") continue;
				visit(x, `${path}/${k.replaceAll("~", "~0").replaceAll("/", "~1")}`, [...keys, k], false);
			}
		}
	};
	visit(doc, "", [], false);
	return out;
}

function valueAt(doc: Value, keys: readonly (string | number)[]): Value | undefined {
	let v: Value | undefined = doc;
	for (const k of keys) v = typeof v === "object" && v !== null ? (Reflect.get(v, k) as Value | undefined) : undefined;
	return v;
}

/** One change somewhere in a document. */
function change(doc: Value, other: Value, random: Random): Op | undefined {
	const places = placesOf(doc);
	const place = places[random(places.length)];
	if (place === undefined) return undefined;
	const { path, value, inList, keys } = place;
	const replace = (v: Value): Op | undefined => (equal(v, value) ? undefined : { op: "replace", path, value: v });
	switch (random(9)) {
		case 0:
			return { op: "remove", path, value: null };
		case 1: {
			if (!inList) return replace([null, 0, "", [], {}, true][random(6)] ?? null);
			const extra = typeof value === "string" ? [`${value}-extra`, "x", value][random(3)] : value;
			return { op: "add", path, value: extra ?? value };
		}
		case 2: {
			const theirs = valueAt(other, keys);
			return theirs === undefined ? undefined : replace(theirs);
		}
		case 3: {
			// A value out of somewhere else in the same document.
			const alike = places.filter((p) => typeof p.value === typeof value && p.inList === inList);
			return replace(alike[random(alike.length)]?.value ?? null);
		}
		case 4:
			if (!isArray(value) || value.length < 2) return undefined;
			return replace(random(2) === 0 ? value.toReversed() : [...value.slice(1), value[0] ?? null]);
		default:
			return tweaked(place, random);
	}
}

function tweaked({ path, value }: Place, random: Random): Op | undefined {
	const replace = (v: Value): Op | undefined => (equal(v, value) ? undefined : { op: "replace", path, value: v });
	if (typeof value === "string") {
		const half = value.length >> 1;
		return replace(
			[
				`${value}x`,
				`x${value}`,
				value.slice(0, -1),
				"",
				`${value}\n`,
				value.toUpperCase(),
				`${value.slice(0, half)}Q${value.slice(half)}`,
				`${value}/../etc`,
				"something-else",
			][random(9)] ?? "",
		);
	}
	if (typeof value === "number") return replace([value + 1, -1, 4096, String(value)][random(4)] ?? 0);
	if (typeof value === "boolean") return replace(random(4) === 0 ? String(value) : !value);
	if (value === null) return replace(random(2) === 0 ? {} : "x");
	if (isArray(value)) {
		const kind = random(4);
		if (kind === 0) return { op: "add", path: `${path}/${value.length}`, value: "x" };
		if (kind === 1 && value.length > 0) return { op: "remove", path: `${path}/0`, value: null };
		return replace(kind === 2 ? [] : null);
	}
	const kind = random(3);
	return kind === 0 ? { op: "add", path: `${path}/Extra`, value: "x" } : replace(kind === 1 ? {} : null);
}
