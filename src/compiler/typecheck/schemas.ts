/**
 * JSON schemas for the type checker: the schemas given by the user, of which one may be that of the
 * input document, and the `schemas` annotations that say which documents they describe and for which
 * rules.
 */

import { at } from "../../at.ts";
import { Failure } from "../../builtins/failure.ts";
import { RegoError } from "../../errors.ts";
import type { AnnotationSchema, Annotations, Module, Rule, Term } from "../../parser/ast.ts";
import { printRef } from "../../parser/print.ts";
import { compare } from "../../value/compare.ts";
import { unrolled } from "../../value/type-algebra.ts";
import { anyType, type Dynamic, objectOf, type Property, type Type, unknownType } from "../../value/types.ts";
import type { Value } from "../../value/value.ts";
import type { CheckedModuleSet, CheckedRule } from "../checked.ts";
import { constantValue } from "../syntax/constant-value.ts";
import { TypeNode } from "./documents.ts";
import { schemaType } from "./schema-types.ts";
import type { Names, Scope } from "./scope.ts";

/**
 * Schemas by the names annotations use: `schema` for the one that describes `input` everywhere,
 * `schema.acl`, `schema.lib["user-id"]` … for others.
 */
export type SchemaSet = ReadonlyMap<string, Value>;

/** What the type checker is handed to read schemas: most policies have none, and the reader is large. */
export interface SchemaTypes {
	inputType(schemas: SchemaSet): Type | RegoError | undefined;
	annotations(set: CheckedModuleSet, schemas: SchemaSet | undefined): Pick<SchemaAnnotations, "documents">;
}

export const schemaTypes: SchemaTypes = {
	inputType,
	annotations: (set, schemas) => new SchemaAnnotations(set, schemas),
};

/** Type of the input document; an error where its schema is wrong. */
function inputType(schemas: SchemaSet): Type | RegoError | undefined {
	const schema = schemas.get("schema");
	if (schema === undefined) return undefined;
	try {
		return schemaType(schema);
	} catch (e) {
		if (e instanceof Failure) return new RegoError("rego_type_error", e.message);
		throw e;
	}
}

const anything: Dynamic = { key: anyType, value: anyType };

class SchemaAnnotations {
	readonly #schemas: SchemaSet | undefined;
	readonly #byRule: Map<CheckedRule["rule"], readonly Annotations[]> = new Map();
	readonly #byPackage: Map<string, Annotations> = new Map();
	/** Annotations of documents, and of packages with those below them. */
	readonly #byPath: Map<string, Annotations> = new Map();
	readonly #types: Map<string, Type> = new Map();
	readonly #any: boolean;

	constructor(set: CheckedModuleSet, schemas: SchemaSet | undefined) {
		this.#schemas = schemas;
		this.#any = set.modules.some((m) => m.annotations.some((a) => a.schemas.length > 0));
		if (!this.#any) return;
		for (const m of set.modules) for (const a of m.annotations) this.#add(m, a);
	}

	#add(m: Module, a: Annotations): void {
		if (a.scope === "package") this.#byPackage.set(printRef(m.package.path), a);
		else if (a.scope === "subpackages") this.#byPath.set(printRef(m.package.path), a);
		else {
			const rule = m.rules.find((r) => r.start === a.target);
			if (rule === undefined) return;
			if (a.scope === "rule") this.#byRule.set(rule, [...(this.#byRule.get(rule) ?? []), a]);
			else {
				const name = at(rule.head.ref.terms, 0);
				const first: Term = name.kind === "var" ? { ...name, kind: "scalar", value: name.name } : name;
				const terms = [...m.package.path.terms, first, ...rule.head.ref.terms.slice(1)];
				this.#byPath.set(printRef({ ...m.package.path, terms: groundPrefix(terms) }), a);
			}
		}
	}

	/** From the outermost to the rule's own. */
	#of({ rule, module, ref }: CheckedRule, branch: Rule): AnnotationSchema[] {
		const path = module.package.path;
		const found: (Annotations | undefined)[] = path.terms.map((_, i) =>
			this.#byPath.get(printRef({ ...path, terms: path.terms.slice(0, i + 1) })),
		);
		found.push(this.#byPackage.get(printRef(path)));
		found.push(this.#byPath.get(printRef({ ...ref, terms: groundPrefix(ref.terms) })));
		// An `else` is a rule of its own for them.
		if (branch === rule) found.push(...(this.#byRule.get(rule) ?? []));
		return found.flatMap((a) => a?.schemas ?? []);
	}

	/** Documents as the rule's annotations describe them, undefined if none do; reports wrong schemas. */
	documents(
		r: CheckedRule,
		branch: Rule,
		names: Names,
		base: Scope,
		report: (e: RegoError) => void,
	): TypeNode | undefined {
		if (!this.#any) return undefined;
		let tree: TypeNode | undefined;
		for (const s of this.#of(r, branch)) {
			try {
				const type = this.#typeOf(s);
				if (type === undefined) continue;
				tree ??= new TypeNode(undefined);
				describe(tree, base.body(tree), names, s.path.terms, type);
			} catch (e) {
				if (!(e instanceof Failure)) throw e;
				report(new RegoError("rego_type_error", e.message, r.module.source.location(branch.start)));
			}
		}
		return tree;
	}

	#typeOf({ schema, definition }: AnnotationSchema): Type | undefined {
		if (schema === undefined) return definition === undefined ? undefined : schemaType(definition);
		if (this.#schemas === undefined) return undefined;
		const name = printRef(schema);
		const known = this.#types.get(name);
		if (known !== undefined) return known;
		const text = this.#schemas.get(name);
		if (text === undefined) throw new Failure(`undefined schema: ${name}`);
		const type = schemaType(text);
		this.#types.set(name, type);
		return type;
	}
}

function groundPrefix(terms: readonly Term[]): readonly Term[] {
	const end = terms.findIndex((t, i) => i > 0 && t.kind !== "scalar");
	return end < 0 ? terms : terms.slice(0, end);
}

/** Puts a type at a path; what is known of the document around it is kept. */
function describe(tree: TypeNode, scope: Scope, names: Names, path: readonly Term[], type: Type): void {
	const length = Math.max(1, path.length - 1);
	for (let n = 1; n <= length; n++) {
		const known = names.reference(scope, path.slice(0, n));
		if (known === unknownType) continue;
		if (n === path.length) break;
		tree.put(path.slice(0, n), overridden(path.slice(n), known, type));
		return;
	}
	tree.put(path, type);
}

/** The type with that of what is at a path replaced. */
function overridden(path: readonly Term[], known: Type, type: Type): Type {
	const t = unrolled(known);
	const key = constantValue(at(path, 0));
	if (key === undefined) throw new Failure("error getting key from value");
	if (t.kind !== "object") return nested(path, type, anything);
	let found = false;
	const props = t.props.map((p): Property => {
		if (compare(p.key, key) !== 0) return p;
		found = true;
		return { key, value: path.length === 1 ? type : overridden(path.slice(1), p.value, type) };
	});
	if (!found) props.push({ key, value: path.length === 1 ? type : nested(path.slice(1), type, t.dynamic) });
	return objectOf(props, t.dynamic);
}

function nested(path: readonly Term[], type: Type, dynamic: Dynamic | undefined): Type {
	const [first, ...rest] = path;
	const key = first === undefined ? undefined : constantValue(first);
	if (key === undefined) return type;
	return objectOf([{ key, value: rest.length === 0 ? type : nested(rest, type, dynamic) }], dynamic);
}
