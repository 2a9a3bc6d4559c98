/** The tests that mutation testing asks: those of the folders it changes, and the conformance cases as tests. */
export default {
	test: {
		testTimeout: 60_000,
		hookTimeout: 60_000,
		include: process.env.MUTATION_TESTS?.split(",") ?? [
			"test/{eval,plan,compiler,regex,agent,aot}/**/*.test.ts",
			"test/builtins/{regex,glob,operators,limits,walk}.test.ts",
			"test/mutation/*.test.ts",
		],
		// Programs started anew run the build, not the changed sources.
		exclude: ["test/agent/daemon.test.ts"],
	},
};
