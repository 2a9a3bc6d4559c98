/**
 * Errors as the commands print them: objects in JSON output, and lines of text elsewhere. Rego's
 * own errors carry a code and a place; those of loading files are only words.
 */
import { RegoError, RegoErrors } from "../errors.ts";
import { formatLocation } from "../location.ts";
import { messageOf } from "../thrown.ts";
import { fromJs } from "../value/json.ts";
import { type JsonNode, leaf, locationNode, record } from "../value/ordered-json.ts";
import { LoadErrors, MergeError } from "./load-data.ts";

export interface OutputError {
	readonly message: string;
	readonly code?: string;
	readonly location?: { readonly file: string; readonly row: number; readonly col: number };
	readonly details?: unknown;
	/** The error on its own, with its detail lines. */
	readonly text: string;
	/** What it probably means. */
	readonly hint?: string;
}

/** Errors of any kind, one by one. queryText: for the places of run-time errors in the query. */
export function toOutputErrors(e: unknown, queryText?: QueryText): OutputError[] {
	if (e instanceof RegoErrors) return e.errors.map((x) => regoOutputError(x, queryText));
	if (e instanceof RegoError) return [regoOutputError(e, queryText)];
	if (e instanceof LoadErrors) return e.errors.flatMap((x) => toOutputErrors(x, queryText));
	// What only says where errors of ours come from (`bundle x: …`) gives way to them.
	const causes = e instanceof Error && e.cause instanceof Error ? toOutputErrors(e.cause, queryText) : [];
	if (causes.some((x) => x.code !== undefined)) return causes;
	const message = messageOf(e);
	return [{ message, text: message, ...(e instanceof MergeError && e.hint !== undefined ? { hint: e.hint } : {}) }];
}

/** Gives the text of the query's expression at a place: OPA shows it where there is no file name. */
export type QueryText = (row: number, col: number) => string | undefined;

function regoOutputError(e: RegoError, queryText: QueryText | undefined): OutputError {
	// Statements where others should be: to OPA no error with a code.
	if (/^expected (?:exactly one statement$|\w+ but got )/.test(e.reason)) return { message: e.reason, text: e.reason };
	const lines = (e.details?.lines ?? []).map((l) => `\n\t${l}`).join("");
	const at = e.location;
	let place = at === undefined ? "" : formatLocation(at);
	if (at !== undefined && at.file === "" && e.code.startsWith("eval_")) place = queryText?.(at.row, at.col) ?? place;
	return {
		message: e.reason,
		code: e.code,
		...(at === undefined ? {} : { location: at }),
		...(e.details === undefined ? {} : { details: e.details.json }),
		...(e.hint === undefined ? {} : { hint: e.hint }),
		text: `${place === "" ? "" : `${place}: `}${e.code}: ${e.reason}${lines}`,
	};
}

/** `1 error occurred: …` or all of them, one a line. */
export function formatOutputErrors(errors: readonly OutputError[]): string {
	const only = errors[0];
	if (only === undefined) return "no error(s)";
	if (errors.length === 1) return `1 error occurred: ${only.text}`;
	return `${errors.length} errors occurred:\n${errors.map((e) => e.text).join("\n")}`;
}

/** One error as JSON, keys in OPA's order. */
export function errorNode(e: OutputError): JsonNode {
	return record([
		["message", e.message],
		["code", e.code],
		["location", e.location && locationNode(e.location)],
		["details", e.details === undefined || e.details === null ? undefined : detailsNode(e.details)],
	]);
}

/** An error of an evaluation, in the order in which Go's encoder writes its fields. */
export function evaluationErrorNode(e: RegoError): JsonNode {
	return record([
		["code", e.code],
		["message", e.reason],
		["location", e.location && locationNode(e.location)],
		["details", e.details === undefined ? undefined : detailsNode(e.details.json)],
	]);
}

/** Details come from our own code, and keep the order of their keys. */
function detailsNode(v: unknown): JsonNode {
	if (Array.isArray(v)) return { list: v.map(detailsNode) };
	if (typeof v === "object" && v !== null && Object.getPrototypeOf(v) === Object.prototype) {
		return record(Object.entries(v).map(([k, x]): [string, JsonNode] => [k, detailsNode(x)]));
	}
	return leaf(fromJs(v));
}
