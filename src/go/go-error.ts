/** A refusal in the words of Go's library, without the name of the builtin it ends. */
export class GoError extends Error {
	override readonly name = "GoError";
}
