/** Queries of one's own: `/v1/query`. They may not reach the network. */
import { formatErrors, RegoError, RegoErrors } from "../errors.ts";
import { Source } from "../location.ts";
import { dottedName, type Ref } from "../parser/ast.ts";
import { bodyErrors, parseQuery, parseTerm } from "../parser/parser.ts";
import { printBody } from "../parser/print.ts";
import { compact, indented, record } from "../value/ordered-json.ts";
import type { PlainObject, Value } from "../value/value.ts";
import { type Answer, json } from "./answer.ts";
import { revisions } from "./bundle-roots.ts";
import type { Call } from "./call.ts";
import { printsIn, type ServerContext } from "./context.ts";
import { compileRequest, queryRequest } from "./envelope.ts";
import { ApiError, badRequest, messages } from "./errors.ts";
import { Timers } from "./timers.ts";
import { asMet, traceFor } from "./why.ts";

export function queryGet(context: ServerContext, call: Call): Promise<Answer> {
	const text = call.params.last("q");
	if (text === undefined) throw badRequest("missing parameter 'q'");
	return query(context, call, text, undefined);
}

export async function queryPost(context: ServerContext, call: Call): Promise<Answer> {
	const { query: text, input } = queryRequest(await call.wholeBody());
	return query(context, call, text, input);
}

async function query(context: ServerContext, call: Call, text: string, input: Value | undefined): Promise<Answer> {
	const timers = new Timers();
	const { snapshot } = context.runtime;
	const regoVersion = context.runtime.options.regoVersion ?? "v1";
	const body = checked(text, regoVersion);
	const decisionId = context.decisionLog?.newId() ?? "";
	const log = (outcome: { readonly result?: Value; readonly error?: unknown }): void =>
		context.decisionLog?.write(
			{ decisionId, query: body, input, timers, revisions: revisions(snapshot.data), ...outcome },
			call,
			snapshot,
		);
	let rows: readonly PlainObject[];
	try {
		const onPrint = printsIn(context, snapshot, call);
		let stop = timers.start("rego_query_compile");
		try {
			const result = snapshot.policy.query(text, input, {
				regoVersion,
				prints: onPrint !== undefined,
				onPrints: (lines) => {
					for (const line of lines) onPrint?.(line);
				},
				onStage: (stage) => {
					if (stage !== "eval") return;
					stop();
					stop = timers.start("rego_query_eval");
				},
			});
			rows = result.rows.map((row) => row.bindings);
		} finally {
			stop();
		}
	} catch (met) {
		const e = await asMet(context, snapshot, met, text, input);
		if (call.method === "POST") timers.handled();
		log({ error: e });
		if (e instanceof RegoErrors) throw new ApiError(400, "invalid_parameter", messages.compileQuery, e.errors);
		throw e;
	}
	if (call.method === "POST") timers.handled();
	log({ result: rows.length === 0 ? null : rows });
	const shown = call.flag("metrics") || call.flag("instrument");
	const answer = record([
		["explanation", await traceFor(context, call, snapshot, { text, input, isDefined: true })],
		["metrics", shown ? { value: timers.all() } : undefined],
		["result", rows.length === 0 ? undefined : { value: rows }],
	]);
	return json(200, call.pretty ? indented(answer) : compact(answer));
}

/** Throws where a body is no request for partial evaluation, or its query does not parse. */
export function checkCompileRequest(text: string, regoVersion: "v0" | "v1"): void {
	const { query, unknowns } = compileRequest(text);
	const problems = bodyErrors(new Source("", query), { regoVersion });
	if (problems.length > 0) throw new ApiError(400, "invalid_parameter", messages.parseQuery, problems);
	for (const unknown of unknowns) {
		const { errors } = parseTerm(unknown);
		if (errors.length === 0) continue;
		const why = `failed to parse term: ${formatErrors(errors)}`;
		throw new ApiError(400, "invalid_parameter", `error(s) occurred while parsing unknowns: ${why}`);
	}
}

/** The query as OPA prints it, of which it is known that it parses and asks the network for nothing. */
function checked(text: string, regoVersion: "v0" | "v1"): string {
	const source = new Source("", text);
	const problems = bodyErrors(source, { regoVersion });
	const [first] = problems;
	if (first?.reason.startsWith("expected body but got") === true) throw new Error(first.reason);
	if (problems.length > 0) throw new ApiError(400, "invalid_parameter", messages.parseQuery, problems);
	const { value, errors } = parseQuery(source, { regoVersion });
	if (value === undefined) throw new ApiError(400, "invalid_parameter", messages.parseQuery, errors);
	if (value.body.length === 0) throw new Error("cannot evaluate empty query");
	const unsafe = value.body.filter(callsTheNetwork).map((e) => {
		const message = "unsafe built-in function calls in expression: http.send";
		return new RegoError("rego_type_error", message, source.location(e.start));
	});
	if (unsafe.length > 0) throw new ApiError(400, "invalid_parameter", messages.compileQuery, unsafe);
	return printBody(value.body);
}

/** A call of http.send anywhere in a tree. */
function callsTheNetwork(node: unknown): boolean {
	if (Array.isArray(node)) return node.some(callsTheNetwork);
	if (typeof node !== "object" || node === null) return false;
	if ("kind" in node && node.kind === "call" && "operator" in node && isRef(node.operator)) {
		if (dottedName(node.operator) === "http.send") return true;
	}
	return Object.values(node).some(callsTheNetwork);
}

function isRef(node: unknown): node is Ref {
	return typeof node === "object" && node !== null && "kind" in node && node.kind === "ref";
}
