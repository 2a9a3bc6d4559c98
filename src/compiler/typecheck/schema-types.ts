/**
 * The type of the documents a JSON schema describes. Only what types can say is looked at: `type`,
 * `properties`, `items`, `anyOf`, `allOf`, `$ref`; what OPA makes of each is followed. An object with
 * `properties` has no others, whatever `additionalProperties` says.
 */

import { at } from "../../at.ts";
import { Failure } from "../../builtins/failure.ts";
import { parseJsonSchema, type SubSchema } from "../../builtins/json-schema/schema.ts";
import { union } from "../../value/type-algebra.ts";
import {
	anyType,
	arrayOf,
	booleanType,
	mapOf,
	numberType,
	objectOf,
	type RecursiveType,
	stringType,
	type Type,
	tuple,
	unknownType,
} from "../../value/types.ts";
import type { Value } from "../../value/value.ts";

/** Throws Failure where the schema is wrong. */
export function schemaType(schema: Value): Type {
	let parsed: SubSchema;
	try {
		parsed = parseJsonSchema(schema);
	} catch (e) {
		if (e instanceof Failure) throw new Failure(`unable to compile the schema: ${e.message}`);
		throw e;
	}
	try {
		return new SchemaTypes().type(parsed);
	} catch (e) {
		if (e instanceof Failure) throw new Failure(`type checking: ${e.message}`);
		throw e;
	}
}

/** A definition that is being read, or has been. */
interface Definition {
	type: Type | undefined;
	/** Stands for the type inside of it. */
	recursive: RecursiveType | undefined;
}

class SchemaTypes {
	readonly #definitions: Map<string, Definition> = new Map();

	type(s: SubSchema): Type {
		if (s.ref === undefined) return this.#described(s);
		const name = s.refText;
		const known = this.#definitions.get(name);
		if (known !== undefined) {
			if (known.type !== undefined) return known.type;
			known.recursive ??= { kind: "recursive", name, type: anyType };
			return known.recursive;
		}
		// A reference to a reference is read under the innermost name.
		if (s.ref.ref !== undefined) return this.type(s.ref);
		const definition: Definition = { type: undefined, recursive: undefined };
		this.#definitions.set(name, definition);
		const type = this.#described(s.ref);
		definition.type = type;
		if (definition.recursive !== undefined) definition.recursive.type = type;
		return type;
	}

	#described(s: SubSchema): Type {
		if (s.anyOf.length > 0) return this.#anyOf(s);
		if (s.allOf.length > 0) return this.#allOf(s);
		const types = s.types;
		if (types.includes("boolean")) return booleanType;
		if (types.includes("string")) return stringType;
		if (types.includes("integer") || types.includes("number")) return numberType;
		if (types.includes("object") || (types.length === 0 && s.properties.length > 0)) {
			if (s.properties.length === 0) return mapOf(anyType, anyType);
			return objectOf(s.properties.map((p) => ({ key: p.property, value: this.type(p) })));
		}
		if (types.includes("array") || (types.length === 0 && s.items.length > 0)) {
			if (s.items.length === 0) return arrayOf(anyType);
			return s.itemsSingle ? arrayOf(this.type(at(s.items, 0))) : tuple(s.items.map((i) => this.type(i)));
		}
		return anyType;
	}

	#anyOf(s: SubSchema): Type {
		let out: Type = unknownType;
		if (s.types.length > 0) {
			const core = this.#described({ ...s, anyOf: [] });
			// What else is said counts only where it names properties.
			if (core.kind === "object" && core.dynamic === undefined) out = core;
		}
		for (const member of s.anyOf) out = union(this.type(member), out);
		return out;
	}

	#allOf(s: SubSchema): Type {
		const parts: SubSchema[] = [];
		for (const member of s.allOf) {
			let part = member;
			while (part.ref !== undefined) part = part.ref;
			const onlyAnyOf = part.types.length === 0 && part.properties.length === 0 && part.items.length === 0;
			if (!(onlyAnyOf && part.anyOf.length > 0)) parts.push(part);
		}
		if (parts.length === 0) return anyType;
		const merged = mergeSchemas(parts);
		if (s.types.length === 0) return this.#described(merged);
		const both = (t: string): boolean => s.types.includes(t) && merged.types.includes(t);
		if (both("object") || both("array")) return this.#described(mergeSchemas([merged, { ...s, allOf: [] }]));
		if (typesText(s) !== typesText(merged)) throw new Failure("unable to merge these schemas");
		return this.#described(merged);
	}
}

/** One schema saying what all of them say of properties and items. */
function mergeSchemas(parts: readonly SubSchema[]): SubSchema {
	const schemas = parts.map(withImpliedType);
	const first = at(schemas, 0);
	const properties = [...first.properties];
	const items = [...first.items];
	for (const s of schemas.slice(1)) {
		const have = typesText(first);
		const other = typesText(s);
		if (have !== other) throw new Failure(`unable to merge these schemas: type mismatch: ${have} and ${other}`);
		if (first.types.includes("object") && properties.length > 0 && s.properties.length > 0) {
			properties.push(...s.properties);
		} else if (first.types.includes("array") && items.length > 0 && s.items.length > 0) {
			s.items.forEach((item, i) => {
				items[i] ??= item;
				if (typesText(at(items, i)) !== typesText(item)) throw new Failure("unable to merge these schemas");
			});
		}
	}
	return { ...first, properties, items };
}

function withImpliedType(s: SubSchema): SubSchema {
	const implied = s.properties.length > 0 ? "object" : s.items.length > 0 ? "array" : undefined;
	return implied === undefined || s.types.includes(implied) ? s : { ...s, types: [...s.types, implied] };
}

function typesText({ types }: SubSchema): string {
	return types.length === 0 ? "undefined" : types.length === 1 ? at(types, 0) : `[${types.join(",")}]`;
}
