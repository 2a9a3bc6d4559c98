/**
 * Which folder may know which: text flows from left to right, and nothing looks back. Also: Node's
 * modules are imported only where Node is, and files import each other in circles only where what they
 * are about is recursive.
 */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../src", import.meta.url));

interface Import {
	readonly from: string;
	/** Path below src, or the module's name. */
	readonly to: string;
	/** Erased by the compiler: nothing is loaded. */
	readonly typeOnly: boolean;
	/** Loaded when first needed. */
	readonly late: boolean;
}

const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((f) => f.endsWith(".ts"));
const imports: readonly Import[] = files.flatMap((from) => {
	const text = readFileSync(join(root, from), "utf8");
	const statements = text.matchAll(/^(?:import|export)\s(?:[^;"'`]*?\sfrom\s)?"([^"]+)"/gm);
	const found = [...statements].map((m) => {
		const names = /\{([^}]*)\}/
			.exec(m[0])?.[1]
			?.split(",")
			.map((n) => n.trim());
		const typeOnly =
			/^(?:import|export)\s+type\s/.test(m[0]) ||
			(/^(?:import|export)\s*\{/.test(m[0]) && names?.every((n) => n === "" || n.startsWith("type ")) === true);
		return { from, to: target(from, m[1] as string), typeOnly, late: false };
	});
	const dynamic = [...text.matchAll(/\bimport\("(\.[^"]+)"\)/g)];
	return [...found, ...dynamic.map((m) => ({ from, to: target(from, m[1] as string), typeOnly: false, late: true }))];
});

function target(from: string, specifier: string): string {
	return specifier.startsWith(".") ? relative(root, join(root, dirname(from), specifier)) : specifier;
}

/** The folder of a file; a file of src itself stands for itself. */
function stage(file: string): string {
	return file.includes("/") ? (file.split("/")[0] as string) : file;
}

/** The room of a file: its folder, with the folder within where a stage has rooms of its own. */
function room(file: string): string {
	const [folder, inner, ...rest] = file.split("/");
	const whole = `${folder}/${inner}`;
	return rest.length > 0 && Object.hasOwn(rooms, whole) ? whole : stage(file);
}

/** Files of src that belong to no stage and may be used by all of them. */
const common = [
	"at.ts",
	"errors.ts",
	"limit-error.ts",
	"location.ts",
	"stack.ts",
	"thrown.ts",
	"version.ts",
	"web-types.ts",
];

/** What each folder may import from, types included, besides itself and the common files. */
const allowed: { readonly [folder: string]: readonly string[] } = {
	value: [],
	regex: [],
	go: ["value"],
	parser: ["value"],
	builtins: ["value", "regex", "go", "parser"],
	plan: ["value", "builtins"],
	compiler: ["value", "parser", "builtins", "plan"],
	eval: ["value", "regex", "plan", "builtins"],
	// Base documents: merged, looked up, in conflict with rules.
	documents: ["value", "go", "parser"],
	// OPA's bundles, for any host.
	bundle: ["value", "regex", "go", "parser", "builtins", "documents", "face", "compile-with.ts"],
	// OPA's REST API, for any host. What its caller gives is checked as the library's options are.
	server: [
		"value",
		"face",
		"parser",
		"compiler",
		"builtins",
		"eval",
		"explain",
		"topdown",
		"trace",
		"documents",
		"face",
		"compile.ts",
		"policy.ts",
		"query-text.ts",
	],
	// Files, folders and bundles for the library, as the command loads them.
	node: [
		"bundle",
		"cli",
		"documents",
		"testing",
		"parser",
		"eval",
		"plan",
		"face",
		"regex",
		"value",
		"compile.ts",
		"compile-with.ts",
		"policy.ts",
		"live-policy.ts",
	],
	"opa-wasm": ["bundle", "value", "parser", "plan", "eval", "face", "compile.ts", "load-plan.ts", "planned.ts"],
	// What JavaScript callers see: options, inputs, answers, hints.
	face: ["value", "parser", "plan", "builtins", "eval"],
	aot: ["value", "plan", "builtins", "eval", "host", "face"],
	// The default host implements an interface of eval, the transport one of a builtin; Node's gives regex a package.
	host: ["value", "regex", "builtins", "eval", "explain", "planned.ts"],
	agent: ["value", "builtins", "explain", "index.ts"],
	explain: ["value", "regex", "plan", "builtins", "eval", "face", "planned.ts"],
	// From Kubernetes manifests to the policies the gate enforces: initdata and digests are the gate's.
	genpolicy: ["value", "regex", "agent"],
	// OPA's way through a policy, for those who watch; and what they make of it.
	topdown: ["value", "parser", "plan", "builtins", "compiler", "eval"],
	trace: ["value", "parser", "topdown"],
	format: ["value", "parser"],
	testing: ["value", "regex", "parser", "builtins", "eval", "face", "policy.ts"],
	cli: [
		"bundle",
		"value",
		"regex",
		"format",
		"testing",
		"go",
		"parser",
		"builtins",
		"plan",
		"compiler",
		"eval",
		"aot",
		"host",
		"agent",
		"server",
		"documents",
		"explain",
		"genpolicy",
		"topdown",
		"trace",
		"face",
		"compile.ts",
		"compile-with.ts",
		"load-plan.ts",
		"planned.ts",
		"policy.ts",
		"query-text.ts",
	],
};

/** Rooms within a stage: what each may import of the stage besides itself, values only (types may look up). */
const rooms: { readonly [room: string]: readonly string[] } = {
	"compiler/syntax": [],
	"compiler/typecheck": ["compiler/syntax", "compiler"],
	"compiler/stages": ["compiler/syntax", "compiler/typecheck", "compiler"],
	"compiler/planner": ["compiler/syntax", "compiler/stages", "compiler"],
	"eval/closures": ["eval"],
	"eval/generated": ["eval", "eval/closures"],
	"genpolicy/image": [],
	"genpolicy/tree": ["genpolicy"],
	"genpolicy/settings": ["genpolicy", "genpolicy/tree"],
	"genpolicy/workload": ["genpolicy", "genpolicy/tree"],
	"genpolicy/derive": ["genpolicy"],
	"genpolicy/annotate": ["genpolicy", "genpolicy/tree"],
};

describe("stages", () => {
	for (const [folder, others] of Object.entries(allowed)) {
		test(`${folder} imports ${others.join(", ") || "nothing"}`, () => {
			const wrong = imports.filter(
				({ from, to }) =>
					stage(from) === folder && to.endsWith(".ts") && ![folder, ...others, ...common].includes(stage(to)),
			);
			expect(wrong.map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
		});
	}
	for (const [name, others] of Object.entries(rooms)) {
		test(`${name} knows ${others.join(", ") || "nothing else of its stage"}`, () => {
			const wrong = imports.filter(
				({ from, to, typeOnly }) =>
					room(from) === name && stage(to) === stage(name) && !typeOnly && ![name, ...others].includes(room(to)),
			);
			expect(wrong.map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
		});
	}
	test("what runs in a worker by its text refers to nothing outside it", () => {
		expect(imports.filter((i) => i.from === "host/http-worker.ts" && !i.typeOnly)).toEqual([]);
	});
	test("every folder is in the table", () => {
		const folders = new Set(files.map(stage).filter((f) => !f.endsWith(".ts")));
		expect([...folders].sort()).toEqual(Object.keys(allowed).sort());
	});
	test("plans load without parser or compiler", () => {
		const loaded = reachable("load-plan.ts", new Set(["builtins/optional.ts"]));
		expect([...loaded].filter((f) => ["parser", "compiler"].includes(stage(f)))).toEqual([]);
	});
	test("the runtime of built modules loads neither parser nor compiler", () => {
		const loaded = reachable("aot/runtime.ts", new Set());
		expect([...loaded].filter((f) => ["parser", "compiler"].includes(stage(f)))).toEqual([]);
	});
});

/** Files that loading one loads, but for some. */
function reachable(start: string, without: ReadonlySet<string>): ReadonlySet<string> {
	const seen = new Set<string>();
	const visit = (file: string): void => {
		if (seen.has(file) || without.has(file)) return;
		seen.add(file);
		for (const { from, to, typeOnly } of imports) {
			if (from === file && !typeOnly && to.endsWith(".ts")) visit(to);
		}
	};
	visit(start);
	return seen;
}

test("Node's modules are imported only by what runs on Node alone", () => {
	const nodeOnly = (file: string): boolean =>
		["cli", "agent", "genpolicy", "node"].includes(stage(file)) || file === "host/http-node.ts";
	const wrong = imports.filter(({ from, to, typeOnly }) => to.startsWith("node:") && !typeOnly && !nodeOnly(from));
	expect(wrong).toEqual([]);
	expect(
		// The others take part in the build for Node only.
		imports
			.filter(({ to }) => ["host/http-node.ts", "host/node.ts", "builtins/lazy.ts"].includes(to))
			.map((i) => stage(i.from)),
	).toEqual(["cli"]);
});

describe("circles", () => {
	/** Circles that what the files are about makes: within one folder, between functions only. */
	const natural: readonly (readonly string[])[] = [
		// A set holds values, a value may be a set; the same for order and keys.
		[
			"value/collections.ts",
			"value/compare.ts",
			"value/composites.ts",
			"value/hash.ts",
			"value/key.ts",
			"value/value.ts",
		],
		// A float's text is a number, a number computes with floats.
		["value/decimal.ts", "value/number.ts"],
		// Recursive descent: terms hold terms.
		["parser/collections.ts", "parser/literals.ts", "parser/templates.ts", "parser/terms.ts"],
		// The same on the way back: a comprehension holds literals, a literal holds terms.
		["format/literals.ts", "format/logical.ts", "format/terms.ts"],
		// An expression evaluates terms, a term rules, a rule expressions.
		["topdown/calls.ts", "topdown/documents.ts", "topdown/elements.ts", "topdown/evaluate.ts", "topdown/unify.ts"],
	];

	test("none but the natural ones", () => {
		expect(circles()).toEqual(natural.map((c) => [...c].sort()).sort());
	});
});

/** Strongly connected components of more than one file (Tarjan). */
function circles(): string[][] {
	const index = new Map<string, number>();
	const low = new Map<string, number>();
	const stack: string[] = [];
	const out: string[][] = [];
	const visit = (v: string): void => {
		const at = index.size;
		index.set(v, at);
		low.set(v, at);
		stack.push(v);
		for (const { from, to, typeOnly, late } of imports) {
			if (from !== v || typeOnly || late || !to.endsWith(".ts")) continue;
			if (!index.has(to)) {
				visit(to);
				low.set(v, Math.min(low.get(v) as number, low.get(to) as number));
			} else if (stack.includes(to)) low.set(v, Math.min(low.get(v) as number, index.get(to) as number));
		}
		if (low.get(v) === at) {
			const members = stack.splice(stack.indexOf(v));
			if (members.length > 1) out.push(members.sort());
		}
	};
	for (const f of files) if (!index.has(f)) visit(f);
	return out.sort();
}

test("switches over what a plan is made of have a case for everything", () => {
	// What is added to the plan later must not be left out in silence.
	const count = (text: string, what: RegExp): number => text.match(what)?.length ?? 0;
	const open = files.filter((file) => {
		if (!["eval", "plan", "aot"].includes(stage(file))) return false;
		const text = readFileSync(join(root, file), "utf8");
		const switches = count(text, /\bswitch \((?:\w+\.)*(?:op|target|kind)\) \{/g);
		return switches !== count(text, /\bdefault:\n\s*(?:return )?assertNever\(/g);
	});
	expect(open).toEqual([]);
});
