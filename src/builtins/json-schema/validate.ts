/**
 * Validation of a document by a SubSchema. Errors come in the library's order, with its scores: of
 * several alternatives that fail (anyOf, oneOf, contains) the errors of the closest are reported, and
 * closeness is a sum over checks made and errors found. Work is counted, and recursion that gets no
 * deeper into the document (`{"$ref": "#"}`) ends in an error.
 */

import { at, valueAt } from "../../at.ts";
import { LimitError } from "../../limit-error.ts";
import { plainKeys } from "../../value/collections.ts";
import { cmpDecimal } from "../../value/decimal.ts";
import { decimalOf } from "../../value/number.ts";
import { isArray, isNumber, type PlainObject, type Value } from "../../value/value.ts";
import { isMultiple, isWhole, numberInMessage } from "./exact-number.ts";
import { hasFormat } from "./formats.ts";
import { literalJson } from "./literal-json.ts";
import type { SubSchema } from "./schema.ts";

export interface SchemaError {
	readonly type: string;
	/** Dotted path without the root; `(Root)` for the root itself. */
	readonly field: string;
	readonly description: string;
}

/** Where in the document: a list from the inside out. */
interface Context {
	readonly name: string;
	readonly outer: Context | undefined;
	readonly depth: number;
}

class Result {
	readonly errors: SchemaError[] = [];
	score = 0;

	add(type: string, context: Context, description: string): void {
		this.errors.push({ type, field: fieldName(context), description });
		// Net -1 once the check that failed has counted itself.
		this.score -= 2;
	}

	merge(other: Result): void {
		if (this.errors.length + other.errors.length > maxErrors) throw new LimitError("JSON schema: too many errors");
		for (const e of other.errors) this.errors.push(e);
		this.score += other.score;
	}

	get valid(): boolean {
		return this.errors.length === 0;
	}
}

function fieldName(context: Context): string {
	const parts: string[] = [];
	for (let c: Context | undefined = context; c !== undefined; c = c.outer) parts.push(c.name);
	const path = parts.reverse().join(".");
	return path.startsWith("(Root).") ? path.slice(7) : path;
}

const maxDepth = 500;
/** Alternatives within alternatives multiply: some seconds of work. */
const maxSteps = 20_000_000;
const maxErrors = 1_000_000;

/** The errors of a document, none when it is valid. `step` counts work. Throws LimitError past limits. */
export function validateDocument(schema: SubSchema, document: Value, step: (amount: number) => void): SchemaError[] {
	return new Validator(step).validate(schema, document, { name: "(Root)", outer: undefined, depth: 0 }).errors;
}

class Validator {
	readonly #step: (amount: number) => void;
	#steps = 0;
	#nesting = 0;

	constructor(step: (amount: number) => void) {
		this.#step = step;
	}

	validate(s: SubSchema, node: Value, context: Context): Result {
		const result = new Result();
		this.#into(result, s, node, context);
		return result;
	}

	#into(result: Result, schema: SubSchema, node: Value, context: Context): void {
		this.#step(1);
		if (++this.#steps > maxSteps) throw new LimitError("JSON schema takes too many steps to validate this document");
		let s = schema;
		let hops = 0;
		while (s.pass === undefined && s.ref !== undefined) {
			s = s.ref;
			if (++hops > maxDepth) throw new LimitError("JSON schema refers to itself without end");
		}
		if (s.pass !== undefined) {
			if (!s.pass) result.add("false", context, "False always fails validation");
			return;
		}
		if (++this.#nesting > maxDepth) throw new LimitError("JSON schema or document is nested too deeply");
		this.#typed(result, s, node, context);
		this.#nesting--;
	}

	#typed(result: Result, s: SubSchema, node: Value, context: Context): void {
		const actualType = jsonType(node);
		if (
			s.types.length > 0 &&
			!s.types.includes(actualType) &&
			!(actualType === "integer" && s.types.includes("number"))
		) {
			const expected = s.types.length > 1 ? `[${s.types.join(",")}]` : s.types[0];
			result.add("invalid_type", context, `Invalid type. Expected: ${expected}, given: ${actualType}`);
			return;
		}
		this.#combined(result, s, node, context);
		if (isArray(node)) {
			this.#array(result, s, node, context);
			this.#common(result, s, node, context);
		} else if (actualType === "object") {
			const o = node as PlainObject;
			this.#object(result, s, o, context);
			this.#common(result, s, node, context);
			for (const p of s.properties) {
				if (has(o, p.property)) this.#into(result, p, valueAt(o, p.property), inside(context, p.property));
			}
		} else {
			if (isNumber(node)) checkNumber(result, s, node, context);
			this.#common(result, s, node, context);
			if (typeof node === "string") checkString(result, s, node, context);
		}
		result.score++;
	}

	/** Keywords made of other schemas, for values of any type. */
	#combined(result: Result, s: SubSchema, node: Value, context: Context): void {
		if (s.anyOf.length > 0) {
			const best = new Best();
			if (!s.anyOf.some((a) => best.offer(this.validate(a, node, context)))) {
				result.add("number_any_of", context, "Must validate at least one schema (anyOf)");
				best.mergeInto(result);
			}
		}
		if (s.oneOf.length > 0) {
			const best = new Best();
			let count = 0;
			for (const o of s.oneOf) {
				const r = this.validate(o, node, context);
				if (r.valid) count++;
				else if (count === 0) best.offer(r);
			}
			if (count !== 1) {
				result.add("number_one_of", context, "Must validate one and only one schema (oneOf)");
				if (count === 0) best.mergeInto(result);
			}
		}
		if (s.allOf.length > 0) {
			let all = true;
			for (const a of s.allOf) {
				const r = this.validate(a, node, context);
				if (!r.valid) all = false;
				result.merge(r);
			}
			if (!all) result.add("number_all_of", context, "Must validate all the schemas (allOf)");
		}
		if (s.not !== undefined && this.validate(s.not, node, context).valid) {
			result.add("number_not", context, "Must not validate the schema (not)");
		}
		if (s.dependencies.size > 0 && jsonType(node) === "object") {
			this.#dependencies(result, s, node as PlainObject, context);
		}
		if (s.ifSchema !== undefined) this.#conditional(result, s, s.ifSchema, node, context);
		result.score++;
	}

	#dependencies(result: Result, s: SubSchema, o: PlainObject, context: Context): void {
		for (const key of plainKeys(o)) {
			const d = s.dependencies.get(key);
			if (d === undefined) continue;
			if ("property" in d) this.#into(result, d, o, context);
			else {
				for (const name of d) {
					if (!has(o, name)) result.add("missing_dependency", context, `Has a dependency on ${name}`);
				}
			}
		}
	}

	#conditional(result: Result, s: SubSchema, condition: SubSchema, node: Value, context: Context): void {
		const holds = this.validate(condition, node, context).valid;
		const branch = holds ? s.thenSchema : s.elseSchema;
		if (branch === undefined) return;
		const r = this.validate(branch, node, context);
		if (r.valid) return;
		if (holds) result.add("condition_then", context, 'Must validate "then" as "if" was valid');
		else result.add("condition_else", context, 'Must validate "else" as "if" was not valid');
		result.merge(r);
	}

	#common(result: Result, s: SubSchema, node: Value, context: Context): void {
		if (s.constant !== undefined && literalJson(node) !== s.constant) {
			result.add("const", context, `${fieldName(context)} does not match: ${s.constant}`);
		}
		if (s.enumeration !== undefined && !s.enumeration.includes(literalJson(node))) {
			const allowed = s.enumeration.join(", ");
			result.add("enum", context, `${fieldName(context)} must be one of the following: ${allowed}`);
		}
		if (s.format !== "" && typeof node === "string" && !hasFormat(s.format, node)) {
			result.add("format", context, `Does not match format '${s.format}'`);
		}
		result.score++;
	}

	#array(result: Result, s: SubSchema, items: readonly Value[], context: Context): void {
		const element = (schema: SubSchema, i: number): Result =>
			this.validate(schema, at(items, i), inside(context, String(i)));
		const first = s.items[0];
		if (s.itemsSingle && first !== undefined) {
			for (let i = 0; i < items.length; i++) result.merge(element(first, i));
		} else if (s.items.length > 0) {
			const n = Math.min(s.items.length, items.length);
			for (let i = 0; i < n; i++) result.merge(element(at(s.items, i), i));
			if (s.additionalItems === false && n < items.length) {
				result.add("array_no_additional_items", context, "No additional items allowed on array");
			} else if (typeof s.additionalItems === "object") {
				for (let i = n; i < items.length; i++) result.merge(element(s.additionalItems, i));
			}
		}
		if (s.minItems !== undefined && items.length < s.minItems) {
			result.add("array_min_items", context, `Array must have at least ${s.minItems} items`);
		}
		if (s.maxItems !== undefined && items.length > s.maxItems) {
			result.add("array_max_items", context, `Array must have at most ${s.maxItems} items`);
		}
		if (s.uniqueItems) {
			const seen = new Map<string, number>();
			for (const [j, item] of items.entries()) {
				const text = literalJson(item);
				const i = seen.get(text);
				if (i !== undefined) result.add("unique", context, `array items[${i},${j}] must be unique`);
				seen.set(text, j);
			}
		}
		if (s.contains !== undefined) {
			const best = new Best();
			const contains = s.contains;
			if (!items.some((_, i) => best.offer(element(contains, i)))) {
				result.add("contains", context, "At least one of the items must match");
				best.mergeInto(result);
			}
		}
		result.score++;
	}

	#object(result: Result, s: SubSchema, o: PlainObject, context: Context): void {
		const keys = plainKeys(o);
		if (s.minProperties !== undefined && keys.length < s.minProperties) {
			result.add("array_min_properties", context, `Must have at least ${s.minProperties} properties`);
		}
		if (s.maxProperties !== undefined && keys.length > s.maxProperties) {
			result.add("array_max_properties", context, `Must have at most ${s.maxProperties} properties`);
		}
		for (const name of s.required) {
			if (has(o, name)) result.score++;
			else result.add("required", context, `${name} is required`);
		}
		if (s.patternProperties.length > 0 || s.additionalProperties !== undefined) {
			for (const key of keys) this.#additional(result, s, o, key, context);
		}
		if (s.propertyNames !== undefined) {
			for (const key of keys) {
				const r = this.validate(s.propertyNames, key, context);
				if (r.valid) continue;
				result.add("invalid_property_name", context, `Property name of "${key}" does not match`);
				result.merge(r);
			}
		}
		result.score++;
	}

	#additional(result: Result, s: SubSchema, o: PlainObject, key: string, context: Context): void {
		const value = valueAt(o, key);
		let matched = false;
		for (const p of s.patternProperties) {
			if (!p.pattern.test(key)) continue;
			matched = true;
			result.merge(this.validate(p.schema, value, inside(context, key)));
		}
		if (matched) result.score++;
		else if (!s.propertyNamesKnown.has(key)) {
			if (s.additionalProperties === false) {
				result.add("additional_property_not_allowed", context, `Additional property ${key} is not allowed`);
			} else if (typeof s.additionalProperties === "object") {
				result.merge(this.validate(s.additionalProperties, value, inside(context, key)));
			}
		}
	}
}

/** The failed alternative with the highest score. */
class Best {
	#best: Result | undefined;

	/** True when the result is no failure at all. */
	offer(r: Result): boolean {
		if (r.valid) return true;
		if (this.#best === undefined || r.score > this.#best.score) this.#best = r;
		return false;
	}

	mergeInto(result: Result): void {
		if (this.#best !== undefined) result.merge(this.#best);
	}
}

function inside(context: Context, name: string): Context {
	return { name, outer: context, depth: context.depth + 1 };
}

function has(o: PlainObject, key: string): boolean {
	return Object.hasOwn(o, key) && o[key] !== undefined;
}

function jsonType(v: Value): string {
	if (v === null) return "null";
	if (typeof v === "string" || typeof v === "boolean") return typeof v;
	if (isNumber(v)) return isWhole(decimalOf(v)) ? "integer" : "number";
	return isArray(v) ? "array" : "object";
}

function checkNumber(result: Result, s: SubSchema, node: Value & (number | bigint | object), context: Context): void {
	if (!isNumber(node)) return;
	const n = decimalOf(node);
	if (s.multipleOf !== undefined && !isMultiple(n, s.multipleOf)) {
		result.add("multiple_of", context, `Must be a multiple of ${numberInMessage(s.multipleOf)}`);
	}
	if (s.maximum !== undefined && cmpDecimal(n, s.maximum) > 0) {
		result.add("number_lte", context, `Must be less than or equal to ${numberInMessage(s.maximum)}`);
	}
	if (s.exclusiveMaximum !== undefined && cmpDecimal(n, s.exclusiveMaximum) >= 0) {
		result.add("number_lt", context, `Must be less than ${numberInMessage(s.exclusiveMaximum)}`);
	}
	if (s.minimum !== undefined && cmpDecimal(n, s.minimum) < 0) {
		result.add("number_gte", context, `Must be greater than or equal to ${numberInMessage(s.minimum)}`);
	}
	if (s.exclusiveMinimum !== undefined && cmpDecimal(n, s.exclusiveMinimum) <= 0) {
		result.add("number_gt", context, `Must be greater than ${numberInMessage(s.exclusiveMinimum)}`);
	}
	result.score++;
}

function checkString(result: Result, s: SubSchema, text: string, context: Context): void {
	if (s.minLength !== undefined || s.maxLength !== undefined) {
		let length = 0;
		for (const _ of text) length++;
		if (s.minLength !== undefined && length < s.minLength) {
			result.add("string_gte", context, `String length must be greater than or equal to ${s.minLength}`);
		}
		if (s.maxLength !== undefined && length > s.maxLength) {
			result.add("string_lte", context, `String length must be less than or equal to ${s.maxLength}`);
		}
	}
	if (s.pattern !== undefined && !s.pattern.test(text)) {
		result.add("pattern", context, `Does not match pattern '${s.pattern.source}'`);
	}
	result.score++;
}
