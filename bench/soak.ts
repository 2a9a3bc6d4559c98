/**
 * Ten million evaluations of mixed policies in one process: memory must not grow.
 *
 *     npm run soak -- [--evaluations N]
 *
 * Policies of every kind take turns: rules, functions, partial documents, `with`, comprehensions, regular
 * expressions, builtins with caches, errors, ad-hoc queries, policies compiled and thrown away. After a
 * tenth of the run the heap is measured after collection, and again at every tenth: the last measure may
 * exceed the first by 20 MiB at most. Needs --expose-gc.
 */
import { parseArgs } from "node:util";
import { type Backend, closures, compile, generated, type Policy, type Value } from "../src/index.ts";

const allowedGrowth = 20 * 1024 * 1024;

const module = `package soak

allow if {
	input.user in data.users
	some role in input.roles
	data.grants[role][_] == input.action
}

numbers contains x * 2 if some x in input.xs

by_role[role] contains action if {
	some role, actions in data.grants
	some action in actions
}

f(x) := y if y := [x, x + 1]
f(x) := "text" if is_string(x)

calls := [f(x) | some x in input.xs]

mocked := v if v := count(input.xs) with input.xs as [1, 2, 3]

patterns := [m | some p in input.patterns; m := regex.match(p, input.user)]

globs := [m | some p in input.patterns; m := glob.match(p, ["/"], input.user)]

texts := sprintf("%s has %d roles, %v", [input.user, count(input.roles), input.xs])

failing := 1 / input.zero

tree.a[x].b := y if some x, y in input.xs

every_x if every x in input.xs { x > 0 }

merged := object.union(input.o, {"k": input.n})

decoded := json.unmarshal(json.marshal(input))

digest := crypto.sha256(input.user)
`;

const data = {
	users: ["ann", "bob"],
	grants: { admin: ["read", "write"], guest: ["read"] },
};

const documents = [
	"allow",
	"numbers",
	"by_role",
	"calls",
	"mocked",
	"patterns",
	"globs",
	"texts",
	"failing",
	"tree",
	"every_x",
	"merged",
	"decoded",
	"digest",
] as const;

/** The n-th input: a little different every time, so that nothing is answered from a cache for ever. */
function inputOf(n: number): Value {
	return {
		user: n % 3 === 0 ? "ann" : `user${n}`,
		roles: n % 2 === 0 ? ["admin"] : ["guest", `r${n % 17}`],
		action: n % 5 === 0 ? "write" : "read",
		xs: [n % 7, (n * 31) % 11, n],
		patterns: [`^u.*${n % 1000}$`, "a*", `[a-c]+${n % 10}`],
		zero: 0,
		n,
		o: { a: n, [`k${n % 100}`]: [n] },
	};
}

interface Runner {
	readonly policy: Policy;
	readonly rules: readonly ((input?: unknown) => unknown)[];
}

function runner(backend: Backend): Runner {
	const policy = compile({ "soak.rego": module }, { data, backend });
	return { policy, rules: documents.map((name) => policy.rule(`data.soak.${name}`)) };
}

function heapUsed(): number {
	const { gc } = globalThis as { readonly gc?: () => void };
	if (gc === undefined) throw new Error("run with --expose-gc");
	gc();
	gc();
	return process.memoryUsage().heapUsed;
}

const { values } = parseArgs({ options: { evaluations: { type: "string", default: "10000000" } } });
const total = Number(values.evaluations);
const runners = [runner(closures), runner(generated)];
const tenth = Math.max(1, Math.floor(total / 10));
const start = performance.now();
let first = 0;
let last = 0;
let n = 0;
for (let part = 1; part <= 10; part++) {
	for (const end = part * tenth; n < end; n++) {
		const { policy, rules } = runners[n % 2] as Runner;
		const rule = rules[(n >> 1) % rules.length] as (input?: unknown) => unknown;
		rule(inputOf(n));
		if (n % 1000 === 0) policy.query(`x := data.soak.numbers; count(x) > ${n % 5}`, inputOf(n));
		if (n % 5000 === 0)
			compile({ "p.rego": `package p${n}\n\nq := ${n}\nr if regex.match("^${n}", input.x)` }).rule(`data.p${n}.r`)({
				x: `${n}`,
			});
		if (n % 5000 === 1) {
			try {
				compile({ "p.rego": `package p\n\nq := ${n} +` });
			} catch {
				// Wrong on purpose.
			}
		}
	}
	last = heapUsed();
	if (part === 1) first = last;
	const { rss } = process.memoryUsage();
	const mib = (bytes: number): string => (bytes / 1024 / 1024).toFixed(1);
	const seconds = ((performance.now() - start) / 1000).toFixed(0);
	console.log(`${n} evaluations, ${seconds} s: heap ${mib(last)} MiB, resident ${mib(rss)} MiB`);
}
if (last - first > allowedGrowth) {
	console.error(`memory grew by ${((last - first) / 1024 / 1024).toFixed(1)} MiB`);
	process.exitCode = 1;
} else console.log("no growth");
