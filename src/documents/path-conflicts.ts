/** A rule and a document loaded from a file must not answer for one path: OPA's check after loading. */
import { RegoError, RegoErrors } from "../errors.ts";
import type { Module, Rule } from "../parser/ast.ts";
import { compareStrings } from "../value/compare.ts";
import { isPlainObject, type PlainObject } from "../value/value.ts";
import { lookUp } from "./merge-data.ts";

/** Throws RegoErrors naming each rule whose path is taken by data. */
export function checkPathConflicts(modules: readonly Module[], data: PlainObject): void {
	if (Object.keys(data).length === 0) return;
	const found = new Map<string, RegoError>();
	for (const module of modules) {
		for (const rule of module.rules) {
			const path = documentPath(module, rule);
			const key = path.join("/");
			if (found.has(key) || !isTaken(data, path)) continue;
			const location = module.source.location(rule.start);
			found.set(key, new RegoError("rego_compile_error", `conflicting rule for data path ${key} found`, location));
		}
	}
	if (found.size === 0) return;
	throw new RegoErrors([...found].sort(([a], [b]) => compareStrings(a, b)).map(([, e]) => e));
}

/** Whether a rule answers for a path: its own, or one that leads to it. */
export function hasRuleAt(modules: readonly Module[], path: readonly (string | bigint)[]): boolean {
	return modules.some((module) =>
		module.rules.some((rule) => documentPath(module, rule).every((name, i) => name === path[i])),
	);
}

/** Names below data down to where the rule's own values begin. */
function documentPath(module: Module, rule: Rule): string[] {
	const path: string[] = [];
	for (const t of module.package.path.terms.slice(1)) path.push(t.kind === "scalar" ? String(t.value) : "");
	for (const [i, t] of rule.head.ref.terms.entries()) {
		if (i === 0 && t.kind === "var") path.push(t.name);
		else if (t.kind === "scalar" && typeof t.value === "string") path.push(t.value);
		else break;
	}
	return path;
}

/** Data has something there, or something above it that is no object. */
function isTaken(data: PlainObject, path: readonly string[]): boolean {
	if (lookUp(data, path) !== undefined) return true;
	for (let i = 1; i < path.length; i++) {
		const above = lookUp(data, path.slice(0, i));
		if (above !== undefined) {
			if (!isPlainObject(above)) return true;
		} else return false;
	}
	return false;
}
