/**
 * `rego agent replay`: recorded requests decided again, in order, state carried over; optionally
 * compared with recorded decisions, and with hostile variants of the requests. Inputs are taken as
 * they were recorded, by whatever version of the agent.
 */
import type { AgentPolicy } from "../agent/policy/agent-policy.ts";
import { type Decision, printText } from "../agent/policy/decision.ts";
import { applyPatch } from "../agent/policy/json-patch.ts";
import { type RecordedRequests, readRequestLog } from "../agent/policy/request-log-reader.ts";
import { at } from "../at.ts";
import { firstLine } from "../explain/text.ts";
import { messageOf } from "../thrown.ts";
import { getOwn } from "../value/collections.ts";
import { parseJson } from "../value/json.ts";
import { type ArrayValue, isArray, isPlainObject, type Value } from "../value/value.ts";
import type { AgentSubcommand } from "./agent-command.ts";
import { policySourceOf, regoVersionFlags, regoVersionOf } from "./agent-policy-file.ts";
import { load } from "./agent-test.ts";
import { type FlagSpec, parseFlags } from "./flags.ts";
import { type CliIo, CommandError, readText } from "./io.ts";

const flags: readonly FlagSpec[] = [
	{
		name: "policy",
		short: "p",
		kind: "string",
		doc: "policy: Rego, initdata, or a pod's YAML with either in its annotations",
	},
	{ name: "expect", kind: "string", doc: "JSON list with the decision wanted for each request" },
	{ name: "mutations", kind: "string", doc: "variants, one a line: {request: index, patch, want}" },
	{ name: "prints", kind: "bool", doc: "show what the policy prints for each denial" },
	...regoVersionFlags,
];

interface Mutation {
	readonly request: number;
	readonly patch: ArrayValue;
	readonly want: boolean;
	readonly line: number;
}

/** Throws Error naming the line. */
function parseMutations(text: string): readonly Mutation[] {
	const out: Mutation[] = [];
	for (const [i, line] of text.split("\n").entries()) {
		if (line.trim() === "") continue;
		const bad = (why: string): Error => new Error(`line ${i + 1}: ${why}`);
		let v: Value;
		try {
			v = parseJson(line);
		} catch (e) {
			throw bad(messageOf(e));
		}
		const fields = isPlainObject(v) ? v : {};
		const request = getOwn(fields, "request");
		const patch = getOwn(fields, "patch");
		const want = wantedOf(getOwn(fields, "want")) ?? false;
		if (typeof request !== "number" || !Number.isInteger(request) || patch === undefined || !isArray(patch)) {
			throw bad("{request, patch, want} is wanted");
		}
		out.push({ request, patch, want, line: i + 1 });
	}
	return out;
}

/** A recorded decision: a boolean, or an object that says `allowed`. Null, where the reference engine gave up with an error, is a denial. */
function wantedOf(v: Value | undefined): boolean | undefined {
	if (v === undefined) return undefined;
	if (isPlainObject(v)) return getOwn(v, "allowed") === true;
	return v === true;
}

interface Tally {
	passed: number;
	failed: number;
	skipped: number;
}

async function run(argv: readonly string[], io: CliIo): Promise<number> {
	const parsed = parseFlags(flags, argv);
	if (!parsed.isSet("policy")) throw new CommandError('required flag "policy" not set', 1);
	if (parsed.args.length !== 1) throw new CommandError("one file of requests is wanted", 1);
	const recorded = read(io, at(parsed.args, 0), readRequestLog);
	const expected = parsed.isSet("expect") ? read(io, parsed.string("expect"), parseJson) : undefined;
	if (expected !== undefined && !isArray(expected)) {
		throw new CommandError(`${parsed.string("expect")}: a list of decisions is wanted`, 2);
	}
	const mutations = parsed.isSet("mutations") ? read(io, parsed.string("mutations"), parseMutations) : [];
	const policy = load(policySourceOf(io, parsed.string("policy")), regoVersionOf(parsed));
	const tally: Tally = { passed: 0, failed: 0, skipped: recorded.results };
	const show = (d: Decision): void => {
		if (parsed.bool("prints")) for (const p of d.prints) io.stdout(`    ${printText(p)}\n`);
	};
	replay(policy, recorded, expected, mutations, tally, io, show);
	if (expected !== undefined && expected.length !== recorded.requests.length) {
		tally.failed++;
		io.stdout(`FAIL  ${expected.length} decisions are expected of ${recorded.requests.length} requests\n`);
	}
	io.stdout(`${tally.passed} passed, ${tally.failed} failed, ${tally.skipped} skipped\n`);
	return tally.failed === 0 ? 0 : 1;
}

function replay(
	policy: AgentPolicy,
	recorded: RecordedRequests,
	expected: ArrayValue | undefined,
	mutations: readonly Mutation[],
	tally: Tally,
	io: CliIo,
	show: (d: Decision) => void,
): void {
	const byRequest = groupByRequest(mutations);
	let told = 0;
	/** Why a request was denied that should not have been, while there are not too many. */
	const tellWhy = (kind: string, request: Value): void => {
		if (told++ < mostTold) io.stdout(`      why: ${whyDenied(policy, kind, request)}\n`);
	};
	for (const [i, { kind, request }] of recorded.requests.entries()) {
		// Variants meet the state that the request itself met, and leave it as it is.
		for (const m of byRequest.get(i) ?? []) {
			let variant: Value;
			try {
				variant = applyPatch(request, m.patch);
			} catch (e) {
				tally.failed++;
				io.stdout(`FAIL  mutation ${m.line} of request ${i} (${kind}): ${messageOf(e)}\n`);
				continue;
			}
			const decision = policy.explain(policy.peek(kind, variant), variant);
			if (decision.allowed === m.want) tally.passed++;
			else {
				tally.failed++;
				const want = m.want ? "allowed" : "denied";
				io.stdout(`FAIL  mutation ${m.line} of request ${i} (${kind}): wanted ${want}, got ${describe(decision)}\n`);
				show(decision);
				if (m.want && !decision.allowed) tellWhy(kind, variant);
			}
		}
		// The state that the request meets is gone once it has been decided.
		const peeked = policy.peek(kind, request);
		const unexpected = !peeked.allowed && (wantedOf(expected?.[i]) ?? peeked.verdict !== "error");
		const why =
			unexpected && expected !== undefined && told++ < mostTold ? whyDenied(policy, kind, request) : undefined;
		const decision = policy.allowRequest(kind, request);
		const wanted = wantedOf(expected?.[i]);
		const good = wanted === undefined ? decision.verdict !== "error" : wanted === decision.allowed;
		if (good) tally.passed++;
		else tally.failed++;
		const note = good ? "" : wanted === undefined ? "  FAIL" : `  FAIL: wanted ${wanted ? "allowed" : "denied"}`;
		const time = `${decision.microseconds.toFixed(1)} µs`.padStart(12);
		io.stdout(`${String(i).padStart(4)}  ${kind.padEnd(32)}${time}  ${describe(decision)}${note}\n`);
		if (why !== undefined) io.stdout(`      why: ${why}\n`);
		if (!decision.allowed) show(decision);
	}
	for (const m of mutations) {
		if (m.request >= 0 && m.request < recorded.requests.length) continue;
		tally.failed++;
		io.stdout(`FAIL  mutation ${m.line}: there is no request ${m.request}\n`);
	}
}

/** Denials whose cause is told. */
const mostTold = 50;

/** The cause of a denial in a line. */
function whyDenied(policy: AgentPolicy, kind: string, request: Value): string {
	try {
		return firstLine(policy.why(kind, request, { timeMs: 2000, fixes: "none" })).slice(0, 300);
	} catch (e) {
		return messageOf(e);
	}
}

function groupByRequest(mutations: readonly Mutation[]): Map<number, Mutation[]> {
	const out = new Map<number, Mutation[]>();
	for (const m of mutations) {
		const list = out.get(m.request);
		if (list === undefined) out.set(m.request, [m]);
		else list.push(m);
	}
	return out;
}

function describe(d: Decision): string {
	return d.allowed ? "allowed" : `denied (${d.reason})`;
}

function read<T>(io: CliIo, path: string, parse: (text: string) => T): T {
	try {
		return parse(readText(io, path));
	} catch (e) {
		throw new CommandError(`${path}: ${messageOf(e)}`, 2);
	}
}

export const replayCommand: AgentSubcommand = { flags, run };
