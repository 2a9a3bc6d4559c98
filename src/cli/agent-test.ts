/**
 * `rego agent test`: test cases in genpolicy's format against a policy. Cases of a file run in order
 * on one policy whose state carries over; their requests may be partial and are filled with
 * protobuf's defaults, as the agent would see them.
 */
import { AgentPolicy } from "../agent/policy/agent-policy.ts";
import { type Decision, printText } from "../agent/policy/decision.ts";
import { PolicyLoadError } from "../agent/policy/load-error.ts";
import type { PolicySource } from "../agent/policy/source.ts";
import { MessageError } from "../agent/protocol/message.ts";
import { shownOfTest } from "../agent/protocol/policy-forms.ts";
import { findMessage, policyRequests } from "../agent/protocol/protocol.ts";
import { getOwn } from "../value/collections.ts";
import { JsonSyntaxError, parseJson } from "../value/json.ts";
import { isArray, isPlainObject, type PlainObject, type Value } from "../value/value.ts";
import type { AgentSubcommand } from "./agent-command.ts";
import { policySourceOf, regoVersionFlags, regoVersionOf } from "./agent-policy-file.ts";
import { type FlagSpec, parseFlags } from "./flags.ts";
import { type CliIo, CommandError, readText } from "./io.ts";

const flags: readonly FlagSpec[] = [
	{
		name: "policy",
		short: "p",
		kind: "string",
		doc: "policy: Rego, initdata, or a pod's YAML with either in its annotations",
	},
	{ name: "prints", kind: "bool", doc: "show what the policy prints for every failed case" },
	...regoVersionFlags,
];

export interface AgentTestCase {
	readonly description: string;
	readonly allowed: boolean;
	readonly kind: string;
	readonly request: PlainObject;
}

/** Throws Error on anything that is not a list of cases. */
export function parseTestCases(text: string): readonly AgentTestCase[] {
	const list = parseJson(text);
	if (!isArray(list)) throw new Error("a list of test cases is wanted");
	return list.map((c, i) => {
		if (!isPlainObject(c)) throw new Error(`case ${i}: an object is wanted`);
		const kind = getOwn(c, "kind");
		const allowed = getOwn(c, "allowed");
		const request = getOwn(c, "request") ?? {};
		const description = getOwn(c, "description");
		if (typeof kind !== "string") throw new Error(`case ${i}: kind is missing`);
		if (typeof allowed !== "boolean") throw new Error(`case ${i}: allowed is missing`);
		if (!isPlainObject(request)) throw new Error(`case ${i}: request is not an object`);
		return { description: typeof description === "string" ? description : `case ${i}`, allowed, kind, request };
	});
}

/** The `input` the agent would make of a partial request. Throws MessageError. */
export function inputOf(kind: string, request: PlainObject): Value {
	const type = findMessage(kind);
	if (type === undefined || !policyRequests.includes(type)) {
		throw new MessageError(kind, "the agent has no such request");
	}
	return shownOfTest(request, type);
}

export type CaseResult =
	| { readonly passed: true; readonly decision: Decision }
	| { readonly passed: false; readonly why: string; readonly decision: Decision | undefined };

/** One case; the policy's state moves on. A denial by an error does not count as a denial. */
export function runTestCase(policy: AgentPolicy, c: AgentTestCase): CaseResult {
	let input: Value;
	try {
		input = inputOf(c.kind, c.request);
	} catch (e) {
		if (e instanceof MessageError) return { passed: false, why: e.message, decision: undefined };
		throw e;
	}
	const decision = policy.allowRequest(c.kind, input);
	if (decision.verdict === "error") return { passed: false, why: decision.reason, decision };
	if (decision.allowed === c.allowed) return { passed: true, decision };
	const got = decision.allowed ? "allowed" : `denied: ${decision.reason}`;
	return { passed: false, why: `wanted ${c.allowed ? "allowed" : "denied"}, got ${got}`, decision };
}

async function run(argv: readonly string[], io: CliIo): Promise<number> {
	const parsed = parseFlags(flags, argv);
	if (!parsed.isSet("policy")) throw new CommandError('required flag "policy" not set', 1);
	if (parsed.args.length === 0) throw new CommandError("at least one file of test cases is wanted", 1);
	const source = policySourceOf(io, parsed.string("policy"));
	let passed = 0;
	let failed = 0;
	for (const path of parsed.args) {
		const policy = load(source, regoVersionOf(parsed));
		let cases: readonly AgentTestCase[];
		try {
			cases = parseTestCases(readText(io, path));
		} catch (e) {
			if (e instanceof JsonSyntaxError || e instanceof Error) throw new CommandError(`${path}: ${e.message}`, 2);
			throw e;
		}
		for (const c of cases) {
			const result = runTestCase(policy, c);
			if (result.passed) passed++;
			else failed++;
			io.stdout(
				`${result.passed ? "PASS" : "FAIL"}  ${c.kind}: ${c.description}${result.passed ? "" : `\n      ${result.why}`}\n`,
			);
			if (!result.passed && parsed.bool("prints")) {
				for (const p of result.decision?.prints ?? []) io.stdout(`      ${printText(p)}\n`);
			}
		}
	}
	io.stdout(`${passed} passed, ${failed} failed, 0 skipped\n`);
	return failed === 0 ? 0 : 1;
}

/** Tools decide on a policy as it is given: nothing vouches for a file on a developer's disk. */
export function load(source: PolicySource, regoVersion: "v0" | "v1" | "auto"): AgentPolicy {
	try {
		return AgentPolicy.load(source, { digest: "off", regoVersion });
	} catch (e) {
		if (e instanceof PolicyLoadError) throw new CommandError(e.message, 2);
		throw e;
	}
}

export const testCommand: AgentSubcommand = { flags, run };
