/** Mutation testing: see scripts/mutation.js, and `thresholds.break`, the floor. */
export default {
	packageManager: "npm",
	testRunner: "vitest",
	vitest: { configFile: "vitest.mutation.js" },
	// Stryker reads configurations by the interface of older TypeScripts.
	tsconfigFile: "none",
	coverageAnalysis: "perTest",
	// What runs once, when a module is loaded, would need all tests for each mutant.
	ignoreStatic: true,
	mutate: [
		"src/eval/**/*.ts",
		"src/plan/**/*.ts",
		"src/regex/**/*.ts",
		"src/agent/**/*.ts",
		"!src/regex/unicode-tables.ts",
		"!src/agent/protocol/*-proto.ts",
		"!src/agent/kit/*.ts",
	],
	// Most are names of kinds and operations, of which the compiler knows that no other text is possible.
	mutator: { excludedMutations: ["StringLiteral"] },
	ignorePatterns: ["dist", "bench", "docs", "interop"],
	incrementalFile: ".stryker/incremental.json",
	tempDirName: ".stryker/sandbox",
	reporters: ["clear-text", "json"],
	clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
	jsonReporter: { fileName: ".stryker/report.json" },
	timeoutMS: 20_000,
	// The floor for all of it. Measured so far is a sample of lines chosen by chance (--sample, seeds 1 and 2): of 80
	// mutants the tests of their own folders alone noticed 51, which is 64 %. Ten of the other 29 were on the line that
	// reads malformed UTF-8 in globs; those and what could be told from outside have rows since.
	thresholds: { high: 95, low: 90, break: 85 },
};
