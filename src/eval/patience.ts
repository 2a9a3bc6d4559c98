/** Thrown where an evaluation takes longer than closures should: it is begun again, by a program that is quicker. */
export class TakesLong extends Error {
	constructor() {
		super("the evaluation takes long");
		this.name = "TakesLong";
	}
}
