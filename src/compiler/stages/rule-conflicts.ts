/** CheckRuleConflicts: definitions of one path must be of one kind, and nothing may sit inside a value. */

import { at, at as elementAt, last } from "../../at.ts";
import { formatLocation } from "../../location.ts";
import type { Term } from "../../parser/ast.ts";
import { compareLists } from "../../parser/term-order.ts";
import type { Compilation } from "../compilation.ts";
import type { RuleState } from "../rule-state.ts";
import type { RuleNode } from "../rule-tree.ts";
import { shownVar } from "../syntax/local-names.ts";
import { showPath } from "../syntax/show.ts";

export function checkRuleConflicts(c: Compilation): void {
	const show = (path: readonly Term[]): string => showPath(path, (n) => shownVar(c.names.shown(n)));
	c.tree.walk((node) => {
		if (node.rules.length > 0) checkNode(c, node, show);
		return false;
	});
	if (c.options.dataPaths !== undefined) checkDataPaths(c, c.options.dataPaths);
	checkPackageConflicts(c);
}

type Show = (path: readonly Term[]) => string;

function checkNode(c: Compilation, node: RuleNode, show: Show): void {
	const rules = node.rules;
	const first = at(rules, 0);
	const arity = (r: RuleState): number => r.head.args?.length ?? 0;
	let alike = true;
	const defaults: RuleState[] = [];
	let complete = false;
	let partial = false;
	let sets = false;
	let objectsOfSets = false;
	let conflicts: RuleState[] = [];
	for (const r of rules) {
		const multi = r.head.key !== undefined;
		if (multi !== (first.head.key !== undefined) || arity(r) !== arity(first)) alike = false;
		if (r.rule.default) defaults.push(r);
		if (r.isGround && node.children.size > 0) conflicts = rulesBelow(node, () => true);
		if (!multi && r.isGround) complete = true;
		else partial = true;
		if (multi && r.isGround) sets = true;
		else if (multi) objectsOfSets = true;
	}
	if (conflicts.length === 0 && node.children.size > 0 && rules.some((r) => !r.isGround)) {
		conflicts = rulesBelow(node, (r) => r.isFunction);
	}
	const source = first.module.source;
	const name = (): string => show(last(rules).path);
	if (conflicts.length > 0) {
		const lines = conflicts.map((r) => `  rule ${show(r.path)} at ${placeOf(r)}`);
		const message = `rule ${name()} conflicts with:\n${lines.join("\n")}`;
		c.fail("rego_type_error", message, source, first.rule.start);
		return;
	}
	if (!alike || (complete && partial) || (sets && objectsOfSets)) {
		c.fail("rego_type_error", `conflicting rules ${name()} found`, source, first.rule.start);
		return;
	}
	if (defaults.length > 1) {
		const at = elementAt(defaults, 0).module;
		const message = `multiple default rules ${name()} found at ${defaults.map(placeOf).join(", ")}`;
		c.fail("rego_type_error", message, at.source, at.module.package.start);
	}
}

function placeOf(r: RuleState): string {
	return formatLocation(r.module.source.location(r.rule.start));
}

/** Rules below a node, in OPA's order of their refs; of those that contain one another only the outermost. */
function rulesBelow(node: RuleNode, want: (r: RuleState) => boolean): RuleState[] {
	let found: { readonly rule: RuleState; readonly text: string }[] = [];
	const within = (a: string, b: string): boolean => a === b || a.startsWith(`${b}.`) || a.startsWith(`${b}[`);
	for (const child of node.sorted()) {
		child.walk((n) => {
			for (const r of n.rules) {
				if (!want(r)) continue;
				const text = showPath(r.path);
				if (found.some((f) => within(text, f.text))) continue;
				found = found.filter((f) => !within(f.text, text));
				found.push({ rule: r, text });
			}
			return false;
		});
	}
	return found.map((f) => f.rule).sort((a, b) => compareLists(a.path, b.path));
}

function checkDataPaths(c: Compilation, exists: (path: readonly string[]) => boolean): void {
	const below = (node: RuleNode, path: readonly string[]): void => {
		for (const child of node.sorted()) {
			if (typeof child.key !== "string") continue;
			const here = [...path, child.key];
			const first = child.rules[0];
			if (first !== undefined && exists(here)) {
				const message = `conflicting rule for data path ${here.join("/")} found`;
				c.fail("rego_compile_error", message, first.module.source, first.rule.start);
				continue;
			}
			below(child, here);
		}
	};
	const data = c.tree.children.get("data");
	if (data !== undefined) below(data, []);
}

/** A rule's path must not also be a package. */
function checkPackageConflicts(c: Compilation): void {
	if (c.modules.length < 2) return;
	const packages = new Map<string, Compilation["modules"][number][]>();
	for (const m of c.modules) {
		const path = showPath(m.packagePath);
		const known = packages.get(path);
		if (known === undefined) packages.set(path, [m]);
		else known.push(m);
	}
	for (const m of c.modules) {
		for (const r of m.rules) {
			if (!r.isGround) continue;
			for (const other of packages.get(showPath(r.path)) ?? []) {
				if (other === m) continue;
				const message = `package ${showPath(other.packagePath.slice(1))} conflicts with rule ${showPath(r.head.ref.terms)} defined at ${placeOf(r)}`;
				c.fail("rego_type_error", message, m.source, m.module.package.start);
			}
		}
	}
}
