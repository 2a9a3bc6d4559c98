/** What long work asks of whoever runs it: to count its steps, and to end an evaluation that grows past all bounds. */
export interface Work {
	/** Counts units of work against the limits of the evaluation; throws once they are used up. */
	step(count?: number): void;
	/** Ends the evaluation. */
	halt(message: string): never;
}

/** Longest string that is built, in UTF-16 units. */
export const maxStringLength: number = 2 ** 28;
