/**
 * Cases whose wanted answer is of an OPA older than the one we follow. Each is judged by the answer
 * that OPA gives now, recorded from the real one in superseded.json with the reason; every other case
 * is judged as it stands.
 */
import { readFileSync } from "node:fs";
import { equal } from "../src/value/compare.ts";
import { parseJson } from "../src/value/json.ts";
import { isArray, isObject, isRegoObject, type PlainObject, type Value } from "../src/value/value.ts";
import type { Case } from "./cases.ts";

export interface Superseded {
	readonly case: string;
	readonly reason: string;
	/** Rows, as a case has them. */
	readonly wantResult: readonly PlainObject[];
}

/** Reads superseded.json. Throws where an entry is incomplete or a case is listed twice. */
export function readSuperseded(file: string): readonly Superseded[] {
	const list = parseJson(readFileSync(file, "utf8"));
	if (!isArray(list)) throw new Error(`${file}: not a list`);
	const out = list.map((entry) => {
		const { case: id, reason, want_result: rows } = isPlain(entry) ? entry : {};
		if (typeof id !== "string" || typeof reason !== "string" || reason.trim() === "") {
			throw new Error(`${file}: each entry needs a case and a reason`);
		}
		if (rows === undefined || !isArray(rows) || !rows.every(isPlain)) throw new Error(`${file}: ${id} has no rows`);
		return { case: id, reason, wantResult: rows };
	});
	for (const [i, { case: id }] of out.entries()) {
		if (out.findIndex((e) => e.case === id) !== i) throw new Error(`${file}: ${id} is listed twice`);
	}
	return out;
}

/** The case to run: with the superseding answer, where there is one and the case wants another. */
export function supersede(c: Case, list: readonly Superseded[]): Case {
	const entry = list.find((e) => e.case === c.id);
	if (entry === undefined || (c.wantResult !== undefined && equal(c.wantResult, entry.wantResult))) return c;
	return { ...c, wantResult: entry.wantResult, wantDefined: undefined, wantErrorCode: undefined, wantError: undefined };
}

function isPlain(v: Value): v is PlainObject {
	return isObject(v) && !isRegoObject(v);
}
