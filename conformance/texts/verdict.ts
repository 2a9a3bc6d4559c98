/** What is said of texts: nothing when they are right, else every error with its place, in the order they are told. */
import { compile } from "../../src/compile.ts";
import { RegoError, RegoErrors } from "../../src/errors.ts";
import type { Question } from "./mutate.ts";

/** Code, message, row, column, and the file where that is not the first; 0 and 0 for an error without a place. */
export type TextError = readonly [code: string, message: string, row: number, col: number, file?: string];

export function textError(code: string, message: string, row = 0, col = 0, file = ""): TextError {
	return file === "" || file === "m0.rego" ? [code, message, row, col] : [code, message, row, col, file];
}

export function verdict({ modules, query, v0 }: Question): readonly TextError[] {
	try {
		const regoVersion = v0 ? "v0" : "v1";
		const policy = compile(Object.fromEntries(modules.map((text, i) => [`m${i}.rego`, text])), { regoVersion });
		if (query !== undefined) policy.query(query, { regoVersion, limits: { steps: 100_000 } });
		return [];
	} catch (e) {
		const errors = e instanceof RegoErrors ? e.errors : e instanceof RegoError ? [e] : undefined;
		if (errors === undefined) throw e;
		// What evaluation comes across says nothing about the text.
		return errors
			.filter((error) => error.code.startsWith("rego_"))
			.map(({ code, reason, location: at }) => textError(code, reason, at?.row, at?.col, at?.file));
	}
}

/**
 * Whether these are OPA's errors. OPA gives up at the first statement that it cannot read; we go on, so
 * more may follow after the last of its errors.
 */
export function isSame(found: readonly TextError[], want: readonly TextError[]): boolean {
	const files = new Set([...found, ...want].map((e) => e[4]));
	return [...files].every((file) => {
		const of = (errors: readonly TextError[]): readonly TextError[] => errors.filter((e) => e[4] === file);
		return isSameOfFile(of(found), of(want));
	});
}

function isSameOfFile(found: readonly TextError[], want: readonly TextError[]): boolean {
	// Any mistake in an object is reported at its first value; we add where it is.
	const got = found.filter((_, i) => want.length === 0 || !isCause(found, i));
	if (told(got.slice(0, want.length)) !== told(want)) return false;
	const more = got.slice(want.length);
	const last = want[want.length - 1];
	if (last === undefined || last[0] !== "rego_parse_error") return more.length === 0;
	return more.every((e) => e[0] === "rego_parse_error" && (e[2] > last[2] || (e[2] === last[2] && e[3] >= last[3])));
}

/** OPA keeps unsafe variables, and the rules of a circle, in no order of theirs. */
function told(errors: readonly TextError[]): string {
	const lines = errors.map((e) => JSON.stringify(e));
	const free = errors.every((e) => e[0] === "rego_unsafe_var_error" || e[0] === "rego_recursion_error");
	return (free ? lines.sort() : lines).join("\n");
}

function isCause(errors: readonly TextError[], i: number): boolean {
	const before = errors[i - 1];
	const error = errors[i];
	if (before === undefined || error === undefined || !before[1].endsWith("non-terminated object")) return false;
	return error[2] > before[2] || (error[2] === before[2] && error[3] > before[3]);
}
