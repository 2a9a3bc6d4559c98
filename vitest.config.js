import { availableParallelism } from "node:os";
import { configDefaults } from "vitest/config";
import { BaseSequencer } from "vitest/node";

/**
 * Tests of functions only: no process, socket, clock, or memory that is measured. They share the modules of a worker,
 * so that those are loaded once: loading them anew for each file takes as long as the tests do. All others run apart.
 */
const shared = [
	"test/{aot,builtins,bundle,compiler,conformance,eval,explain,face,format,parser,plan,regex,topdown,value}/**/!(soak).test.ts",
	"test/agent/{agent-policy,contrast,decisions,digest,json-patch,protocol,request-schema,serde*,strict-base64}.test.ts",
	"test/genpolicy/{hostile,random,recorded,requests}.test.ts",
	"test/{hostile,opa-wasm}/*.test.ts",
];
/** The runner of conformance cases does that, too. */
const exclude = [...configDefaults.exclude, "test/mutation/**"];
/** A slow or busy machine is no failure: the only bound on time is for tests that hang. */
const common = { testTimeout: 300_000, hookTimeout: 300_000 };

/** What takes longest begins first, so that no core is left with it in the end. */
const long = /[\\/](?:agent[\\/]hostile[\\/]\w+|(?:depth|daemon|bench|hostile)|(?:eval|server)[\\/]\w+)\.test\.ts$/;

class LongFirst extends BaseSequencer {
	async sort(files) {
		const sorted = await super.sort(files);
		const isLong = (file) => long.test(file.moduleId);
		return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
	}
}

export default {
	test: {
		// One more than there are cores: some wait for processes, sockets or clocks.
		maxWorkers: availableParallelism() + 1,
		sequence: { sequencer: LongFirst },
		projects: [
			{ extends: true, test: { ...common, name: "apart", exclude: [...exclude, ...shared] } },
			{ extends: true, test: { ...common, name: "shared", include: shared, exclude, isolate: false } },
		],
	},
};
