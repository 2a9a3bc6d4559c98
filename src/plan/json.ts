/** Plans as JSON, and back without the parser. Constants: see constants.ts. */

import stringify from "fast-json-stable-stringify";
import { RegoError } from "../errors.ts";
import { isOverflow } from "../stack.ts";
import { messageOf } from "../thrown.ts";
import { toJson } from "../value/json.ts";
import type { PlainObject, Value } from "../value/value.ts";
import { decodeData } from "./base-data.ts";
import { decode, encode, type Json } from "./constants.ts";
import { type Plan, planVersion } from "./plan.ts";

/** The canonical text of a plan: equal plans have equal texts. */
export function planToJson(plan: Plan): string {
	const json = {
		...plan,
		constants: plan.constants.map(encode),
		...(plan.data === undefined ? {} : { data: encode(plan.data) }),
	};
	try {
		return stringify(json);
	} catch (e) {
		if (!isOverflow(e)) throw e;
		// A chain of `else` that is longer than the stack is deep.
		return toJson(asValue(json));
	}
}

/** A plan is made of what JSON is made of; its parts that are undefined are not written. */
function asValue(json: object): Value {
	return json as PlainObject;
}

/** Reads what planToJson wrote. Throws RegoError for anything else. */
export function planFromJson(text: string): Plan {
	let json: unknown;
	try {
		json = JSON.parse(text);
	} catch (e) {
		throw new RegoError("rego_compile_error", `not a decision plan: ${messageOf(e)}`);
	}
	if (typeof json !== "object" || json === null || !("version" in json) || !("constants" in json)) {
		throw new RegoError("rego_compile_error", "not a decision plan");
	}
	if (json.version !== planVersion) {
		throw new RegoError("rego_compile_error", `decision plan has version ${String(json.version)}, want ${planVersion}`);
	}
	for (const part of ["constants", "funcs", "builtins", "sources", "queries"]) {
		if (!Array.isArray((json as { readonly [part: string]: unknown })[part])) {
			throw new RegoError("rego_compile_error", `not a decision plan: ${part} is no list`);
		}
	}
	// That far it is a plan; what is inside was checked when it was made.
	const plan = json as Omit<Plan, "constants" | "data"> & {
		readonly constants: readonly Json[];
		readonly data?: Json;
	};
	const { data, ...rest } = plan;
	const constants = plan.constants.map(decode);
	return data === undefined ? { ...rest, constants } : { ...rest, constants, data: decodeData(data) };
}
