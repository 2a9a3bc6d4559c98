/** The API without sockets: routes and their edges, bodies, authorization, decisions that wait, the page. */
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { createHandler, type HandlerOptions, Runtime, type RuntimeOptions } from "../../src/server/index.ts";

interface Asked {
	readonly status: number;
	readonly headers: Headers;
	readonly body: string;
}

function server(runtime: RuntimeOptions = {}, options: HandlerOptions = {}) {
	const of = new Runtime(runtime);
	const handler = createHandler(of, options);
	const ask = async (
		method: string,
		target: string,
		body?: string | Uint8Array,
		headers: Record<string, string> = {},
	): Promise<Asked> => {
		const length = body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
		const init = { method, headers: { ...length, ...headers }, ...(body === undefined ? {} : { body }) };
		const answer = await handler(new Request("http://localhost/", init), { target });
		return { status: answer.status, headers: answer.headers, body: await answer.text() };
	};
	return { runtime: of, ask };
}

const policies = {
	"p.rego":
		'package p\ndefault allow := false\nallow if input.user == "alice"\nbig := 9007199254740993\nl := [{"a": 1.50}]\ns := {3, 1}',
};

describe("routes", () => {
	const { ask } = server({ policies });
	const rows: readonly (readonly [string, string, number, string?])[] = [
		["GET", "/v1/data/p/l/0/a", 200],
		["GET", "//v1/data", 307, "/v1/data"],
		["GET", "/v1/./data/../data/p?x=1", 307, "/v1/data/p?x=1"],
		["GET", "/../../etc/passwd", 307, "/etc/passwd"],
		["POST", "/v1//data/a%2Fb", 307, "/v1/data/a%252Fb"],
		["GET", "/v1/data/", 301, "/v1/data"],
		["GET", "/v1/data/a%0d%0aSet-Cookie:x/", 301, "/v1/data/a%0D%0ASet-Cookie:x"],
		["GET", "/v1/data/%C3%A9/", 301, "/v1/data/%c3%a9"],
		["GET", "/v1/compile", 307, "/v1/compile/"],
		["GET", "/v1/data/%zz", 400],
		["GET", "/v1/data/%2e%2e/%2e%2e", 200],
		["GET", "/v1", 404],
		["GET", "/v2/data", 404],
		["GET", "/v1/datax", 404],
		["DELETE", "/v1/data", 405],
		["HEAD", "/v1/data", 405],
		["PUT", "/health", 405],
		["POST", "/v1/compile", 400],
		["POST", "/v1/compile/p/allow", 400],
		["GET", "/v1/status", 500],
	];
	for (const [method, target, status, location] of rows) {
		test(`${method} ${target}`, async () => {
			const got = await ask(method, target);
			expect([got.status, got.headers.get("location")]).toEqual([status, location ?? null]);
		});
	}
	test("where a path without its slash leads is shown as it is read", async () => {
		const shown = '<a href="/v1/data/é&lt;&#39;&amp;&gt;">Moved Permanently</a>.\n\n';
		expect((await ask("GET", "/v1/data/%C3%A9%3C'&%3E/")).body).toBe(shown);
	});
	test("integers of a path, however they are written", async () => {
		const written = ["1", "+1", "01", "1.", "1.000", "-0.0", ".0", "-.0", "1.5", "1e0", "9223372036854775808.0"];
		const told = written.map(async (w) => JSON.parse((await ask("POST", `/v0/data/q/${w}`, "1")).body).message);
		const read = [
			"[1]",
			"[1]",
			"[1]",
			"[1]",
			"[1]",
			"[0]",
			"[0]",
			"[0]",
			'["1.5"]',
			'["1e0"]',
			'["9223372036854775808.0"]',
		];
		expect(await Promise.all(told)).toEqual(read.map((r) => `document missing: data.q${r}`));
	});
	test("a method that is not there says which are", async () => {
		expect((await ask("PUT", "/")).headers.get("allow")).toBe("GET, HEAD, POST");
		expect((await ask("PUT", "/v1/compile")).headers.get("allow")).toBe("GET, HEAD, POST");
		expect((await ask("POST", "/health")).headers.get("allow")).toBe("GET, HEAD");
	});
});

describe("values", () => {
	const { ask } = server({ policies });
	test("what no JSON is: told with the type of the answer where there is one", async () => {
		const odd = server({ policies: { "o.rego": 'package o\nx := to_number("01")' } });
		const message = 'json: invalid number literal "01"';
		const typed = `json: error calling MarshalJSON for type types.DataResponseV1: ${message}`;
		const rows = [
			["GET", "/v1/data/o/x", undefined, typed],
			["POST", "/v1/data/o", '{"input":1}', typed],
			["POST", "/v1/data/o?pretty", '{"input":1}', typed],
			["POST", "/v0/data/o", "1", message],
			["POST", "/v1/query", '{"query":"x = data.o.x"}', message],
		] as const;
		for (const [method, target, body, want] of rows) {
			const got = await odd.ask(method, target, body);
			expect([target, got.status, JSON.parse(got.body).message]).toEqual([target, 500, want]);
		}
	});
	test("numbers keep every digit, sets are lists", async () => {
		expect((await ask("GET", "/v1/data/p")).body).toBe(
			'{"result":{"allow":false,"big":9007199254740993,"l":[{"a":1.50}],"s":[1,3]}}\n',
		);
	});
	test("names of JavaScript's own are names", async () => {
		await ask("PUT", "/v1/data/x", '{"__proto__":{"a":1},"constructor":2}');
		expect((await ask("GET", "/v1/data/x")).body).toBe('{"result":{"__proto__":{"a":1},"constructor":2}}\n');
		expect((await ask("GET", "/v1/data/x/__proto__/a")).body).toBe('{"result":1}\n');
		expect((await ask("GET", "/v1/data/x/toString")).body).toBe("{}\n");
		const input = '{"input":{"__proto__":{"user":"alice"}}}';
		expect((await ask("POST", "/v1/data/p/allow", input)).body).toBe('{"result":false}\n');
	});
});

describe("bodies", () => {
	const { ask } = server({ policies }, { maxBodyLength: 1000, maxInflatedLength: 2000 });
	const post = (body: string | Uint8Array, headers: Record<string, string> = {}) =>
		ask("POST", "/v1/data/p/allow", body, headers);
	const alice = '{"input":{"user":"alice"}}';
	const zip = { "content-encoding": "gzip" };
	const rows: readonly {
		readonly note: string;
		readonly send: () => Promise<Asked>;
		readonly want: number;
		readonly says?: string;
	}[] = [
		{ note: "plain", send: () => post(alice), want: 200, says: '{"result":true}' },
		{ note: "zipped", send: () => post(gzipSync(alice), zip), want: 200, says: '{"result":true}' },
		{
			note: "only half of what was zipped",
			send: () => post(gzipSync(alice).subarray(0, 25), zip),
			want: 400,
			says: "could not decompress the body: unexpected EOF",
		},
		{ note: "not zipped at all", send: () => post("0123456789abc", zip), want: 400, says: "gzip: invalid header" },
		{
			note: "a bomb",
			send: () => post(gzipSync("x".repeat(1_000_000)).subarray(0, 990), zip),
			want: 400,
			says: "could not decompress the body",
		},
		{
			note: "more than was zipped",
			send: () => post(gzipSync("x".repeat(5000)), zip),
			want: 400,
			says: "gzip payload too large",
		},
		{ note: "too long", send: () => post("x".repeat(1001)), want: 400, says: "request body too large" },
		{ note: "no JSON", send: () => post("{"), want: 400, says: "unexpected EOF" },
		{ note: "bytes that are no text", send: () => post(Buffer.from([123, 34, 255, 34, 58, 49, 125])), want: 200 },
		{ note: "nested without end", send: () => post("[".repeat(999)), want: 400, says: "unexpected EOF" },
	];
	for (const { note, send, want, says = "" } of rows) {
		test(note, async () => {
			const got = await send();
			expect(got.status).toBe(want);
			expect(got.body).toContain(says);
		});
	}
	test("what would become gigabytes is refused", async () => {
		const open = server();
		const body = `{"input":[${"{},".repeat(8_100_000)}{}]}`;
		const got = await open.ask("POST", "/v1/data", body);
		expect([got.status, JSON.parse(got.body).message]).toEqual([400, "request body too large"]);
	});
	test("an evaluation may be bounded", async () => {
		const text =
			"package slow\nx := count([1 | numbers.range(1, 1000)[_]; numbers.range(1, 1000)[_]; numbers.range(1, 1000)[_]])";
		const bounded = server({ policies: { "slow.rego": text }, limits: { steps: 100_000 } });
		const got = await bounded.ask("GET", "/v1/data/slow/x");
		expect([got.status, JSON.parse(got.body).errors[0].code]).toEqual([500, "eval_cancel_error"]);
	});
	test("answers are zipped for who wants it, where it pays", async () => {
		const big = server({ data: { l: "x".repeat(2000) } });
		const got = await big.ask("GET", "/v1/data/l", undefined, { "accept-encoding": "br, gzip;q=1" });
		expect([got.headers.get("content-encoding"), got.headers.get("vary")]).toEqual(["gzip", "Accept-Encoding"]);
		const small = await big.ask("GET", "/v1/data/none", undefined, { "accept-encoding": "gzip" });
		expect([small.headers.get("content-encoding"), small.body]).toEqual([null, "{}\n"]);
	});
});

describe("authorization", () => {
	const authz = `package system.authz

default allow := {"allowed": false, "reason": "who are you?"}
allow := {"allowed": true} if input.identity == "secret"
allow := {"allowed": true} if { input.method == "POST"; input.path == ["v1", "data", "p", "allow"]; input.body.input.user == "alice" }
allow := {"allowed": true} if input.headers["X-Key"] == ["1"]
allow := {"allowed": true} if input.params.key == ["a", "b"]
seen := input`;
	const { ask } = server(
		{ policies: { ...policies, "authz.rego": authz } },
		{ authorization: "basic", authentication: "token" },
	);
	const rows: readonly (readonly [string, string, number, (string | undefined)?, Record<string, string>?])[] = [
		["GET", "/health", 401],
		["GET", "/nope", 401],
		["GET", "/health", 200, undefined, { authorization: "Bearer secret" }],
		["GET", "/health", 401, undefined, { authorization: "bearer secret" }],
		["GET", "/health", 401, undefined, { authorization: "Bearer secret x" }],
		["GET", "/health", 200, undefined, { "x-key": "1" }],
		["GET", "/health?key=a&key=b", 200],
		["POST", "/v1/data/p/allow", 200, '{"input":{"user":"alice"}}'],
		["POST", "/v1/data/p/allow", 401, '{"input":{"user":"bob"}}'],
		["POST", "/v1/data/p/allow", 400, "{"],
		["PUT", "/v1/policies/p.rego", 401, "package p"],
		["DELETE", "/v1/policies/authz.rego", 401],
	];
	for (const [method, target, status, body, headers] of rows) {
		test(`${method} ${target} ${body ?? ""} ${JSON.stringify(headers ?? {})}`, async () => {
			const got = await ask(method, target, body, headers);
			expect(got.status).toBe(status);
			if (status === 401) expect(JSON.parse(got.body)).toEqual({ code: "unauthorized", message: "who are you?" });
		});
	}
	const answers: readonly (readonly [string, string, number])[] = [
		["nothing", "package other", 500],
		["undefined", "package system.authz\nallow if input.nope", 500],
		["false", "package system.authz\nallow := false", 401],
		["a text", 'package system.authz\nallow := "true"', 401],
		["an object that does not say", 'package system.authz\nallow := {"ok": true}', 500],
		["an object that says so otherwise", 'package system.authz\nallow := {"allowed": "true"}', 401],
		["a conflict", "package system.authz\nallow := true if input.method\nallow := false if input.method", 500],
	];
	for (const [note, text, status] of answers) {
		test(`a policy that answers ${note} lets nobody in`, async () => {
			const one = server({ policies: { "a.rego": text } }, { authorization: "basic" });
			expect((await one.ask("GET", "/v1/data")).status).toBe(status);
		});
	}
});

describe("the decision log", () => {
	const logged = (policy: string) => {
		const lines: unknown[] = [];
		const errors: string[] = [];
		const options = { write: (e: unknown) => lines.push(e), onError: (m: string) => errors.push(m) };
		const { ask } = server({ policies: { ...policies, "log.rego": policy } }, { decisionLog: options });
		return { ask, lines, errors };
	};
	test("metadata of a request is logged with it", async () => {
		const { ask, lines } = logged("package x");
		const got = await ask("POST", "/v1/data/p/allow", '{"input":{"user":"alice"},"trace":7}');
		expect(JSON.parse(got.body)).toMatchObject({ result: true });
		expect(lines).toHaveLength(1);
		expect(lines[0]).toMatchObject({ path: "p/allow", result: true, custom: { request_metadata: { trace: 7 } } });
	});
	test("what cannot be masked is not logged", async () => {
		const { ask, lines, errors } = logged('package system.log\nmask contains "password"');
		expect((await ask("POST", "/v1/data/p/allow", '{"input":{"password":"x"}}')).status).toBe(200);
		expect(lines).toHaveLength(0);
		expect(errors[0]).toMatch(/^Log event masking failed/);
	});
	test("nor what a broken policy should have dropped", async () => {
		const { ask, lines, errors } = logged("package system.log\ndrop := 1 if input.path\ndrop := 2 if input.path");
		await ask("POST", "/v1/data/p/allow", '{"input":{}}');
		expect(lines).toHaveLength(0);
		expect(errors[0]).toMatch(/^Log drop decision failed/);
	});
});

describe("changes", () => {
	test("a decision that waits answers from what it began with", async () => {
		let release: () => void = () => {};
		const waiting = new Promise<void>((resolve) => {
			release = resolve;
		});
		const httpSendAsync = async () => {
			await waiting;
			return { statusCode: 200, status: "200 OK", headers: [], body: new TextEncoder().encode("{}") };
		};
		const text = (n: number): string =>
			`package w\nx := [${n}, data.n, r.status_code] if r := http.send({"method": "get", "url": "http://example.com/${n}"})`;
		const { ask, runtime } = server({
			policies: { "w.rego": text(1) },
			data: { n: 1 },
			host: { permissions: { httpSendAsync } },
		});
		const early = ask("GET", "/v1/data/w/x");
		expect((await ask("PUT", "/v1/policies/w.rego", text(2))).status).toBe(200);
		expect((await ask("PUT", "/v1/data/n", "2")).status).toBe(204);
		release();
		expect(JSON.parse((await early).body)).toEqual({ result: [1, 1, 200] });
		expect(JSON.parse((await ask("GET", "/v1/data/w/x")).body)).toEqual({ result: [2, 2, 200] });
		expect(runtime.snapshot.data["n"]).toBe(2);
	});
	test("what fails changes nothing", async () => {
		const { ask, runtime } = server({ policies, data: { base: 1 } });
		const before = runtime.snapshot;
		const failing: readonly (readonly [string, string, string])[] = [
			["PUT", "/v1/policies/p.rego", "package p\nallow if undefined_function(1)"],
			["PUT", "/v1/policies/new.rego", "package base.x\ny := 1"],
			["PUT", "/v1/data/p/allow", "1"],
			["PATCH", "/v1/data", '[{"op":"add","path":"/ok","value":1},{"op":"remove","path":"/nope"}]'],
			["PATCH", "/v1/data", '[{"op":"add","path":"/p","value":{"allow":1}}]'],
		];
		for (const [method, target, body] of failing) {
			const { status } = await ask(method, target, body);
			expect([target, status >= 400 && status < 500]).toEqual([target, true]);
		}
		expect(runtime.snapshot.data).toEqual(before.data);
		expect([...runtime.snapshot.policies.keys()]).toEqual(["p.rego"]);
		expect((await ask("POST", "/v1/data/p/allow", '{"input":{"user":"alice"}}')).body).toBe('{"result":true}\n');
	});
});

test("the page asks nobody else", async () => {
	const { ask } = server({ policies });
	const { status, headers, body } = await ask("GET", "/");
	expect(status).toBe(200);
	expect(headers.get("content-security-policy")).toMatch(/^default-src 'none'; script-src 'nonce-[0-9a-f]+'/);
	const sources = [...body.matchAll(/(?:src|href)="([^"]*)"/g)].map((m) => m[1]);
	expect(
		sources.filter((s) => !/^(?:data:,|https:\/\/(?:github\.com|www\.openpolicyagent\.org)\/)/.test(s ?? "")),
	).toEqual([]);
	expect(body).not.toMatch(/<(?:link rel="stylesheet"|script src|img)/);
});

test("queries may not reach the network", async () => {
	const { ask } = server({ policies });
	for (const q of ["http.send({}, x)", 'x := [y | y := http.send({"url": ""})]', "not http.send({})"]) {
		const got = await ask("POST", "/v1/query", JSON.stringify({ query: q }));
		expect([q, got.status]).toEqual([q, 400]);
		expect(got.body).toContain("unsafe built-in function calls in expression: http.send");
	}
});

test("health by policies of one's own", async () => {
	const text =
		'package system.health\nlive if input.plugins_ready\nready if input.plugin_state.bundle == "OK"\nodd := 1';
	const { ask, runtime } = server({ policies: { "h.rego": text } });
	runtime.plugins.set("bundle", "NOT_READY");
	expect((await ask("GET", "/health/live")).status).toBe(500);
	expect((await ask("GET", "/health?bundles")).status).toBe(500);
	expect((await ask("GET", "/health?plugins&exclude-plugin=bundle")).status).toBe(200);
	runtime.plugins.set("bundle", "OK");
	expect((await ask("GET", "/health/live")).status).toBe(200);
	expect((await ask("GET", "/health/ready")).body).toBe("{}\n");
	expect((await ask("GET", "/health/odd")).body).toContain("returned unexpected value");
	runtime.plugins.set("bundle", "ERROR");
	// Once all were ready, live is not about them any more.
	expect((await ask("GET", "/health/live")).status).toBe(200);
});

describe("explain=why", () => {
	const { ask } = server({ policies });
	test("the cause and a fix beside the result", async () => {
		const got = await ask("POST", "/v1/data/p/allow?explain=why", '{"input": {"user": "bob"}}');
		expect(JSON.parse(got.body)).toMatchObject({
			result: false,
			explanation: {
				schema: "regoplan.explanation/1",
				causes: [{ input: ["/user"], message: 'input /user is "bob", the policy wants "alice"' }],
				fixes: [{ patch: [{ op: "replace", path: "/user", value: "alice" }] }],
			},
		});
	});
	for (const target of [
		"/v1/data/p/allow?explain=bogus",
		"/v1/data/p/allow?explain",
		"/v1/data/p/l/0/a?explain=why",
		"/v1/data/p/nothing?explain=fails",
	]) {
		test(`none for ${target}`, async () => {
			expect(JSON.parse((await ask("POST", target, '{"input": {}}')).body)).not.toHaveProperty("explanation");
		});
	}
	test("what happened, in opa's words", async () => {
		const got = await ask("POST", "/v1/data/p/allow?explain=full&pretty", '{"input": {"user": "bob"}}');
		expect(JSON.parse(got.body).explanation.slice(0, 2)).toEqual([
			expect.stringMatching(/^query:1 +Enter data\.p\.allow = _$/),
			expect.stringMatching(/^query:1 +\| Eval data\.p\.allow = _$/),
		]);
		const query = await ask("POST", "/v1/query?explain=fails&pretty", '{"query": "x = 1; x = 2"}');
		expect(JSON.parse(query.body)).toEqual({
			explanation: ["query:1     Enter x = 1; x = 2", "query:1     | Fail x = 2"],
		});
		const events = await ask("GET", "/v1/query?explain=full&q=x%20%3A%3D%201");
		expect(JSON.parse(events.body).explanation.map((e: { op: string; type: string }) => `${e.op} ${e.type}`)).toEqual([
			"enter body",
			"eval expr",
			"exit body",
			"redo body",
			"redo expr",
		]);
	});
	test("of what no policy has", async () => {
		const got = await ask("POST", "/v1/data/nothing/here?explain=why", '{"input": {}}');
		expect(got.status).toBe(200);
	});
});

describe("what is given in code", () => {
	const runtime = new Runtime();
	const handler = (options: unknown) => () => createHandler(runtime, options as HandlerOptions);
	const made = (options: unknown) => () => new Runtime(options as RuntimeOptions);
	const rows: readonly (readonly [note: string, call: () => unknown, message: string])[] = [
		[
			"authorization misspelt",
			handler({ authorization: "basci" }),
			'authorization must be "off" or "basic", not "basci"',
		],
		["authorization: true", handler({ authorization: true }), 'authorization must be "off" or "basic", not true'],
		[
			"another spelling",
			handler({ authorisation: "basic" }),
			"unknown option authorisation; did you mean authorization?",
		],
		[
			"authentication",
			handler({ authentcation: "token" }),
			"unknown option authentcation; did you mean authentication?",
		],
		[
			"in the decision log",
			handler({ decisionLog: { wirte() {} } }),
			"in decisionLog: unknown option wirte; did you mean",
		],
		["no runtime", () => createHandler({} as Runtime), "createHandler: the first argument is a Runtime, not an object"],
		["options first", () => createHandler({ policies } as never), "the first argument is a Runtime, not an object"],
		["polices", made({ polices: {} }), "Runtime: unknown option polices; did you mean policies?"],
		[
			"a policy that is no text",
			made({ policies: { "p.rego": 1 } }),
			"Runtime: the text of p.rego must be a string, not 1",
		],
		["data that are a list", made({ data: [] }), "Runtime: option data must be an object, not a list"],
		[
			"limits",
			made({ limits: { timeoutMs: 1 } }),
			"Runtime: in limits: unknown option timeoutMs; did you mean timeMs?",
		],
	];
	for (const [note, call, message] of rows) test(note, () => expect(call).toThrow(message));
});
