/**
 * What is measured: policies, inputs and the answers every engine must give. Kata's come from
 * ../shared where it is present; the others are made here.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseJson, toJson, type Value } from "../src/index.ts";

export interface BenchCase {
	/** Groups cases in the table, e.g. a Kata request kind. */
	readonly kind: string;
	/** Document asked for, e.g. `data.agent_policy.CopyFileRequest`. */
	readonly path: string;
	/** Input as JSON text: each engine parses it before it is timed. */
	readonly input: string;
	/** Wanted value as JSON text; undefined where the document is undefined. */
	readonly want: string | undefined;
}

export interface Workload {
	readonly name: string;
	readonly modules: { readonly [file: string]: string };
	readonly regoVersion: "v0" | "v1";
	/** Base data as JSON text. */
	readonly data: string;
	readonly cases: readonly BenchCase[];
}

const shared = "../shared";

/** The Kata scenarios, with their recorded requests. Empty where the folder is absent. */
export function kataWorkloads(): readonly Workload[] {
	const root = join(shared, "kata");
	if (!existsSync(root)) return [];
	const out: Workload[] = [];
	for (const name of readdirSync(root).sort()) {
		const dir = join(root, name);
		if (!existsSync(join(dir, "requests.jsonl"))) continue;
		const outputs = JSON.parse(readFileSync(join(dir, "outputs.json"), "utf8")) as readonly boolean[];
		const cases = readFileSync(join(dir, "requests.jsonl"), "utf8")
			.trim()
			.split("\n")
			.map((line, i): BenchCase => {
				const [kind, input] = parseJson(line) as [string, Value];
				const path = `data.agent_policy.${kind}`;
				return { kind, path, input: toJson(input), want: String(outputs[i]) };
			});
		out.push({
			name: `kata/${name}`,
			modules: { "policy.rego": readFileSync(join(dir, "policy.rego"), "utf8") },
			regoVersion: "v0",
			data: "{}",
			cases,
		});
	}
	return out;
}

/** The small policies of ../shared/bench-policies with inputs that reach their true paths, too. */
export function smallWorkloads(): readonly Workload[] {
	const one = (
		name: string,
		text: string,
		data: unknown,
		cases: readonly (readonly [unknown, unknown])[],
	): Workload => ({
		name,
		modules: { [`${name}.rego`]: text },
		regoVersion: "v1",
		data: JSON.stringify(data),
		cases: cases.map(([input, want]) => ({
			kind: name,
			path: `data.bench.allow`,
			input: JSON.stringify(input),
			want: want === undefined ? undefined : JSON.stringify(want),
		})),
	});
	const roles = Object.fromEntries(
		Array.from({ length: 200 }, (_, i) => [
			`role${i}`,
			Array.from({ length: 10 }, (_, j) => ({ action: ["read", "write", "list"][j % 3], object: `id${i * 10 + j}` })),
		]),
	);
	const users = Object.fromEntries(
		Array.from({ length: 2000 }, (_, i) => [`user${i}`, [`role${i % 200}`, `role${(i * 7) % 200}`]]),
	);
	const members = Array.from({ length: 2048 }, (_, i) => `member-${i}`);
	return [
		one(
			"tiny",
			`package bench

default allow := false

allow if {
	input.method == "GET"
	input.path == ["health"]
}

allow if {
	input.user.role == "admin"
	input.user.active
}
`,
			{},
			[
				[{ method: "GET", path: ["health"], user: { role: "none", active: true } }, true],
				[{ method: "PUT", path: ["x"], user: { role: "admin", active: true } }, true],
				[{ method: "PUT", path: ["x"], user: { role: "user", active: true } }, false],
			],
		),
		one(
			"rbac",
			`package bench

default allow := false

allow if {
	some role in data.users[input.user]
	some grant in data.roles[role]
	input.action == grant.action
	input.object == grant.object
}
`,
			{ users, roles },
			[
				[{ user: "user3", action: "read", object: "id30" }, true],
				[{ user: "user3", action: "list", object: "id212" }, true],
				[{ user: "user5", action: "delete", object: "id30" }, false],
				[{ user: "nobody", action: "read", object: "id30" }, false],
			],
		),
		one(
			"membership",
			`package bench

default allow := false

allow if input.user in data.members
`,
			{ members },
			[
				[{ user: "member-2000" }, true],
				[{ user: "stranger" }, false],
			],
		),
		one(
			"group-by",
			`package bench

allow := {g: n |
	some g in {x.group | some x in input.items}
	n := count([x | some x in input.items; x.group == g])
}
`,
			{},
			[
				[
					{ items: Array.from({ length: 300 }, (_, i) => ({ group: `g${i % 20}`, id: i })) },
					Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`g${i}`, 15])),
				],
			],
		),
	];
}

/** Rules keyed on an input field: cost should not grow with their number. */
export function scalingWorkload(rules: number): Workload {
	const text = [
		"package bench",
		"",
		"default allow := false",
		...Array.from({ length: rules }, (_, i) => `allow if { input.key == "k${i}"; input.n > ${i % 100} }`),
	].join("\n");
	return {
		name: `scaling/${rules}`,
		modules: { "scaling.rego": text },
		regoVersion: "v1",
		data: "{}",
		cases: [
			{ kind: `scaling/${rules}`, path: "data.bench.allow", input: `{"key":"k${rules - 1}","n":1000}`, want: "true" },
			{ kind: `scaling/${rules}`, path: "data.bench.allow", input: `{"key":"none","n":1000}`, want: "false" },
		],
	};
}
