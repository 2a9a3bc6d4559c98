/** Bodies of free.ts. */
import { anyFree, type FreeKind, FreeScope, free, membered, randomFreeKind, text } from "./free-terms.ts";
import { type List, list, type Node, node, type Part } from "./tree.ts";

function statement(...parts: readonly Part[]): Node {
	return node("statement", ...parts);
}

/** The scope within a body, and then its text: what its head reads is drawn in between. */
export function freeBody(outer: FreeScope, depth: number, most = 3): readonly [FreeScope, () => List] {
	const s = new FreeScope(outer.module, outer);
	const items = statements(s, depth, most);
	return [s, () => finish(s, items)];
}

/** Body within braces that nothing outside reads. */
export function closedBody(
	outer: FreeScope,
	depth: number,
	most = 2,
	declared: (s: FreeScope) => void = () => {},
): List {
	const s = new FreeScope(outer.module, outer);
	declared(s);
	return finish(s, statements(s, depth, most));
}

export function statements(s: FreeScope, depth: number, most: number): Node[] {
	const d = s.dice;
	const items: Node[] = [];
	for (let i = d.between(1, most); i > 0; i--) {
		items.push(anyStatement(s, depth));
		if (s.module.prints && d.oneIn(3)) items.push(print(s));
	}
	return items;
}

/** What `some` declared has to be used. */
export function finish(s: FreeScope, items: readonly Node[]): List {
	const left = [...s.unused];
	s.unused.clear();
	const all = left.length === 0 ? items : [...items, statement(`_ = [${left.join(", ")}]`)];
	return list(all, s.dice.oneIn(6) ? "\n\t" : "; ", 1);
}

function print(s: FreeScope): Node {
	const operands = s.dice.times(0, 2, () => anyFree(s, 1));
	return statement(`print("${s.module.counter.at++}"`, ...operands.flatMap((o) => [", ", o]), ")");
}

function anyStatement(s: FreeScope, depth: number): Node {
	const d = s.dice;
	const modifiers = s.module.modifiers && d.oneIn(9) ? d.times(1, 2, () => modifier(s, depth)) : [];
	const deep = depth > 0 ? 1 : 0;
	const plain = d.choose<Node>([
		[5, () => assign(s, depth)],
		[5, () => some(s, depth)],
		[2, () => scan(s)],
		[4, () => statement(free(s, "bool", depth))],
		[2, () => statement(free(s, "dyn", depth))],
		[2, () => statement(free(s, "dyn", depth), ` ${d.pick(["==", "!=", "<", ">=", "="])} `, anyFree(s, depth))],
		[2, () => destructure(s, depth)],
		[2, () => statement("not ", d.oneIn(2) ? free(s, "bool", depth) : free(s, "dyn", depth))],
		[s.module.not ? 2 * deep : 0, () => statement("not { ", closedBody(s, depth - 1), " }")],
		[3 * deep, () => every(s, depth - 1)],
		[s.module.and ? 2 * deep : 0, () => logical(s, depth - 1)],
		[1, () => walk(s, depth)],
	]);
	return modifiers.length === 0 ? plain : statement(plain, ...modifiers.flatMap((m) => [" ", m]));
}

function assign(s: FreeScope, depth: number): Node {
	const kind = randomFreeKind(s.dice);
	const value = free(s, kind, depth);
	return statement(`${s.declare(kind)} ${s.dice.oneIn(5) ? "=" : ":="} `, value);
}

/** Variables of a pattern, declared by whatever it stands in. */
function pattern(s: FreeScope, depth: number, some: boolean, literals: boolean, kind: FreeKind = "dyn"): Node {
	const d = s.dice;
	const leaf = (): Node => {
		if (d.oneIn(6)) return text("_");
		if (literals && d.oneIn(4)) return free(s, d.pick(["num", "str"]), 0);
		return text(s.declare(kind, some));
	};
	if (depth <= 0) return leaf();
	const inner = (): Node => (d.oneIn(3) ? pattern(s, depth - 1, some, literals, kind) : leaf());
	if (d.oneIn(2)) return text("[", list(d.times(1, 3, inner), ", ", 1), "]");
	const keys = d.shuffled(['"a"', '"b"', '"__proto__"', '"l"']).slice(0, d.between(1, 2));
	return text(
		"{",
		list(
			keys.map((k) => node("expression", `${k}: `, inner())),
			", ",
			1,
		),
		"}",
	);
}

function some(s: FreeScope, depth: number): Node {
	const d = s.dice;
	const [over, kind] = membered(s, depth);
	const name = (): string => s.declare(kind, true);
	return d.choose<Node>([
		[4, () => statement(`some ${name()} in `, over)],
		[4, () => statement(`some ${name()}, ${name()} in `, over)],
		[2, () => statement("some ", pattern(s, 1, true, true, kind), " in ", over)],
		[1, () => statement(`some ${name()}, `, pattern(s, 1, true, true, kind), " in ", over)],
		[1, () => statement("some ", free(s, d.pick(["str", "num"]), 0), `, ${name()} in `, over)],
	]);
}

/** `some i, j; input.l[i][j]`, and without declaring them. */
function scan(s: FreeScope): Node {
	const d = s.dice;
	const base = d.pick(s.module.documents);
	const declared = d.oneIn(2);
	const keys = d.times(1, 2, () => (d.oneIn(5) ? "_" : s.declare("dyn")));
	const names = [...new Set(keys.filter((k) => k !== "_"))];
	const ref = `${base}${keys.map((k) => `[${k}]`).join("")}`;
	const head = declared && names.length > 0 ? `some ${names.join(", ")}; ` : "";
	if (d.oneIn(2)) return statement(head + ref);
	return statement(`${head}${s.declare("dyn")} ${d.pick([":=", "="])} ${ref}`);
}

function destructure(s: FreeScope, depth: number): Node {
	const d = s.dice;
	const value = free(s, "dyn", depth);
	if (d.oneIn(2)) return statement(pattern(s, 2, false, false), " := ", value);
	const p = pattern(s, 2, false, true);
	return d.oneIn(2) ? statement(p, " = ", value) : statement(value, " = ", p);
}

function every(s: FreeScope, depth: number): Node {
	const [over, kind] = membered(s, depth);
	let head = "";
	const body = closedBody(s, depth, 2, (inner) => {
		head = inner.declare(kind);
		if (s.dice.oneIn(2)) head = `${inner.declare(kind)}, ${head}`;
	});
	// Variables of its head that are not used are refused.
	const used = `_ = [${head}]`;
	return statement(`every ${head} in `, over, " { ", list([...body.items, statement(used)], "; ", 1), " }");
}

function logical(s: FreeScope, depth: number): Node {
	const d = s.dice;
	const operand = (): Node =>
		d.oneIn(3)
			? node("expression", "{ ", closedBody(s, depth), " }")
			: node("expression", d.oneIn(5) ? "not " : "", free(s, d.pick<FreeKind>(["bool", "dyn"]), depth));
	const first = operand();
	return statement(first, ...d.times(1, 2, operand).flatMap((o) => [` ${d.pick(["and", "or"])} `, o]));
}

function walk(s: FreeScope, depth: number): Node {
	const over = free(s, "dyn", depth);
	const d = s.dice;
	if (d.oneIn(3)) return statement(`walk(`, over, `, ${s.declare("dyn")})`);
	const path = d.oneIn(8) ? pattern(s, 1, false, true) : text(s.declare("dyn"));
	return statement("walk(", over, ", [", path, ", ", d.oneIn(4) ? text("_") : text(s.declare("dyn")), "])");
}

function modifier(s: FreeScope, depth: number): Node {
	const d = s.dice;
	const make = (target: string, ...value: readonly Part[]): Node => node("expression", `with ${target} as `, ...value);
	const functions = s.module.rules.filter((r) => r.args !== undefined);
	const values = s.module.rules.filter((r) => r.args === undefined);
	return d.choose<Node>([
		[3, () => make(`input.${d.pick(["a", "b", "l", "__proto__"])}`, anyFree(s, depth - 1))],
		[1, () => make("input", free(s, "obj", depth - 1))],
		[2, () => make(`data.base.${d.pick(["a", "b", "l"])}`, anyFree(s, depth - 1))],
		[values.length > 0 ? 3 : 0, () => make(d.pick(values).path, anyFree(s, depth - 1))],
		[
			functions.length > 0 ? 3 : 0,
			() => {
				const f = d.pick(functions);
				const other = functions.filter((g) => g !== f && g.args?.length === f.args?.length);
				if (other.length > 0 && d.oneIn(2)) return make(f.path, text(d.pick(other).path));
				return make(f.path, free(s, f.kind, depth - 1));
			},
		],
		[1, () => make("count", text(d.pick(["3", "max", "object.keys"])))],
		[1, () => make(d.pick(["startswith", "regex.match", "endswith"]), text(d.pick(["true", "false", "endswith"])))],
		[1, () => make(d.pick(["upper", "lower"]), text(d.pick(['"u"', "trim_space", "json.marshal"])))],
		[1, () => make("time.now_ns", text(d.pick(["1", "input.a"])))],
	]);
}
