/** Decisions: `GET` and `POST /v1/data`, `POST /v0/data`, and the default decision of `POST /`. */

import { lookUp } from "../documents/merge-data.ts";
import { hasRuleAt } from "../documents/path-conflicts.ts";
import { messageOf } from "../thrown.ts";
import { isConflict } from "../topdown/met-conflict.ts";
import { toJson } from "../value/json.ts";
import { compact, indented, type JsonNode, record } from "../value/ordered-json.ts";
import { UnwritableError } from "../value/text-limit.ts";
import type { PlainObject, Value } from "../value/value.ts";
import { opaVersion } from "../version.ts";
import { type Answer, json } from "./answer.ts";
import { revisions } from "./bundle-roots.ts";
import type { Call } from "./call.ts";
import { printsIn, type ServerContext } from "./context.ts";
import { type Asked, InvalidPath, pathSegments } from "./decisions.ts";
import { bareInput, type InputRequest, inputParameter, inputRequest } from "./envelope.ts";
import { ApiError, badRequest } from "./errors.ts";
import { modulesOf, type Snapshot } from "./runtime.ts";
import { Timers } from "./timers.ts";
import { asMet, traceFor, whyNot } from "./why.ts";

/** What was decided, to be answered and logged. */
interface Decided {
	readonly snapshot: Snapshot;
	readonly asked: Asked;
	readonly result: Value | undefined;
}

/** The question a request asks. */
interface Question {
	/** The encoded path. */
	readonly path: string;
	/** Which of OPA's prepared queries it is. */
	readonly kind: string;
	readonly input: Value | undefined;
	readonly metadata?: PlainObject | undefined;
	readonly strict: boolean;
	readonly timers: Timers | undefined;
	readonly decisionId: string | undefined;
}

export async function dataGet(context: ServerContext, call: Call, path: string): Promise<Answer> {
	const timers = timersFor(context, call);
	const stop = timers?.start("rego_input_parse");
	const text = call.rawQuery === "" ? undefined : call.params.last("input");
	const input = text === undefined ? undefined : inputParameter(text);
	stop?.();
	return answerV1(context, call, { ...question(context, call, "v1DataGet", timers), path, input }, false);
}

export function dataPost(context: ServerContext, call: Call, path: string): Answer | Promise<Answer> {
	const timers = timersFor(context, call);
	const stop = timers?.start("rego_input_parse");
	const parsed = call.parsedBody;
	// Authorization has read the body; there only a member of exactly this name counts.
	if (parsed !== undefined)
		return posted(context, call, path, { input: lookUp(parsed.value, ["input"]), metadata: undefined }, timers);
	const answered = (text: string): Answer | Promise<Answer> => {
		const request = inputRequest(text, call.header("content-type"));
		stop?.();
		return posted(context, call, path, request, timers);
	};
	const text = call.inflatedBody();
	return typeof text === "string"
		? answered(text)
		: text.then(answered, (e: unknown) => Promise.reject(notInflated(e, "")));
}

function posted(
	context: ServerContext,
	call: Call,
	path: string,
	{ input, metadata }: InputRequest,
	timers: Timers | undefined,
): Answer | Promise<Answer> {
	if (timers === undefined && call.rawQuery === "" && context.decisionLog === undefined) {
		const answer = quickly(context, call, path, input);
		if (answer !== undefined) return answer;
	}
	return answerV1(
		context,
		call,
		{ ...question(context, call, "v1DataPost", timers), path, input, metadata },
		input === undefined,
	);
}

/** Most requests: one document for one input, and nothing besides. Undefined where there is more to it. */
function quickly(context: ServerContext, call: Call, path: string, input: Value | undefined): Answer | undefined {
	const { snapshot } = context.runtime;
	if (snapshot.waits || printsIn(context, snapshot, call) !== undefined) return undefined;
	let result: Value | undefined;
	try {
		result = snapshot.decisions.at(path).decide(input);
	} catch (e) {
		// Where it is said takes more time.
		if (isConflict(e)) return undefined;
		throw e;
	}
	if (typeof result === "boolean" && input !== undefined) return result ? yes : no;
	const warning = input === undefined ? missingInputText : "";
	if (result === undefined) return json(200, `{${warning.slice(1)}}`);
	return json(200, `{"result":${written(() => toJson(result, { escapeHtml: true }))}${warning}}`);
}

function notInflated(e: unknown, before: string): ApiError {
	if (e instanceof ApiError) return e;
	return badRequest(`${before}could not decompress the body: ${messageOf(e)}`);
}

async function inflated(call: Call, before: string): Promise<string> {
	try {
		return await call.inflatedBody();
	} catch (e) {
		throw notInflated(e, before);
	}
}

function timersFor(context: ServerContext, call: Call): Timers | undefined {
	if (context.decisionLog === undefined && !call.flag("metrics") && !call.flag("instrument")) return undefined;
	return new Timers();
}

function question(context: ServerContext, call: Call, kind: string, timers: Timers | undefined) {
	return { kind, strict: call.flag("strict-builtin-errors"), timers, decisionId: context.decisionLog?.newId() };
}

/** Asks, and writes the decision down. */
async function decide(context: ServerContext, call: Call, q: Question): Promise<Decided> {
	const { snapshot } = context.runtime;
	const { timers } = q;
	let asked: Asked | undefined;
	try {
		const hit = snapshot.decisions.wasPrepared(`${q.kind}::${q.strict ? "strict-builtin-errors::" : ""}${q.path}`);
		timers?.count("server_query_cache_hit", hit ? 1 : 0);
		const stopCompile = hit ? undefined : timers?.start("rego_query_compile");
		asked = prepared(snapshot, q, stopCompile);
		const stop = timers?.start("rego_query_eval");
		let result: Value | undefined;
		try {
			result = await asked.decideWith(q.input, {
				strictBuiltinErrors: q.strict,
				onPrint: printsIn(context, snapshot, call),
				waits: snapshot.waits,
				signal: call.incoming.signal,
			});
		} finally {
			stop?.();
			timers?.handled();
		}
		return { snapshot, asked, result };
	} catch (e) {
		const error = asked === undefined ? e : await asMet(context, snapshot, e, asked.reference, q.input);
		log(context, call, q, snapshot, { error });
		throw error;
	}
}

/** The document that is asked for, timed whether there is one or not. */
function prepared(snapshot: Snapshot, { path, timers }: Question, stop: (() => void) | undefined): Asked {
	try {
		const asked = snapshot.decisions.at(path);
		stop?.();
		return asked;
	} catch (e) {
		if (!(e instanceof InvalidPath)) stop?.();
		timers?.handled();
		throw e;
	}
}

function log(
	context: ServerContext,
	call: Call,
	q: Question,
	snapshot: Snapshot,
	outcome: { readonly result?: Value | undefined; readonly error?: unknown },
): void {
	context.decisionLog?.write(
		{
			decisionId: q.decisionId ?? "",
			path: q.path,
			input: q.input,
			metadata: q.metadata,
			timers: q.timers,
			revisions: revisions(snapshot.data),
			...outcome,
		},
		call,
		snapshot,
	);
}

async function answerV1(context: ServerContext, call: Call, q: Question, warn: boolean): Promise<Answer> {
	const { snapshot, asked, result } = await decide(context, call, q);
	const traced = { text: asked.reference, input: q.input, isDefined: result !== undefined };
	const explanation = await traceFor(context, call, snapshot, traced);
	const shown = call.flag("metrics") || call.flag("instrument");
	const body = record([
		["decision_id", q.decisionId],
		["provenance", call.flag("provenance") ? provenance(snapshot) : undefined],
		["explanation", explanation ?? (await whyNot(call, snapshot, q.path, q.input))],
		["metrics", shown && q.timers !== undefined ? { value: q.timers.all() } : undefined],
		["result", result === undefined ? undefined : { value: result }],
		["warning", warn ? missingInput : undefined],
	]);
	const text = written(() => (call.pretty ? indented(body) : compact(body)));
	log(context, call, q, snapshot, { result });
	return json(200, text);
}

/** What cannot be written is told as Go's encoder tells it of the type that an answer has there. */
function written(write: () => string): string {
	try {
		return write();
	} catch (e) {
		if (!(e instanceof UnwritableError)) throw e;
		const message = `json: error calling MarshalJSON for type types.DataResponseV1: ${e.message}`;
		throw new ApiError(500, "internal_error", message);
	}
}

const missingInput: JsonNode = record([
	["code", "api_usage_warning"],
	["message", "'input' key missing from the request"],
]);
/** Most answers. */
const yes = json(200, '{"result":true}');
const no = json(200, '{"result":false}');
const missingInputText = `,"warning":${compact(missingInput)}`;

function provenance(snapshot: Snapshot): JsonNode {
	const bundles = [...revisions(snapshot.data)].map(([name, revision]): [string, Value] => [name, { revision }]);
	return record([
		["version", opaVersion],
		["build_commit", ""],
		["build_timestamp", ""],
		["build_hostname", ""],
		["bundles", bundles.length === 0 ? undefined : { value: Object.fromEntries(bundles) }],
	]);
}

/** The body is the input, the answer is the document itself. */
export async function dataPostV0(context: ServerContext, call: Call, path: string): Promise<Answer> {
	const timers = context.decisionLog === undefined ? undefined : new Timers();
	const parsed = call.parsedBody;
	const input =
		parsed === undefined
			? bareInput(await inflated(call, "unexpected parse error for input: "), call.header("content-type"))
			: parsed.value;
	const q: Question = { ...question(context, call, "v0QueryPath", timers), strict: false, path, input: input ?? null };
	const { snapshot, asked, result } = await decide(context, call, q);
	if (result === undefined) {
		const what = hasRuleAt(modulesOf(snapshot), pathSegments(path)) ? "document undefined" : "document missing";
		const error = new ApiError(404, "undefined_document", `${what}: ${asked.reference}`);
		log(context, call, q, snapshot, { error });
		throw error;
	}
	const options = call.pretty ? { escapeHtml: true, indent: "  " } : { escapeHtml: true };
	const text = toJson(result, options);
	log(context, call, q, snapshot, { result });
	return json(200, text);
}
