/** A policy that was not put in force; `errors` has every problem found in its text. */
export class PolicyLoadError extends Error {
	readonly errors: readonly string[];

	constructor(message: string, errors: readonly string[] = [message]) {
		super(message);
		this.name = "PolicyLoadError";
		this.errors = errors;
	}
}
