/** Annotations as `rego inspect -a` shows them. */

import { valueAt } from "../at.ts";
import { annotationsValue } from "../compiler/stages/metadata.ts";
import { type Annotations, type Module, type Ref, type Rule, scalar } from "../parser/ast.ts";
import { printRef } from "../parser/print.ts";
import { plainKeys } from "../value/collections.ts";
import { toJson } from "../value/json.ts";
import { type JsonNode, leaf, locationNode, record } from "../value/ordered-json.ts";
import { isPlainObject } from "../value/value.ts";
import { refNode } from "./ref-json.ts";

export interface PlacedAnnotation {
	readonly annotations: Annotations;
	readonly module: Module;
	readonly rule: Rule | undefined;
	readonly path: Ref;
}

/** By path, then in the order they are written. */
export function placedAnnotations(modules: readonly Module[]): readonly PlacedAnnotation[] {
	const placed = modules.flatMap((module) =>
		module.annotations.map((annotations): PlacedAnnotation => {
			const rule = module.rules.find((r) => r.start === annotations.target);
			const { path } = module.package;
			if (rule === undefined) return { annotations, module, rule, path };
			const [name, ...rest] = rule.head.ref.terms;
			const own = name?.kind === "var" ? [scalar(name.name, name.start, name.end), ...rest] : rest;
			const end = own.findIndex((t) => t.kind !== "scalar");
			const terms = [...path.terms, ...(end < 0 ? own : own.slice(0, end))];
			return { annotations, module, rule, path: { ...path, terms } };
		}),
	);
	return placed.sort((a, b) => {
		const [x, y] = [printRef(a.path), printRef(b.path)];
		const depth = a.path.terms.length - b.path.terms.length;
		return depth !== 0 ? depth : x === y ? a.annotations.target - b.annotations.target : x < y ? -1 : 1;
	});
}

export function annotationNodes(placed: readonly PlacedAnnotation[]): readonly JsonNode[] {
	return placed.map(({ annotations, module, path }) => {
		const at = module.source.location(annotations.target);
		return record([
			["annotations", membersNode(annotations)],
			["location", locationNode(at)],
			["path", refNode(path)],
		]);
	});
}

function membersNode(a: Annotations): JsonNode {
	const value = annotationsValue(a);
	const schemas = a.schemas.map((s) =>
		record([
			["path", refNode(s.path)],
			["schema", s.schema && refNode(s.schema)],
			["definition", s.definition === undefined ? undefined : leaf(s.definition)],
		]),
	);
	if (!isPlainObject(value)) return leaf(value);
	return record(
		plainKeys(value).map((k): [string, JsonNode] => [k, k === "schemas" ? { list: schemas } : leaf(valueAt(value, k))]),
	);
}

export function annotationText({ annotations: a, module, rule, path }: PlacedAnnotation): string {
	const title = a.title !== "" ? a.title : printRef(path).replace(/^data\./, "");
	const at = module.source.location(a.target);
	const facts = [`Package:  ${printRef(module.package.path).replace(/^data\./, "")}`];
	if (rule !== undefined) facts.push(`Rule:     ${printRef(rule.head.ref)}`);
	facts.push(`Location: ${at.file}:${at.row}`, `Scope: ${a.scope}`);
	if (a.entrypoint) facts.push("Entrypoint: true");
	const sections = [`${title}\n${"=".repeat(title.length)}`];
	if (a.description !== "") sections.push(a.description);
	sections.push(facts.join("\n"));
	const section = (name: string, lines: readonly string[]): void => {
		if (lines.length > 0) sections.push(`${name}:\n${lines.map((l) => ` ${l}`).join("\n")}`);
	};
	section("Organizations", a.organizations);
	section(
		"Authors",
		a.authors.map(({ name, email }) => [name, email === "" ? "" : `<${email}>`].filter((x) => x !== "").join(" ")),
	);
	section(
		"Schemas",
		aligned(
			a.schemas.map((s) => [
				printRef(s.path),
				s.schema === undefined ? toJson(s.definition ?? null) : printRef(s.schema),
			]),
		),
	);
	section(
		"Related Resources",
		a.relatedResources.map(({ ref, description }) => (description === "" ? ref : `${ref}  ${description}`)),
	);
	const { custom } = a;
	if (custom !== undefined && isPlainObject(custom)) {
		section("Custom", aligned(plainKeys(custom).map((k) => [k, toJson(valueAt(custom, k))])));
	}
	return `${sections.join("\n\n")}\n\n`;
}

function aligned(rows: readonly (readonly [string, string])[]): readonly string[] {
	const width = Math.max(0, ...rows.map(([name]) => name.length));
	return rows.map(([name, text]) => `${`${name}:`.padEnd(width + 1)} ${text}`);
}
