/**
 * A schema document checked and made ready for validation: every keyword read once into a SubSchema,
 * `$ref`s tied to the SubSchemas they mean. Drafts 4, 6 and 7, and a hybrid that takes all their
 * keywords. What is wrong with a schema, and in which order it is noticed, follows the library OPA
 * uses; members are visited in the order of their names where the library's order is random.
 */

import { valueAt } from "../../at.ts";
import { LimitError } from "../../limit-error.ts";
import { compileRegex, type Regex } from "../../regex/regex.ts";
import { RegexSyntaxError } from "../../regex/syntax-error.ts";
import { getOwn, plainKeys } from "../../value/collections.ts";
import type { Decimal } from "../../value/decimal.ts";
import { decimalOf, numberText } from "../../value/number.ts";
import { isArray, isNumber, isPlainObject, type PlainObject, type Value } from "../../value/value.ts";
import { Failure } from "../failure.ts";
import { literalJson } from "./literal-json.ts";
import { draftOf, hybridDraft, parseReference, References, referenceText } from "./references.ts";

export interface SubSchema {
	/** Name of the property it describes; only for members of `properties`. */
	readonly property: string;
	readonly draft: number;
	/** `true` or `false` instead of a schema. */
	pass: boolean | undefined;
	ref: SubSchema | undefined;
	/** The reference to it, resolved; "" where there is none. */
	refText: string;
	readonly types: string[];
	readonly properties: SubSchema[];
	readonly propertyNamesKnown: Set<string>;
	additionalProperties: boolean | SubSchema | undefined;
	readonly patternProperties: { readonly pattern: Regex; readonly schema: SubSchema }[];
	propertyNames: SubSchema | undefined;
	readonly dependencies: Map<string, readonly string[] | SubSchema>;
	readonly items: SubSchema[];
	/** `items` is one schema for all elements. */
	itemsSingle: boolean;
	additionalItems: boolean | SubSchema | undefined;
	multipleOf: Decimal | undefined;
	minimum: Decimal | undefined;
	exclusiveMinimum: Decimal | undefined;
	maximum: Decimal | undefined;
	exclusiveMaximum: Decimal | undefined;
	minLength: number | undefined;
	maxLength: number | undefined;
	pattern: Regex | undefined;
	format: string;
	minProperties: number | undefined;
	maxProperties: number | undefined;
	readonly required: string[];
	minItems: number | undefined;
	maxItems: number | undefined;
	uniqueItems: boolean;
	contains: SubSchema | undefined;
	/** JSON texts, as literal-json writes them. */
	constant: string | undefined;
	enumeration: readonly string[] | undefined;
	readonly oneOf: SubSchema[];
	readonly anyOf: SubSchema[];
	readonly allOf: SubSchema[];
	not: SubSchema | undefined;
	ifSchema: SubSchema | undefined;
	thenSchema: SubSchema | undefined;
	elseSchema: SubSchema | undefined;
}

function newSubSchema(property: string, draft: number): SubSchema {
	return {
		property,
		draft,
		pass: undefined,
		ref: undefined,
		refText: "",
		types: [],
		properties: [],
		propertyNamesKnown: new Set(),
		additionalProperties: undefined,
		patternProperties: [],
		propertyNames: undefined,
		dependencies: new Map(),
		items: [],
		itemsSingle: false,
		additionalItems: undefined,
		multipleOf: undefined,
		minimum: undefined,
		exclusiveMinimum: undefined,
		maximum: undefined,
		exclusiveMaximum: undefined,
		minLength: undefined,
		maxLength: undefined,
		pattern: undefined,
		format: "",
		minProperties: undefined,
		maxProperties: undefined,
		required: [],
		minItems: undefined,
		maxItems: undefined,
		uniqueItems: false,
		contains: undefined,
		constant: undefined,
		enumeration: undefined,
		oneOf: [],
		anyOf: [],
		allOf: [],
		not: undefined,
		ifSchema: undefined,
		thenSchema: undefined,
		elseSchema: undefined,
	};
}

/** The schema a document describes; the document is fresh from JSON. Throws Failure. */
export function parseJsonSchema(document: Value): SubSchema {
	const references = new References();
	const root = parseReference("#");
	references.addDocument(document, root);
	return new SchemaParser(references).parse(document, "(Root)", draftOf(document) ?? hybridDraft, 0);
}

const typeNames = ["array", "boolean", "integer", "number", "null", "object", "string"];
const maxDepth = 500;

function invalidType(expected: string, actual: string): Failure {
	return new Failure(`Invalid type. Expected: ${expected}, given: ${actual}`);
}

class SchemaParser {
	readonly #references: References;
	/** Schemas that `$ref`s mean, by resolved reference, entered before they are parsed. */
	readonly #byReference: Map<string, SubSchema> = new Map();

	constructor(references: References) {
		this.#references = references;
	}

	parse(node: Value, property: string, draft: number, depth: number): SubSchema {
		const s = newSubSchema(property, draft);
		this.#fill(s, node, depth);
		return s;
	}

	#fill(s: SubSchema, node: Value, depth: number): void {
		if (depth > maxDepth) throw new LimitError("JSON schema is nested too deeply");
		if (typeof node === "boolean" && s.draft >= 6) {
			s.pass = node;
			return;
		}
		if (!isPlainObject(node)) throw new Failure("Expected: Valid Schema, given: Invalid JSON");
		const m = node;
		const id = stringMember(m, idKeyword(s.draft, m));
		if (id !== undefined) parseReference(id);
		this.#definitions(s, m, depth);
		stringMember(m, "title");
		stringMember(m, "description");
		if (this.#reference(s, m, depth)) return;
		readTypes(s, m);
		this.#objects(s, m, depth);
		this.#arrays(s, m, depth);
		readNumbers(s, m);
		readStrings(s, m);
		readSizes(s, m);
		if (s.draft >= 6) {
			const contains = getOwn(m, "contains");
			if (contains !== undefined) s.contains = this.#child(s, contains, "contains", depth);
			const constant = getOwn(m, "const");
			if (constant !== undefined) s.constant = literalJson(constant);
		}
		readEnum(s, m);
		this.#combinations(s, m, depth);
	}

	#child(s: SubSchema, node: Value, property: string, depth: number): SubSchema {
		return this.parse(node, property, s.draft, depth + 1);
	}

	#definitions(s: SubSchema, m: PlainObject, depth: number): void {
		const definitions = getOwn(m, "definitions");
		if (definitions === undefined) return;
		if (!isPlainObject(definitions)) throw invalidType("Array Of Schemas", "definitions");
		const all = definitions;
		for (const name of plainKeys(all)) {
			const d = valueAt(all, name);
			if (typeof d !== "boolean" && !isPlainObject(d)) throw invalidType("Array Of Schemas", "definitions");
			this.#child(s, d, "definitions", depth);
		}
	}

	/** True when the rest of the keywords is not to be read: the first time a reference is met. */
	#reference(s: SubSchema, m: PlainObject, depth: number): boolean {
		const written = stringMember(m, "$ref");
		if (written === undefined) return false;
		const text = referenceText(parseReference(this.#references.refOf(m, written)));
		s.refText = text;
		const known = this.#byReference.get(text);
		if (known !== undefined) {
			s.ref = known;
			return false;
		}
		const found = this.#references;
		// Entered under a draft that may be corrected below, before anything can look at it.
		const target = found.find(text);
		const schema = newSubSchema("$ref", target.draft ?? s.draft);
		this.#byReference.set(text, schema);
		if (typeof target.document !== "boolean" && !isPlainObject(target.document)) {
			throw new Failure("Valid Schema must be of type object");
		}
		this.#fill(schema, target.document, depth + 1);
		s.ref = schema;
		return true;
	}

	#objects(s: SubSchema, m: PlainObject, depth: number): void {
		const properties = getOwn(m, "properties");
		if (properties !== undefined) {
			if (!isPlainObject(properties)) throw new Failure("Properties must be of type object");
			const all = properties;
			for (const name of plainKeys(all)) {
				s.properties.push(this.#child(s, valueAt(all, name), name, depth));
				s.propertyNamesKnown.add(name);
			}
		}
		const additional = getOwn(m, "additionalProperties");
		if (typeof additional === "boolean") s.additionalProperties = additional;
		else if (additional !== undefined) {
			if (!isPlainObject(additional)) throw invalidType("boolean/Valid Schema", "additionalProperties");
			s.additionalProperties = this.#child(s, additional, "additionalProperties", depth);
		}
		const patterns = getOwn(m, "patternProperties");
		if (patterns !== undefined) {
			if (!isPlainObject(patterns)) throw invalidType("Valid Schema", "patternProperties");
			const all = patterns;
			for (const source of plainKeys(all)) {
				const pattern = compile(source, `Invalid regex pattern '${source}'`);
				s.patternProperties.push({ pattern, schema: this.#child(s, valueAt(all, source), source, depth) });
			}
		}
		const names = getOwn(m, "propertyNames");
		if (names !== undefined && s.draft >= 6) {
			// The library names the wrong keyword here.
			if (typeof names !== "boolean" && !isPlainObject(names)) throw invalidType("Valid Schema", "patternProperties");
			s.propertyNames = this.#child(s, names, "propertyNames", depth);
		}
		this.#dependencies(s, m, depth);
	}

	#dependencies(s: SubSchema, m: PlainObject, depth: number): void {
		const dependencies = getOwn(m, "dependencies");
		if (dependencies === undefined) return;
		if (!isPlainObject(dependencies)) throw new Failure("dependencies must be of type object");
		const all = dependencies;
		const wrong = "Dependency must be of type Schema Or Array Of Strings";
		for (const name of plainKeys(all)) {
			const d = valueAt(all, name);
			if (isArray(d)) {
				if (!d.every((x) => typeof x === "string")) throw new Failure(wrong);
				if (d.length > 0) s.dependencies.set(name, d);
			} else if (typeof d === "boolean" || isPlainObject(d)) s.dependencies.set(name, this.#child(s, d, name, depth));
			else throw new Failure(wrong);
		}
	}

	#arrays(s: SubSchema, m: PlainObject, depth: number): void {
		const items = getOwn(m, "items");
		const isSchema = (v: Value): boolean => typeof v === "boolean" || isPlainObject(v);
		if (items !== undefined) {
			if (isArray(items)) {
				for (const item of items) {
					if (!isSchema(item)) throw invalidType("Valid Schema/Array Of Schemas", "items");
					s.items.push(this.#child(s, item, "items", depth));
				}
			} else if (isSchema(items)) {
				s.items.push(this.#child(s, items, "items", depth));
				s.itemsSingle = true;
			} else throw invalidType("Valid Schema/Array Of Schemas", "items");
		}
		const additional = getOwn(m, "additionalItems");
		if (typeof additional === "boolean") s.additionalItems = additional;
		else if (additional !== undefined) {
			if (!isPlainObject(additional)) throw invalidType("boolean/Valid Schema", "additionalItems");
			s.additionalItems = this.#child(s, additional, "additionalItems", depth);
		}
	}

	#combinations(s: SubSchema, m: PlainObject, depth: number): void {
		for (const key of ["oneOf", "anyOf", "allOf"] as const) {
			for (const v of arrayMember(m, key) ?? []) s[key].push(this.#child(s, v, key, depth));
		}
		const single = (key: string): SubSchema | undefined => {
			const v = getOwn(m, key);
			if (v === undefined) return undefined;
			if (typeof v !== "boolean" && !isPlainObject(v)) throw new Failure(`${key} must be of an object`);
			return this.#child(s, v, key, depth);
		};
		s.not = single("not");
		if (s.draft < 7) return;
		s.ifSchema = single("if");
		s.thenSchema = single("then");
		s.elseSchema = single("else");
	}
}

/** `id` before draft 6, `$id` from then on; the hybrid prefers the former. */
function idKeyword(draft: number, m: PlainObject): string {
	return draft === 4 || (draft === hybridDraft && Object.hasOwn(m, "id")) ? "id" : "$id";
}

function stringMember(m: PlainObject, key: string): string | undefined {
	const v = getOwn(m, key);
	if (v === undefined || typeof v === "string") return v;
	throw invalidType("string", key);
}

function arrayMember(m: PlainObject, key: string): readonly Value[] | undefined {
	const v = getOwn(m, key);
	if (v === undefined || isArray(v)) return v;
	throw new Failure(`${key} must be of an array`);
}

function readTypes(s: SubSchema, m: PlainObject): void {
	const type = getOwn(m, "type");
	if (type === undefined) return;
	const add = (name: string): void => {
		if (!typeNames.includes(name)) {
			const valid = typeNames.join(" ");
			throw new Failure(
				`has a primitive type that is NOT VALID -- given: /${name}/ Expected valid values are:[${valid}]`,
			);
		}
		if (s.types.includes(name)) throw new Failure(`${name} type is duplicated`);
		s.types.push(name);
	};
	const names = typeof type === "string" ? [type] : type;
	// The library mixes up what was expected and what was given.
	if (!isArray(names)) throw invalidType("type", "string/Array Of Strings");
	for (const t of names) {
		if (typeof t !== "string") throw invalidType("type", "string/Array Of Strings");
		add(t);
	}
}

function compile(source: string, complaint: string): Regex {
	try {
		return compileRegex(source);
	} catch (e) {
		if (e instanceof RegexSyntaxError) throw new Failure(complaint);
		throw e;
	}
}

function readNumbers(s: SubSchema, m: PlainObject): void {
	const multipleOf = getOwn(m, "multipleOf");
	if (multipleOf !== undefined) {
		if (!isNumber(multipleOf)) throw invalidType("Number", "multipleOf");
		s.multipleOf = decimalOf(multipleOf);
		if (s.multipleOf.mant <= 0n) throw new Failure("multipleOf must be strictly greater than 0");
	}
	for (const [key, exclusive] of [
		["minimum", "exclusiveMinimum"],
		["maximum", "exclusiveMaximum"],
	] as const) {
		const bound = getOwn(m, key);
		if (bound !== undefined) {
			if (!isNumber(bound)) throw new Failure(`${key} must be of a Number`);
			s[key] = decimalOf(bound);
		}
		const x = getOwn(m, exclusive);
		if (x === undefined) continue;
		if (typeof x === "boolean" && (s.draft === 4 || s.draft === hybridDraft)) {
			// Before draft 6 it says how the bound beside it is meant.
			if (s[key] === undefined) throw new Failure(`${exclusive} cannot be used without ${key}`);
			if (x) {
				s[exclusive] = s[key];
				s[key] = undefined;
			}
		} else if (isNumber(x) && s.draft !== 4) s[exclusive] = decimalOf(x);
		else
			throw invalidType(s.draft === 4 ? "boolean" : s.draft === hybridDraft ? "boolean/number" : "number", exclusive);
	}
}

/** A non-negative integer keyword. */
function sizeMember(m: PlainObject, key: string): number | undefined {
	const v = getOwn(m, key);
	if (v === undefined) return undefined;
	// As the library: integers by value that are not spelled as such (`1.0`) are refused too.
	const text = isNumber(v) ? numberText(v) : "";
	const i = /^-?[0-9]{1,19}$/.test(text) ? BigInt(text) : undefined;
	if (i === undefined || BigInt.asIntN(64, i) !== i) throw new Failure(`${key} must be of an integer`);
	if (i < 0n) throw new Failure(`${key} must be greater than or equal to 0`);
	return Number(i);
}

function readStrings(s: SubSchema, m: PlainObject): void {
	s.minLength = sizeMember(m, "minLength");
	s.maxLength = sizeMember(m, "maxLength");
	if (s.minLength !== undefined && s.maxLength !== undefined && s.minLength > s.maxLength) {
		throw new Failure("minLength cannot be greater than maxLength");
	}
	const pattern = stringMember(m, "pattern");
	if (pattern !== undefined) s.pattern = compile(pattern, "pattern must be a valid regex");
	s.format = stringMember(m, "format") ?? "";
}

function readSizes(s: SubSchema, m: PlainObject): void {
	s.minProperties = sizeMember(m, "minProperties");
	s.maxProperties = sizeMember(m, "maxProperties");
	if (s.minProperties !== undefined && s.maxProperties !== undefined && s.minProperties > s.maxProperties) {
		throw new Failure("minProperties cannot be greater than maxProperties");
	}
	const required = new Set<string>();
	for (const name of arrayMember(m, "required") ?? []) {
		if (typeof name !== "string") throw invalidType("string", "required");
		if (required.has(name)) throw new Failure("required items must be unique");
		required.add(name);
	}
	s.required.push(...required);
	s.minItems = sizeMember(m, "minItems");
	s.maxItems = sizeMember(m, "maxItems");
	const unique = getOwn(m, "uniqueItems");
	if (unique !== undefined) {
		if (typeof unique !== "boolean") throw new Failure("uniqueItems must be of a boolean");
		s.uniqueItems = unique;
	}
}

function readEnum(s: SubSchema, m: PlainObject): void {
	const values = arrayMember(m, "enum");
	if (values === undefined) return;
	const seen = new Set<string>();
	for (const v of values) {
		const text = literalJson(v);
		if (seen.has(text)) throw new Failure("enum items must be unique");
		seen.add(text);
	}
	s.enumeration = [...seen];
}
