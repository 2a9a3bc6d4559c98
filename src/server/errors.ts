/**
 * What goes wrong in a request, and what that is in OPA's REST API: a status, a code and a message, with
 * the errors of a policy or an evaluation below it where there are any.
 */

import { RegoError, RegoErrors } from "../errors.ts";
import { messageOf } from "../thrown.ts";
import { indented, type JsonItem, type JsonNode, locationNode, record } from "../value/ordered-json.ts";
import { type Answer, json } from "./answer.ts";

/** OPA's codes. */
export type ApiCode =
	| "internal_error"
	| "unauthorized"
	| "invalid_parameter"
	| "invalid_operation"
	| "resource_not_found"
	| "resource_conflict"
	| "undefined_document"
	| "unsupported";

/** An error that says itself what it is answered with. */
export class ApiError extends Error {
	readonly status: number;
	readonly code: ApiCode;
	readonly errors: readonly RegoError[];

	constructor(status: number, code: ApiCode, message: string, errors: readonly RegoError[] = []) {
		super(message);
		this.name = "ApiError";
		this.status = status;
		this.code = code;
		this.errors = errors;
	}
}

/** 400: the request is wrong. */
export function badRequest(message: string): ApiError {
	return new ApiError(400, "invalid_parameter", message);
}

export type StorageCode = "storage_not_found_error" | "storage_write_conflict_error" | "storage_invalid_patch_error";

/** A read or write of documents or policies that cannot be. */
export class StorageError extends Error {
	readonly code: StorageCode;

	constructor(code: StorageCode, message: string) {
		super(`${code}: ${message}`);
		this.name = "StorageError";
		this.code = code;
	}
}

export const messages = {
	compileModule: "error(s) occurred while compiling module(s)",
	parseQuery: "error(s) occurred while parsing query",
	compileQuery: "error(s) occurred while compiling query",
	evaluation: "error(s) occurred while evaluating query",
} as const;

/** Any error as what it is answered with. */
function toApiError(e: unknown): ApiError {
	if (e instanceof ApiError) return e;
	if (e instanceof StorageError) {
		switch (e.code) {
			case "storage_write_conflict_error":
				return new ApiError(404, "resource_conflict", e.message);
			case "storage_invalid_patch_error":
				return new ApiError(400, "invalid_parameter", e.message);
			case "storage_not_found_error":
				return new ApiError(404, "resource_not_found", e.message);
		}
	}
	if (e instanceof RegoError && e.code.startsWith("eval_")) {
		return new ApiError(500, "internal_error", messages.evaluation, [e]);
	}
	if (e instanceof RegoError || e instanceof RegoErrors) return new ApiError(500, "internal_error", e.message);
	return new ApiError(500, "internal_error", messageOf(e));
}

/** Errors of a policy that was sent: parse errors without a list where OPA has none. */
export function policyErrors(e: unknown, code: ApiCode, message: string): unknown {
	if (!(e instanceof RegoErrors)) return e;
	const [only] = e.errors;
	if (e.errors.length === 1 && only?.reason === "empty module") {
		return new ApiError(400, code, `${only.location?.file ?? ""}:0: ${only.code}: ${only.reason}`);
	}
	return new ApiError(400, code, message, e.errors);
}

/** An error's answer: always indented, whether `pretty` or not. */
export function errorAnswer(e: unknown): Answer {
	const { status, code, message, errors } = toApiError(e);
	const body = record([
		["code", code],
		["message", message],
		["errors", errors.length === 0 ? undefined : { list: errors.map(errorBody) }],
	]);
	return json(status, indented(body));
}

function errorBody(e: RegoError): JsonNode {
	const at = e.location;
	return record([
		["code", e.code],
		["message", e.reason],
		["location", at && locationNode(at)],
		["details", e.details === undefined || e.details.json === null ? undefined : detailsBody(e.details.json)],
	]);
}

/** Details are made by our own code, and keep the order of their members. */
function detailsBody(v: unknown): JsonItem {
	if (Array.isArray(v)) return { list: v.map(detailsBody) };
	if (typeof v === "string" || typeof v === "number") return v;
	if (typeof v === "object" && v !== null) {
		return record(Object.entries(v).map(([k, x]): [string, JsonItem] => [k, detailsBody(x)]));
	}
	return { value: typeof v === "boolean" ? v : null };
}
