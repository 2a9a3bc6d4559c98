/** Random `with` modifiers: of input, base data, rules, functions and builtins. */
import { names } from "./documents.ts";
import { ruleRef, type Scope, step } from "./scope.ts";
import { anyTerm, term } from "./terms.ts";
import { type Node, node } from "./tree.ts";

export function replacement(s: Scope, depth: number): Node | undefined {
	const d = s.dice;
	const rules = s.at.rules;
	const functions = rules.filter((r) => r.args !== undefined && r.args.length > 0);
	const values = rules.filter((r) => r.args === undefined);
	const make = (target: string, value: Node): Node => node("expression", `with ${target} as `, value);
	return d.choose<Node | undefined>([
		[4, () => make(`input.${d.pick(names)}${d.oneIn(3) ? step(d.pick(names)) : ""}`, anyTerm(s, depth - 1))],
		[1, () => make("input", term(s, "obj:dyn", depth - 1))],
		[3, () => make(`data.base.${d.pick(names)}${d.oneIn(3) ? step(d.pick(names)) : ""}`, anyTerm(s, depth - 1))],
		[1, () => make("data.base", term(s, "obj:dyn", depth - 1))],
		[
			values.length > 0 ? 4 : 0,
			() => {
				const r = d.pick(values);
				return make(ruleRef(r, undefined), term(s, r.kind, depth - 1));
			},
		],
		[
			s.at.packages.length > 0 ? 1 : 0,
			() => make(`data${d.pick(s.at.packages).map(step).join("")}`, term(s, "obj:dyn", depth - 1)),
		],
		[
			functions.length > 0 ? 3 : 0,
			() => {
				const f = d.pick(functions);
				const same = functions.filter((g) => g !== f && g.args?.length === f.args?.length && g.kind === f.kind);
				if (same.length > 0 && d.oneIn(2))
					return make(ruleRef(f, undefined), node("term", ruleRef(d.pick(same), undefined)));
				return make(ruleRef(f, undefined), term(s, f.kind, depth - 1));
			},
		],
		[
			2,
			() => {
				const builtin = d.pick(["count", "sum", "upper", "concat", "abs", "startswith"] as const);
				const kind = { count: "num", sum: "num", upper: "str", concat: "str", abs: "num", startswith: "bool" } as const;
				if (builtin === "upper" && d.oneIn(2)) return make("upper", node("term", d.pick(["lower", "trim_space"])));
				if (builtin === "count" && d.oneIn(3)) return make("count", node("term", d.pick(["max", "min"])));
				return make(builtin, term(s, kind[builtin], depth - 1));
			},
		],
	]);
}
