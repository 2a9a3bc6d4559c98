/**
 * The one error class and its codes, spelled as OPA's. Parsing and compiling collect errors and
 * throw them together (RegoErrors); evaluation throws one. Undefined is never an error.
 */

import { at as elementAt } from "./at.ts";
import { formatLocation, type Location } from "./location.ts";
import { branded } from "./value/brand.ts";
import { shownAs } from "./value/inspect.ts";

/** What kind of error it is, in OPA's words. */
export type ErrorCode =
	| "rego_parse_error"
	| "rego_compile_error"
	| "rego_type_error"
	| "rego_unsafe_var_error"
	| "rego_recursion_error"
	| "eval_internal_error"
	| "eval_cancel_error"
	| "eval_conflict_error"
	| "eval_type_error"
	| "eval_builtin_error"
	| "eval_with_merge_error";

/** What OPA shows below an error's message. */
export interface ErrorDetails {
	/** Extra lines below the message, as OPA prints them (source line and caret, have/want …). */
	readonly lines: readonly string[];
	/** The JSON of OPA's `details` field. */
	readonly json: unknown;
}

/** An error of parsing, checking or evaluating: OPA's code and message, its place, and a hint. */
export class RegoError extends Error {
	readonly code: ErrorCode;
	/** OPA's message, without location and code. */
	readonly reason: string;
	readonly location: Location | undefined;
	readonly details: ErrorDetails | undefined;
	/** What may help, in words of ours; OPA's message is `reason` alone. */
	hint: string | undefined;
	/** For run-time errors: the rules being evaluated, innermost first. */
	stack_trace: readonly { readonly rule: string; readonly location: Location | undefined }[] = [];

	constructor(
		code: ErrorCode,
		reason: string,
		location?: Location,
		options: {
			readonly details?: ErrorDetails | undefined;
			readonly cause?: unknown;
			readonly hint?: string | undefined;
		} = {},
	) {
		const at = location === undefined ? "" : `${formatLocation(location)}: `;
		super(`${at}${code}: ${reason}`, options.cause === undefined ? undefined : { cause: options.cause });
		this.name = "RegoError";
		this.code = code;
		this.reason = reason;
		this.location = location;
		this.details = options.details;
		this.hint = options.hint;
	}

	/** The shape `opa eval -f json` prints. */
	toJSON(): { message: string; code: ErrorCode; location?: Location; details?: unknown } {
		return {
			message: this.reason,
			code: this.code,
			...(this.location === undefined ? {} : { location: this.location }),
			...(this.details === undefined ? {} : { details: this.details.json }),
		};
	}
}

branded(RegoError, "error");

/** Every error found in one parse or compilation, sorted by place. */
export class RegoErrors extends Error {
	readonly errors: readonly RegoError[];

	constructor(errors: readonly RegoError[]) {
		super(formatErrors(errors));
		this.name = "RegoErrors";
		this.errors = errors;
	}
}

branded(RegoErrors, "errors");
// Without it Node shows each error with a stack of its own: a screen full for every mistake of a policy, and no hints.
shownAs(RegoErrors, (e) => {
	const told = e.errors.map((x) => `${errorText(x)}${x.hint === undefined ? "" : `\n\thint: ${x.hint}`}`);
	const frames = e.stack?.slice(e.stack.indexOf("\n    at ")) ?? "";
	const count = e.errors.length === 1 ? "1 error occurred" : `${e.errors.length} errors occurred`;
	return `${e.name}: ${count}:\n${told.join("\n")}${frames.startsWith("\n    at ") ? frames : ""}`;
});

/** OPA's rendering: `1 error occurred: …` or `2 errors occurred:` and one a line, details below each. */
export function formatErrors(errors: readonly RegoError[]): string {
	if (errors.length === 0) return "no error(s)";
	if (errors.length === 1) return `1 error occurred: ${errorText(elementAt(errors, 0))}`;
	return `${errors.length} errors occurred:\n${errors.map(errorText).join("\n")}`;
}

/** One error with its details below it. */
export function errorText(e: RegoError): string {
	return [e.message, ...(e.details?.lines ?? []).map((l) => `\t${l}`)].join("\n");
}
