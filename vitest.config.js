import { configDefaults } from "vitest/config";

/**
 * A slow or busy machine is no failure: tests that hang are ended after a minute. All cores are used.
 * What is in test/mutation the runner of conformance cases does, too.
 */
export default {
	test: {
		testTimeout: 60_000,
		hookTimeout: 60_000,
		maxWorkers: "100%",
		exclude: [...configDefaults.exclude, "test/mutation/**"],
	},
};
