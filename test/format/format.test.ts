/** Modules in OPA's canonical form: what `opa fmt` made of them, that it stays as it is, and that it means the same. */
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { builtins } from "../../src/builtins/registry.ts";
import { type FormatOptions, formatModule } from "../../src/format/format.ts";
import { Source } from "../../src/location.ts";
import type { Call, Expr, Module, Scalar, Term } from "../../src/parser/ast.ts";
import { parseModule } from "../../src/parser/parser.ts";
import { printTerm } from "../../src/parser/print.ts";
import { compareTerms } from "../../src/parser/term-order.ts";
import { caseModules, digest, type FormattedModule, fieldModules, keyOf, ownModules, shared } from "./modules.ts";

const recorded = JSON.parse(readFileSync(new URL("opa-fmt.json", import.meta.url), "utf8")) as {
	readonly [key: string]: string;
};

/** Small modules and what `opa fmt` 1.20.2 makes of them. */
interface Row {
	readonly note: string;
	readonly version: "v0" | "v1";
	readonly options: Partial<FormatOptions>;
	readonly text: string;
	readonly want: string;
}

const rows = JSON.parse(readFileSync(new URL("rows.json", import.meta.url), "utf8")) as readonly Row[];

function parsed({ text, version }: FormattedModule): Module | undefined {
	return parseModule(new Source("m.rego", text), { regoVersion: version, isBuiltin: (b) => builtins.has(b) }).value;
}

function formatted(m: FormattedModule): string | undefined {
	const module = parsed(m);
	return module === undefined ? undefined : formatModule(module, { regoVersion: m.version }).text;
}

const notMeant: ReadonlySet<string> = new Set(
	"start end source comments annotations hasBody infix assign leftBraces rightBraces imports".split(" "),
);

type Node = { readonly [key: string]: unknown };

/** The tree without places and with what is written in two ways written in one: what a module means. */
function meaning(m: FormattedModule): string {
	return JSON.stringify(parsed(m), (key, value) => {
		if (notMeant.has(key)) return undefined;
		if (typeof value === "bigint") return `${value}`;
		if (typeof value === "string" && /^\$\d+$/.test(value)) return "$";
		// `f() := 1` defines no function.
		if (key === "args" && Array.isArray(value) && value.length === 0) return undefined;
		if (value?.kind === "set") return { ...value, items: distinctNodes(value.items) };
		if (value?.kind === "template-string") return { ...value, parts: joinedParts(value.parts) };
		if (value?.kind === "call") return resultAsEquation(value);
		return value;
	});
}

/** The members of a set, whose order means nothing. */
function distinctNodes(nodes: readonly Node[]): readonly Node[] {
	const order = (a: Node, b: Node): number => compareTerms(a as unknown as Term, b as unknown as Term);
	return nodes.filter((n, i) => nodes.findIndex((other) => order(other, n) === 0) === i).sort(order);
}

/** Constants in holes are part of the text. */
function joinedParts(parts: readonly (string | Expr)[]): readonly unknown[] {
	const out: unknown[] = [];
	for (const part of parts) {
		const t = typeof part === "object" && part.what.kind === "term-expr" ? part.what.term : undefined;
		const text = typeof part === "string" ? part : t?.kind !== "scalar" ? undefined : constantText(t);
		const last = out.at(-1);
		if (text !== undefined && typeof last === "string") out[out.length - 1] = last + text;
		else out.push(text ?? part);
	}
	return out;
}

function constantText(t: Scalar): string {
	return typeof t.value === "string" ? t.value : printTerm(t);
}

/** `plus(1, 2, x)` is `x = 1 + 2`. */
function resultAsEquation(c: Call): unknown {
	if (printTerm(c.operator) !== "plus" || c.args.length !== 3) return c;
	const [left, right, result] = c.args;
	const operator = { kind: "ref", terms: [{ kind: "var", name: "eq" }] };
	return { kind: "call", operator, args: [result, { ...c, args: [left, right] }] };
}

describe("rows", () => {
	for (const { note, version, text, want, options } of rows) {
		test(note, () => {
			const module = parsed({ from: "", version, text });
			expect(module).toBeDefined();
			if (module === undefined) return;
			expect(formatModule(module, { regoVersion: version, ...options }).text).toBe(want);
		});
	}
});

function compareAll(modules: readonly FormattedModule[]): void {
	test("every module as opa fmt writes it", () => {
		expect(modules.filter((m) => recorded[keyOf(m)] === undefined).map((m) => m.from)).toEqual([]);
		const wrong = modules.filter((m) => {
			const text = formatted(m);
			return recorded[keyOf(m)] !== (text === undefined ? "" : digest(text));
		});
		expect(wrong.map((m) => `${m.from}: ${m.text}`)).toEqual([]);
		expect(modules.length).toBeGreaterThan(0);
	});
}

function stable(modules: readonly FormattedModule[]): void {
	test("formatting twice changes nothing", () => {
		const changed = modules.filter((m) => {
			const text = formatted(m);
			return text !== undefined && formatted({ ...m, text }) !== text;
		});
		expect(changed.map((m) => m.text).filter((text) => !changedByOpa.has(text))).toEqual([]);
	});
	test("formatting changes no meaning", () => {
		const changed = modules.filter((m) => {
			const text = formatted(m);
			if (text === undefined) return false;
			return meaning({ ...m, text }) !== meaning(m);
		});
		expect(changed.map((m) => m.text).filter((text) => !changedByOpa.has(text))).toEqual([]);
	});
}

/** Where what `opa fmt` writes is another policy, or none (it says so): we write what it writes. */
const changedByOpa: ReadonlySet<string> = new Set([
	'package test\n\np if {\n\t"foo", (2 in {"bar": 2}) in {"foo": true}\n}\n',
	"package test\n\np := {b | not.a, 2} if { b := {1} }\n",
]);

describe("our own modules", () => {
	compareAll(ownModules());
	stable([...ownModules(), ...caseModules()]);
});

if (existsSync(shared)) {
	describe("OPA's cases and Kata's policies", () => {
		compareAll(fieldModules());
		stable(fieldModules());
	});
} else test.skip("OPA's cases and Kata's policies: ../shared is absent", () => {});
