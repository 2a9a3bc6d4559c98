/** http.send by fetch, against a server of this machine: what it sends, follows, refuses and gives up. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { HttpRequest } from "../../src/builtins/http/transport.ts";
import { createFetchTransport, HttpTransportError } from "../../src/host/fetch.ts";
import { compile } from "../../src/index.ts";

let server: Server;
let base = "";
let seen: string[] = [];

/** What each path answers. */
const routes: Readonly<Record<string, (q: IncomingMessage, a: ServerResponse, body: string) => void>> = {
	"/echo": (q, a, body) =>
		a
			.setHeader("X-Is", "here")
			.setHeader("Content-Type", "application/json")
			.end(JSON.stringify({ method: q.method, body, auth: q.headers.authorization ?? "" })),
	"/moved": (_, a) => a.writeHead(302, { location: "/echo" }).end(),
	"/kept": (_, a) => a.writeHead(307, { location: "/echo" }).end(),
	"/away": (_, a) => a.writeHead(302, { location: `${base.replace("127.0.0.1", "localhost")}/echo` }).end(),
	"/file": (_, a) => a.writeHead(302, { location: "file:///etc/passwd" }).end(),
	"/round": (_, a) => a.writeHead(302, { location: "/round" }).end(),
	"/large": (_, a) => a.end("x".repeat(100_000)),
	"/silent": () => {},
	"/cookies": (_, a) =>
		a
			.writeHead(
				200,
				[
					["Set-Cookie", "a=1"],
					["Set-Cookie", "b=2"],
				].flat(),
			)
			.end(),
};

beforeAll(async () => {
	server = createServer((q, a) => {
		let body = "";
		q.on("data", (d) => (body += String(d)));
		q.on("end", () => {
			seen.push(`${q.method} ${q.url}`);
			routes[q.url ?? ""]?.(q, a, body);
		});
	});
	await new Promise<void>((r) => server.listen(0, r));
	base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
	server.closeAllConnections();
	server.close();
});

const noTls = {
	...{ insecureSkipVerify: false, useSystemCerts: false, serverName: "", caCert: "", caCertFile: "", caCertEnv: "" },
	...{ clientCert: "", clientKey: "", clientCertFile: "", clientKeyFile: "", clientCertEnv: "", clientKeyEnv: "" },
};

function request(path: string, more: Partial<HttpRequest> = {}): HttpRequest {
	return {
		...{ method: "GET", url: base + path, socketPath: undefined, headers: [], body: new Uint8Array(0), tls: noTls },
		...{ timeoutMs: undefined, followRedirects: true, maxRetryAttempts: 0, ...more },
	};
}

const text = (t: string): Uint8Array => new TextEncoder().encode(t);
const json = (body: Uint8Array): unknown => JSON.parse(new TextDecoder().decode(body));
const own = { allowedHosts: ["127.0.0.1"] };

describe("regoplan/fetch", () => {
	const answers = [
		{ note: "GET", r: () => request("/echo"), want: { method: "GET", body: "", auth: "" } },
		{
			note: "POST",
			r: () => request("/echo", { method: "POST", body: text("b") }),
			want: { method: "POST", body: "b", auth: "" },
		},
		{
			note: "a redirect becomes GET",
			r: () => request("/moved", { method: "POST", body: text("b") }),
			want: { method: "GET", body: "", auth: "" },
		},
		{
			note: "307 keeps the method",
			r: () => request("/kept", { method: "PUT", body: text("b") }),
			want: { method: "PUT", body: "b", auth: "" },
		},
		{
			note: "credentials stay on their host",
			r: () => request("/moved", { headers: [["Authorization", "k"]] }),
			want: { method: "GET", body: "", auth: "k" },
		},
		{
			note: "credentials leave no host",
			r: () => request("/away", { headers: [["Authorization", "k"]] }),
			want: { method: "GET", body: "", auth: "" },
		},
	];
	for (const { note, r, want } of answers) {
		it(note, async () => {
			for (const options of [{}, { allowedHosts: ["127.0.0.1", "localhost"] }]) {
				const got = await createFetchTransport(options)(r());
				expect([got.statusCode, got.status, json(got.body)]).toEqual([200, "200 OK", want]);
				expect(got.headers.find(([name]) => name === "x-is")).toEqual(["x-is", ["here"]]);
			}
		});
	}

	const failures = [
		{
			note: "a host that is not allowed",
			r: () => request("/echo"),
			o: { allowedHosts: ["other"] },
			why: "disallowed host: 127.0.0.1",
		},
		{ note: "a redirect to one", r: () => request("/away"), o: own, why: "disallowed host: localhost" },
		{ note: "a redirect to a file", r: () => request("/file"), o: own, why: 'unsupported protocol scheme "file"' },
		{ note: "redirects without end", r: () => request("/round"), o: own, why: "stopped after 10 redirects" },
		{
			note: "too long an answer",
			r: () => request("/large"),
			o: { maxResponseBytes: 50_000 },
			why: "larger than 50000 bytes",
		},
		{
			note: "no answer in time",
			r: () => request("/silent", { timeoutMs: 50 }),
			o: {},
			why: "context deadline exceeded",
		},
		{
			note: "a unix socket",
			r: () => request("/echo", { socketPath: "/s" }),
			o: {},
			why: "a unix socket cannot be had",
		},
		{
			note: "a body of GET",
			r: () => request("/echo", { body: text("b") }),
			o: {},
			why: "a body of GET cannot be had",
		},
		{
			note: "no verification",
			r: () => request("/echo", { tls: { ...noTls, insecureSkipVerify: true } }),
			o: {},
			why: "insecureSkipVerify cannot be had",
		},
		{
			note: "a certificate",
			r: () => request("/echo", { tls: { ...noTls, clientCertFile: "f" } }),
			o: {},
			why: "clientCertFile cannot be had",
		},
	];
	for (const { note, r, o, why } of failures) {
		it(`refuses ${note}`, async () => {
			const error = await createFetchTransport(o)(r()).catch((e: unknown) => e);
			expect(error).toBeInstanceOf(HttpTransportError);
			expect((error as Error).message).toContain(why);
		});
	}

	it("does not follow redirects unless it is asked to, and gives every cookie", async () => {
		const send = createFetchTransport();
		expect((await send(request("/moved", { followRedirects: false }))).statusCode).toBe(302);
		expect((await send(request("/cookies"))).headers).toContainEqual(["set-cookie", ["a=1", "b=2"]]);
	});

	it("tries again as often as it is told, and only what failed on the way", async () => {
		let calls = 0;
		const send = createFetchTransport({
			fetch: (...args) => (++calls < 3 ? Promise.reject(new TypeError("gone")) : fetch(...args)),
		});
		expect((await send(request("/echo", { maxRetryAttempts: 2 }))).statusCode).toBe(200);
		expect(calls).toBe(3);
		await expect(
			createFetchTransport({ ...own, allowedHosts: [] })(request("/echo", { maxRetryAttempts: 5 })),
		).rejects.toThrow("disallowed");
	});

	it("shows a page that redirects are hidden", async () => {
		const hidden = { type: "opaqueredirect", status: 0, headers: new Headers() } as unknown as Response;
		const send = createFetchTransport({ ...own, fetch: () => Promise.resolve(hidden) });
		await expect(send(request("/moved"))).rejects.toThrow("this host does not show redirects");
	});

	it("answers policies that wait", async () => {
		const policy = compile(
			{ "p.rego": 'package p\n\nx := http.send({"method": "post", "url": input.url, "body": {"a": 1}}).body.body\n' },
			{ host: { permissions: { httpSendAsync: createFetchTransport(own) } } },
		);
		seen = [];
		expect((await policy.evaluateAsync("data.p.x", { url: `${base}/echo` })).value).toBe('{"a":1}');
		expect(seen).toEqual(["POST /echo"]);
	});
});
