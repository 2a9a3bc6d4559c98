/**
 * A limit of ours that OPA does not have: too many steps, too deep, too long. Code at any depth throws
 * one, nothing turns it into undefined, and it ends the query (`eval_cancel_error`). It must not be an
 * error of the builtin: that makes the call undefined, `not` of it true, and so a huge document could
 * walk past the rule that would have denied it. docs/differences.md lists the limits.
 */
export class LimitError extends Error {
	constructor(message: string) {
		super(message);
		this.name = "LimitError";
	}
}
