/**
 * `rego diff OLD NEW [document...]`: what one of two policies allows and the other does not. Exit codes: 0 no
 * difference was found, 1 there is one, 2 any error.
 */

import { diffPolicies } from "../explain/diff/diff.ts";
import { diffText } from "../explain/diff/text.ts";
import { pathText } from "../plan/path-text.ts";
import type { Policy } from "../policy.ts";
import { messageOf } from "../thrown.ts";
import type { Value } from "../value/value.ts";
import { ignoreFlag, v0Flag, v1Flag } from "./eval-flags.ts";
import { describeFlags, type FlagSpec, parseFlags } from "./flags.ts";
import { inputsFlag, readInputs } from "./input-logs.ts";
import { type CliIo, CommandError } from "./io.ts";
import { policyOfPaths } from "./policy-files.ts";

const flagSpecs: readonly FlagSpec[] = [
	{ name: "all", kind: "bool", doc: "tell everything, however long it is" },
	{ name: "format", short: "f", kind: "enum", values: ["pretty", "json"], default: "pretty", doc: "output format" },
	ignoreFlag,
	inputsFlag,
	{ name: "timeout", kind: "duration", default: "10000000000", doc: "time that trying inputs may take" },
	v0Flag,
	v1Flag,
];

/** More are not tried in the time there is, and would have to be held. */
const mostInputs = 100_000;

export function diffHelp(): string {
	return describeFlags(flagSpecs);
}

export async function runDiff(argv: readonly string[], io: CliIo): Promise<number> {
	const flags = parseFlags(flagSpecs, argv);
	const [before, after, ...documents] = flags.args;
	if (before === undefined || after === undefined) throw new CommandError("two policies are wanted: files, folders", 1);
	const inputs: Value[] = [];
	let left = 0;
	for await (const input of readInputs(flags, io)) {
		if (inputs.length < mostInputs) inputs.push(input);
		else left++;
	}
	if (left > 0) io.stderr(`the first ${mostInputs} inputs are looked at, ${left} more are not\n`);
	const old = (await policyOfPaths([before], [], flags, io)).policy;
	const now = (await policyOfPaths([after], [], flags, io)).policy;
	const asked = documents.length > 0 ? documents : decisionsOf(old, now);
	try {
		const diff = diffPolicies(old, now, { documents: asked, inputs, timeMs: Number(flags.duration("timeout")) / 1e6 });
		io.stdout(
			flags.string("format") === "json"
				? `${JSON.stringify(diff, null, 2)}\n`
				: `${diffText(diff, flags.bool("all"))}\n`,
		);
		return diff.structure.length > 0 || diff.differing > 0 ? 1 : 0;
	} catch (e) {
		throw new CommandError(messageOf(e), 2);
	}
}

const decisionNames: ReadonlySet<string> = new Set(["allow", "deny", "violation", "decision", "main", "authz"]);

/** Documents that look like decisions of both. */
export function decisionsOf(a: Pick<Policy, "explainable">, b: Pick<Policy, "explainable">): readonly string[] {
	const names = (p: Pick<Policy, "explainable">): readonly string[] => {
		const { plan } = p.explainable();
		const out: string[] = [];
		for (let i = 0; i < plan.funcs.length; i++) {
			const f = plan.funcs.at(i);
			if (f === undefined || f.arity > 0) continue;
			const name = String(f.path.at(-1));
			if (decisionNames.has(name) || /Request$/.test(name)) out.push(pathText(f.path));
		}
		return out;
	};
	const other = new Set(names(b));
	return names(a).filter((n) => other.has(n));
}
