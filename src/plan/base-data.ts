/**
 * Base data that go with a plan, so that what was built decides as what it was built from. They are read as constants
 * are, and frozen: whoever gets hold of them cannot change what is decided later.
 */
import { RegoError } from "../errors.ts";
import { isPlainObject, type PlainObject } from "../value/value.ts";
import { decode, type Json } from "./constants.ts";
import type { Plan } from "./plan.ts";

/** Reads data in the JSON form of constants. Throws RegoError for what is no object. */
export function decodeData(json: Json): PlainObject {
	const data = decode(json);
	if (!isPlainObject(data)) throw new RegoError("rego_compile_error", "not a decision plan: data is no object");
	return frozen(data);
}

/** Data with all that is in them frozen. Goes through them without recursion: they may be deeper than the stack. */
function frozen(data: PlainObject): PlainObject {
	const left: object[] = [data];
	for (let o = left.pop(); o !== undefined; o = left.pop()) {
		Object.freeze(o);
		for (const v of Object.values(o)) if (typeof v === "object" && v !== null) left.push(v);
	}
	return data;
}

/** A plan with these data in the place of those it has: without any where there is nothing in them. */
export function withBaseData(plan: Plan, data: PlainObject): Plan {
	const { data: _others, ...rest } = plan;
	return Object.keys(data).length === 0 ? rest : { ...rest, data };
}
