/** A policy that was not put in force; `errors` has what is wrong with its text. */
export class PolicyLoadError extends Error {
	readonly errors: readonly string[];

	constructor(message: string, errors: readonly string[] = [message]) {
		super(message);
		this.name = "PolicyLoadError";
		this.errors = errors;
	}
}

/** How many errors of a policy are told, and how much text: who sends policies chooses both. */
export const maxErrors = 100;
const maxErrorText = 64 << 10;
const maxErrorLine = 1024;

/** The errors that are told. */
export function boundedErrors(errors: readonly string[]): readonly string[] {
	const out: string[] = [];
	let size = 0;
	for (const error of errors.slice(0, maxErrors)) {
		const line = error.length > maxErrorLine ? `${error.slice(0, maxErrorLine)}…` : error;
		size += line.length;
		if (size > maxErrorText) break;
		out.push(line);
	}
	const left = errors.length - out.length;
	return left > 0 ? [...out, `… and ${left} more`] : out;
}
