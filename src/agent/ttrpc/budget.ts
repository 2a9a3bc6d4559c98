/**
 * Bytes held at one time: of unfinished frames, of requests in progress, and of what is written and not
 * yet taken by its reader. One budget serves all connections, so that memory has one bound whoever
 * takes it.
 */
export interface Budget {
	used: number;
	readonly max: number;
}

/** The most that small requests may take it to: a health check passes while large ones are refused. */
export function mostForSmall(budget: Budget): number {
	return budget.max + budget.max / 8;
}

export function newBudget(max: number): Budget {
	return { used: 0, max };
}
