/**
 * Node's synchronous transport against servers of our own, which run in a worker thread because this
 * thread waits while it sends: plain HTTP, HTTPS with and without client certificates, redirects,
 * compression, timeouts, retries, broken connections.
 */
import { readFileSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Builtin } from "../../src/builtins/define.ts";
import { http } from "../../src/builtins/http.ts";
import { net } from "../../src/builtins/net.ts";
import {
	closeHttpThread,
	createHostLookup,
	createHttpTransport,
	type HttpTransportOptions,
} from "../../src/host/http-node.ts";
import type { PlainObject, Value } from "../../src/value/value.ts";
import { members, TestBuiltinError, testContext } from "./support.ts";

const send = http[0] as Builtin;
const fixtures = JSON.parse(readFileSync(new URL("fixtures/tls.json", import.meta.url), "utf8")) as {
	readonly [name: string]: string;
};

/** Runs in the worker. */
const serverSource = `
const http = require("node:http"), https = require("node:https"), zlib = require("node:zlib");
const { parentPort, workerData } = require("node:worker_threads");
let flaky = 0;
function handle(request, response) {
	const url = new URL(request.url, "http://x");
	const chunks = [];
	request.on("data", (c) => chunks.push(c));
	request.on("end", () => {
		const json = (x) => { response.setHeader("content-type", "application/json"); response.end(JSON.stringify(x)); };
		switch (url.pathname) {
			case "/echo": return json({ method: request.method, url: request.url, headers: request.headers,
				body: Buffer.concat(chunks).toString(), client: request.socket.getPeerCertificate?.().subject?.CN });
			case "/redirect": response.writeHead(Number(url.searchParams.get("code")), { location: url.searchParams.get("to") }); return response.end();
			case "/loop": response.writeHead(302, { location: "/loop" }); return response.end();
			case "/gzip": response.writeHead(200, { "content-type": "application/json", "content-encoding": "gzip" });
				return response.end(zlib.gzipSync('{"zipped":true}'));
			case "/slow": return void setTimeout(() => response.end("late"), 2000);
			case "/drop": return request.socket.destroy();
			case "/cut": response.writeHead(200, { "content-length": "100" }); response.write("x"); return void setTimeout(() => request.socket.destroy(), 20);
			case "/flaky": if (flaky++ < 2) return request.socket.destroy(); return json({ tries: flaky });
			case "/bytes": response.statusMessage = Buffer.from("\u00d6 K").toString("latin1");
				response.setHeader("X-Text", Buffer.from("\u00e9 \u4e2d").toString("latin1")); response.setHeader("X-Odd", "\u00e9"); return response.end("");
			case "/many": response.setHeader("X-Many", ["a", "b"]); return response.end("");
			case "/big": return response.end(Buffer.alloc(100000));
			default: response.statusCode = 404; response.end("nothing here");
		}
	});
}
const plain = http.createServer(handle).listen(0, "127.0.0.1", () => {
	const secure = https.createServer({ cert: workerData.cert, key: workerData.key }, handle).listen(0, "127.0.0.1", () => {
		const mutual = https.createServer({ cert: workerData.cert, key: workerData.key, ca: workerData.ca, requestCert: true, rejectUnauthorized: true }, handle)
			.listen(0, "127.0.0.1", () => parentPort.postMessage({ plain: plain.address().port, secure: secure.address().port, mutual: mutual.address().port }));
	});
});
`;

let worker: Worker;
let base = "";
let secure = "";
let mutual = "";

beforeAll(async () => {
	const workerData = { cert: fixtures["serverCert"], key: fixtures["serverKey"], ca: fixtures["ca"] };
	worker = new Worker(serverSource, { eval: true, workerData });
	const ports = await new Promise<{ plain: number; secure: number; mutual: number }>((resolve, reject) => {
		worker.once("message", resolve);
		worker.once("error", reject);
	});
	base = `http://127.0.0.1:${ports.plain}`;
	secure = `https://127.0.0.1:${ports.secure}`;
	mutual = `https://127.0.0.1:${ports.mutual}`;
});

afterAll(async () => {
	closeHttpThread();
	await worker.terminate();
});

function call(request: PlainObject, options: HttpTransportOptions = {}): PlainObject {
	const ctx = Object.assign(testContext({ strict: true }), { host: { httpSend: createHttpTransport(options) } });
	return send.eval(ctx, { method: "get", ...request }) as PlainObject;
}

function errorOf(request: PlainObject, options: HttpTransportOptions = {}): string {
	try {
		call(request, options);
	} catch (e) {
		if (e instanceof TestBuiltinError) return e.message.replaceAll(/:\d{4,5}\b/g, ":PORT");
		throw e;
	}
	return "no error";
}

const bodyOf = (r: PlainObject): PlainObject => r["body"] as PlainObject;

describe("plain HTTP", () => {
	test("sends what it is told and returns all of the response", () => {
		const got = call({ method: "post", url: `${base}/echo?q=a%20b`, body: { a: 1 }, headers: { "x-one": "1" } });
		expect(got["status"]).toBe("200 OK");
		expect(got["status_code"]).toBe(200);
		const { headers, ...rest } = bodyOf(got);
		expect(rest).toEqual({ method: "POST", url: "/echo?q=a%20b", body: '{"a":1}' });
		expect(headers).toMatchObject({ "x-one": "1", "content-length": "7", "accept-encoding": "gzip" });
		expect((headers as PlainObject)["user-agent"]).toMatch(/^regoplan\//);
	});

	test("paths are sent as written", () => {
		expect(bodyOf(call({ url: `${base}/a/../echo` }))["url"]).toBe("/a/../echo");
	});

	test("repeated headers are lists, missing pages no errors", () => {
		expect(call({ url: `${base}/many` })["headers"]).toMatchObject({ "x-many": ["a", "b"] });
		expect(call({ url: `${base}/nothing` })).toMatchObject({ status: "404 Not Found", raw_body: "nothing here" });
	});

	test("headers and the text of the status are UTF-8", () => {
		const headers = { "x-text": "é 中" };
		const got = bodyOf(call({ url: `${base}/echo`, headers }))["headers"] as PlainObject;
		expect(Buffer.from(String(got["x-text"]), "latin1").toString()).toBe("é 中");
		expect(call({ url: `${base}/bytes` })).toMatchObject({
			status: "200 Ö K",
			headers: { "x-text": ["é 中"], "x-odd": ["\ufffd"] },
		});
	});

	test("compression is undone unless the policy asked for it", () => {
		const plain = call({ url: `${base}/gzip` });
		expect(plain["body"]).toEqual({ zipped: true });
		expect(plain["headers"]).not.toHaveProperty("content-encoding");
		const raw = call({ url: `${base}/gzip`, headers: { "accept-encoding": "gzip" } });
		expect(raw["headers"]).toMatchObject({ "content-encoding": ["gzip"] });
		expect(raw["body"]).toBeNull();
	});

	test("HEAD has no body", () => {
		expect(call({ method: "head", url: `${base}/echo` })).toMatchObject({ status_code: 200, raw_body: "" });
	});
});

describe("redirects", () => {
	const to = (code: number, target: string): string => `${base}/redirect?code=${code}&to=${encodeURIComponent(target)}`;

	test("are answers unless enabled", () => {
		expect(call({ url: to(302, "/echo") })).toMatchObject({ status_code: 302, headers: { location: ["/echo"] } });
	});

	test("302 becomes GET without a body, 307 keeps both", () => {
		const follow = { enable_redirect: true, method: "post", raw_body: "abc" };
		expect(bodyOf(call({ ...follow, url: to(302, "/echo") }))).toMatchObject({ method: "GET", body: "" });
		expect(bodyOf(call({ ...follow, url: to(307, "/echo") }))).toMatchObject({ method: "POST", body: "abc" });
	});

	test("credentials do not follow to another host", () => {
		const elsewhere = `http://localhost:${base.split(":")[2]}/echo`;
		const headers = { authorization: "secret", "x-a": "b" };
		const same = bodyOf(call({ url: to(302, "/echo"), enable_redirect: true, headers }))["headers"];
		expect(same).toMatchObject({ authorization: "secret", "x-a": "b" });
		const other = bodyOf(call({ url: to(302, elsewhere), enable_redirect: true, headers }))["headers"];
		expect(other).not.toHaveProperty("authorization");
		expect(other).toMatchObject({ "x-a": "b" });
	});

	test("end somewhere", () => {
		expect(errorOf({ url: `${base}/loop`, enable_redirect: true })).toBe(
			'Get "http://127.0.0.1:PORT/loop": stopped after 50 redirects',
		);
	});

	test("stay within the allowed hosts", () => {
		const options = { allowedHosts: ["127.0.0.1"] };
		expect(call({ url: `${base}/echo` }, options)["status_code"]).toBe(200);
		expect(errorOf({ url: "http://example.com/" }, options)).toBe("disallowed host: example.com");
		expect(errorOf({ url: to(302, "http://example.com/"), enable_redirect: true }, options)).toBe(
			'Get "http://example.com/": disallowed host: example.com',
		);
	});
});

describe("failures", () => {
	test("timeouts", () => {
		expect(errorOf({ url: `${base}/slow`, timeout: "100ms" })).toBe(
			"Get http://127.0.0.1:PORT/slow: request timed out",
		);
		const soft = call({ url: `${base}/slow`, timeout: "100ms", raise_error: false });
		expect((soft["error"] as PlainObject)["message"]).toContain(
			"context deadline exceeded (Client.Timeout exceeded while awaiting headers)",
		);
	});

	test("refused, dropped and cut connections", () => {
		expect(errorOf({ url: "http://127.0.0.1:1/" })).toBe(
			'Get "http://127.0.0.1:1/": dial tcp 127.0.0.1:1: connect: connection refused',
		);
		expect(errorOf({ url: `${base}/drop` })).toBe('Get "http://127.0.0.1:PORT/drop": EOF');
		expect(errorOf({ url: `${base}/cut` })).toBe('Get "http://127.0.0.1:PORT/cut": unexpected EOF');
		expect(errorOf({ url: "unix://localhost/x?socket=%2Fnone.sock" })).toBe(
			'Get "http://localhost/x": dial unix /none.sock: connect: no such file or directory',
		);
	});

	test("are tried again as often as asked", () => {
		expect(bodyOf(call({ url: `${base}/flaky`, max_retry_attempts: 5 }))).toEqual({ tries: 3 });
	});

	test("responses beyond the limit are refused", () => {
		expect(errorOf({ url: `${base}/big` }, { maxResponseBytes: 1000 })).toBe(
			'Get "http://127.0.0.1:PORT/big": response is larger than 1000 bytes',
		);
	});
});

describe("HTTPS", () => {
	const ca = (): string => fixtures["ca"] as string;

	test("an unknown authority is refused, unless checking is off", () => {
		expect(errorOf({ url: `${secure}/echo` })).toBe(
			'Get "https://127.0.0.1:PORT/echo": tls: failed to verify certificate: x509: certificate signed by unknown authority',
		);
		expect(call({ url: `${secure}/echo`, tls_insecure_skip_verify: true })["status_code"]).toBe(200);
	});

	test("the policy can bring the authority, inline or from the environment", () => {
		expect(call({ url: `${secure}/echo`, tls_ca_cert: ca() })["status_code"]).toBe(200);
		const env = { MY_CA: ca() };
		expect(call({ url: `${secure}/echo`, tls_ca_cert_env_variable: "MY_CA" }, { env })["status_code"]).toBe(200);
		expect(errorOf({ url: `${secure}/echo`, tls_ca_cert_env_variable: "OTHER" }, { env })).toBe(
			'could not add CA certificates from envvar "OTHER": could not append certificates',
		);
	});

	test("files can be forbidden", () => {
		const request = { url: `${secure}/echo`, tls_ca_cert_file: "/none.pem" };
		expect(errorOf(request)).toBe("open /none.pem: no such file or directory");
		expect(errorOf(request, { allowFiles: false })).toBe("open /none.pem: not allowed here");
	});

	test("client certificates", () => {
		const request = { url: `${mutual}/echo`, tls_ca_cert: ca() };
		const pair = { tls_client_cert: fixtures["clientCert"] as Value, tls_client_key: fixtures["clientKey"] as Value };
		expect(bodyOf(call({ ...request, ...pair }))["client"]).toBe("client");
		expect(errorOf(request)).not.toBe("no error");
		expect(errorOf({ ...request, ...pair, tls_client_key: fixtures["serverKey"] as Value })).toBe(
			"tls: private key does not match public key",
		);
	});

	test("the name is checked against tls_server_name", () => {
		const request = { url: `${secure}/echo`, tls_ca_cert: ca() };
		expect(call({ ...request, tls_server_name: "test.example" })["status_code"]).toBe(200);
		expect(errorOf({ ...request, tls_server_name: "wrong.example" })).toContain("failed to verify certificate");
	});

	test("plain HTTP behind https", () => {
		expect(errorOf({ url: base.replace("http:", "https:") })).toBe(
			'Get "https://127.0.0.1:PORT": http: server gave HTTP response to HTTPS client',
		);
	});
});

test("host names are looked up when the embedder allows it", () => {
	const lookup = net.find((b) => b.name === "net.lookup_ip_addr") as Builtin;
	const run = (name: string, lookupIpAddr: (name: string) => readonly string[]): readonly Value[] =>
		members(lookup.eval(Object.assign(testContext({ strict: true }), { host: { lookupIpAddr } }), name));
	const found = run("localhost", createHostLookup());
	expect(found.includes("127.0.0.1") || found.includes("::1")).toBe(true);
	expect(() => run("other.example", createHostLookup({ allowedHosts: [] }))).toThrow("disallowed host: other.example");
	expect(() => lookup.eval(testContext({ strict: true }), "other.example")).toThrow("not enabled here");
});
