/**
 * GraphQL documents, in the shape OPA shows them: members that begin with a capital are part of the
 * document's JSON form, the others (`pos`, and what validation finds out) are ours. Strings that
 * were not written are "", lists [].
 */
import type { Position } from "./error.ts";

export interface CommentGroup {
	readonly List: readonly { readonly Value: string }[];
}

export interface QueryDocument {
	readonly Operations: OperationDefinition[];
	readonly Fragments: FragmentDefinition[];
	readonly Comment: CommentGroup | undefined;
}

export interface OperationDefinition {
	readonly kind: "operation";
	readonly Operation: string;
	readonly Name: string;
	readonly VariableDefinitions: VariableDefinition[];
	readonly Directives: Directive[];
	readonly SelectionSet: Selection[];
	readonly Comment: CommentGroup | undefined;
	readonly pos: Position | undefined;
}

export interface VariableDefinition {
	readonly Variable: string;
	readonly Type: TypeRef;
	readonly DefaultValue: Literal | undefined;
	readonly Directives: Directive[];
	readonly Comment: CommentGroup | undefined;
	readonly Used: boolean;
	readonly pos: Position | undefined;
	definition?: Definition | undefined;
	used?: boolean;
}

export interface FragmentDefinition {
	readonly Name: string;
	readonly VariableDefinition: VariableDefinition[];
	readonly TypeCondition: string;
	readonly Directives: Directive[];
	readonly SelectionSet: Selection[];
	readonly Comment: CommentGroup | undefined;
	readonly pos: Position | undefined;
	definition?: Definition | undefined;
}

export type Selection = Field | FragmentSpread | InlineFragment;

export interface Field {
	readonly kind: "field";
	readonly Alias: string;
	readonly Name: string;
	readonly Arguments: Argument[];
	readonly Directives: Directive[];
	readonly SelectionSet: Selection[];
	readonly Comment: CommentGroup | undefined;
	readonly pos: Position | undefined;
	definition?: FieldDefinition | undefined;
	objectDefinition?: Definition | undefined;
}

export interface FragmentSpread {
	readonly kind: "spread";
	readonly Name: string;
	readonly Directives: Directive[];
	readonly Comment: CommentGroup | undefined;
	readonly pos: Position | undefined;
	definition?: FragmentDefinition | undefined;
	objectDefinition?: Definition | undefined;
}

export interface InlineFragment {
	readonly kind: "inline";
	readonly TypeCondition: string;
	readonly Directives: Directive[];
	readonly SelectionSet: Selection[];
	readonly Comment: CommentGroup | undefined;
	readonly pos: Position | undefined;
	objectDefinition?: Definition | undefined;
}

export interface Argument {
	readonly Name: string;
	readonly Value: Literal;
	readonly Comment: CommentGroup | undefined;
	readonly pos: Position | undefined;
}

export interface Directive {
	readonly Name: string;
	readonly Arguments: Argument[];
	readonly Location: string;
	readonly pos: Position | undefined;
	definition?: DirectiveDefinition | undefined;
	location?: string;
}

/** Kinds of literals, numbered as in the JSON form. */
export const literalKind = {
	variable: 0,
	int: 1,
	float: 2,
	string: 3,
	block: 4,
	boolean: 5,
	null: 6,
	enum: 7,
	list: 8,
	object: 9,
} as const;

export interface Literal {
	readonly Raw: string;
	readonly Children: ChildValue[];
	readonly Kind: number;
	readonly Comment: CommentGroup | undefined;
	readonly ExpectedTypeHasDefault: boolean;
	readonly pos: Position | undefined;
	definition?: Definition | undefined;
	variableDefinition?: VariableDefinition | undefined;
	expectedType?: TypeRef | undefined;
	expectedTypeHasDefault?: boolean;
}

export interface ChildValue {
	readonly Name: string;
	readonly Value: Literal;
	readonly Comment: CommentGroup | undefined;
	readonly pos: Position | undefined;
}

export interface TypeRef {
	readonly NamedType: string;
	readonly Elem: TypeRef | undefined;
	readonly NonNull: boolean;
	readonly pos: Position | undefined;
}

// --- schemas -----------------------------------------------------------------------------------

interface Commented {
	readonly BeforeDescriptionComment: CommentGroup | undefined;
	readonly AfterDescriptionComment: CommentGroup | undefined;
}

export interface SchemaDocument {
	readonly Schema: SchemaDefinition[];
	readonly SchemaExtension: SchemaDefinition[];
	readonly Directives: DirectiveDefinition[];
	readonly Definitions: Definition[];
	readonly Extensions: Definition[];
	readonly Comment: CommentGroup | undefined;
}

export interface SchemaDefinition extends Commented {
	readonly Description: string;
	readonly Directives: Directive[];
	readonly OperationTypes: OperationTypeDefinition[];
	readonly EndOfDefinitionComment: CommentGroup | undefined;
	readonly pos: Position | undefined;
}

export interface OperationTypeDefinition {
	readonly Operation: string;
	readonly Type: string;
	readonly Comment: CommentGroup | undefined;
	readonly pos: Position | undefined;
}

export type DefinitionKind = "SCALAR" | "OBJECT" | "INTERFACE" | "UNION" | "ENUM" | "INPUT_OBJECT";

export interface Definition extends Commented {
	/** A DefinitionKind, or anything at all in a document given as an object. */
	readonly Kind: string;
	readonly Description: string;
	readonly Name: string;
	Directives: Directive[];
	Interfaces: string[];
	Fields: FieldDefinition[];
	Types: string[];
	EnumValues: EnumValueDefinition[];
	readonly BuiltIn: boolean;
	readonly EndOfDefinitionComment: CommentGroup | undefined;
	readonly pos: Position | undefined;
	/** Place of each of Types; may be shorter where places are unknown. */
	typePositions: (Position | undefined)[];
}

export interface FieldDefinition extends Commented {
	readonly Description: string;
	readonly Name: string;
	readonly Arguments: ArgumentDefinition[];
	readonly DefaultValue: Literal | undefined;
	readonly Type: TypeRef;
	readonly Directives: Directive[];
	readonly pos: Position | undefined;
}

export interface ArgumentDefinition extends Commented {
	readonly Description: string;
	readonly Name: string;
	readonly DefaultValue: Literal | undefined;
	readonly Type: TypeRef;
	readonly Directives: Directive[];
	readonly pos: Position | undefined;
}

export interface EnumValueDefinition extends Commented {
	readonly Description: string;
	readonly Name: string;
	readonly Directives: Directive[];
	readonly pos: Position | undefined;
}

export interface DirectiveDefinition extends Commented {
	readonly Description: string;
	readonly Name: string;
	readonly Arguments: ArgumentDefinition[];
	readonly Locations: string[];
	readonly IsRepeatable: boolean;
	readonly pos: Position | undefined;
}

/** A schema ready for validating queries. Names are user data, hence Maps. */
export interface Schema {
	query: Definition | undefined;
	mutation: Definition | undefined;
	subscription: Definition | undefined;
	readonly types: Map<string, Definition>;
	readonly directives: Map<string, DirectiveDefinition>;
	readonly possibleTypes: Map<string, Definition[]>;
}

export function byName<T extends { readonly Name: string }>(list: readonly T[], name: string): T | undefined {
	return list.find((x) => x.Name === name);
}

/** The type at the bottom of list brackets. */
export function typeName(t: TypeRef): string {
	let at = t;
	while (at.NamedType === "" && at.Elem !== undefined) at = at.Elem;
	return at.NamedType;
}

export function typeText(t: TypeRef): string {
	const mark = t.NonNull ? "!" : "";
	if (t.NamedType !== "" || t.Elem === undefined) return t.NamedType + mark;
	return `[${typeText(t.Elem)}]${mark}`;
}

export function isLeaf(d: Definition): boolean {
	return d.Kind === "ENUM" || d.Kind === "SCALAR";
}

export function isComposite(d: Definition): boolean {
	return d.Kind === "OBJECT" || d.Kind === "INTERFACE" || d.Kind === "UNION";
}

export function isInput(d: Definition): boolean {
	return d.Kind === "SCALAR" || d.Kind === "ENUM" || d.Kind === "INPUT_OBJECT";
}

/** Whether a value of type t may stand where `other` is wanted. */
export function isCompatible(t: TypeRef, other: TypeRef): boolean {
	if (t.NamedType !== other.NamedType) return false;
	if (t.Elem !== undefined && (other.Elem === undefined || !isCompatible(t.Elem, other.Elem))) return false;
	return !other.NonNull || t.NonNull;
}
