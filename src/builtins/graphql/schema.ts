/**
 * From a schema document to a Schema that queries can be checked against: the prelude is added,
 * extensions are merged into copies of their types, and the rules of the specification are enforced.
 * The first violation is thrown, in the words and the order of the library OPA uses.
 */

import { at, got } from "../../at.ts";
import { quoteGo } from "../../value/term-text.ts";
import {
	type ArgumentDefinition,
	byName,
	type Definition,
	type Directive,
	type DirectiveDefinition,
	type FieldDefinition,
	isCompatible,
	isInput,
	literalKind,
	type Schema,
	type SchemaDefinition,
	type SchemaDocument,
	type TypeRef,
	typeName,
	typeText,
} from "./ast.ts";
import { type Position, schemaError } from "./error.ts";
import { preludeSchema } from "./prelude.ts";

/** Directives a schema may declare again; the last declaration counts. */
const builtinDirectives: ReadonlySet<string> = new Set([
	"include",
	"skip",
	"deprecated",
	"specifiedBy",
	"defer",
	"oneOf",
]);

/** Throws GraphqlError. */
export function makeSchema(doc: SchemaDocument): Schema {
	const schema: Schema = {
		query: undefined,
		mutation: undefined,
		subscription: undefined,
		types: new Map(),
		directives: new Map(),
		possibleTypes: new Map(),
	};
	const prelude = preludeSchema();
	for (const def of [...prelude.Definitions, ...doc.Definitions]) {
		if (schema.types.has(def.Name)) throw schemaError(def.pos, `Cannot redeclare type ${def.Name}.`);
		schema.types.set(def.Name, copyDefinition(def));
	}
	for (const ext of doc.Extensions) extend(schema, ext);
	collectPossibleTypes(schema);
	for (const d of [...prelude.Directives, ...doc.Directives]) {
		if (schema.directives.has(d.Name) && !builtinDirectives.has(d.Name)) {
			throw schemaError(d.pos, `Cannot redeclare directive ${d.Name}.`);
		}
		schema.directives.set(d.Name, d);
	}
	const second = doc.Schema[1];
	if (second !== undefined) {
		throw schemaError(second.pos, "Cannot have multiple schema entry points, consider schema extensions instead.");
	}
	for (const s of [...doc.Schema, ...doc.SchemaExtension]) applySchemaDefinition(schema, s);
	for (const name of [...schema.types.keys()].sort(compareText)) checkType(schema, got(schema.types, name));
	for (const name of [...schema.directives.keys()].sort(compareText)) {
		const d = got(schema.directives, name);
		checkName(d.pos, d.Name);
		checkArguments(schema, d.Arguments, d);
	}
	if (doc.Schema.length === 0) {
		schema.query ??= schema.types.get("Query");
		schema.mutation ??= schema.types.get("Mutation");
		schema.subscription ??= schema.types.get("Subscription");
	}
	if (schema.query !== undefined) schema.query.Fields.push(...introspectionFields());
	return schema;
}

/** Names are ASCII wherever they were parsed; in decoded documents any order will do. */
function compareText(a: string, b: string): number {
	return a < b ? -1 : a > b ? 1 : 0;
}

function copyDefinition(d: Definition): Definition {
	return {
		...d,
		Directives: [...d.Directives],
		Interfaces: [...d.Interfaces],
		Fields: [...d.Fields],
		Types: [...d.Types],
		EnumValues: [...d.EnumValues],
		typePositions: [...d.typePositions],
	};
}

function extend(schema: Schema, ext: Definition): void {
	const def = schema.types.get(ext.Name);
	if (def === undefined) {
		schema.types.set(ext.Name, { ...copyDefinition(ext), BuiltIn: false });
		return;
	}
	if (def.Kind !== ext.Kind) {
		throw schemaError(
			ext.pos,
			`Cannot extend type ${ext.Name} because the base type is a ${def.Kind}, not ${ext.Kind}.`,
		);
	}
	def.Directives.push(...ext.Directives);
	def.Interfaces.push(...ext.Interfaces);
	def.Fields.push(...ext.Fields);
	def.Types.push(...ext.Types);
	def.typePositions.push(...ext.typePositions);
	def.EnumValues.push(...ext.EnumValues);
}

function collectPossibleTypes(schema: Schema): void {
	const add = (name: string, def: Definition | undefined): void => {
		if (def === undefined) return;
		const list = schema.possibleTypes.get(name);
		if (list === undefined) schema.possibleTypes.set(name, [def]);
		else list.push(def);
	};
	for (const def of schema.types.values()) {
		if (def.Kind === "UNION") for (const t of def.Types) add(def.Name, schema.types.get(t));
		else if (def.Kind === "INPUT_OBJECT" || def.Kind === "OBJECT" || def.Kind === "INTERFACE") {
			for (const i of def.Interfaces) add(i, def);
			if (def.Kind !== "INTERFACE") add(def.Name, def);
		}
	}
}

function applySchemaDefinition(schema: Schema, s: SchemaDefinition): void {
	for (const entry of s.OperationTypes) {
		const def = schema.types.get(entry.Type);
		if (def === undefined) {
			throw schemaError(
				entry.pos,
				`Schema root ${entry.Operation} refers to a type ${entry.Type} that does not exist.`,
			);
		}
		if (entry.Operation === "query") schema.query = def;
		else if (entry.Operation === "mutation") schema.mutation = def;
		else if (entry.Operation === "subscription") schema.subscription = def;
	}
	checkDirectives(schema, s.Directives, "SCHEMA", undefined, true);
}

function introspectionFields(): FieldDefinition[] {
	const named = (NamedType: string, NonNull: boolean): TypeRef => ({
		NamedType,
		NonNull,
		Elem: undefined,
		pos: undefined,
	});
	const common = {
		Description: "",
		DefaultValue: undefined,
		Directives: [],
		BeforeDescriptionComment: undefined,
		AfterDescriptionComment: undefined,
		pos: undefined,
	};
	const nameArgument: ArgumentDefinition = { ...common, Name: "name", Type: named("String", true) };
	return [
		{ ...common, Name: "__schema", Arguments: [], Type: named("__Schema", true) },
		{ ...common, Name: "__type", Arguments: [nameArgument], Type: named("__Type", false) },
	];
}

// --- checks ------------------------------------------------------------------------------------

function checkName(pos: Position | undefined, name: string): void {
	if (name.startsWith("__")) {
		throw schemaError(pos, `Name "${name}" must not begin with "__", which is reserved by GraphQL introspection.`);
	}
}

function checkTypeExists(schema: Schema, t: TypeRef): void {
	const name = typeName(t);
	if (!schema.types.has(name)) throw schemaError(t.pos, `Undefined type ${name}.`);
}

function checkType(schema: Schema, def: Definition): void {
	for (const f of def.Fields) {
		checkName(f.pos, f.Name);
		checkTypeExists(schema, f.Type);
		checkArguments(schema, f.Arguments, undefined);
		const location = def.Kind === "INPUT_OBJECT" ? "INPUT_FIELD_DEFINITION" : "FIELD_DEFINITION";
		checkDirectives(schema, f.Directives, location, undefined, true);
	}
	for (const name of def.Types) {
		const t = schema.types.get(name);
		if (t === undefined) throw schemaError(def.pos, `Undefined type ${quoteGo(name)}.`);
		if (t.Kind !== "OBJECT") throw schemaError(def.pos, `${def.Kind} type ${quoteGo(name)} must be OBJECT.`);
	}
	for (const name of def.Interfaces) checkImplements(schema, def, name);
	checkMembers(schema, def);
	checkUnique(def);
	if (!def.BuiltIn) checkName(def.pos, def.Name);
	// Directives of the type and of its extensions stand at different places, so repeats are fine.
	checkDirectives(schema, def.Directives, def.Kind, undefined, false);
}

const outputKinds = ["SCALAR", "OBJECT", "INTERFACE", "UNION", "ENUM"];
const inputKinds = ["SCALAR", "ENUM", "INPUT_OBJECT"];

function checkMembers(schema: Schema, def: Definition): void {
	switch (def.Kind) {
		case "OBJECT":
		case "INTERFACE":
			if (def.Fields.length === 0) {
				throw schemaError(def.pos, `${def.Kind} ${def.Name}: must define one or more fields.`);
			}
			for (const f of def.Fields) {
				const t = schema.types.get(typeName(f.Type));
				if (t !== undefined && !outputKinds.includes(t.Kind)) {
					throw schemaError(f.pos, `${def.Kind} ${def.Name}: field must be one of ${outputKinds.join(", ")}.`);
				}
			}
			break;
		case "ENUM":
			if (def.EnumValues.length === 0) {
				throw schemaError(def.pos, `${def.Kind} ${def.Name}: must define one or more unique enum values.`);
			}
			for (const v of def.EnumValues) {
				if (v.Name === "true" || v.Name === "false" || v.Name === "null") {
					throw schemaError(def.pos, `${def.Kind} ${def.Name}: non-enum value ${v.Name}.`);
				}
				checkDirectives(schema, v.Directives, "ENUM_VALUE", undefined, true);
			}
			break;
		case "INPUT_OBJECT":
			if (def.Fields.length === 0) {
				throw schemaError(def.pos, `${def.Kind} ${def.Name}: must define one or more input fields.`);
			}
			for (const f of def.Fields) {
				const t = schema.types.get(typeName(f.Type));
				if (t !== undefined && !inputKinds.includes(t.Kind)) {
					throw schemaError(f.pos, `${t.Kind} ${f.Name}: field must be one of ${inputKinds.join(", ")}.`);
				}
			}
			break;
		default:
	}
}

function checkUnique(def: Definition): void {
	const field = firstRepeat(def.Fields.map((f) => f.Name));
	if (field >= 0) {
		const f = at(def.Fields, field);
		throw schemaError(f.pos, `Field ${def.Name}.${f.Name} can only be defined once.`);
	}
	const value = firstRepeat(def.EnumValues.map((v) => v.Name));
	if (value >= 0) {
		const v = def.EnumValues[value];
		throw schemaError(v?.pos, `Enum value ${def.Name}.${v?.Name} can only be defined once.`);
	}
	const member = firstRepeat(def.Types);
	if (member >= 0) {
		const aligned = def.typePositions.length === def.Types.length;
		const pos = (aligned ? def.typePositions[member] : undefined) ?? def.pos;
		throw schemaError(pos, `Union type ${def.Name} can only include type ${def.Types[member]} once.`);
	}
}

/** Index of the second occurrence of the earliest name that occurs twice, or -1. */
function firstRepeat(names: readonly string[]): number {
	const counts = new Map<string, number>();
	for (const n of names) counts.set(n, (counts.get(n) ?? 0) + 1);
	const first = names.findIndex((n) => got(counts, n) > 1);
	return first < 0 ? -1 : names.indexOf(at(names, first), first + 1);
}

function checkArguments(
	schema: Schema,
	args: readonly ArgumentDefinition[],
	directive: DirectiveDefinition | undefined,
): void {
	for (const a of args) {
		checkName(a.pos, a.Name);
		checkTypeExists(schema, a.Type);
		const def = got(schema.types, typeName(a.Type));
		if (!isInput(def)) {
			throw schemaError(
				a.pos,
				`cannot use ${typeText(a.Type)} as argument ${a.Name} because ${def.Kind} is not a valid input type`,
			);
		}
		checkDirectives(schema, a.Directives, "ARGUMENT_DEFINITION", directive, true);
	}
}

function checkDirectives(
	schema: Schema,
	directives: readonly Directive[],
	location: string,
	inside: DirectiveDefinition | undefined,
	unique: boolean,
): void {
	const seen = new Set<string>();
	for (const d of directives) {
		checkName(d.pos, d.Name);
		if (inside !== undefined && d.Name === inside.Name) {
			throw schemaError(d.pos, `Directive ${inside.Name} cannot refer to itself.`);
		}
		const def = schema.directives.get(d.Name);
		if (def === undefined) throw schemaError(d.pos, `Undefined directive ${d.Name}.`);
		if (unique) {
			if (seen.has(d.Name) && !def.IsRepeatable) {
				throw schemaError(d.pos, `The directive ${d.Name} can only be used once at this location.`);
			}
			seen.add(d.Name);
		}
		if (!def.Locations.includes(location)) {
			throw schemaError(d.pos, `Directive ${d.Name} is not applicable on ${location}.`);
		}
		for (const a of d.Arguments) {
			if (byName(def.Arguments, a.Name) === undefined) {
				throw schemaError(a.pos, `Undefined argument ${a.Name} for directive ${d.Name}.`);
			}
		}
		for (const wanted of def.Arguments) {
			if (!wanted.Type.NonNull || wanted.DefaultValue !== undefined) continue;
			const argument = byName(d.Arguments, wanted.Name);
			if (argument === undefined || argument.Value.Kind === literalKind.null) {
				throw schemaError(d.pos, `Argument ${wanted.Name} for directive ${d.Name} cannot be null.`);
			}
		}
	}
}

function checkImplements(schema: Schema, def: Definition, name: string): void {
	const face = schema.types.get(name);
	if (face === undefined) throw schemaError(def.pos, `Undefined type ${quoteGo(name)}.`);
	if (face.Kind !== "INTERFACE") {
		throw schemaError(def.pos, `${quoteGo(name)} is a non interface type ${face.Kind}.`);
	}
	for (const wanted of face.Fields) {
		const prefix = `For ${def.Name} to implement ${face.Name}`;
		const found = byName(def.Fields, wanted.Name);
		if (found === undefined) throw schemaError(def.pos, `${prefix} it must have a field called ${wanted.Name}.`);
		if (!isCovariant(schema, wanted.Type, found.Type)) {
			throw schemaError(found.pos, `${prefix} the field ${wanted.Name} must have type ${typeText(wanted.Type)}.`);
		}
		for (const a of wanted.Arguments) {
			const same = byName(found.Arguments, a.Name);
			const must = `${prefix} the field ${wanted.Name} must have the same arguments but`;
			if (same === undefined) throw schemaError(found.pos, `${must} it is missing ${a.Name}.`);
			if (!isCompatible(a.Type, same.Type)) throw schemaError(same.pos, `${must} ${a.Name} has the wrong type.`);
		}
		for (const a of found.Arguments) {
			if (byName(wanted.Arguments, a.Name) !== undefined) continue;
			if (a.Type.NonNull && a.DefaultValue === undefined) {
				throw schemaError(
					a.pos,
					`${prefix} any additional arguments on ${found.Name} must be optional or have a default value but ${a.Name} is required.`,
				);
			}
		}
	}
	for (const ancestor of face.Interfaces) {
		if (def.Interfaces.includes(ancestor)) continue;
		if (ancestor === def.Name) {
			throw schemaError(
				def.pos,
				`Type ${def.Name} cannot implement ${name} because it would create a circular reference.`,
			);
		}
		throw schemaError(def.pos, `Type ${def.Name} must implement ${ancestor} because it is implemented by ${name}.`);
	}
}

function isCovariant(schema: Schema, wanted: TypeRef, actual: TypeRef): boolean {
	if (wanted.NonNull && !actual.NonNull) return false;
	if (wanted.NamedType !== "" || wanted.Elem === undefined) {
		if (wanted.NamedType === actual.NamedType) return true;
		return (schema.possibleTypes.get(wanted.NamedType) ?? []).some((t) => t.Name === actual.NamedType);
	}
	return actual.Elem !== undefined && isCovariant(schema, wanted.Elem, actual.Elem);
}
