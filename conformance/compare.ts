/**
 * What OPA's own runner asks of a case. Rows are compared as a set, after going through JSON (sets
 * become sorted arrays, keys text); errors by code and by a part of their text.
 */
import { RegoError, RegoErrors } from "../src/errors.ts";
import type { QueryRow } from "../src/policy.ts";
import { getOwn, RegoSet } from "../src/value/collections.ts";
import { compare, equal } from "../src/value/compare.ts";
import { parseJson, toJson } from "../src/value/json.ts";
import { isArray, type PlainObject, type Value } from "../src/value/value.ts";
import type { Case, WantedError } from "./cases.ts";

export type Answer = { readonly rows: readonly QueryRow<Value>[] } | { readonly error: unknown };

/** What is wrong with the answer, or undefined when it is the wanted one. */
export function compareAnswer(c: Case, answer: Answer): string | undefined {
	if ("error" in answer) return compareError(c, answer.error);
	if (c.wantErrorCode !== undefined || c.wantError !== undefined) {
		return `wanted the error ${c.wantErrorCode ?? ""} ${c.wantError ?? ""}, got ${showRows(answer.rows)}`;
	}
	if (c.wantResult !== undefined) return compareRows(c, c.wantResult, answer.rows);
	if (c.wantDefined !== undefined) {
		if (answer.rows.length > 0 === c.wantDefined) return undefined;
		return `wanted ${c.wantDefined ? "a" : "no"} result, got ${showRows(answer.rows)}`;
	}
	return "the case wants neither a result nor an error";
}

function compareRows(c: Case, want: readonly PlainObject[], rows: readonly QueryRow<Value>[]): string | undefined {
	const wanted = RegoSet.of(want.map((r) => normalRow(withoutGenerated(r), c.sortBindings)));
	const got = RegoSet.of(rows.map((r) => normalRow(parseJson(toJson(r.bindings)) as PlainObject, c.sortBindings)));
	if (equal(wanted, got)) return undefined;
	return `wanted ${toJson(wanted)}, got ${toJson(got)}`;
}

/** Some rows of OPA's suite list variables that its compiler made up. */
function withoutGenerated(row: PlainObject): PlainObject {
	return Object.fromEntries(Object.entries(row).filter(([k]) => !/^(?:\$|__local)/.test(k)));
}

function normalRow(row: PlainObject, sortBindings: boolean): Value {
	if (!sortBindings) return row;
	const sorted = Object.keys(row).map((k): [string, Value] => {
		const v = getOwn(row, k) as Value;
		return [k, isArray(v) ? [...v].sort(compare) : v];
	});
	return Object.fromEntries(sorted);
}

function compareError(c: Case, error: unknown): string | undefined {
	const errors = error instanceof RegoErrors ? error.errors : error instanceof RegoError ? [error] : [];
	const shown = error instanceof Error ? error.message : String(error);
	if (errors.length === 0) {
		const stack = error instanceof Error ? (error.stack ?? "").split("\n").slice(1, 3).join(" ").trim() : "";
		return `internal error: ${shown} ${stack}`;
	}
	if (c.wantErrorCode === undefined && c.wantError === undefined) return `unwanted error: ${shown}`;
	if (c.wantErrors !== undefined) return compareErrors(c.wantErrors, errors);
	const fits = errors.some(
		(e) =>
			(c.wantErrorCode === undefined || e.code === c.wantErrorCode) &&
			(c.wantError === undefined || e.message.includes(c.wantError)),
	);
	return fits ? undefined : `wanted the error ${c.wantErrorCode ?? ""} ${c.wantError ?? ""}, got ${shown}`;
}

/** All errors, in any order: their places and texts must be the wanted ones. */
function compareErrors(wanted: readonly WantedError[], errors: readonly RegoError[]): string | undefined {
	const line = (file: string, row: number, col: number, code: string, message: string): string =>
		`${file}:${row}:${col}: ${code}: ${message}`;
	const want = wanted.map((e) => line(e.file ?? "", e.row ?? 0, e.col ?? 0, e.code, e.message)).sort();
	const got = errors
		.map((e) => line(e.location?.file ?? "", e.location?.row ?? 0, e.location?.col ?? 0, e.code, e.reason))
		.sort();
	if (want.join("\n") === got.join("\n")) return undefined;
	return `wanted the errors ${want.join(" | ")}, got ${got.join(" | ")}`;
}

function showRows(rows: readonly QueryRow<Value>[]): string {
	return rows.length === 0 ? "undefined" : toJson(rows.map((r) => r.bindings));
}
