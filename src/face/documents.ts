/** Which documents there are: rules and packages of a plan, and base data. A path that is none of them is a typing error. */

import { RegoError } from "../errors.ts";
import type { TreeNode } from "../plan/plan.ts";
import { type DocumentTree, nodeAt, ruleAt } from "../plan/rule-at.ts";
import { isPlainObject, type PlainObject, type Value } from "../value/value.ts";
import { nearest } from "./suggest.ts";

/** `data.a["b-c"]`. */
export function pathText(names: readonly string[]): string {
	return `data${names.map((n) => (/^[A-Za-z_][A-Za-z0-9_]*$/.test(n) ? `.${n}` : `[${JSON.stringify(n)}]`)).join("")}`;
}

/** Rules, as many as are worth showing. */
export function rulePaths(tree: TreeNode): readonly string[] {
	const found: string[] = [];
	const visit = (node: TreeNode, path: readonly string[]): void => {
		if (found.length > 1000) return;
		if (node.rule !== undefined) found.push(pathText(path));
		for (const [key, child] of node.children ?? []) if (typeof key === "string") visit(child, [...path, key]);
	};
	visit(tree, []);
	return found;
}

/** Throws RegoError unless the path is, or lies in, a rule, a package or base data. */
export function requireDocument(names: readonly string[], plan: DocumentTree, data: PlainObject): void {
	const node = nodeAt(plan, names);
	if (node?.rule !== undefined || node?.children !== undefined || inData(names, data)) return;
	for (let n = 1; n < names.length; n++) if (ruleAt(plan, names.slice(0, n)) !== undefined) return;
	throw unknownDocument(names, plan.tree, data, node !== undefined);
}

function inData(names: readonly string[], data: PlainObject): boolean {
	let v: Value | undefined = data;
	for (const name of names) {
		if (typeof v !== "object" || v === null || !Object.hasOwn(v, name)) return false;
		v = (v as PlainObject)[name];
	}
	return v !== undefined;
}

function unknownDocument(names: readonly string[], tree: TreeNode, data: PlainObject, isFunction: boolean): RegoError {
	const text = pathText(names);
	if (isFunction) {
		const hint = `ask for a rule that calls it, or query("${text}(…)")`;
		return new RegoError("rego_compile_error", `${text} is a function, which has no value: ${hint}`, undefined, {
			hint,
		});
	}
	const meant = meantDocument(names, tree, data);
	const hint = meant === undefined ? "no module defines it" : `did you mean ${meant}?`;
	const reason = `${text} is no rule, package or base document: ${hint}`;
	return new RegoError("rego_compile_error", reason, undefined, { hint });
}

/** Of base data, what there is where the path leaves them. */
function besides(names: readonly string[], data: PlainObject): readonly (readonly string[])[] {
	let at = data;
	for (let n = 0; ; n++) {
		const name = names[n];
		const next: Value | undefined = name !== undefined && Object.hasOwn(at, name) ? at[name] : undefined;
		if (next !== undefined && isPlainObject(next)) at = next;
		else
			return Object.keys(at)
				.slice(0, 1000)
				.map((key) => [...names.slice(0, n), key]);
	}
}

/** The document that was probably meant. */
export function meantDocument(names: readonly string[], tree: TreeNode, data: PlainObject): string | undefined {
	const known: (readonly string[])[] = [];
	const visit = (node: TreeNode, path: readonly string[]): void => {
		// A tree is as large as the policy; what is suggested need not be found in all of a huge one.
		if (known.length > 10_000) return;
		if (path.length > 0 && (node.rule !== undefined || node.children !== undefined)) known.push(path);
		// Paths are of names.
		for (const [key, child] of node.children ?? []) if (typeof key === "string") visit(child, [...path, key]);
	};
	visit(tree, []);
	for (const path of besides(names, data)) known.push(path);
	const texts = known.map(pathText);
	const near = nearest(pathText(names), texts);
	if (near !== undefined) return near;
	// The right rule in another package; or the path of a package with a rule's name misspelt.
	const last = names.at(-1);
	const same = known.filter((k) => k.at(-1) === last);
	return same.length === 1 && same[0] !== undefined ? pathText(same[0]) : undefined;
}
