/** `rego agent digest`: what a TEE's report must say for a policy to be accepted. */
import { fitDigest, policyDigest, toHex } from "../agent/policy/digest.ts";
import { PolicyLoadError } from "../agent/policy/load-error.ts";
import { readPolicySource } from "../agent/policy/source.ts";
import { at } from "../at.ts";
import type { AgentSubcommand } from "./agent-command.ts";
import { policySourceOf } from "./agent-policy-file.ts";
import { type FlagSpec, parseFlags } from "./flags.ts";
import { type CliIo, CommandError } from "./io.ts";

const flags: readonly FlagSpec[] = [];

async function run(argv: readonly string[], io: CliIo): Promise<number> {
	const { args } = parseFlags(flags, argv);
	if (args.length !== 1) throw new CommandError("one file with a policy is wanted", 1);
	let source: ReturnType<typeof readPolicySource>;
	try {
		source = readPolicySource(policySourceOf(io, at(args, 0)));
	} catch (e) {
		if (e instanceof PolicyLoadError) throw new CommandError(e.message, 2);
		throw e;
	}
	io.stdout(`policy (sha256)    ${toHex(policyDigest(source.text))}\n`);
	if (source.initdata === undefined) return 0;
	const { algorithm, digest } = source.initdata;
	io.stdout(`initdata (${algorithm})  ${toHex(digest)}\n`);
	io.stdout(`  SNP HOSTDATA     ${toHex(fitDigest(digest, "snp"))}\n`);
	io.stdout(`  TDX MRCONFIGID   ${toHex(fitDigest(digest, "tdx"))}\n`);
	return 0;
}

export const digestCommand: AgentSubcommand = { flags, run };
