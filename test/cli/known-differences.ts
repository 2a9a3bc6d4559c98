/**
 * Goldens that `rego eval` does not reproduce, and why. One that it does reproduce fails the tests,
 * so this list cannot go stale.
 */
export const knownDifferences: Readonly<Record<string, string>> = {};
