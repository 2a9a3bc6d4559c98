/** What is said of a text: nothing when it is right, else every error with its place, in the order they are told. */
import { compile } from "../../src/compile.ts";
import { RegoError, RegoErrors } from "../../src/errors.ts";
import type { SeedText } from "./mutate.ts";

/** Code, message, row and column; 0 and 0 for an error without a place. */
export type TextError = readonly [code: string, message: string, row: number, col: number];

/**
 * Whether these are OPA's errors. OPA gives up at the first statement that it cannot read; we go on, so
 * more may follow after the last of its errors.
 */
export function isSame(found: readonly TextError[], want: readonly TextError[]): boolean {
	// Any mistake in an object is reported at its first value; we add where it is.
	const got = found.filter((_, i) => want.length === 0 || !isCause(found, i));
	if (JSON.stringify(got.slice(0, want.length)) !== JSON.stringify(want)) return false;
	const more = got.slice(want.length);
	const last = want[want.length - 1];
	if (last === undefined || last[0] !== "rego_parse_error") return more.length === 0;
	return more.every((e) => e[0] === "rego_parse_error" && (e[2] > last[2] || (e[2] === last[2] && e[3] >= last[3])));
}

function isCause(errors: readonly TextError[], i: number): boolean {
	const before = errors[i - 1];
	const error = errors[i];
	if (before === undefined || error === undefined || !before[1].endsWith("non-terminated object")) return false;
	return error[2] > before[2] || (error[2] === before[2] && error[3] > before[3]);
}

export function verdict({ text, v0 }: SeedText): readonly TextError[] {
	try {
		compile({ "m0.rego": text }, { regoVersion: v0 ? "v0" : "v1" });
		return [];
	} catch (e) {
		const errors = e instanceof RegoErrors ? e.errors : e instanceof RegoError ? [e] : undefined;
		if (errors === undefined) throw e;
		return errors.map(({ code, reason, location }) => [code, reason, location?.row ?? 0, location?.col ?? 0]);
	}
}
