/** http.send by the host's fetch, against a real server. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createFetchTransport, createHttpCache, type FetchTransportOptions } from "../../src/host/http-fetch.ts";
import { compile } from "../../src/index.ts";

let server: Server;
let base = "";
const asked: string[] = [];

function serve(request: IncomingMessage, response: ServerResponse): void {
	const url = new URL(request.url ?? "", "http://localhost");
	asked.push(`${request.method} ${url.pathname}`);
	const chunks: Buffer[] = [];
	request.on("data", (c: Buffer) => chunks.push(c));
	request.on("end", () => {
		const { headers, method } = request;
		const json = JSON.stringify({ method, headers, body: Buffer.concat(chunks).toString() });
		switch (url.pathname) {
			case "/redirect":
				response.writeHead(Number(url.searchParams.get("code")), { location: url.searchParams.get("to") ?? "" }).end();
				return;
			case "/loop":
				response.writeHead(302, { location: "/loop" }).end();
				return;
			case "/silent":
				return;
			case "/half":
				response.writeHead(200, { "content-length": "10" }).write("half");
				return;
			case "/large":
				response.end(Buffer.alloc(100_000));
				return;
			case "/gzip":
				response
					.writeHead(200, { "content-encoding": "gzip", "content-type": "application/json" })
					.end(gzipSync('{"a": 1}'));
				return;
			case "/cookies":
				response.writeHead(204, { "set-cookie": ["a=1", "b=2"] }).end();
				return;
			case "/bytes":
				response.setHeader("content-type", "application/json");
				response.setHeader("x-text", Buffer.from("é 中").toString("latin1"));
				// With a text, Node would write the headers as UTF-8 again.
				response.end(Buffer.from(json));
				return;
			case "/cached":
				response.setHeader("cache-control", "max-age=60");
		}
		response.setHeader("content-type", "application/json");
		response.end(json);
	});
}

beforeAll(async () => {
	server = createServer(serve);
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
	server.closeAllConnections();
	server.close();
});

const rego = { "a.rego": "package a\nanswer := http.send(input)" };

async function sent(
	request: object,
	options: FetchTransportOptions = {},
): Promise<{ readonly [key: string]: unknown }> {
	const permissions = { httpSendAsync: createFetchTransport(options), httpCache: createHttpCache() };
	const policy = compile(rego, { host: { permissions } });
	const full = { method: "get", raise_error: false, ...request };
	const { value, builtinErrors } = await policy.evaluateAsync("data.a.answer", full);
	expect(builtinErrors).toEqual([]);
	return value as { readonly [key: string]: unknown };
}

const errorOf = async (request: object, options?: FetchTransportOptions): Promise<unknown> => {
	const { status_code, error } = await sent(request, options);
	expect(status_code).toBe(0);
	return (error as { message: string }).message.replace(/:\d{4,5}/g, ":PORT");
};
const to = (code: number, target: string): string => `${base}/redirect?code=${code}&to=${encodeURIComponent(target)}`;

test("sends and receives", async () => {
	const answer = await sent({ method: "post", url: `${base}/echo`, body: { a: 1 }, headers: { "X-Own": "yes" } });
	expect(answer).toMatchObject({
		status_code: 200,
		status: "200 OK",
		body: { method: "POST", body: '{"a":1}', headers: { "x-own": "yes" } },
	});
	expect(await sent({ url: `${base}/gzip` })).toMatchObject({ body: { a: 1 } });
	const cookies = await sent({ url: `${base}/cookies` });
	expect(cookies).toMatchObject({ status_code: 204, headers: { "set-cookie": ["a=1", "b=2"] } });
});

test("headers are UTF-8", async () => {
	const answer = await sent({ url: `${base}/bytes`, headers: { "X-Own": "é 中" } });
	expect(answer).toMatchObject({ headers: { "x-text": ["é 中"] } });
	const { headers } = answer["body"] as { readonly headers: { readonly [name: string]: string } };
	expect(Buffer.from(headers["x-own"] ?? "", "latin1").toString()).toBe("é 中");
});

test("caches as other transports do", async () => {
	const permissions = { httpSendAsync: createFetchTransport(), httpCache: createHttpCache() };
	const policy = compile(rego, { host: { permissions } });
	asked.length = 0;
	for (let i = 0; i < 2; i++) {
		const request = { method: "get", url: `${base}/cached`, cache: true };
		expect((await policy.decideAsync("data.a.answer", request)).value).toMatchObject({ status_code: 200 });
	}
	expect(asked).toEqual(["GET /cached"]);
});

test("follows redirects when asked to", async () => {
	expect(await sent({ url: to(302, "/echo") })).toMatchObject({ status_code: 302 });
	const post = { method: "post", enable_redirect: true, raw_body: "abc", headers: { Authorization: "secret" } };
	expect(await sent({ ...post, url: to(302, "/echo") })).toMatchObject({ body: { method: "GET", body: "" } });
	expect(await sent({ ...post, url: to(307, "/echo") })).toMatchObject({
		body: { method: "POST", body: "abc", headers: { authorization: "secret" } },
	});
	const elsewhere = to(302, `${base.replace("127.0.0.1", "localhost")}/echo`);
	const { body } = await sent({ ...post, url: elsewhere });
	expect((body as { headers: object }).headers).not.toHaveProperty("authorization");
});

test("goes nowhere it may not", async () => {
	const options = { allowedHosts: ["127.0.0.1"] };
	expect(await sent({ url: `${base}/echo` }, options)).toMatchObject({ status_code: 200 });
	expect(await errorOf({ url: base.replace("127.0.0.1", "localhost") }, options)).toContain(
		"disallowed host: localhost",
	);
	const away = to(302, `${base.replace("127.0.0.1", "localhost")}/echo`);
	expect(await errorOf({ url: away, enable_redirect: true }, options)).toContain("disallowed host: localhost");
	expect(await errorOf({ url: to(302, "file:///etc/passwd"), enable_redirect: true })).toContain(
		'unsupported protocol scheme "file"',
	);
	expect(await errorOf({ url: `${base}/loop`, enable_redirect: true })).toContain("stopped after 50 redirects");
});

test("where a browser hides a redirect, nobody follows it past a list of hosts", async () => {
	const hidden = Object.defineProperties(new Response(null), {
		type: { value: "opaqueredirect" },
		status: { value: 0 },
	});
	const followed: string[] = [];
	const browser = (async (_url: URL, init: RequestInit) => {
		followed.push(String(init.redirect));
		return init.redirect === "follow" ? new Response("{}") : hidden;
	}) as typeof fetch;
	const request = { url: `${base}/redirect`, enable_redirect: true };
	expect(await errorOf(request, { fetch: browser, allowedHosts: ["127.0.0.1"] })).toContain("does not tell where");
	expect(await errorOf({ url: `${base}/redirect` }, { fetch: browser })).toContain("does not tell where");
	expect(followed).toEqual(["manual", "manual"]);
	expect(await sent(request, { fetch: browser })).toMatchObject({ status_code: 200 });
});

test("ends in time and in size", async () => {
	for (const path of ["/silent", "/half"])
		expect(await errorOf({ url: base + path, timeout: "50ms" })).toContain("context deadline exceeded");
	expect(await errorOf({ url: `${base}/large` }, { maxResponseBytes: 50_000 })).toContain("larger than 50000 bytes");
});

test("tries again as often as it is told", async () => {
	let tries = 0;
	const flaky = (async (...args: Parameters<typeof fetch>) => {
		if (++tries < 3) throw new TypeError("fetch failed");
		return fetch(...args);
	}) as typeof fetch;
	expect(await sent({ url: `${base}/echo`, max_retry_attempts: 3 }, { fetch: flaky })).toMatchObject({
		status_code: 200,
	});
	expect(tries).toBe(3);
	expect(await errorOf({ url: "http://127.0.0.1:1/" })).toMatch(/ECONNREFUSED|bad port|refused/);
});

test.each([
	["certificates", { tls_insecure_skip_verify: true }, "TLS settings are not available to fetch"],
	["a unix socket", { url: "unix://localhost/end/point?socket=%2Ftmp%2Fsocket" }, "unix sockets are not available"],
])("refuses %s", async (_note, settings, message) => {
	expect(await errorOf({ url: `${base}/echo`, ...settings })).toContain(message);
});
