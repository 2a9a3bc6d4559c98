/**
 * The decider's side: reads a request strictly, asks the policy, and writes the message anew for the
 * agent. In: questions, one after the other. Out: for each one an answer, and for a denial its prints
 * after it. All that is large or slow about a request happens here and nowhere else.
 */

import { firstLine } from "../../explain/text.ts";
import { messageOf } from "../../thrown.ts";
import { parseJson, toJson } from "../../value/json.ts";
import { isPlainObject, type PlainObject, type Value } from "../../value/value.ts";
import { AgentPolicy } from "../policy/agent-policy.ts";
import type { Decision } from "../policy/decision.ts";
import { plannedEngine } from "../policy/engine.ts";
import { PolicyLoadError } from "../policy/load-error.ts";
import { requestLine } from "../policy/request-log.ts";
import { decodeMessage, elementLimit } from "../protocol/decode.ts";
import type { Method } from "../protocol/descriptors.ts";
import { encodeMessage } from "../protocol/encode.ts";
import type { MessageObject } from "../protocol/message.ts";
import { policyInput } from "../protocol/policy-input.ts";
import { agentService, findMethod } from "../protocol/protocol.ts";
import { Code, TtrpcError } from "../ttrpc/status.ts";
import { causeText } from "./cause-text.ts";
import type { Decided, DeciderAnswer, DeciderStart, Question, Why, WhyQuestion } from "./messages.ts";

/** State is copied at every change of it; a policy that hoards is one that no longer decides. */
const maxState = 8 << 20;

const mostWarnings = 10;

/** Milliseconds an explanation may take, and how long it may be. */
const whyMs = 2000;
const longestWhy = 1000;

/**
 * Starts deciding; undefined when the policy cannot be put in force, which has been answered. `checkAfterMs` later it
 * is looked at for what no request can meet.
 */
export function serveDecisions(
	start: DeciderStart,
	answer: (a: DeciderAnswer) => void,
	checkAfterMs = 2000,
): ((q: Question) => void) | undefined {
	const warnings: string[] = [];
	let policy: AgentPolicy;
	try {
		policy = policyOf(start, (message) => warnings.push(message));
	} catch (e) {
		const errors = e instanceof PolicyLoadError ? e.errors : undefined;
		const message = messageOf(e);
		answer({ kind: "failed", message, errors: errors ?? [message] });
		return undefined;
	}
	answer({ kind: "ready", allowsFailing: policy.allowsFailing, warnings });
	// Not at once: requests come first, and the first of them soon. What was planned before was looked at then.
	if (start.state === undefined && start.planned === undefined)
		setTimeout(() => answer(checked(policy)), checkAfterMs).unref();
	const progress = new Int32Array(start.progress);
	return (question) => {
		Atomics.add(progress, 0, 1);
		try {
			decide(policy, start, question, answer, progress);
		} catch (e) {
			const error = TtrpcError.from(e);
			answer({ kind: "refused", id: question.id, code: error.code, message: error.message });
		}
		Atomics.add(progress, 0, 1);
	};
}

/** What an author should hear of. A policy that cannot be looked into decides all the same. */
function checked(policy: AgentPolicy): DeciderAnswer {
	try {
		const findings = policy.requestFindings();
		const warnings = findings.slice(0, mostWarnings).map(({ message, location }) => {
			const place = location === undefined ? "" : `${location.file}:${location.row}: `;
			return `the policy can never be met here: ${place}${message}`;
		});
		const more = findings.length - warnings.length;
		return { kind: "checked", warnings: more > 0 ? [...warnings, `${more} more places of this kind`] : warnings };
	} catch {
		return { kind: "checked", warnings: [] };
	}
}

function policyOf(start: DeciderStart, onWarning: (message: string) => void): AgentPolicy {
	if (start.text === undefined) return AgentPolicy.denyAll(start.denyMessage);
	const { name, text, regoVersion, limits, planned } = start;
	const data = start.state === undefined ? { pstate: {} } : parseJson(start.state);
	if (!isPlainObject(data)) throw new PolicyLoadError("the state is not an object");
	const options = { digest: "off", regoVersion, onWarning, ...(limits === undefined ? {} : { limits }) } as const;
	const compile = planned === undefined ? {} : { compile: plannedEngine(planned) };
	return AgentPolicy.resume(name, text, data, { ...options, ...compile });
}

function decide(
	policy: AgentPolicy,
	start: DeciderStart,
	question: Question,
	answer: (a: DeciderAnswer) => void,
	progress: Int32Array,
): void {
	const method = findMethod(agentService, question.method);
	if (method === undefined) throw new TtrpcError(Code.UNIMPLEMENTED, `method ${question.method}`);
	const message = read(question.payload, method, start);
	const input = policyInput(message, method.request);
	const { name } = method.request;
	if (question.why !== undefined) {
		answer(why(policy, name, input, question.id, question.why));
		return;
	}
	const line = start.logRequests ? requestLine(name, input) : undefined;
	let state: string | undefined;
	const keep = (next: PlainObject): void => {
		const text = toJson(next);
		if (text.length > maxState) throw new Error("the state would become too large");
		state = text;
	};
	const decision = question.apply ? policy.check(name, input, keep) : policy.peek(name, input);
	const encoded = decision.allowed ? encodedAnew(message, method, question.payload) : undefined;
	const explaining = !decision.allowed && question.prints && decision.timedOut !== true;
	answer(decided(question.id, decision, { state, encoded, line, explaining }));
	if (!explaining) return;
	Atomics.add(progress, 0, 1);
	const { reason, prints, printsCut = false } = policy.explain(decision, input);
	answer({ kind: "explained", id: question.id, reason, prints, printsCut });
}

/** For the log with all that is in it, for the host without what is not to be shown. */
function why(policy: AgentPolicy, name: string, input: Value, id: number, { log, redact }: WhyQuestion): Why {
	const hidden = new Set(redact);
	const isHidden = (pointer: string): boolean => hidden.has(pointer);
	const cause =
		redact === undefined ? undefined : causeText(policy.why(name, input, { timeMs: whyMs, redact: isHidden }));
	const text = log ? firstLine(policy.why(name, input, { timeMs: whyMs })).slice(0, longestWhy) : undefined;
	return { kind: "why", id, ...(text === undefined ? {} : { text }), ...(cause === undefined ? {} : { cause }) };
}

/** Refused where policy and agent could see different things in it, or where it is out of all proportion. */
function read(payload: Uint8Array, method: Method, start: DeciderStart): MessageObject {
	const { unknownFields } = start;
	try {
		return decodeMessage(payload, method.request, { unknownFields, maxElements: elementLimit(method.request) });
	} catch (e) {
		const why = messageOf(e);
		throw new TtrpcError(Code.INVALID_ARGUMENT, `cannot read the message: ${why}`);
	}
}

/** Undefined when what came is what would be written: the agent gets the same bytes either way. */
function encodedAnew(message: MessageObject, method: Method, payload: Uint8Array): Uint8Array | undefined {
	const encoded = encodeMessage(message, method.request);
	return Buffer.compare(encoded, payload) === 0 ? undefined : encoded;
}

function decided(
	id: number,
	d: Decision,
	rest: Pick<Decided, "state" | "encoded" | "line" | "explaining">,
): DeciderAnswer {
	const { name, allowed, verdict, reason, failing, microseconds } = d;
	return { kind: "decided", id, name, allowed, verdict, reason, failing, microseconds, ...rest };
}
