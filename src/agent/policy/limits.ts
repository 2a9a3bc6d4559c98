/** What a decision may take. */
export interface DecisionLimits {
	readonly steps: number;
	readonly timeMs: number;
}

/** Far above any real decision: a stuck gate is a guest that cannot be stopped. */
export const defaultLimits: DecisionLimits = { steps: 100_000_000, timeMs: 10_000 };

/** Prints are a courtesy: they may take much less than a decision. */
export const printLimits: DecisionLimits = { steps: 2_000_000, timeMs: 100 };
