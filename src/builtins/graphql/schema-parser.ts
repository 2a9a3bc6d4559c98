/**
 * Schema documents (SDL) from text: definitions and extensions, not yet checked against each other.
 * Throws GraphqlError at the first error.
 */
import type {
	ArgumentDefinition,
	CommentGroup,
	Definition,
	DefinitionKind,
	DirectiveDefinition,
	EnumValueDefinition,
	FieldDefinition,
	OperationTypeDefinition,
	SchemaDefinition,
	SchemaDocument,
} from "./ast.ts";
import type { Position } from "./error.ts";
import { Parser } from "./parser.ts";

interface Description {
	readonly text: string;
	readonly comment: CommentGroup | undefined;
}

const noDescription: Description = { text: "", comment: undefined };

const definitionKinds: ReadonlyMap<string, DefinitionKind> = new Map([
	["scalar", "SCALAR"],
	["type", "OBJECT"],
	["interface", "INTERFACE"],
	["union", "UNION"],
	["enum", "ENUM"],
	["input", "INPUT_OBJECT"],
]);

const directiveLocations: ReadonlySet<string> = new Set(
	`QUERY MUTATION SUBSCRIPTION FIELD FRAGMENT_DEFINITION FRAGMENT_SPREAD INLINE_FRAGMENT VARIABLE_DEFINITION SCHEMA
	SCALAR OBJECT FIELD_DEFINITION ARGUMENT_DEFINITION INTERFACE UNION ENUM ENUM_VALUE INPUT_OBJECT
	INPUT_FIELD_DEFINITION`.split(/\s+/),
);

/** A schema document; `file` names it in errors ("" for the user's). */
export function parseSchema(text: string, file = ""): SchemaDocument {
	const p = new Parser(text, file);
	const builtIn = file !== "";
	const doc: SchemaDocument = {
		Schema: [],
		SchemaExtension: [],
		Directives: [],
		Definitions: [],
		Extensions: [],
		Comment: undefined,
	};
	while (p.peek().kind !== "<EOF>") {
		const d = description(p);
		const t = p.peek();
		const kind = t.kind === "Name" ? definitionKinds.get(t.value) : undefined;
		if (kind !== undefined) doc.Definitions.push(definition(p, kind, t.value, d, builtIn));
		else if (p.isName("schema")) doc.Schema.push(schemaDefinition(p, d));
		else if (p.isName("directive")) doc.Directives.push(directiveDefinition(p, d));
		else if (p.isName("extend")) {
			if (d.text !== "" && p.prev !== undefined) p.unexpected(p.prev);
			extension(p, doc, builtIn);
		} else p.unexpected();
	}
	return { ...doc, Comment: p.comment };
}

function isString(p: Parser): boolean {
	const { kind } = p.peek();
	return kind === "String" || kind === "BlockString";
}

function description(p: Parser): Description {
	if (!isString(p)) return noDescription;
	const comment = p.comment;
	return { text: p.next().value, comment };
}

function schemaDefinition(p: Parser, d: Description): SchemaDefinition {
	const after = p.expectKeyword("schema");
	const pos = p.pos();
	const directives = p.directives(true);
	const types: OperationTypeDefinition[] = [];
	const end = p.some("{", "}", () => types.push(operationType(p)));
	return {
		Description: d.text,
		Directives: directives,
		OperationTypes: types,
		BeforeDescriptionComment: d.comment,
		AfterDescriptionComment: after,
		EndOfDefinitionComment: end,
		pos,
	};
}

function operationType(p: Parser): OperationTypeDefinition {
	const pos = p.pos();
	const comment = p.comment;
	const t = p.next();
	if (!["query", "mutation", "subscription"].includes(t.value)) p.unexpected(t);
	p.expect(":");
	return { Operation: t.value, Type: p.name(), Comment: comment, pos };
}

/** A definition after its description, or (kind and keyword given) an extension after `extend`. */
function definition(
	p: Parser,
	kind: DefinitionKind,
	keyword: string,
	d: Description,
	builtIn: boolean,
	extendComment?: { readonly comment: CommentGroup | undefined },
): Definition {
	const own = p.expectKeyword(keyword);
	const extending = extendComment !== undefined;
	const pos = p.pos();
	const def: Definition = {
		Kind: kind,
		Description: d.text,
		Name: p.name(),
		Directives: [],
		Interfaces: [],
		Fields: [],
		Types: [],
		EnumValues: [],
		BuiltIn: builtIn,
		BeforeDescriptionComment: d.comment,
		AfterDescriptionComment: extending ? extendComment.comment : own,
		EndOfDefinitionComment: undefined,
		pos,
		typePositions: [],
	};
	// The library's grammar of interface extensions has no `implements`.
	if (kind === "OBJECT" || (kind === "INTERFACE" && !extending)) def.Interfaces = interfaces(p);
	def.Directives = p.directives(!(kind === "INPUT_OBJECT" && extending));
	let end: CommentGroup | undefined;
	switch (kind) {
		case "OBJECT":
		case "INTERFACE":
			end = p.some("{", "}", () => def.Fields.push(fieldDefinition(p)));
			break;
		case "INPUT_OBJECT":
			end = p.some("{", "}", () => def.Fields.push(inputValue(p)));
			break;
		case "ENUM":
			end = p.some("{", "}", () => def.EnumValues.push(enumValue(p)));
			break;
		case "UNION":
			unionMembers(p, def);
			break;
		default:
	}
	return end === undefined ? def : { ...def, EndOfDefinitionComment: end };
}

function interfaces(p: Parser): string[] {
	if (p.peek().value !== "implements") return [];
	p.next();
	p.skip("&");
	const out = [p.name()];
	while (p.skip("&")) out.push(p.name());
	return out;
}

function unionMembers(p: Parser, def: Definition): void {
	if (!p.skip("=")) return;
	p.skip("|");
	do {
		def.typePositions.push(p.pos());
		def.Types.push(p.name());
	} while (p.skip("|"));
}

interface Start {
	readonly Description: string;
	readonly BeforeDescriptionComment: CommentGroup | undefined;
	readonly AfterDescriptionComment: CommentGroup | undefined;
	readonly pos: Position;
	readonly Name: string;
}

/** Description, comments and name of a member of a definition. */
function memberStart(p: Parser): Start {
	const d = description(p);
	const pos = p.pos();
	const after = p.comment;
	return {
		Description: d.text,
		BeforeDescriptionComment: d.text === "" ? undefined : d.comment,
		AfterDescriptionComment: after,
		pos,
		Name: p.name(),
	};
}

function fieldDefinition(p: Parser): FieldDefinition {
	const start = memberStart(p);
	const args = argumentDefinitions(p);
	p.expect(":");
	return {
		...start,
		Arguments: args,
		DefaultValue: undefined,
		Type: p.typeReference(),
		Directives: p.directives(true),
	};
}

function argumentDefinitions(p: Parser): ArgumentDefinition[] {
	const out: ArgumentDefinition[] = [];
	p.some("(", ")", () => {
		const { Arguments: _, ...argument } = inputValue(p);
		out.push(argument);
	});
	return out;
}

function inputValue(p: Parser): FieldDefinition {
	const start = memberStart(p);
	p.expect(":");
	return {
		...start,
		Arguments: [],
		Type: p.typeReference(),
		DefaultValue: p.skip("=") ? p.literal(true) : undefined,
		Directives: p.directives(true),
	};
}

function enumValue(p: Parser): EnumValueDefinition {
	return { ...memberStart(p), Directives: p.directives(true) };
}

function directiveDefinition(p: Parser, d: Description): DirectiveDefinition {
	const after = p.expectKeyword("directive");
	p.expect("@");
	const pos = p.pos();
	const name = p.name();
	const args = argumentDefinitions(p);
	const repeatable = p.isName("repeatable");
	if (repeatable) p.next();
	p.expectKeyword("on");
	p.skip("|");
	const locations: string[] = [];
	do {
		const t = p.expect("Name");
		if (!directiveLocations.has(t.value)) p.unexpected(t);
		locations.push(t.value);
	} while (p.skip("|"));
	return {
		Description: d.text,
		Name: name,
		Arguments: args,
		Locations: locations,
		IsRepeatable: repeatable,
		BeforeDescriptionComment: d.comment,
		AfterDescriptionComment: after,
		pos,
	};
}

function extension(p: Parser, doc: SchemaDocument, builtIn: boolean): void {
	const comment = p.expectKeyword("extend");
	const t = p.peek();
	if (t.value === "schema") {
		const ext = schemaDefinition(p, noDescription);
		if (ext.Directives.length === 0 && ext.OperationTypes.length === 0) p.unexpected();
		doc.SchemaExtension.push({ ...ext, AfterDescriptionComment: comment });
		return;
	}
	const kind = definitionKinds.get(t.value);
	if (kind === undefined) p.unexpected();
	const ext = definition(p, kind, t.value, noDescription, builtIn, { comment });
	const adds = [ext.Directives, ext.Interfaces, ext.Fields, ext.Types, ext.EnumValues];
	if (adds.every((list) => list.length === 0)) p.unexpected();
	doc.Extensions.push(ext);
}
