/**
 * `rego agent …`: the Kata agent's gate and the tools around its policies. Each subcommand lives in
 * a file of its own, loaded when it is asked for.
 */
import type { AgentSubcommand } from "./agent-command.ts";
import { describeFlags, HelpRequested } from "./flags.ts";
import { type CliIo, CommandError } from "./io.ts";

interface AgentCommand {
	readonly usage: string;
	readonly about: string;
	readonly load: () => Promise<AgentSubcommand>;
}

const commands: Readonly<Record<string, AgentCommand>> = {
	annotation: {
		usage:
			"rego agent annotation decode [--workload NAME] [--data ENTRY] FILE|-\n" +
			"  rego agent annotation encode [--workload NAME] [--data ENTRY=FILE] [--remove ENTRY] [--in-place] [FILE|-]",
		about: "Print the initdata or policy of an annotation, or write it into a manifest",
		load: async () => (await import("./agent-annotation.ts")).annotationCommand,
	},
	coverage: {
		usage: "rego agent coverage --policy POLICY REQUESTS...",
		about: "Tell what logs of requests made of a policy, and what it permits that nothing used",
		load: async () => (await import("./agent-coverage.ts")).coverageCommand,
	},
	digest: {
		usage: "rego agent digest [--format pretty|json] FILE|FOLDER|-...",
		about: "Print the digests of policies, and of the initdata they come in, as TEEs report them",
		load: async () => (await import("./agent-digest.ts")).digestCommand,
	},
	genpolicy: {
		usage: "rego agent genpolicy [-y MANIFEST] -j SETTINGS -p RULES [--images PLACE]...",
		about: "Generate policies for the pods of Kubernetes manifests",
		load: async () => (await import("./agent-genpolicy.ts")).genpolicyCommand,
	},
	image: {
		usage: "rego agent image --root DIR [--kind KIND]",
		about: "Put the gate into a guest image: units, launchers and the command",
		load: async () => (await import("./agent-image.ts")).imageCommand,
	},
	manifest: {
		usage:
			"rego agent manifest create [-m manifest.json] [--reference-values FILE] FILE|FOLDER|-...\n" +
			"  rego agent manifest verify [-m manifest.json] [--report REPORT] FILE|FOLDER|-...",
		about: "Write the policies of workloads into Contrast's manifest, or compare the two",
		load: async () => (await import("./agent-manifest.ts")).manifestCommand,
	},
	replay: {
		usage: "rego agent replay --policy POLICY [--expect OUTPUTS] [--mutations MUTATIONS] REQUESTS",
		about: "Decide recorded requests again",
		load: async () => (await import("./agent-replay.ts")).replayCommand,
	},
	serve: {
		usage: "rego agent serve --listen ADDRESS --upstream ADDRESS [--policy POLICY]",
		about: "Stand between shim and agent and enforce a policy",
		load: async () => (await import("./agent-serve.ts")).serveCommand,
	},
	test: {
		usage: "rego agent test --policy POLICY TESTCASES...",
		about: "Run test cases in genpolicy's format",
		load: async () => (await import("./agent-test.ts")).testCommand,
	},
	why: {
		usage: "rego agent why --policy POLICY [--event EVENT] REQUESTS[#N]",
		about: "Explain why a policy denies a request",
		load: async () => (await import("./agent-why.ts")).whyCommand,
	},
};

/** Run `rego agent <argv>`; the exit code. */
export async function runAgentCommand(argv: readonly string[], io: CliIo): Promise<number> {
	const [name, ...rest] = argv;
	if (name === undefined || name === "help" || name === "--help" || name === "-h") {
		io.stdout(overview());
		return 0;
	}
	const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
	if (command === undefined) throw new CommandError(`unknown command "${name}" for "rego agent"`, 1);
	const { flags, run } = await command.load();
	try {
		return await run(rest, io);
	} catch (e) {
		if (!(e instanceof HelpRequested)) throw e;
		io.stdout(`${command.about}\n\nUsage:\n  ${command.usage}\n\nFlags:\n${describeFlags(flags)}`);
		return 0;
	}
}

function overview(): string {
	const width = Math.max(...Object.keys(commands).map((n) => n.length)) + 3;
	const list = Object.entries(commands).map(([n, c]) => `  ${n.padEnd(width)}${c.about}\n`);
	return `Kata Containers agent policies\n\nUsage:\n  rego agent <command>\n\nCommands:\n${list.join("")}`;
}
