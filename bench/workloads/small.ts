/** Small policies made here: fixed overhead, RBAC over big data, membership, grouping. */
import type { Workload } from "./workload.ts";

export interface SmallCase {
	readonly input: unknown;
	/** Undefined where the document is undefined. */
	readonly want: unknown;
}

/** A workload of one v1 module whose decision is data.bench.allow. */
export function smallWorkload(
	name: string,
	text: string,
	data: unknown,
	cases: readonly (readonly [input: unknown, want: unknown])[],
	handwritten = false,
): Workload {
	return {
		name,
		modules: { [`${name.split("/")[0]}.rego`]: text },
		regoVersion: "v1",
		data: JSON.stringify(data),
		cases: cases.map(([input, want]) => ({
			kind: name,
			path: "data.bench.allow",
			input: JSON.stringify(input),
			want: want === undefined ? undefined : JSON.stringify(want),
		})),
		handwritten,
	};
}

const tiny = `package bench

default allow := false

allow if {
	input.method == "GET"
	input.path == ["health"]
}

allow if {
	input.user.role == "admin"
	input.user.active
}
`;

const rbac = `package bench

default allow := false

allow if {
	some role in data.users[input.user]
	some grant in data.roles[role]
	input.action == grant.action
	input.object == grant.object
}
`;

const grouping = `package bench

allow := {g: n |
	some g in {x.group | some x in input.items}
	n := count([x | some x in input.items; x.group == g])
}
`;

export function smallWorkloads(): readonly Workload[] {
	const roles = Object.fromEntries(
		Array.from({ length: 200 }, (_, i) => [
			`role${i}`,
			Array.from({ length: 10 }, (_, j) => ({ action: ["read", "write", "list"][j % 3], object: `id${i * 10 + j}` })),
		]),
	);
	const users = Object.fromEntries(
		Array.from({ length: 2000 }, (_, i) => [`user${i}`, [`role${i % 200}`, `role${(i * 7) % 200}`]]),
	);
	const items = Array.from({ length: 300 }, (_, i) => ({ group: `g${i % 20}`, id: i }));
	const counts = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`g${i}`, 15]));
	const user = (role: string): unknown => ({ role, active: true });
	return [
		smallWorkload(
			"tiny",
			tiny,
			{},
			[
				[{ method: "GET", path: ["health"], user: user("none") }, true],
				[{ method: "PUT", path: ["x"], user: user("admin") }, true],
				[{ method: "PUT", path: ["x"], user: user("user") }, false],
			],
			true,
		),
		smallWorkload(
			"rbac",
			rbac,
			{ users, roles },
			[
				[{ user: "user3", action: "read", object: "id30" }, true],
				[{ user: "user3", action: "list", object: "id212" }, true],
				[{ user: "user5", action: "delete", object: "id30" }, false],
				[{ user: "nobody", action: "read", object: "id30" }, false],
			],
			true,
		),
		...[32, 2048, 1_000_000].map(membership),
		smallWorkload("group-by", grouping, {}, [[{ items }, counts]], true),
	];
}

function membership(size: number): Workload {
	return smallWorkload(
		`membership/${size}`,
		"package bench\n\ndefault allow := false\n\nallow if input.user in data.members\n",
		{ members: Array.from({ length: size }, (_, i) => `member-${i}`) },
		[
			[{ user: `member-${size - 10}` }, true],
			[{ user: "stranger" }, false],
		],
		true,
	);
}

/** Rules keyed on an input field: cost should not grow with their number. */
export function scalingWorkload(rules: number): Workload {
	const text = [
		"package bench",
		"",
		"default allow := false",
		...Array.from({ length: rules }, (_, i) => `allow if { input.key == "k${i}"; input.n > ${i % 100} }`),
	].join("\n");
	return smallWorkload(
		`scaling/${rules}`,
		text,
		{},
		[
			[{ key: `k${rules - 1}`, n: 1000 }, true],
			[{ key: "none", n: 1000 }, false],
		],
		true,
	);
}
