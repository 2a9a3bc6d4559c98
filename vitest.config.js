/** A slow or busy machine is no failure: tests that hang are ended after a minute. */
export default { test: { testTimeout: 60_000, hookTimeout: 60_000 } };
