/** Random terms of a wanted kind within a scope. */
import { admitted, callable, type Wanted } from "./builtin-calls.ts";
import { randomName, randomNumber, randomString, stringTexts } from "./documents.ts";
import type { Element, Kind, KnownRule, Scope } from "./scope.ts";
import { ruleRef } from "./scope.ts";
import { randomBody } from "./statements.ts";
import { list, type Node, node, type Part } from "./tree.ts";

const anyKinds: readonly Kind[] = ["num", "str", "bool", "null", "arr:num", "set:str", "obj:dyn", "arr:dyn", "set:dyn"];

export function text(...parts: readonly Part[]): Node {
	return node("term", ...parts);
}

export function randomKind(s: Scope): Kind {
	return s.dice.pick([
		"num",
		"num",
		"str",
		"str",
		"bool",
		"arr:num",
		"arr:dyn",
		"set:num",
		"set:dyn",
		"obj:dyn",
		"obj:num",
	]);
}

/** A term for a place that takes anything. */
export function anyTerm(s: Scope, depth: number): Node {
	if (s.variables.length > 0 && s.dice.oneIn(2)) return text(s.dice.pick(s.variables).name);
	if (s.dice.oneIn(4)) return documentTerm(s, undefined);
	return term(s, s.dice.pick(anyKinds), depth);
}

/** A term whose type the checker does not know. */
export function dynamicTerm(s: Scope): Node {
	const known = s.variables.filter((v) => v.kind === "dyn");
	if (known.length > 0 && s.dice.oneIn(2)) return text(s.dice.pick(known).name);
	return documentTerm(s, undefined);
}

export function term(s: Scope, kind: Kind, depth: number): Node {
	const d = s.dice;
	if (kind === "dyn") return dynamicTerm(s);
	if (kind === "mixed") return anyTerm(s, depth);
	const known = s.of(kind);
	if (known.length > 0 && d.oneIn(2)) return text(d.pick(known).name);
	if (depth > 0 && d.oneIn(3)) {
		const rule = usableRules(s, kind);
		if (rule.length > 0) return ruleTerm(s, d.pick(rule), depth - 1);
	}
	if (d.oneIn(4)) return documentTerm(s, kind);
	if (depth <= 0) return literal(s, kind);
	switch (kind) {
		case "num":
			return number(s, depth);
		case "str":
			return string(s, depth);
		case "bool":
			return boolean(s, depth);
		case "null":
			return text("null");
		default:
			return composite(s, kind, depth);
	}
}

export function literal(s: Scope, kind: Kind): Node {
	const d = s.dice;
	switch (kind) {
		case "num":
			return text(randomNumber(d));
		case "str":
			return text(JSON.stringify(randomString(d)));
		case "bool":
			return text(d.pick(["true", "false"]));
		case "null":
			return text("null");
		default:
			return composite(s, kind, 0);
	}
}

export function usableRules(s: Scope, kind: Kind): readonly KnownRule[] {
	return s.at.rules.filter((r) => r.kind === kind && r.args?.length !== 0);
}

/** The value of a rule or a call of a function. */
export function ruleTerm(s: Scope, rule: KnownRule, depth: number): Node {
	const ref = ruleRef(rule, s.at.package);
	if (rule.args === undefined) return text(ref);
	return text(
		ref,
		"(",
		list(
			rule.args.map((k) => term(s, k, depth)),
			", ",
			rule.args.length,
		),
		")",
	);
}

/** A path into input or base data that mostly exists. */
export function documentTerm(s: Scope, kind: Kind | undefined): Node {
	const d = s.dice;
	const fitting = kind === undefined ? s.at.paths : s.at.paths.filter((p) => p.kind === kind);
	if (fitting.length > 0 && !d.oneIn(12)) return text(d.pick(fitting).text);
	return text(d.pick(["input.", "data.base.", "input.o."]), d.pick(["a", "b", "c", "n", "nope"]));
}

function number(s: Scope, depth: number): Node {
	const d = s.dice;
	const sub = () => term(s, "num", depth - 1);
	return d.choose<Node>([
		[3, () => literal(s, "num")],
		[4, () => text("(", sub(), ` ${d.pick(["+", "-", "*", "/", "%", "+", "-"])} `, sub(), ")")],
		[3, () => text("count(", collection(s, depth - 1), ")")],
		[
			1,
			() =>
				text(d.pick(["sum", "max", "min", "product"]), "(", term(s, d.pick(["arr:num", "set:num"]), depth - 1), ")"),
		],
		[1, () => call(s, "num", depth)],
	]);
}

function string(s: Scope, depth: number): Node {
	const d = s.dice;
	return d.choose<Node>([
		[3, () => literal(s, "str")],
		[1, () => text("concat(", literal(s, "str"), ", ", term(s, "arr:str", depth - 1), ")")],
		[
			1,
			() =>
				text(
					"sprintf(",
					text(d.pick(['"%v"', '"%v %d"', '"%s"', '"%5.2f|%x"'])),
					", [",
					list(
						d.times(1, 2, () => anyTerm(s, depth - 1)),
						", ",
					),
					"])",
				),
		],
		[2, () => template(s, depth - 1)],
		[
			1,
			() =>
				text(
					d.pick(["upper", "lower", "trim_space", "json.marshal", "base64.encode"]),
					"(",
					term(s, "str", depth - 1),
					")",
				),
		],
		[2, () => call(s, "str", depth)],
	]);
}

function template(s: Scope, depth: number): Node {
	const d = s.dice;
	const parts: Part[] = ['$"'];
	for (const piece of d.times(1, 3, () => d.pick(["", "a", " ", "\\n", "\\{", "é"]))) {
		// Inside braces a set or object literal needs no escape.
		parts.push(piece, "{", anyTerm(s, depth), "}");
	}
	return text(...parts, '"');
}

function boolean(s: Scope, depth: number): Node {
	const d = s.dice;
	return d.choose<Node>([
		[2, () => literal(s, "bool")],
		[3, () => comparison(s, depth)],
		[2, () => membership(s, depth)],
		[2, () => call(s, "bool", depth)],
	]);
}

export function comparison(s: Scope, depth: number): Node {
	const d = s.dice;
	if (d.oneIn(3)) {
		const op = d.pick(["==", "!=", "==", "<", ">="]);
		return text("(", dynamicTerm(s), ` ${op} `, anyTerm(s, depth - 1), ")");
	}
	// Of composites the checker often knows that they differ.
	const kind = d.pick<Kind>(["num", "num", "str", "bool"]);
	return text(
		"(",
		term(s, kind, depth - 1),
		` ${d.pick(["==", "!=", "<", "<=", ">", ">="])} `,
		term(s, kind, depth - 1),
		")",
	);
}

export function membership(s: Scope, depth: number): Node {
	const d = s.dice;
	const item = anyTerm(s, depth - 1);
	if (d.oneIn(4)) return text("(", anyTerm(s, 0), ", ", item, " in ", collection(s, depth - 1), ")");
	return text("(", item, " in ", collection(s, depth - 1), ")");
}

/** Something to iterate over. */
export function collection(s: Scope, depth: number): Node {
	const d = s.dice;
	const element = d.pick<Element>(["num", "str", "dyn", "dyn"]);
	// Not a set literal: OPA iterates over its elements before they are compared, a fault of its own.
	if (d.oneIn(3)) return comprehension(s, "set", element, Math.max(0, depth - 1));
	return term(s, d.pick<Kind>([`arr:${element}`, `obj:${element}`]), depth);
}

function composite(s: Scope, kind: Kind, depth: number): Node {
	const [shape, element] = kind.split(":") as ["arr" | "set" | "obj", Element];
	const d = s.dice;
	const item = (): Node => (element === "dyn" ? anyTerm(s, depth - 1) : term(s, element, depth - 1));
	// Of two computed keys that turn out equal, the one that counts is an accident of OPA's: docs/differences.md.
	let computed = false;
	const key = (): Node => {
		if (computed || element !== "dyn" || !d.oneIn(5)) {
			return text(JSON.stringify(d.oneIn(3) ? randomName(d) : randomString(d)));
		}
		computed = true;
		return anyTerm(s, depth - 1);
	};
	if (depth > 0 && d.oneIn(3)) return comprehension(s, shape, element, depth - 1);
	if (depth > 0 && d.oneIn(6)) return call(s, shape, depth, element);
	switch (shape) {
		case "arr":
			if (depth > 0 && d.oneIn(8)) return text(`numbers.range(${d.between(-2, 3)}, ${d.between(-2, 5)})`);
			return text("[", list(d.times(0, 3, item), ", "), "]");
		case "set": {
			if (depth > 0 && d.oneIn(4)) {
				const same = (): Node => term(s, kind, depth - 1);
				return text("(", same(), ` ${d.pick(["&", "|", "-"])} `, same(), ")");
			}
			const items = d.times(0, 3, item);
			return items.length === 0 ? text("set()") : text("{", list(items, ", ", 1), "}");
		}
		case "obj":
			return text(
				"{",
				list(
					d.times(0, 3, () => node("expression", key(), ": ", item())),
					", ",
				),
				"}",
			);
	}
}

export function comprehension(s: Scope, shape: "arr" | "set" | "obj", element: Element, depth: number): Node {
	const inner = s.inner();
	const body = randomBody(inner, depth, s.dice.between(1, 3));
	const head = element === "dyn" ? anyTerm(inner, depth - 1) : term(inner, element, depth - 1);
	if (shape === "arr") return text("[", head, " | ", body, "]");
	if (shape === "set") return text("{", head, " | ", body, "}");
	const key = element === "dyn" && s.dice.oneIn(4) ? anyTerm(inner, 0) : term(inner, "str", 1);
	return text("{", key, ": ", head, " | ", body, "}");
}

/** A call of some builtin whose result is of the wanted kind, as far as declared. */
function call(s: Scope, wanted: Wanted, depth: number, element: Element = "dyn"): Node {
	const d = s.dice;
	const fitting = callable.filter((b) => {
		const result = b.result === undefined ? [] : admitted(b.result);
		return result.length === 1 && result[0]?.wanted === wanted && (element === "dyn" || result[0].of === element);
	});
	if (fitting.length === 0)
		return literal(
			s,
			wanted === "arr" || wanted === "set" || wanted === "obj" ? `${wanted}:${element}` : (wanted as Kind),
		);
	const b = d.pick(fitting);
	return text(
		b.name,
		"(",
		list(
			b.args.map(([, type]) => operand(s, d.pick(admitted(type)), depth - 1)),
			", ",
			b.args.length,
		),
		")",
	);
}

/** A call of any builtin at all. */
export function anyCall(s: Scope, depth: number): Node {
	const b = s.dice.pick(callable);
	const operands = b.args.map(([, type]) => operand(s, s.dice.pick(admitted(type)), depth - 1));
	return text(b.name, "(", list(operands, ", ", operands.length), ")");
}

function operand(s: Scope, { wanted, of }: { readonly wanted: Wanted; readonly of: Wanted }, depth: number): Node {
	if (wanted === "any" || wanted === "deep") return anyTerm(s, depth);
	if (wanted === "str" && s.dice.oneIn(3)) return text(JSON.stringify(s.dice.pick(stringTexts)));
	// What has a type of its own further down is seldom met by chance.
	if (s.dice.oneIn(of === "deep" ? 2 : 10) || (of === "deep" && !s.dice.oneIn(5))) return dynamicTerm(s);
	if (wanted === "arr" || wanted === "set" || wanted === "obj") {
		return term(s, `${wanted}:${of === "num" || of === "str" ? of : "dyn"}`, depth);
	}
	return term(s, wanted, depth);
}
