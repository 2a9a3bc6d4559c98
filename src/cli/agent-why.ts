/**
 * `rego agent why`: why the policy of a pod denies a request. Requests come from a recorded log, with the state that
 * those before them left, or from a file of one request; a denial as Kubernetes shows it says which request it was.
 */

import type { AgentPolicy } from "../agent/policy/agent-policy.ts";
import { type RecordedRequest, readRequestLog } from "../agent/policy/request-log-reader.ts";
import type { PolicySource } from "../agent/policy/source.ts";
import { readPolicySource } from "../agent/policy/source.ts";
import { at, last } from "../at.ts";
import { decodeUtf8 } from "../documents/texts.ts";
import type { Explanation } from "../explain/explanation.ts";
import { messageOf } from "../thrown.ts";
import { parseJson } from "../value/json.ts";
import type { AgentSubcommand } from "./agent-command.ts";
import { policySourceOf, regoVersionFlags, regoVersionOf } from "./agent-policy-file.ts";
import { load } from "./agent-test.ts";
import { type DenialEvent, readDenialEvent } from "./denial-event.ts";
import { type FlagSpec, type ParsedFlags, parseFlags } from "./flags.ts";
import { type CliIo, CommandError, readText } from "./io.ts";
import { explainOptions, whyFlags, writeExplanations } from "./why-output.ts";

const flags: readonly FlagSpec[] = [
	{ name: "annotation", kind: "string", doc: "the YAML of a pod that carries the policy" },
	{
		name: "event",
		kind: "string",
		doc: "a denial as Kubernetes shows it, - for standard input: which request is meant",
	},
	{
		name: "policy",
		short: "p",
		kind: "string",
		doc: "policy: Rego, initdata, or a pod's YAML with either in its annotations",
	},
	{ name: "request", kind: "string", doc: "name of the request in a file that holds no more than its input" },
	...whyFlags,
	...regoVersionFlags,
];

async function run(argv: readonly string[], io: CliIo): Promise<number> {
	const parsed = parseFlags(flags, argv);
	const policyPath = parsed.isSet("annotation") ? parsed.string("annotation") : parsed.string("policy");
	if (policyPath === "") throw new CommandError('required flag "policy" or "annotation" not set', 1);
	const event = parsed.isSet("event") ? eventOf(parsed.string("event"), io) : undefined;
	if (parsed.args.length !== 1 && !(event !== undefined && parsed.args.length === 0)) {
		throw new CommandError("one file of requests is wanted", 1);
	}
	const source = policySourceOf(io, policyPath);
	if (parsed.args.length === 0 && event !== undefined) return tellEvent(event, source, io);
	const policy = load(source, regoVersionOf(parsed));
	const list = explanations(policy, parsed, event, io);
	if (list.length === 0) {
		io.stdout("no request is denied\n");
		return 1;
	}
	writeExplanations(list, parsed, io);
	return list.every((e) => e.asWanted) ? 1 : 0;
}

/** An explanation for each request that is denied, or for the one that is asked for. */
function explanations(
	policy: AgentPolicy,
	parsed: ParsedFlags,
	event: DenialEvent | undefined,
	io: CliIo,
): Explanation[] {
	const [, path, number] = /^(.*?)(?:#(\d+))?$/s.exec(at(parsed.args, 0)) ?? [];
	const requests = requestsOf(path ?? "", parsed, io);
	const wanted = number === undefined ? undefined : Number(number);
	if (wanted !== undefined && wanted >= requests.length) {
		throw new CommandError(`${path}: there is no request ${wanted}, the last is ${requests.length - 1}`, 2);
	}
	const options = explainOptions(parsed);
	const out: Explanation[] = [];
	for (const [i, { kind, request }] of requests.entries()) {
		// How the agent asks whether the policy is a lax one: no request of the host's.
		if (wanted === undefined && kind === "AllowRequestsFailingPolicy") continue;
		const isAsked = wanted === undefined ? event === undefined || event.kind === kind : wanted === i;
		// The state that the request met, before its own rule changes it.
		const denied = isAsked && (wanted !== undefined || !policy.peek(kind, request).allowed);
		if (denied) out.push(policy.why(kind, request, options));
		if (wanted === i) break;
		policy.check(kind, request);
	}
	return out;
}

function requestsOf(
	path: string,
	parsed: ParsedFlags,
	io: CliIo,
): readonly Pick<RecordedRequest, "kind" | "request">[] {
	let text: string;
	try {
		text = readText(io, path);
		if (parsed.isSet("request")) return [{ kind: parsed.string("request"), request: parseJson(text) }];
		return readRequestLog(text).requests;
	} catch (e) {
		const why = messageOf(e);
		throw new CommandError(`${path}: ${why}; --request NAME reads a file that is the input of one request`, 2);
	}
}

function eventOf(path: string, io: CliIo): DenialEvent {
	let text: string;
	try {
		text = path === "-" ? decodeUtf8(io.stdin()) : readText(io, path);
	} catch (e) {
		throw new CommandError(messageOf(e), 2);
	}
	const event = readDenialEvent(text);
	if (event === undefined) throw new CommandError(`${path}: there is no "… is blocked by policy" in it`, 2);
	return event;
}

/** Without the request: what the policy printed last, and the check that stands behind it. */
function tellEvent(event: DenialEvent, source: PolicySource, io: CliIo): number {
	const lines = readPolicySource(source).text.split("\n");
	const reason = event.reason === "" ? "" : ` (${event.reason})`;
	if (event.prints.length === 0) {
		io.stdout(`${event.kind} was denied${reason}: the policy printed nothing; the request itself would tell more\n`);
		return 0;
	}
	const end = last(event.prints);
	const next = lines.slice(end.row).find((l) => isCheck(l));
	const row = next === undefined ? 0 : lines.indexOf(next, end.row) + 1;
	const what = next === undefined ? "" : `: the check behind its last print is line ${row}, ${next.trim()}`;
	io.stdout(`${event.kind} was denied${reason}${what}\n`);
	io.stdout(`  ${event.prints.length} prints; the last is ${end.file}:${end.row}: ${end.text.slice(0, 160)}\n`);
	io.stdout(
		"  the order of checks is not nearness: with the request log (rego agent why … LOG) the cause itself is found\n",
	);
	return 0;
}

function isCheck(line: string): boolean {
	const text = line.trim();
	return text !== "" && !text.startsWith("#") && !text.startsWith("print(") && !/^[{}]*$/.test(text);
}

export const whyCommand: AgentSubcommand = { flags, run };
