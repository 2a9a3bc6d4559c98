/** `rego agent coverage`: what logs of requests made of a pod's policy, and what it permits that nothing used. */
import { readRequestLine } from "../agent/policy/request-log-reader.ts";
import { readPolicySource } from "../agent/policy/source.ts";
import { Coverage } from "../explain/cover/coverage.ts";
import { messageOf } from "../thrown.ts";
import type { AgentSubcommand } from "./agent-command.ts";
import { policySourceOf, regoVersionFlags, regoVersionOf } from "./agent-policy-file.ts";
import { load } from "./agent-test.ts";
import { coverageFlags, writeCoverage } from "./coverage.ts";
import { type FlagSpec, parseFlags } from "./flags.ts";
import { type CliIo, CommandError } from "./io.ts";
import { logLines } from "./log-lines.ts";

const flags: readonly FlagSpec[] = [
	{
		name: "policy",
		short: "p",
		kind: "string",
		doc: "policy: Rego, initdata, or a pod's YAML with either in its annotations",
	},
	...coverageFlags,
	...regoVersionFlags,
];

async function run(argv: readonly string[], io: CliIo): Promise<number> {
	const parsed = parseFlags(flags, argv);
	if (!parsed.isSet("policy")) throw new CommandError('required flag "policy" not set', 1);
	if (parsed.args.length === 0) throw new CommandError("at least one file of requests is wanted", 1);
	const source = policySourceOf(io, parsed.string("policy"));
	const { name, text } = readPolicySource(source);
	// One plan is covered; each log begins with a fresh state.
	const coverage = new Coverage(load(source, regoVersionOf(parsed)));
	for (const path of parsed.args) {
		const policy = load(source, regoVersionOf(parsed));
		try {
			for (const { text: line, number } of logLines(io, path)) {
				const recorded = line.trim() === "" ? undefined : readRequestLine(line, number);
				if (recorded === undefined) continue;
				const { kind, request } = recorded;
				coverage.ask(`data.agent_policy.${kind}`, policy.adapted(kind, request), policy.data);
				policy.check(kind, request);
			}
		} catch (e) {
			throw new CommandError(`${path}: ${messageOf(e)}`, 2);
		}
	}
	return writeCoverage(coverage.report(), new Map([[name, text]]), parsed, io);
}

export const coverageCommand: AgentSubcommand = { flags, run };
