/**
 * http.send with a transport of our own: what it asks for, what it remembers within a query, what it
 * keeps between queries, and what its errors look like. No network.
 */
import { describe, expect, test } from "vitest";
import type { Builtin } from "../../src/builtins/define.ts";
import {
	createHttpCache,
	type HttpCache,
	type HttpRequest,
	type HttpResponse,
	HttpTransportError,
} from "../../src/builtins/http/transport.ts";
import { http } from "../../src/builtins/http.ts";
import type { PlainObject, Value } from "../../src/value/value.ts";
import { TestBuiltinError, testContext } from "./support.ts";

const send = http[0] as Builtin;
const date = "Tue, 14 Nov 2023 22:13:20 GMT";
const startMs = 1_700_000_000_000;

function response(
	body: string,
	more: Partial<Omit<HttpResponse, "headers">> & { headers?: PlainObject } = {},
): HttpResponse {
	const headers = Object.entries({ "content-type": "application/json", date, ...more.headers }).map(
		([name, value]) => [name, [String(value)]] as const,
	);
	const { headers: _, ...rest } = more;
	return { statusCode: 200, status: "200 OK", body: new TextEncoder().encode(body), ...rest, headers };
}

/** A query at a moment, with a transport that answers from a script and records what it was asked. */
class Query {
	readonly sent: HttpRequest[] = [];
	readonly #context: ReturnType<typeof testContext>;

	constructor(answers: readonly (HttpResponse | Error)[], cache?: HttpCache, atMs = startMs) {
		const queue = [...answers];
		const httpSend = (r: HttpRequest): HttpResponse => {
			this.sent.push(r);
			const next = queue.shift();
			if (next === undefined) throw new Error("unexpected request");
			if (next instanceof Error) throw next;
			return next;
		};
		this.#context = Object.assign(testContext({ strict: true }), {
			host: { httpSend, httpCache: cache },
			nowNs: () => BigInt(atMs) * 1_000_000n,
		});
	}

	call(request: PlainObject): PlainObject {
		return send.eval(this.#context, { method: "get", url: "http://h/p", ...request }) as PlainObject;
	}

	error(request: PlainObject): string {
		try {
			this.call(request);
		} catch (e) {
			if (e instanceof TestBuiltinError) return `${e.code}: ${e.message}`;
			throw e;
		}
		return "no error";
	}
}

describe("requests", () => {
	test("are made of the parameters", () => {
		const q = new Query([response("{}")]);
		q.call({
			method: "post",
			url: "http://user:pw@h:8080/a%20b?x=1#f",
			body: { a: "<" },
			headers: { "x-one": "1" },
			timeout: "2s",
			enable_redirect: true,
			max_retry_attempts: 3,
			tls_server_name: "sni",
		});
		const [r] = q.sent;
		expect(r).toMatchObject({
			method: "POST",
			url: "http://h:8080/a%20b?x=1",
			headers: [
				["X-One", "1"],
				["Authorization", "Basic dXNlcjpwdw=="],
			],
			timeoutMs: 2000,
			followRedirects: true,
			maxRetryAttempts: 3,
		});
		expect(new TextDecoder().decode(r?.body)).toBe('{"a":"\\u003c"}');
		expect(r?.tls.serverName).toBe("sni");
	});

	test("a unix socket is named by the query", () => {
		const q = new Query([response("{}")]);
		q.call({ url: "unix://localhost/end?socket=%2Frun%2Fx.sock&b=2&a=1" });
		expect(q.sent[0]).toMatchObject({ url: "http://localhost/end?a=1&b=2", socketPath: "/run/x.sock" });
	});

	test("are refused when no transport is given, after the checks", () => {
		const ctx = testContext({ strict: true });
		const call = (r: PlainObject): Value | undefined => send.eval(ctx, r);
		expect(() => call({ method: "get", url: "http://h" })).toThrow("HTTP requests are not enabled here");
		expect(() => call({ method: "get" })).toThrow('operand 1 missing required request parameters(s): {"url"}');
		const soft = call({ method: "get", url: "http://h", raise_error: false }) as PlainObject;
		expect(soft["status_code"]).toBe(0);
		expect(soft["error"]).toMatchObject({ code: "eval_http_send_internal_error" });
	});
});

describe("bodies", () => {
	const rows: readonly [note: string, text: string, contentType: string, request: PlainObject, want: Value][] = [
		["JSON", '{"a": 1.50}', "application/json; charset=utf-8", {}, { a: 1.5 }],
		["JSON dialect", "[1]", "application/problem+json", {}, [1]],
		["JSON with trailing text", "{} x", "application/json", {}, {}],
		["broken JSON", "{", "application/json", {}, null],
		["text", "{}", "text/plain", {}, null],
		["forced JSON", "{}", "text/plain", { force_json_decode: true }, {}],
		["YAML", "a: 1", "application/yaml", {}, { a: 1 }],
		["forced YAML", "a: 1", "text/plain", { force_yaml_decode: true }, { a: 1 }],
	];
	for (const [note, text, type, request, want] of rows) {
		test(note, () => {
			const got = new Query([response(text, { headers: { "content-type": type } })]).call(request);
			expect(JSON.parse(JSON.stringify(got["body"], (_, x) => (x?.text === "1.50" ? 1.5 : x)))).toEqual(want);
			expect(got["raw_body"]).toBe(text);
		});
	}
});

describe("within a query", () => {
	test("one call is one request", () => {
		const q = new Query([response('{"n":1}'), response('{"n":2}')]);
		expect([q.call({}), q.call({}), q.call({ url: "http://h/q" })].map((r) => (r["body"] as PlainObject)["n"])).toEqual(
			[1, 1, 2],
		);
	});

	test("ignored headers do not tell calls apart", () => {
		const q = new Query([response('{"n":1}')]);
		const call = (id: string): PlainObject => q.call({ headers: { id }, cache_ignored_headers: ["id"] });
		expect(call("a")).toEqual(call("b"));
		expect(q.sent[0]?.headers).toEqual([["Id", "a"]]);
	});

	test("a status that must not be cached is asked for again", () => {
		const q = new Query([response("1", { statusCode: 500, status: "500 x" }), response("2")]);
		expect([q.call({})["body"], q.call({})["body"]]).toEqual([1, 2]);
	});

	test("failures are remembered", () => {
		const q = new Query([new HttpTransportError("boom", "network")]);
		expect([q.error({}), q.error({})]).toEqual(Array(2).fill('eval_builtin_error: Get "http://h/p": boom'));
		expect(q.sent).toHaveLength(1);
	});
});

describe("errors", () => {
	const failing = (e: HttpTransportError): Query => new Query([e]);

	test("timeouts are put plainly when raised, and in full inside a result", () => {
		const late = new HttpTransportError("context deadline exceeded", "network", { timeout: true });
		expect(failing(late).error({})).toBe("eval_builtin_error: Get http://h/p: request timed out");
		expect(failing(late).call({ raise_error: false })["error"]).toEqual({
			code: "eval_http_send_network_error",
			message: 'Get "http://h/p": context deadline exceeded',
		});
	});

	test("passwords in URLs are not shown", () => {
		const q = failing(new HttpTransportError("boom", "network"));
		expect(q.error({ url: "http://u:secret@h/" })).toBe('eval_builtin_error: Get "http://u:***@h/": boom');
	});

	test("bad parameters inside a result carry place and code", () => {
		const got = new Query([]).call({ raise_error: false, timeout: true });
		expect(got["error"]).toEqual({
			code: "eval_http_send_internal_error",
			message:
				"test.rego:1: eval_type_error: http.send: operand 1 'timeout' must be one of {string, number} but got boolean",
		});
	});

	const rows: readonly [request: PlainObject, want: string][] = [
		[{ raise_error: 1 }, "eval_builtin_error: invalid value for raise_error field"],
		[{ nope: 1 }, 'eval_type_error: operand 1 invalid request parameters(s): {"nope"}'],
		[{ method: 1 }, 'eval_builtin_error: "method" must be a string'],
		[{ method: "a b" }, 'eval_builtin_error: net/http: invalid method "A B"'],
		[{ url: "::" }, 'eval_builtin_error: parse "::": missing protocol scheme'],
		[{ url: "foo://x" }, 'eval_builtin_error: Get "foo://x": unsupported protocol scheme "foo"'],
		[{ headers: 1 }, "eval_builtin_error: invalid type for headers key"],
		[{ headers: { a: 1 } }, 'eval_builtin_error: invalid type for headers value "1"'],
		[{ headers: { a: null } }, "eval_builtin_error: invalid type for headers value %!q(<nil>)"],
		[
			{ headers: { a: "x\r\ny: z" } },
			'eval_builtin_error: Get "http://h/p": net/http: invalid header field value for "A"',
		],
		[{ timeout: "x" }, 'eval_builtin_error: invalid timeout value "x": time: invalid duration "x"'],
		[{ timeout: "1d" }, 'eval_builtin_error: invalid timeout value "1d": time: unknown unit "d" in duration "1d"'],
		[{ timeout: 1.5 }, "eval_builtin_error: invalid timeout number value 1.5, must be int64"],
		[{ enable_redirect: "true" }, 'eval_builtin_error: strconv.ParseBool: parsing "\\"true\\"": invalid syntax'],
		[{ cache: 1 }, 'eval_builtin_error: invalid value for "cache" field'],
		[
			{ force_cache: true },
			"eval_builtin_error: 'force_cache' set but 'force_cache_duration_seconds' parameter is missing",
		],
		[
			{ force_cache: true, force_cache_duration_seconds: 1.5 },
			'eval_builtin_error: strconv.ParseInt: parsing "1.5": invalid syntax',
		],
		[{ max_retry_attempts: -1 }, 'eval_builtin_error: invalid value -1 for field "max_retry_attempts"'],
		[
			{ cache_ignored_headers: 1, headers: {} },
			"eval_builtin_error: cache_ignored_headers must be an array of strings",
		],
	];
	for (const [request, want] of rows) {
		test(JSON.stringify(request), () => expect(new Query([]).error(request)).toBe(want));
	}
});

describe("between queries", () => {
	const n = (r: PlainObject): Value | undefined => (r["body"] as PlainObject)["n"];

	/** Asks at each second for the same, with the same cache. */
	function ask(
		steps: readonly { readonly at: number; readonly answers: readonly (HttpResponse | Error)[] }[],
		request: PlainObject = { cache: true },
	): { readonly bodies: (Value | undefined)[]; readonly sent: HttpRequest[][] } {
		const cache = createHttpCache();
		const bodies: (Value | undefined)[] = [];
		const sent: HttpRequest[][] = [];
		for (const { at, answers } of steps) {
			const q = new Query(answers, cache, startMs + at * 1000);
			bodies.push(n(q.call(request)));
			sent.push(q.sent);
		}
		return { bodies, sent };
	}

	test("max-age decides", () => {
		const fresh = response('{"n":1}', { headers: { "cache-control": "max-age=10" } });
		const { bodies } = ask([
			{ at: 0, answers: [fresh] },
			{ at: 9, answers: [] },
			{ at: 11, answers: [response('{"n":2}')] },
		]);
		expect(bodies).toEqual([1, 1, 2]);
	});

	test("Expires decides where there is no max-age", () => {
		const fresh = response('{"n":1}', { headers: { expires: "Tue, 14 Nov 2023 22:13:30 GMT" } });
		const { bodies } = ask([
			{ at: 0, answers: [fresh] },
			{ at: 9, answers: [] },
			{ at: 10, answers: [response('{"n":2}')] },
		]);
		expect(bodies).toEqual([1, 1, 2]);
	});

	test("no-store, and statuses that are not cacheable, are not kept", () => {
		for (const answer of [
			response('{"n":1}', { headers: { "cache-control": "no-store, max-age=10" } }),
			response('{"n":1}', { statusCode: 500, status: "500 x", headers: { "cache-control": "max-age=10" } }),
			response('{"n":1}', { headers: { "cache-control": "max-age=x" } }),
		]) {
			const { bodies } = ask([
				{ at: 0, answers: [answer] },
				{ at: 1, answers: [response('{"n":2}')] },
			]);
			expect(bodies).toEqual([1, 2]);
		}
	});

	test("a stale response is revalidated", () => {
		const tagged = response('{"n":1}', {
			headers: { "cache-control": "max-age=1", etag: '"v1"', "last-modified": date },
		});
		const unchanged = response("", {
			statusCode: 304,
			status: "304 Not Modified",
			headers: { "cache-control": "max-age=100" },
		});
		const { bodies, sent } = ask([
			{ at: 0, answers: [tagged] },
			{ at: 5, answers: [unchanged] },
			{ at: 50, answers: [] },
			{ at: 200, answers: [response('{"n":2}')] },
		]);
		expect(bodies).toEqual([1, 1, 1, 2]);
		expect(sent[1]?.[0]?.headers).toEqual([
			["If-None-Match", '"v1"'],
			["If-Modified-Since", date],
		]);
	});

	test("force_cache overrides what the response says", () => {
		const { bodies } = ask(
			[
				{ at: 0, answers: [response('{"n":1}', { headers: { "cache-control": "no-store" } })] },
				{ at: 59, answers: [] },
				{ at: 61, answers: [response('{"n":2}')] },
			],
			{ force_cache: true, force_cache_duration_seconds: 60 },
		);
		expect(bodies).toEqual([1, 1, 2]);
	});

	test("what may not be kept is asked for again in the same query, as where no cache is wanted", () => {
		const rows: readonly PlainObject[] = [{ cache: true }, { force_cache: true, force_cache_duration_seconds: 60 }, {}];
		for (const request of rows) {
			const headers = { "cache-control": "max-age=10" };
			const answers = [response('{"n":1}', { headers, statusCode: 500 }), response('{"n":2}', { headers })];
			const q = new Query(answers, createHttpCache(), startMs);
			expect([n(q.call(request)), n(q.call(request)), n(q.call(request))]).toEqual([1, 2, 2]);
		}
	});

	test("nothing is kept without a shared cache, or unasked", () => {
		const fresh = (): HttpResponse => response('{"n":1}', { headers: { "cache-control": "max-age=10" } });
		expect(n(new Query([fresh()]).call({ cache: true }))).toBe(1);
		const { sent } = ask(
			[
				{ at: 0, answers: [fresh()] },
				{ at: 1, answers: [fresh()] },
			],
			{},
		);
		expect(sent.map((s) => s.length)).toEqual([1, 1]);
	});

	test("the cache forgets the oldest beyond its size", () => {
		const cache = createHttpCache({ maxBytes: 400 });
		const entry = { response: response("x".repeat(100)), expiresAt: 1 };
		for (const key of ["a", "b", "c"]) cache.set(key, entry);
		expect(["a", "b", "c"].map((k) => cache.get(k) !== undefined)).toEqual([false, true, true]);
		cache.set("huge", { response: response("x".repeat(1000)), expiresAt: 1 });
		expect(cache.get("huge")).toBeUndefined();
	});
});
