/**
 * Terms of free.ts: drawn by the kind that a place takes, from whatever is in scope. What comes from the input has
 * no type for the checker (`dyn`) and stands anywhere; what may have a type that is not known here (`mixed`) stands where
 * anything does.
 */
import type { Dice } from "./dice.ts";
import { numberTexts, stringTexts } from "./documents.ts";
import { freeBody } from "./free-statements.ts";
import { list, type Node, node, type Part } from "./tree.ts";

export type FreeKind = "num" | "str" | "bool" | "arr" | "obj" | "set" | "dyn" | "mixed";

export interface FreeRule {
	/** As other packages name it. */
	readonly path: string;
	/** As its own package names it. */
	readonly name: string;
	readonly package: string;
	readonly kind: FreeKind;
	readonly args: readonly FreeKind[] | undefined;
}

/** What holds for a module. */
export interface FreeModule {
	readonly dice: Dice;
	readonly package: string;
	/** Those that the rule at hand may read. */
	rules: readonly FreeRule[];
	/** Names of imported packages. */
	readonly aliases: ReadonlyMap<string, string>;
	/** Names of other imports, and paths below input and data. */
	readonly documents: readonly string[];
	readonly v0: boolean;
	readonly prints: boolean;
	readonly not: boolean;
	readonly and: boolean;
	/** OPA resolves no modifiers in comprehensions of an ad-hoc query. */
	readonly modifiers: boolean;
	readonly counter: { at: number };
}

/** Variables seen from a place; those of `own` were declared in the body itself. */
export class FreeScope {
	readonly module: FreeModule;
	readonly variables: { readonly name: string; readonly kind: FreeKind }[];
	readonly own: Set<string> = new Set();
	/** Declared by `some` and not used yet. */
	readonly unused: Set<string> = new Set();

	constructor(module: FreeModule, outer?: FreeScope) {
		this.module = module;
		this.variables = outer === undefined ? [] : [...outer.variables];
	}

	get dice(): Dice {
		return this.module.dice;
	}

	declare(kind: FreeKind, some = false): string {
		const free = variableNames.filter((n) => !this.own.has(n));
		const seen = new Set(this.variables.map((v) => v.name));
		const fresh = free.filter((n) => !seen.has(n));
		const from = fresh.length > 0 && !this.dice.oneIn(6) ? fresh : free;
		const name = from.length > 0 ? this.dice.pick(from) : `x${this.module.counter.at++}`;
		this.own.add(name);
		if (some) this.unused.add(name);
		const hidden = this.variables.findIndex((v) => v.name === name);
		if (hidden >= 0) this.variables.splice(hidden, 1);
		this.variables.push({ name, kind });
		return name;
	}

	use(name: string): Node {
		this.unused.delete(name);
		return text(name);
	}
}

/** Names that JavaScript knows, that rules have, and plain ones. */
const variableNames = "x y z k v i j item _u __proto__ constructor toString p q x_1 valueOf".split(" ");

export function text(...parts: readonly Part[]): Node {
	return node("term", ...parts);
}

function comma(items: readonly Node[], least = 0): Part {
	return list(items, ", ", least);
}

const composite: readonly FreeKind[] = ["arr", "obj", "set"];
const kinds: readonly FreeKind[] = ["num", "num", "str", "str", "bool", "arr", "obj", "set", "dyn", "dyn", "dyn"];

export function randomFreeKind(d: Dice): FreeKind {
	return d.pick(kinds);
}

export function anyFree(s: FreeScope, depth: number): Node {
	return free(s, s.dice.pick([...kinds, "mixed", "mixed"]), depth);
}

/** Something with members: mostly of unknown type. */
export function membered(s: FreeScope, depth: number): readonly [Node, FreeKind] {
	const d = s.dice;
	return d.oneIn(2) ? [free(s, "dyn", depth), "dyn"] : [free(s, d.pick(composite), depth), "mixed"];
}

export function free(s: FreeScope, kind: FreeKind, depth: number): Node {
	const d = s.dice;
	const fits = s.variables.filter((v) => v.kind === kind || v.kind === "dyn" || kind === "mixed");
	if (fits.length > 0 && d.oneIn(2)) return s.use(d.pick(fits).name);
	if (depth > 0 && d.oneIn(4)) {
		const rules = s.module.rules.filter((r) => r.kind === kind || r.kind === "dyn" || kind === "mixed");
		if (rules.length > 0) return ruleUse(s, d.pick(rules), depth - 1);
	}
	if (kind === "dyn" || kind === "mixed" || d.oneIn(5)) return dynamic(s, depth);
	if (depth <= 0) return literal(s, kind);
	return d.choose<Node>([
		[2, () => literal(s, kind)],
		[3, () => computed(s, kind, depth - 1)],
		[1, () => built(s, kind, depth - 1)],
	]);
}

export function ruleUse(s: FreeScope, rule: FreeRule, depth: number): Node {
	const d = s.dice;
	const alias = s.module.aliases.get(rule.package);
	const below = rule.path.slice(`data.${rule.package}`.length);
	const near = rule.package === s.module.package && !d.oneIn(4);
	const name = near ? rule.name : alias !== undefined && d.oneIn(2) ? alias + below : rule.path;
	if (rule.args !== undefined)
		return text(
			name,
			"(",
			comma(
				rule.args.map((k) => free(s, k, depth)),
				rule.args.length,
			),
			")",
		);
	if ((rule.kind !== "dyn" && rule.kind !== "mixed") || !d.oneIn(3)) return text(name);
	return text(name, "[", free(s, d.pick(["str", "num", "dyn"]), 0), "]");
}

/** A path into a document, or below a variable of unknown type. */
function dynamic(s: FreeScope, depth: number): Node {
	const d = s.dice;
	const unknown = s.variables.filter((v) => v.kind === "dyn");
	const base = unknown.length > 0 && d.oneIn(3) ? s.use(d.pick(unknown).name) : text(d.pick(s.module.documents));
	const out: Part[] = [base];
	if (d.oneIn(3)) out.push(d.pick([".a", ".b", "[0]", '["__proto__"]', ".constructor", "[1.0]", '["x y"]', ".l"]));
	if (d.oneIn(8)) out.push("[", free(s, d.pick(["str", "num", "dyn"]), Math.min(depth, 1) - 1), "]");
	return text(...out);
}

export function freeNumber(d: Dice): string {
	return d.oneIn(5) ? d.pick(d.oneIn(2) ? numberTexts : spelled) : String(d.below(5));
}

const spelled = [
	"9007199254740992",
	"9007199254740993.0",
	"1E2",
	"100.0",
	"0.5e1",
	"5.00",
	"-0.0",
	"1e-7",
	"0.0000001",
	"18446744073709551615",
	"123456789.123456789123456789",
	"1e15",
	"1e16",
	"1e21",
	"-1.5e+3",
];

function literal(s: FreeScope, kind: FreeKind): Node {
	const d = s.dice;
	switch (kind) {
		case "num":
			return text(freeNumber(d));
		case "str":
			return text(quoted(d));
		case "bool":
			return text(d.pick(["true", "false", "true"]));
		default:
			return built(s, kind, 0);
	}
}

function quoted(d: Dice): string {
	const value = d.oneIn(4) ? d.pick(stringTexts) : d.pick(["a", "b", "c", "k", "l", "__proto__", "constructor", "x y"]);
	return d.oneIn(6) && !/[`\u0000\r]/.test(value) ? `\`${value}\`` : JSON.stringify(value);
}

function built(s: FreeScope, kind: FreeKind, depth: number): Node {
	const d = s.dice;
	const items = (): Node[] => d.times(0, 3, () => anyFree(s, depth - 1));
	switch (kind) {
		case "arr":
			if (depth > 0 && d.oneIn(2)) return comprehension(s, "[", "]", depth - 1);
			return text("[", comma(items()), "]");
		case "set": {
			if (depth > 0 && d.oneIn(2)) return comprehension(s, "{", "}", depth - 1);
			const all = items();
			return all.length === 0 ? text("set()") : text("{", comma(all, 1), "}");
		}
		case "obj":
			if (depth > 0 && d.oneIn(2)) return objectComprehension(s, depth - 1);
			return object(s, depth);
		default:
			return literal(s, kind);
	}
}

function object(s: FreeScope, depth: number): Node {
	const d = s.dice;
	// Of computed keys that turn out equal, one counts by accident in OPA.
	const keys = d.shuffled(['"a"', '"b"', '"__proto__"', "1", "true", "null", "[1]", '"constructor"', '"x y"', "{2}"]);
	const entries = d.times(0, 3, (i) => node("expression", keys[i] as string, ": ", anyFree(s, depth - 1)));
	if (d.oneIn(4)) entries.splice(1, 3, node("expression", free(s, "dyn", 0), ": ", anyFree(s, depth - 1)));
	return text("{", comma(entries.slice(0, 3)), "}");
}

function comprehension(s: FreeScope, open: string, close: string, depth: number): Node {
	const [inner, body] = freeBody(s, depth);
	return text(open, anyFree(inner, depth), " | ", body(), close);
}

function objectComprehension(s: FreeScope, depth: number): Node {
	const [inner, body] = freeBody(s, depth);
	const d = s.dice;
	return text("{", free(inner, d.pick(["str", "dyn", "num"]), 0), ": ", anyFree(inner, depth), " | ", body(), "}");
}

function computed(s: FreeScope, kind: FreeKind, depth: number): Node {
	const d = s.dice;
	const of = (k: FreeKind): Node => free(s, k, depth);
	const call = (name: string, ...operands: readonly Node[]): Node =>
		text(name, "(", comma(operands, operands.length), ")");
	const infix = (a: Node, op: string, b: Node): Node => text("(", a, ` ${op} `, b, ")");
	switch (kind) {
		case "num":
			return d.choose<Node>([
				[4, () => infix(of("num"), d.pick(["+", "-", "*", "/", "%"]), of("num"))],
				[2, () => call("count", membered(s, depth)[0])],
				[1, () => call(d.pick(["sum", "max", "min", "product"]), of(d.pick(["arr", "set", "dyn"])))],
				[1, () => call(d.pick(["abs", "round", "ceil", "floor", "bits.negate"]), of("num"))],
				[1, () => call("to_number", of(d.pick(["str", "dyn", "bool"])))],
				[1, () => call("indexof", of("str"), of("str"))],
				[1, () => call("object.get", of("obj"), of("str"), of("num"))],
			]);
		case "str":
			return d.choose<Node>([
				[s.module.v0 ? 0 : 3, () => template(s, depth)],
				[
					2,
					() =>
						call(
							"sprintf",
							text(d.pick(['"%v"', '"%v/%v"', '"%d"', '"%s|%q"', '"%.2f"'])),
							text("[", comma(d.times(1, 2, () => anyFree(s, depth))), "]"),
						),
				],
				[1, () => call("concat", of("str"), of(d.pick(["arr", "set", "dyn"])))],
				[1, () => call(d.pick(["upper", "lower", "trim_space", "base64.encode", "urlquery.encode"]), of("str"))],
				[1, () => call(d.pick(["json.marshal", "type_name", "yaml.marshal"]), anyFree(s, depth))],
				[1, () => call("replace", of("str"), of("str"), of("str"))],
				[1, () => call("substring", of("str"), of("num"), of("num"))],
				[1, () => call("format_int", of("num"), text(d.pick(["2", "10", "16", "7"])))],
			]);
		case "bool":
			return d.choose<Node>([
				[3, () => infix(of("dyn"), d.pick(["==", "!=", "<", "<=", ">", ">="]), anyFree(s, depth))],
				[3, () => infix(anyFree(s, depth), "in", membered(s, depth)[0])],
				[1, () => text("(", anyFree(s, 0), ", ", anyFree(s, depth), " in ", membered(s, depth)[0], ")")],
				[1, () => call(d.pick(["startswith", "endswith", "contains"]), of("str"), of("str"))],
				[
					1,
					() =>
						call(d.pick(["is_string", "is_number", "is_object", "is_array", "is_set", "is_null"]), anyFree(s, depth)),
				],
				[1, () => call("regex.match", text(d.pick(['"^a"', '"[a-z]+"', '"("', '"b|c"'])), of("str"))],
				[
					1,
					() =>
						call(
							"glob.match",
							text(d.pick(['"a*"', '"*"', '"a/**"', '"{a,b}"'])),
							text(d.pick(["[]", '["/"]', "null"])),
							of("str"),
						),
				],
			]);
		case "arr":
			return d.choose<Node>([
				[1, () => call("array.concat", of("arr"), of("arr"))],
				[1, () => call("array.slice", of("arr"), text(String(d.between(-1, 2))), of("num"))],
				[1, () => call("split", of("str"), text(d.pick(['"/"', '""', '"a"'])))],
				[1, () => call("sort", of(d.pick(["arr", "set"])))],
				[1, () => call("numbers.range", text(String(d.between(-1, 2))), text(String(d.between(-1, 3))))],
				[1, () => call("array.reverse", of("arr"))],
			]);
		case "set":
			return d.choose<Node>([
				[3, () => infix(of("set"), d.pick(["&", "|", "-"]), of("set"))],
				[1, () => call("object.keys", of("obj"))],
				[1, () => call(d.pick(["union", "intersection"]), text("{", comma([of("set"), of("set")], 1), "}"))],
				[1, () => call("graph.reachable", of("obj"), of("set"))],
			]);
		case "obj":
			return d.choose<Node>([
				[1, () => call("object.union", of("obj"), of("obj"))],
				[1, () => call(d.pick(["object.remove", "object.filter"]), of("obj"), of(d.pick(["arr", "set"])))],
				[
					1,
					() => call("json.patch", of("obj"), text('[{"op": "add", "path": "/a", "value": ', anyFree(s, depth), "}]")),
				],
				[1, () => call("object.union_n", text("[", comma([of("obj"), of("obj")], 1), "]"))],
			]);
		default:
			return dynamic(s, depth);
	}
}

function template(s: FreeScope, depth: number): Node {
	const d = s.dice;
	const raw = d.oneIn(4);
	const parts: Part[] = [raw ? "$`" : '$"'];
	for (const piece of d.times(1, 2, () => d.pick(raw ? ["", "a", "\n", "é"] : ["", "a", "\\n", "\\{", "\\u00e9"]))) {
		parts.push(piece, "{", anyFree(s, depth), "}");
	}
	return text(...parts, raw ? "`" : '"');
}
