import { availableParallelism } from "node:os";
import { configDefaults } from "vitest/config";
import { BaseSequencer } from "vitest/node";
import { patientFlags } from "./bin/patient-v8.js";

/**
 * What runs apart, each file in a process of its own: what counts memory or stack of its process, starts
 * threads that outlive a test, or changes what others would see. All others share the modules of a worker, so that those
 * are loaded once: loading them anew for each file takes as long as the tests do. Such a test leaves the process as it
 * was: no listener, no variable of the environment, no folder it went to, no clock of its own.
 */
const apart = [
	"test/{depth,late}.test.ts",
	"test/agent/{hostile/*,daemon,faults,fuzz,thread,watch}.test.ts",
	"test/cli/{bench,commands,watched-limits}.test.ts",
	"test/docs/recipes.test.ts",
	"test/genpolicy/image/big-layer.test.ts",
	"test/package/*.test.ts",
	"test/playground/*.test.ts",
	"test/regex/soak.test.ts",
];
/** The runner of conformance cases does that, too. */
const exclude = [...configDefaults.exclude, "test/mutation/**"];
/**
 * A slow or busy machine is no failure: the only bound on time is for tests that hang. Nearly all of what tests call they
 * call a few times: what V8 would spend on optimising it is a fifth of their time.
 */
const common = { testTimeout: 300_000, hookTimeout: 300_000, execArgv: patientFlags(process.versions.v8) };

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
		// What is made of sources is kept, by their content: both projects load nearly all of them.
		experimental: { fsModuleCache: true },
		// While some wait for processes, sockets or clocks, the cases that run beside have their core (scripts/test.js).
		maxWorkers: availableParallelism(),
		sequence: { sequencer: LongFirst },
		projects: [
			{ extends: true, test: { ...common, name: "apart", include: apart, exclude } },
			{ extends: true, test: { ...common, name: "shared", exclude: [...exclude, ...apart], isolate: false } },
		],
	},
};
