/** A slow or busy machine is no failure: tests that hang are ended after a minute. All cores are used. */
export default { test: { testTimeout: 60_000, hookTimeout: 60_000, maxWorkers: "100%" } };
