/** What of the language modules need: builtins, keywords and features, as OPA's compiler lists them. */
import { builtins } from "../builtins/registry.ts";
import { requiresEval } from "../compiler/syntax/vars.ts";
import { dottedName, type Expr, isRegoV1Import, type Module, type Rule, type Term } from "../parser/ast.ts";
import { walkBody, walkTerms } from "../parser/walk.ts";
import { type JsonNode, record } from "../value/ordered-json.ts";
import { builtinNode } from "./capabilities.ts";
import { keywordsSince } from "./opa-versions.ts";

export function requiredCapabilities(modules: readonly Module[]): JsonNode {
	const names = new Set<string>();
	const keywords = new Set<string>();
	const features = new Set<string>();
	for (const m of modules) {
		const v1 = m.regoVersion === "v1" || m.imports.some(isRegoV1Import);
		if (m.regoVersion === "v1") features.add("rego_v1");
		else if (v1) features.add("rego_v1_import");
		for (const i of m.imports) {
			const path = i.path.kind === "ref" ? (dottedName(i.path) ?? "") : "";
			const allowed = Object.keys(keywordsSince).filter((k) => !v1 || k === "and" || k === "or" || k === "not");
			if (path === "future.keywords") for (const k of allowed) keywords.add(k);
			const keyword = path.startsWith("future.keywords.") ? path.slice("future.keywords.".length) : "";
			if (allowed.includes(keyword)) keywords.add(keyword);
		}
		for (const r of m.rules) collectRule(r, names, features);
	}
	const list = [...names].sort().flatMap((name) => {
		const b = builtins.get(name);
		return b === undefined ? [] : [builtinNode(b)];
	});
	const words = (set: ReadonlySet<string>): JsonNode | undefined =>
		set.size === 0 ? undefined : { list: [...set].sort().map((value) => ({ value })) };
	return record([
		["builtins", list.length === 0 ? undefined : { list }],
		["future_keywords", words(keywords)],
		["features", words(features)],
	]);
}

/** OPA's compiler gives what has to be evaluated a local of its own, with `=`. */
function collectRule(rule: Rule, names: Set<string>, features: Set<string>): void {
	const visitor = {
		term: (t: Term): boolean => {
			if (t.kind === "call") {
				const name = dottedName(t.operator);
				if (name !== undefined && builtins.has(name)) names.add(name);
				if (t.args.some(requiresEval)) names.add("eq");
			}
			if (t.kind === "template-string") {
				features.add("template_strings");
				names.add("internal.template_string");
				names.add("eq");
			}
			if (t.kind === "ref" && t.terms.some((x, i) => i > 0 && x.kind !== "scalar" && x.kind !== "var")) names.add("eq");
			return true;
		},
		literal: (e: Expr): boolean => {
			if (e.with.some((w) => requiresEval(w.value))) names.add("eq");
			if (e.what.kind !== "some") return true;
			// `some x in xs` becomes a reference with a variable: no call of `in` is left.
			for (const t of e.what.symbols) {
				if (t.kind !== "call") continue;
				names.add("eq");
				walkTerms(t.args, visitor);
			}
			return false;
		},
	};
	for (let r: Rule | undefined = rule; r !== undefined; r = r.else) {
		const { head } = r;
		const terms: Term[] = [...(head.args ?? []), ...head.ref.terms.slice(1)];
		for (const t of [head.key, head.value]) if (t !== undefined) terms.push(t);
		if (terms.some(requiresEval)) names.add("eq");
		walkTerms(terms, visitor);
		walkBody(r.body, visitor);
	}
}
