/**
 * Reads recorded requests back, whoever recorded them: the agent's log of today (`{"kind","request"}`
 * a line), its older one (`["ep":"Name",{…}],`, not JSON), that of the OPA days with the request below
 * `input`, and plain `["Name",{…}]` lines. In: text. Out: requests in order.
 */

import { at } from "../../at.ts";
import { messageOf } from "../../thrown.ts";
import { getOwn } from "../../value/collections.ts";
import { parseJson } from "../../value/json.ts";
import { isArray, isObject, isPlainObject, type Value } from "../../value/value.ts";

export interface RecordedRequest {
	readonly kind: string;
	readonly request: Value;
	/** 1-based. */
	readonly line: number;
}

export interface RecordedRequests {
	readonly requests: readonly RecordedRequest[];
	/** Lines that hold a rule's result (`{"allowed": …}`), which today's agent logs among the requests. */
	readonly results: number;
}

/** What a line that is none of the formats is reported as. */
class RequestLogError extends Error {}

const oldLine = /^\["ep":\s*("(?:[^"\\]|\\.)*")\s*,\s*(.*)\],?$/s;

/** Throws RequestLogError naming the line. */
export function readRequestLog(text: string): RecordedRequests {
	const requests: RecordedRequest[] = [];
	let results = 0;
	for (const [i, line] of text.split("\n").entries()) {
		if (line.trim() === "") continue;
		const read = readRequestLine(line, i + 1);
		if (read === undefined) results++;
		else requests.push(read);
	}
	return { requests, results };
}

/** One line of a log, by its number; undefined for a rule's result. Throws RequestLogError naming the line. */
export function readRequestLine(text: string, line: number): RecordedRequest | undefined {
	let read: { readonly kind: string; readonly request: Value } | undefined;
	try {
		read = readLine(text.trim());
	} catch (e) {
		throw new RequestLogError(`line ${line}: ${messageOf(e)}`);
	}
	if (read === undefined) throw new RequestLogError(`line ${line}: not a recorded request`);
	return isRuleResult(read.request) ? undefined : { ...read, line };
}

function readLine(line: string): { readonly kind: string; readonly request: Value } | undefined {
	const old = oldLine.exec(line);
	if (old !== null) {
		const request = parseJson(at(old, 2));
		return { kind: parseJson(at(old, 1)) as string, request: withoutInput(request) };
	}
	const v = parseJson(line);
	if (isArray(v)) {
		const [kind, request] = v;
		return v.length === 2 && typeof kind === "string" && request !== undefined ? { kind, request } : undefined;
	}
	if (!isPlainObject(v)) return undefined;
	const kind = getOwn(v, "kind");
	const request = getOwn(v, "request") ?? getOwn(v, "data");
	return typeof kind === "string" && request !== undefined ? { kind, request } : undefined;
}

function withoutInput(v: Value): Value {
	if (!isPlainObject(v)) return v;
	const input = getOwn(v, "input");
	return input !== undefined && isObject(input) && Object.keys(v).length === 1 ? input : v;
}

function isRuleResult(v: Value): boolean {
	return isPlainObject(v) && typeof getOwn(v, "allowed") === "boolean";
}
