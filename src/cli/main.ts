/**
 * The `rego` command. Each subcommand lives in a file of its own, loaded when it is asked for.
 * Exit codes and the wording of usage errors are those of `opa`.
 */

import { LimitError } from "../limit-error.ts";
import { UnwritableError } from "../value/text-limit.ts";
import { HelpRequested } from "./flags.ts";
import { type CliIo, CommandError } from "./io.ts";

export { type CliIo, processIo } from "./io.ts";

export interface Command {
	readonly usage: string;
	readonly about: string;
	readonly run: (argv: readonly string[], io: CliIo) => Promise<number>;
	/** The flags, for --help. */
	readonly flags?: () => Promise<string>;
}

/** By name. */
export const commands: Readonly<Record<string, Command>> = {
	agent: {
		usage: "rego agent <command>",
		about: "Kata Containers agent policies: replay recorded requests, serve decisions",
		run: async (argv, io) => (await import("./agent.ts")).runAgentCommand(argv, io),
	},
	bench: {
		usage: "rego bench <query> [flags]",
		about: "Measure how long a query takes",
		run: async (argv, io) => (await import("./bench.ts")).runBench(argv, io),
		flags: async () => (await import("./bench.ts")).benchHelp(),
	},
	build: {
		usage: "rego build <path> [path ...] [flags]",
		about: "Compile policies to a decision plan",
		run: async (argv, io) => (await import("./build.ts")).runBuild(argv, io),
		flags: async () => (await import("./build.ts")).buildHelp(),
	},
	capabilities: {
		usage: "rego capabilities [flags]",
		about: "Print the capabilities of this engine, of a version of OPA or of a file",
		run: async (argv, io) => (await import("./capabilities.ts")).runCapabilities(argv, io),
		flags: async () => (await import("./capabilities.ts")).capabilitiesHelp(),
	},
	check: {
		usage: "rego check <path> [path ...] [flags]",
		about: "Check that policies parse and compile",
		run: async (argv, io) => (await import("./check.ts")).runCheck(argv, io),
		flags: async () => (await import("./check.ts")).checkHelp(),
	},
	completion: {
		usage: "rego completion <bash|zsh|fish>",
		about: "Print a script that completes command lines in a shell",
		run: async (argv, io) => (await import("./completion.ts")).runCompletion(argv, io),
	},
	coverage: {
		usage: "rego coverage <document> [document ...] --inputs FILE [flags]",
		about: "Tell what a log of inputs made of a policy, and what it permits that nothing used",
		run: async (argv, io) => (await import("./coverage.ts")).runCoverage(argv, io),
		flags: async () => (await import("./coverage.ts")).coverageHelp(),
	},
	deps: {
		usage: "rego deps <query> [flags]",
		about: "List the documents that a query depends on",
		run: async (argv, io) => (await import("./deps.ts")).runDeps(argv, io),
		flags: async () => (await import("./deps.ts")).depsHelp(),
	},
	diff: {
		usage: "rego diff OLD NEW [document ...] [flags]",
		about: "Compare two policies: what one allows and the other denies",
		run: async (argv, io) => (await import("./diff.ts")).runDiff(argv, io),
		flags: async () => (await import("./diff.ts")).diffHelp(),
	},
	eval: {
		usage: "rego eval <query> [flags]",
		about: "Evaluate a Rego query",
		run: async (argv, io) => (await import("./eval.ts")).runEval(argv, io),
		flags: async () => (await import("./flags.ts")).describeFlags((await import("./eval-flags.ts")).evalFlags),
	},
	exec: {
		usage: "rego exec <path> [path ...] [flags]",
		about: "Evaluate one decision for each of many input files",
		run: async (argv, io) => (await import("./exec.ts")).runExec(argv, io),
		flags: async () => (await import("./exec.ts")).execHelp(),
	},
	fmt: {
		usage: "rego fmt [path [...]] [flags]",
		about: "Format Rego source files",
		run: async (argv, io) => (await import("./fmt.ts")).runFmt(argv, io),
		flags: async () => (await import("./fmt.ts")).fmtHelp(),
	},
	inspect: {
		usage: "rego inspect <path> [flags]",
		about: "Tell what a bundle or a module holds",
		run: async (argv, io) => (await import("./inspect.ts")).runInspect(argv, io),
		flags: async () => (await import("./inspect.ts")).inspectHelp(),
	},
	parse: {
		usage: "rego parse <path> [flags]",
		about: "Print the syntax tree of a policy",
		run: async (argv, io) => (await import("./parse.ts")).runParse(argv, io),
		flags: async () => (await import("./parse.ts")).parseHelp(),
	},
	refactor: {
		usage: "rego refactor move <path> [path ...] [flags]",
		about: "Rename packages and the references to them",
		run: async (argv, io) => (await import("./refactor.ts")).runRefactor(argv, io),
		flags: async () => (await import("./refactor.ts")).refactorHelp(),
	},
	run: {
		usage: "rego run [flags] [files]",
		about: "Try policies in an interactive shell, or serve decisions (OPA's REST API)",
		run: async (argv, io) => (await import("./run.ts")).runRun(argv, io),
		flags: async () => (await import("./run.ts")).runHelp(),
	},
	sign: {
		usage: "rego sign -b <path> [path ...] [flags]",
		about: "Write the signature of bundles",
		run: async (argv, io) => (await import("./sign.ts")).runSign(argv, io),
		flags: async () => (await import("./sign.ts")).signHelp(),
	},
	test: {
		usage: "rego test <path> [path ...] [flags]",
		about: "Run the tests of policies",
		run: async (argv, io) => (await import("./test.ts")).runTests(argv, io),
		flags: async () => (await import("./test.ts")).testHelp(),
	},
	why: {
		usage: "rego why <document> [flags]",
		about: "Explain why a policy denies an input, and what would have to change",
		run: async (argv, io) => (await import("./why.ts")).runWhy(argv, io),
		flags: async () => (await import("./why.ts")).whyHelp(),
	},
	version: {
		usage: "rego version [flags]",
		about: "Print the version",
		run: async (argv, io) => (await import("./version.ts")).runVersion(argv, io),
		flags: async () => (await import("./version.ts")).versionHelp(),
	},
};

/** Run a command line; the exit code. */
export async function main(argv: readonly string[], io: CliIo): Promise<number> {
	const [name, ...rest] = argv;
	if (name === undefined || name === "help" || name === "--help" || name === "-h") {
		const command = rest[0] === undefined ? undefined : known(rest[0]);
		if (rest[0] !== undefined && command === undefined) return unknownCommand(rest[0], io);
		io.stdout(command === undefined ? overview() : await commandHelp(rest[0] ?? "", command));
		return 0;
	}
	if (name === "--version") return (await import("./version.ts")).printVersion(io);
	if (name === "__complete") {
		const { completions } = await import("./completion.ts");
		io.stdout(completions(rest, Object.keys(commands), await known(rest[0] ?? "")?.flags?.()));
		return 0;
	}
	const command = known(name);
	if (command === undefined) return unknownCommand(name, io);
	try {
		return await command.run(rest, io);
	} catch (e) {
		if (e instanceof HelpRequested) {
			io.stdout(await commandHelp(name, command));
			return 0;
		}
		if (e instanceof CommandError) {
			if (e.exitCode === 1) io.stderr(`Error: ${e.message}\n${await usageText(command)}\n`);
			else io.stderr(`${e.message}\n`);
			return e.exitCode;
		}
		// Numbers that are no JSON, and what is too long or too deep.
		if (e instanceof UnwritableError || e instanceof LimitError) {
			io.stderr(`${e.message}\n`);
			return 2;
		}
		throw e;
	}
}

function known(name: string): Command | undefined {
	return Object.hasOwn(commands, name) ? commands[name] : undefined;
}

async function unknownCommand(name: string, io: CliIo): Promise<number> {
	const { didYouMean } = await import("./did-you-mean.ts");
	const meant = didYouMean(name, Object.keys(commands));
	const what = name.startsWith("-") ? `unknown flag: ${name}` : `unknown command "${name}" for "rego"`;
	const hint = meant === undefined ? "" : `\n\nDid you mean this?\n\t${meant}\n`;
	io.stderr(`Error: ${what}${hint}\nRun 'rego --help' for usage.\n`);
	return 1;
}

/** What the overview shows together; a test says that every command is there. */
const groups: Readonly<Record<string, readonly string[]>> = {
	"To decide": ["eval", "exec", "run"],
	"To write policies": ["check", "fmt", "test", "bench", "parse", "deps", "refactor"],
	"To understand decisions": ["why", "coverage", "diff"],
	"To ship policies": ["build", "sign", "inspect", "capabilities"],
	"Kata Containers": ["agent"],
	"The command itself": ["completion", "version"],
};

function overview(): string {
	const width = Math.max(...Object.keys(commands).map((n) => n.length)) + 2;
	const line = (n: string): string => `  ${n.padEnd(width)}${commands[n]?.about ?? ""}\n`;
	const list = Object.entries(groups).map(([title, names]) => `${title}:\n${names.map(line).join("")}`);
	return `A pure-TypeScript Rego engine.\n\nUsage:\n  rego <command> [flags]\n\n${list.join("\n")}\nUse "rego <command> --help" for the flags of a command, "rego --version" for the version alone.\n`;
}

async function commandHelp(name: string, command: Command): Promise<string> {
	const { examples } = await import("./examples.ts");
	return `${command.about}.\n\n${await usageText(command)}\nExample:\n  ${examples[name] ?? command.usage}\n`;
}

async function usageText(command: Command): Promise<string> {
	const flags = await command.flags?.();
	return `Usage:\n  ${command.usage}\n${flags === undefined ? "" : `\nFlags:\n${flags}`}`;
}
