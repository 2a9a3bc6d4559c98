/**
 * OPA's REST API as a function from a Request to a Response: it needs no sockets and nothing of Node, so it
 * runs in any server of the Web's kind, in workers, and in tests.
 *
 * In the order of OPA's own handlers: limits, compression, identity, authorization, routes.
 */
import type { PrintLine } from "../eval/context.ts";
import { checkOptions, describe, type OptionChecks } from "../face/options.ts";
import { compact, indented, record } from "../value/ordered-json.ts";
import { toUtf8 } from "../value/utf8.ts";
import type { PlainObject } from "../value/value.ts";
import { opaVersion } from "../version.ts";
import type { RequestOfWeb, WebResponse } from "../web-types.ts";
import { type Answer, empty, json, jsonHeaders } from "./answer.ts";
import { authorize, bearerToken } from "./authz.ts";
import { type BodyLimits, Call } from "./call.ts";
import type { ServerContext } from "./context.ts";
import { dataGet, dataPost, dataPostV0 } from "./data.ts";
import { dataDelete, dataPatch, dataPut } from "./data-write.ts";
import { DecisionLog, type DecisionLogOptions, decisionLogOptions } from "./decision-log.ts";
import { ApiError, badRequest, errorAnswer } from "./errors.ts";
import { gzip } from "./gzip.ts";
import { health, policyHealth } from "./health.ts";
import { type Incoming, type RequestDetails, WebRequest } from "./incoming.ts";
import { RequestMetrics } from "./metrics.ts";
import { page } from "./page.ts";
import { pathUnescape } from "./percent.ts";
import { policiesDelete, policiesGet, policiesList, policiesPut } from "./policies.ts";
import { checkCompileRequest, queryGet, queryPost } from "./query.ts";
import { diagnosticRoutes, mainRoutes, type Route, type Routes, route, trimSlashes, withoutSlash } from "./routes.ts";
import { Runtime } from "./runtime.ts";

/** How requests are handled. */
export interface HandlerOptions {
	/** Where `Authorization: Bearer …` or a client's certificate says who asks; default "off". */
	readonly authentication?: "off" | "token" | "tls" | undefined;
	/** "basic": every request is put to a policy first; default "off". */
	readonly authorization?: "off" | "basic" | undefined;
	/** Path of what `POST /` asks, with or without a slash before it; default `/system/main`. */
	readonly defaultDecision?: string | undefined;
	/** Path of the policy that authorizes requests; default `system/authz/allow`. */
	readonly defaultAuthorizationDecision?: string | undefined;
	/** Decisions are logged, and answers carry a decision_id. */
	readonly decisionLog?: DecisionLogOptions | undefined;
	/** Told what policies print. */
	readonly onPrint?: ((line: PrintLine, call: Call) => void) | undefined;
	/** Bytes a body may have, and one that was compressed; default 256 MiB and 512 MiB. */
	readonly maxBodyLength?: number | undefined;
	readonly maxInflatedLength?: number | undefined;
	/** Answers to compress have at least so many bytes; default 1024. */
	readonly minCompressedLength?: number | undefined;
	/** Labels of this server; default a random id. */
	readonly labels?: { readonly [name: string]: string } | undefined;
	/** Shown by `GET /v1/config`, secrets left out. */
	readonly config?: PlainObject | undefined;
	/** Shown by `GET /v1/status`; without it that says status is not enabled. */
	readonly status?: (() => PlainObject) | undefined;
	/** Further lines of `GET /metrics`. */
	readonly hostMetrics?: (() => string) | undefined;
	/** Told when a request has been answered. */
	readonly onAnswered?: ((call: Call, answer: Answer, milliseconds: number) => void) | undefined;
	/** Told when a request begins. */
	readonly onRequest?: ((call: Call) => void) | undefined;
}

const handlerOptions: OptionChecks<HandlerOptions> = {
	authentication: ["off", "token", "tls"],
	authorization: ["off", "basic"],
	defaultDecision: "string",
	defaultAuthorizationDecision: "string",
	decisionLog: decisionLogOptions,
	onPrint: "function",
	maxBodyLength: "number",
	maxInflatedLength: "number",
	minCompressedLength: "number",
	labels: "record",
	config: "record",
	status: "function",
	hostMetrics: "function",
	onAnswered: "function",
	onRequest: "function",
};

/** A request's answer. `details` is what a Request does not say. */
export type Handler = (request: RequestOfWeb, details?: RequestDetails) => Promise<WebResponse>;

/** The same, for hosts whose requests are not the Web's; at once where nothing has to be waited for. */
export type AnswerTo = (incoming: Incoming) => Answer | Promise<Answer>;

/** The API and, for diagnostic addresses, health and metrics alone. */
export interface Answers {
	readonly main: AnswerTo;
	readonly diagnostic: AnswerTo;
}

/**
 * The whole API, over what a runtime has loaded.
 *
 *     const handler = createHandler(new Runtime({ policies: { "authz.rego": text } }));
 *     const response = await handler(new Request("http://localhost/v1/data/authz/allow", { method: "POST", body }));
 */
export function createHandler(runtime: Runtime = new Runtime(), options: HandlerOptions = {}): Handler {
	const { main } = createAnswers(runtime, options);
	return async (request, details = {}) => {
		const { status, headers, body } = await main(new WebRequest(request, details));
		return new Response(body, { status, headers });
	};
}

/** The API for hosts whose requests are not the Web's: what comes in is an Incoming, what goes out an Answer. */
export function createAnswers(runtime: Runtime, options: HandlerOptions = {}): Answers {
	if (typeof (runtime as Partial<Runtime> | undefined)?.commit !== "function") {
		throw new TypeError(`createHandler: the first argument is a Runtime, not ${describe(runtime)}`);
	}
	checkOptions("createHandler", options, handlerOptions);
	const server = new Server(runtime, options);
	return {
		main: (incoming) => server.handle(mainRoutes, incoming),
		diagnostic: (incoming) => server.handle(diagnosticRoutes, incoming),
	};
}

class Server {
	readonly #options: HandlerOptions;
	readonly #context: ServerContext;
	readonly #limits: BodyLimits;
	readonly #metrics: RequestMetrics = new RequestMetrics();
	readonly #minCompressed: number;
	#requests = 0;

	constructor(runtime: Runtime, options: HandlerOptions) {
		this.#options = options;
		this.#limits = {
			maxLength: options.maxBodyLength ?? 256 * 1024 * 1024,
			gzipMaxLength: options.maxInflatedLength ?? 512 * 1024 * 1024,
		};
		this.#minCompressed = options.minCompressedLength ?? 1024;
		const written = options.defaultDecision ?? "/system/main";
		const writtenAuthorization = options.defaultAuthorizationDecision ?? "/system/authz/allow";
		const labels = { id: globalThis.crypto.randomUUID(), version: opaVersion, ...options.labels };
		const config = {
			...options.config,
			default_authorization_decision: writtenAuthorization,
			default_decision: written,
			labels,
		};
		this.#context = {
			runtime,
			defaultDecision: trimSlashes(written),
			authorizationDecision: trimSlashes(writtenAuthorization),
			decisionLog: options.decisionLog === undefined ? undefined : new DecisionLog(options.decisionLog, labels),
			onPrint: options.onPrint,
			config: () => config,
			status: options.status,
			hostMetrics: options.hostMetrics ?? (() => ""),
		};
	}

	handle(routes: Routes, incoming: Incoming): Answer | Promise<Answer> {
		const call = new Call(incoming, this.#limits, ++this.#requests);
		const { onRequest, onAnswered } = this.#options;
		const start = onAnswered === undefined ? 0 : performance.now();
		onRequest?.(call);
		const finished = (answer: Answer): Answer => {
			onAnswered?.(call, answer, performance.now() - start);
			return call.method === "HEAD" ? { ...answer, body: null } : withLength(answer);
		};
		const answer = orError(() => this.#answer(routes, call));
		if (!isCompressible(call)) return answer instanceof Promise ? answer.then(finished) : finished(answer);
		if (answer instanceof Promise) return answer.then((a) => this.#encoded(call, a)).then(finished);
		const encoded = this.#encoded(call, answer);
		return encoded instanceof Promise ? encoded.then(finished) : finished(encoded);
	}

	#answer(routes: Routes, call: Call): Answer | Promise<Answer> {
		if (call.decodedPath === undefined) {
			const headers = { "Content-Type": "text/plain; charset=utf-8", Connection: "close" };
			return { status: 400, headers, body: "400 Bad Request" };
		}
		const length = call.length ?? 0;
		if (length > this.#limits.maxLength) throw badRequest("request body too large");
		if (this.#options.authentication === "token") call.identity = bearerToken(call);
		else if (this.#options.authentication === "tls") call.identity = call.incoming.certificates()?.subject;
		if (this.#options.authorization !== "basic") return this.#routed(routes, call);
		// Who asks for a path with a slash at its end is sent on before it is known whether they may.
		const elsewhere = withoutSlash(call);
		if (elsewhere !== undefined) return elsewhere;
		return this.#measured("authz", call, async () => {
			await authorize(this.#context, call);
			return this.#routed(routes, call);
		});
	}

	#routed(routes: Routes, call: Call): Answer | Promise<Answer> {
		const found = route(routes, call);
		if ("status" in found) return found;
		const { label } = found;
		if (label === undefined) return this.#dispatch(found, call);
		return this.#measured(label, call, () => {
			if (call.method === "HEAD") return empty(405);
			return withoutSlash(call) ?? this.#dispatch(found, call);
		});
	}

	/** Counts a request, whatever comes of it. */
	#measured(label: string, call: Call, handle: () => Answer | Promise<Answer>): Answer | Promise<Answer> {
		const start = performance.now();
		const counted = (answer: Answer): Answer => {
			this.#metrics.observe(label, call.method, answer.status, (performance.now() - start) / 1000);
			return answer;
		};
		const answer = orError(handle);
		return answer instanceof Promise ? answer.then(counted) : counted(answer);
	}

	#dispatch({ handler, below }: Route, call: Call): Answer | Promise<Answer> {
		const c = this.#context;
		switch (handler) {
			case "dataPost":
				return dataPost(c, call, below);
			case "dataGet":
				return dataGet(c, call, below);
			case "dataPut":
				return dataPut(c, call, below);
			case "dataPatch":
				return dataPatch(c, call, below);
			case "dataDelete":
				return dataDelete(c, call, below);
			case "dataPostV0":
				return dataPostV0(c, call, below);
			case "defaultDecision":
				return dataPostV0(c, call, c.defaultDecision);
			case "policiesList":
				return policiesList(c, call);
			case "policiesGet":
				return policiesGet(c, call, decoded(below));
			case "policiesPut":
				return policiesPut(c, call, decoded(below));
			case "policiesDelete":
				return policiesDelete(c, call, decoded(below));
			case "queryGet":
				return queryGet(c, call);
			case "queryPost":
				return queryPost(c, call);
			case "compile":
				return compile(c, call);
			case "config":
				return shown(call, c.config());
			case "status":
				if (c.status === undefined) throw new ApiError(500, "internal_error", "status plugin not enabled");
				return shown(call, c.status());
			case "health":
				return health(c, call);
			case "policyHealth":
				return policyHealth(c, call, below);
			case "metrics":
				return this.#metrics.answer(c.hostMetrics());
			case "page":
				return page();
			case "notAllowed":
				return empty(405);
		}
	}

	/** With what says that answers differ by encoding, and compressed where that pays. */
	#encoded(call: Call, answer: Answer): Answer | Promise<Answer> {
		const { status, body } = answer;
		const headers = answer.headers === jsonHeaders ? varyingJson : { ...answer.headers, Vary: "Accept-Encoding" };
		if (body === null || body.length * 3 < this.#minCompressed || !acceptsGzip(call)) return { status, headers, body };
		const bytes = typeof body === "string" ? toUtf8(body) : body;
		if (bytes.length < this.#minCompressed) return { status, headers, body };
		return gzip(bytes).then((zipped) => ({
			status,
			headers: { ...headers, "Content-Encoding": "gzip" },
			body: zipped,
		}));
	}
}

const varyingJson: Answer["headers"] = { ...jsonHeaders, Vary: "Accept-Encoding" };

/** What a handler answers, or what its error is answered with. */
function orError(handle: () => Answer | Promise<Answer>): Answer | Promise<Answer> {
	try {
		const answer = handle();
		return answer instanceof Promise ? answer.catch(errorAnswer) : answer;
	} catch (e) {
		return errorAnswer(e);
	}
}

/** A host that is not told has to assume that something may follow. */
function withLength(answer: Answer): Answer {
	const { status, headers, body } = answer;
	if (body !== null || status === 204 || status === 304) return answer;
	return { status, headers: { ...headers, "Content-Length": "0" }, body };
}

/** Decisions: their answers may be compressed. */
function isCompressible(call: Call): boolean {
	const { method, decodedPath: path } = call;
	if (path === undefined || (method !== "POST" && method !== "GET")) return false;
	const isData = path.startsWith("/v1/data") || path.startsWith("/v0/data");
	if (!isData && !(method === "POST" && path.startsWith("/v1/compile"))) return false;
	return (call.length ?? 0) <= call.limits.maxLength;
}

function acceptsGzip(call: Call): boolean {
	return call
		.header("accept-encoding")
		.split(",")
		.some((part) => /^gzip(?:;|$)/.test(part.trim()));
}

function decoded(text: string): string {
	return pathUnescape(text) ?? text;
}

function shown(call: Call, value: PlainObject): Answer {
	const body = record([["result", { value }]]);
	return json(200, call.pretty ? indented(body) : compact(body));
}

/** There is no partial evaluation yet; what is no request of it is told so first. */
async function compile(c: ServerContext, call: Call): Promise<Answer> {
	if (call.method === "POST" && call.decodedPath === "/v1/compile") {
		checkCompileRequest(await call.inflatedBody(), c.runtime.options.regoVersion ?? "v1");
	}
	if (call.method === "POST" && call.decodedPath !== "/v1/compile" && call.header("accept") === "") {
		throw new ApiError(400, "invalid_parameter", "Accept header: missing required header");
	}
	throw new ApiError(501, "unsupported", "partial evaluation is not supported");
}
