/**
 * GraphQL documents to and from values. Out: the members that begin with a capital, without null,
 * empty lists and empty objects, as OPA shows them. In: by a table of structures, with the leniency
 * and the error texts of Go's JSON decoder (unknown members are ignored, member names match in any
 * case except in selections and operations). What the library would crash on (a null among
 * definitions, a field without a type) is refused here.
 */

import { valueAt } from "../../at.ts";
import { LimitError } from "../../limit-error.ts";
import { objectEntries, setOwn } from "../../value/collections.ts";
import { toJson } from "../../value/json.ts";
import { isArray, isNumber, isObject, isSet, type ObjectValue, type Value } from "../../value/value.ts";
import { Failure } from "../failure.ts";
import type { QueryDocument, SchemaDocument } from "./ast.ts";

// --- out ---------------------------------------------------------------------------------------

/** The value of a document (or any node of one). */
export function documentValue(node: object): ObjectValue {
	const v = prune(node);
	return v !== undefined && isObject(v) ? v : {};
}

function prune(x: unknown): Value | undefined {
	if (typeof x === "string" || typeof x === "boolean" || typeof x === "number") return x;
	if (typeof x !== "object" || x === null) return undefined;
	if (Array.isArray(x)) {
		const items = x.map(prune).filter((v) => v !== undefined);
		return items.length === 0 ? undefined : items;
	}
	const out: { [key: string]: Value } = {};
	let any = false;
	for (const [key, member] of Object.entries(x)) {
		if (!/^[A-Z]/.test(key)) continue;
		const v = prune(member);
		if (v === undefined) continue;
		setOwn(out, key, v);
		any = true;
	}
	return any ? out : undefined;
}

// --- in ----------------------------------------------------------------------------------------

type Shape =
	| { readonly type: "string" | "bool" | "int"; readonly go: string }
	| { readonly type: "list"; readonly of: Shape; readonly go: string }
	| { readonly type: "selections" }
	| { readonly type: "struct"; readonly name: string; readonly required?: boolean };

const text: Shape = { type: "string", go: "string" };
const flag: Shape = { type: "bool", go: "bool" };
const kindNumber: Shape = { type: "int", go: "ast.ValueKind" };
const comment: Shape = { type: "struct", name: "CommentGroup" };

function struct(name: string): Shape {
	return { type: "struct", name };
}

function list(of: Shape, go: string): Shape {
	return { type: "list", of, go };
}

function list1(name: string, go = `ast.${name}List`): Shape {
	return list({ type: "struct", name, required: true }, go);
}

const commented = { BeforeDescriptionComment: comment, AfterDescriptionComment: comment };
const texts = list(text, "[]string");
const directives = list1("Directive");
const typeRef: Shape = { type: "struct", name: "Type", required: true };
const value: Shape = { type: "struct", name: "Value", required: true };
const optionalValue: Shape = { type: "struct", name: "Value" };
const selections: Shape = { type: "selections" };

const structures: Readonly<Record<string, Readonly<Record<string, Shape>>>> = {
	QueryDocument: {
		Operations: list1("OperationDefinition", "ast.OperationList"),
		Fragments: list1("FragmentDefinition"),
		Comment: comment,
	},
	OperationDefinition: {
		Operation: { type: "string", go: "ast.Operation" },
		Name: text,
		VariableDefinitions: list1("VariableDefinition"),
		Directives: directives,
		SelectionSet: selections,
	},
	VariableDefinition: {
		Variable: text,
		Type: typeRef,
		DefaultValue: optionalValue,
		Directives: directives,
		Comment: comment,
		Used: flag,
	},
	FragmentDefinition: {
		Name: text,
		VariableDefinition: list1("VariableDefinition"),
		TypeCondition: text,
		Directives: directives,
		SelectionSet: selections,
	},
	Field: { Alias: text, Name: text, Arguments: list1("Argument"), Directives: directives, SelectionSet: selections },
	FragmentSpread: { Name: text, Directives: directives, Comment: comment },
	InlineFragment: { TypeCondition: text, Directives: directives, SelectionSet: selections },
	Argument: { Name: text, Value: value, Comment: comment },
	Directive: { Name: text, Arguments: list1("Argument"), Location: { type: "string", go: "ast.DirectiveLocation" } },
	Value: {
		Raw: text,
		Children: list1("ChildValue"),
		Kind: kindNumber,
		Comment: comment,
		ExpectedTypeHasDefault: flag,
	},
	ChildValue: { Name: text, Value: value, Comment: comment },
	Type: { NamedType: text, Elem: struct("Type"), NonNull: flag },
	CommentGroup: { List: list1("Comment", "[]*ast.Comment") },
	Comment: { Value: text },
	SchemaDocument: {
		Schema: list1("SchemaDefinition"),
		SchemaExtension: list1("SchemaDefinition"),
		Directives: list1("DirectiveDefinition"),
		Definitions: list1("Definition"),
		Extensions: list1("Definition"),
		Comment: comment,
	},
	SchemaDefinition: {
		Description: text,
		Directives: directives,
		OperationTypes: list1("OperationTypeDefinition"),
		...commented,
		EndOfDefinitionComment: comment,
	},
	OperationTypeDefinition: { Operation: { type: "string", go: "ast.Operation" }, Type: text, Comment: comment },
	Definition: {
		Kind: { type: "string", go: "ast.DefinitionKind" },
		Description: text,
		Name: text,
		Directives: directives,
		Interfaces: texts,
		Fields: list1("FieldDefinition", "ast.FieldList"),
		Types: texts,
		EnumValues: list1("EnumValueDefinition", "ast.EnumValueList"),
		BuiltIn: flag,
		...commented,
		EndOfDefinitionComment: comment,
	},
	FieldDefinition: {
		Description: text,
		Name: text,
		Arguments: list1("ArgumentDefinition"),
		DefaultValue: optionalValue,
		Type: typeRef,
		Directives: directives,
		...commented,
	},
	ArgumentDefinition: {
		Description: text,
		Name: text,
		DefaultValue: optionalValue,
		Type: typeRef,
		Directives: directives,
		...commented,
	},
	EnumValueDefinition: { Description: text, Name: text, Directives: directives, ...commented },
	DirectiveDefinition: {
		Description: text,
		Name: text,
		Arguments: list1("ArgumentDefinition"),
		Locations: list({ type: "string", go: "ast.DirectiveLocation" }, "[]ast.DirectiveLocation"),
		IsRepeatable: flag,
		...commented,
	},
};

/** These decode themselves in the library: member names must match exactly, errors begin anew. */
const selfDecoding: ReadonlySet<string> = new Set([
	"OperationDefinition",
	"FragmentDefinition",
	"Field",
	"InlineFragment",
]);

const kinds: Readonly<Record<string, string>> = {
	OperationDefinition: "operation",
	Field: "field",
	FragmentSpread: "spread",
	InlineFragment: "inline",
};

/** A query document from a value. Throws Failure. */
export function queryFromValue(v: Value): QueryDocument {
	// The table gives every member of the interface, with its type.
	return decodeStruct(v, "QueryDocument", start, 0) as unknown as QueryDocument;
}

/** A schema document from a value. Throws Failure. */
export function schemaFromValue(v: Value): SchemaDocument {
	return decodeStruct(v, "SchemaDocument", start, 0) as unknown as SchemaDocument;
}

/** Where in the Go structures decoding is: for error texts. */
interface Place {
	/** The structure that errors name. */
	readonly struct: string;
	/** Members from the outermost structure on. */
	readonly path: string;
	/** Inside a structure that decodes itself: errors name the one around it. */
	readonly fixed: boolean;
}

const start: Place = { struct: "", path: "", fixed: false };

const maxDepth = 500;

function decode(v: Value | undefined, shape: Shape, at: Place, depth: number): unknown {
	if (depth > maxDepth) throw new LimitError("graphql: document is nested too deeply");
	switch (shape.type) {
		case "string":
			if (v === undefined || v === null) return "";
			return typeof v === "string" ? v : mismatch(v, shape.go, at);
		case "bool":
			if (v === undefined || v === null) return false;
			return typeof v === "boolean" ? v : mismatch(v, shape.go, at);
		case "int":
			if (v === undefined || v === null) return 0;
			if (!isNumber(v)) return mismatch(v, shape.go, at);
			return Number.isInteger(v) ? v : mismatch(v, shape.go, at);
		case "list":
			if (v === undefined || v === null) return [];
			if (!isArray(v) && !isSet(v)) return mismatch(v, shape.go, at);
			return [...v].map((item) => decode(item, shape.of, at, depth + 1));
		case "selections":
			return decodeSelections(v, at, depth);
		case "struct":
			if (v === undefined || v === null) {
				if (shape.required === true) throw new Failure(`incomplete GraphQL document: ${shape.name} is missing`);
				return undefined;
			}
			return decodeStruct(v, shape.name, at, depth);
	}
}

function decodeStruct(v: Value, name: string, at: Place, depth: number): Record<string, unknown> {
	if (!isObject(v)) return mismatch(v, selfDecoding.has(name) ? "map[string]json.RawMessage" : `ast.${name}`, at);
	const shapes = valueAt(structures, name);
	const exact = selfDecoding.has(name);
	const membersByName = new Map<string, Value>();
	for (const [key, item] of objectEntries(v)) {
		// Keys of objects with other keys than strings reach the library as their JSON texts.
		const k = typeof key === "string" ? key : toJson(key);
		membersByName.set(exact ? k : k.toLowerCase(), item);
	}
	const out: Record<string, unknown> = { pos: undefined };
	const kind = kinds[name];
	if (kind !== undefined) out["kind"] = kind;
	if (name === "Definition") out["typePositions"] = [];
	for (const [member, shape] of Object.entries(shapes)) {
		const place = exact
			? { ...at, fixed: true }
			: {
					struct: at.fixed ? at.struct : name,
					path: at.path === "" ? member : `${at.path}.${member}`,
					fixed: at.fixed,
				};
		out[member] = decode(membersByName.get(exact ? member : member.toLowerCase()), shape, place, depth + 1);
	}
	return out;
}

/**
 * Selections carry no mark of their kind. The library takes each for a field when it decodes as one
 * (and almost anything does), then for a fragment spread, then for an inline fragment.
 */
function decodeSelections(v: Value | undefined, at: Place, depth: number): unknown[] {
	if (v === undefined || v === null) return [];
	if (!isArray(v) && !isSet(v)) return mismatch(v, "[]json.RawMessage", at);
	const out: unknown[] = [];
	for (const item of v) {
		for (const name of ["Field", "FragmentSpread", "InlineFragment"]) {
			try {
				out.push(decodeStruct(item ?? {}, name, start, depth + 1));
				break;
			} catch (e) {
				if (!(e instanceof Failure) || depth >= maxDepth) throw e;
			}
		}
	}
	return out;
}

function mismatch(v: Value, go: string, at: Place): never {
	const what =
		typeof v === "string"
			? "string"
			: typeof v === "boolean"
				? "bool"
				: isNumber(v)
					? "number"
					: isObject(v)
						? "object"
						: v === null
							? "null"
							: "array";
	const where = at.path === "" ? "value" : `struct field ${at.struct}.${at.path}`;
	throw new Failure(`json: cannot unmarshal ${what} into Go ${where} of type ${go}`);
}
