/**
 * SetAnnotationSet and RewriteRegoMetadataCalls: annotations by what they are attached to, and
 * `rego.metadata.rule()` and `.chain()` in rules, which become the constants they stand for.
 */

import { formatLocation } from "../../location.ts";
import type { AnnotationSchema, Annotations, Call, Expr, Ref, Term } from "../../parser/ast.ts";
import { call as makeCall, expr as makeExpr, ref as makeRef, termExpr, variable } from "../../parser/ast.ts";
import { ObjectBuilder, objectSize } from "../../value/collections.ts";
import { isObject, type Value } from "../../value/value.ts";
import type { Compilation } from "../compilation.ts";
import type { ModuleState, RuleState } from "../rule-state.ts";
import { callOf, eqName, metadataChainName, metadataRuleName, operatorName } from "../syntax/calls.ts";
import { valueTerm } from "../syntax/constant-value.ts";
import { shownVar } from "../syntax/local-names.ts";
import { rememberReplacedCall } from "../syntax/replaced-calls.ts";
import { replaceInBodies } from "../syntax/rewrite-terms.ts";
import { showPath } from "../syntax/show.ts";

interface Placed {
	readonly annotations: Annotations;
	readonly module: ModuleState;
	/** Path of the rule or package it is attached to. */
	readonly path: readonly Term[];
}

export class AnnotationSet {
	readonly byRule: Map<RuleState, Placed[]> = new Map();
	readonly byPackage: Map<string, Placed> = new Map();
	/** Document and subpackages scopes. */
	readonly byPath: Map<string, Placed> = new Map();
}

/** What check.ts is handed to run these stages. */
export interface MetadataStages {
	annotationSet(c: Compilation): AnnotationSet;
	rewriteMetadataCalls(c: Compilation, set: AnnotationSet): void;
}

export const metadataStages: MetadataStages = { annotationSet, rewriteMetadataCalls };

function annotationSet(c: Compilation): AnnotationSet {
	const set = new AnnotationSet();
	for (const m of c.modules) {
		for (const a of m.module.annotations) add(c, set, m, a);
	}
	return set;
}

function add(c: Compilation, set: AnnotationSet, module: ModuleState, a: Annotations): void {
	const redeclared = (other: Placed): void => {
		const at = formatLocation(other.module.source.location(other.annotations.start));
		c.fail("rego_type_error", `${a.scope} annotation redeclared: ${at}`, module.source, a.start);
	};
	if (a.scope === "package" || a.scope === "subpackages") {
		const placed: Placed = { annotations: a, module, path: module.packagePath };
		const into = a.scope === "package" ? set.byPackage : set.byPath;
		const key = showPath(placed.path);
		const known = into.get(key);
		if (known === undefined) into.set(key, placed);
		else redeclared(known);
		return;
	}
	const rule = module.rules.find((r) => r.rule.start === a.target);
	if (rule === undefined) return;
	const placed: Placed = { annotations: a, module, path: groundPath(rule) };
	if (a.scope === "rule") {
		const list = set.byRule.get(rule);
		if (list === undefined) set.byRule.set(rule, [placed]);
		else list.push(placed);
		return;
	}
	const key = showPath(placed.path);
	const known = set.byPath.get(key);
	if (known === undefined) set.byPath.set(key, placed);
	else redeclared(known);
}

function groundPath(r: RuleState): readonly Term[] {
	return r.path.slice(0, r.prefixLength);
}

function rewriteMetadataCalls(c: Compilation, set: AnnotationSet): void {
	for (const m of c.modules) {
		for (const r of m.all) {
			if (!r.has.metadata) continue;
			const constants = new Map<string, Value>();
			if (c.builtins.has(metadataChainName)) constants.set(metadataChainName, chain(set, r));
			if (c.builtins.has(metadataRuleName)) constants.set(metadataRuleName, ruleMetadata(set, r));
			const constantOf = (t: Call): Term | undefined => {
				const name = operatorName(t.operator);
				const value = name === undefined ? undefined : constants.get(name);
				if (value === undefined) return undefined;
				const term = valueTerm(value, t.start, t.end);
				c.constants.add(term);
				rememberReplacedCall(term, t);
				return term;
			};
			replaceInBodies(
				c,
				r,
				(t) => (t.kind === "call" && t.args.length === 0 ? constantOf(t) : undefined),
				(e) => wholeCall(e, constantOf),
			);
		}
	}
}

/**
 * A call that is the expression: the constant, or `x = <constant>` for `rego.metadata.rule(x)`. As in
 * OPA, a `not` or `with` of that expression goes with the call.
 */
function wholeCall(e: Expr, constantOf: (t: Call) => Term | undefined): Expr | undefined {
	const t = callOf(e);
	const value = t === undefined ? undefined : constantOf(t);
	if (t === undefined || value === undefined) return undefined;
	const { start, end } = t;
	const result = t.args[0];
	if (result === undefined) return makeExpr(termExpr(value), false, [], e.start, e.end);
	const operator: Ref = makeRef([variable(eqName, start, end)], start, end);
	return makeExpr(termExpr(makeCall(operator, [result, value], true, start, end)), false, [], e.start, e.end);
}

function ruleMetadata(set: AnnotationSet, r: RuleState): Value {
	const placed = set.byRule.get(r) ?? [];
	const first = [...placed].sort((a, b) => a.annotations.start - b.annotations.start)[0];
	return first === undefined ? {} : annotationsValue(first.annotations);
}

/** From the rule outwards: its own annotations, the document's, the package's, those of packages above. */
function chain(set: AnnotationSet, r: RuleState): Value {
	const own = [...(set.byRule.get(r) ?? [])].sort((a, b) => b.annotations.start - a.annotations.start);
	const path = groundPath(r);
	const out: Value[] = own.map(link);
	if (own.length === 0) out.push({ path: pathValue(path) });
	const document = set.byPath.get(showPath(path));
	if (document !== undefined) out.push(link(document));
	const packagePath = r.module.packagePath;
	const pkg = set.byPackage.get(showPath(packagePath));
	if (pkg !== undefined) out.push(link(pkg));
	for (let n = packagePath.length; n > 0; n--) {
		const above = set.byPath.get(showPath(packagePath.slice(0, n)));
		if (above !== undefined) out.push(link(above));
	}
	return out;
}

function link(p: Placed): Value {
	return { path: pathValue(p.path), annotations: annotationsValue(p.annotations) };
}

function pathValue(path: readonly Term[]): Value {
	return path.slice(1).map((t) => (t.kind === "scalar" && typeof t.value === "string" ? t.value : showPath([t])));
}

/** Annotations as `rego.metadata` shows them: what is empty is left out. */
export function annotationsValue(a: Annotations): Value {
	const out = new ObjectBuilder();
	out.set("scope", a.scope);
	if (a.title !== "") out.set("title", a.title);
	if (a.entrypoint) out.set("entrypoint", true);
	if (a.description !== "") out.set("description", a.description);
	if (a.organizations.length > 0) out.set("organizations", a.organizations);
	if (a.relatedResources.length > 0) {
		const resources = a.relatedResources.map((r) =>
			withoutEmpty([
				["ref", r.ref],
				["description", r.description],
			]),
		);
		out.set("related_resources", resources);
	}
	if (a.authors.length > 0) {
		out.set(
			"authors",
			a.authors.map((x) =>
				withoutEmpty([
					["name", x.name],
					["email", x.email],
				]),
			),
		);
	}
	if (a.schemas.length > 0) out.set("schemas", a.schemas.map(schemaValue));
	if (a.custom !== undefined && isObject(a.custom) && objectSize(a.custom) > 0) out.set("custom", a.custom);
	if (a.labels.length > 0) {
		const labels = new ObjectBuilder();
		for (const [k, v] of a.labels) labels.set(k, v);
		out.set("labels", labels.finish());
	}
	return out.finish();
}

function withoutEmpty(entries: readonly (readonly [string, string])[]): Value {
	const out = new ObjectBuilder();
	for (const [k, v] of entries) if (v !== "") out.set(k, v);
	return out.finish();
}

function schemaValue(s: AnnotationSchema): Value {
	const names = (r: Ref): Value =>
		r.terms.map((t) => (t.kind === "var" ? shownVar(t.name) : t.kind === "scalar" ? t.value : showPath([t])));
	const out = new ObjectBuilder();
	out.set("path", names(s.path));
	if (s.schema !== undefined) out.set("schema", names(s.schema));
	if (s.definition !== undefined) out.set("definition", s.definition);
	return out.finish();
}
