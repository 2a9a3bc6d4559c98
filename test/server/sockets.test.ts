/** What the server listens on: TCP by name and number, TLS with and without client certificates, HTTP/2, permissions, and how it ends. */
import { readFileSync, statSync } from "node:fs";
import { connect as connectH2 } from "node:http2";
import { request as httpsRequest, type RequestOptions } from "node:https";
import { connect } from "node:net";
import { describe, expect, test } from "vitest";
import { type Running, runServer, send } from "./run-server.ts";

const fixtures = JSON.parse(readFileSync("test/builtins/fixtures/tls.json", "utf8")) as {
	readonly ca: string;
	readonly serverCert: string;
	readonly serverKey: string;
	readonly clientCert: string;
	readonly clientKey: string;
};
const files = { "cert.pem": fixtures.serverCert, "key.pem": fixtures.serverKey, "ca.pem": fixtures.ca };
const tls = ["--tls-cert-file", "cert.pem", "--tls-private-key-file", "key.pem"];

/** The ports that the log says are listened on, once it does. */
async function portsOf(server: Running): Promise<readonly number[]> {
	for (;;) {
		const line = server
			.log()
			.split("\n")
			.find((l) => l.includes("Server initialized."));
		if (line !== undefined) {
			const { addrs }: { addrs: readonly string[] } = JSON.parse(line);
			return [...new Set(addrs.flatMap((a) => /:([0-9]+)$/.exec(a)?.[1] ?? []).map(Number))];
		}
		await new Promise((resolve) => setTimeout(resolve, 5));
	}
}

function askTls(options: RequestOptions): Promise<{ readonly status: number; readonly body: string }> {
	return new Promise((resolve, reject) => {
		const request = httpsRequest(
			{ host: "127.0.0.1", rejectUnauthorized: false, agent: false, ...options },
			(answer) => {
				let body = "";
				answer.setEncoding("utf8").on("data", (part: string) => {
					body += part;
				});
				answer.on("end", () => resolve({ status: answer.statusCode ?? 0, body }));
			},
		);
		request.on("error", reject);
		request.end();
	});
}

/** One request by HTTP/2. */
function askH2(
	url: string,
	path: string,
	body = "",
	method = "POST",
): Promise<{ readonly status: number; readonly body: string }> {
	return new Promise((resolve, reject) => {
		const session = connectH2(url, { rejectUnauthorized: false });
		session.on("error", reject);
		const stream = session.request({ ":method": method, ":path": path }, { endStream: method === "GET" });
		let status = 0;
		let text = "";
		stream.on("response", (headers) => {
			status = Number(headers[":status"]);
		});
		stream.setEncoding("utf8").on("data", (part: string) => {
			text += part;
		});
		stream.on("error", reject);
		stream.on("end", () => {
			session.close();
			resolve({ status, body: text });
		});
		if (method !== "GET") stream.end(body);
	});
}

const policy = { "p.rego": "package p\nx := input.n" };

async function running(
	args: readonly string[],
	more: Readonly<Record<string, string>>,
	run: (server: Running) => Promise<void>,
) {
	const server = await runServer(["--log-level", "debug", ...args], { ...policy, ...more });
	try {
		await run(server);
	} finally {
		expect(await server.stop()).toBe(0);
	}
}

describe("sockets", () => {
	test("every address of localhost, and diagnostics apart", async () => {
		await running(["-a", "localhost:0", "--diagnostic-addr", "127.0.0.1:0", "p.rego"], {}, async (server) => {
			const [main, diagnostic] = await portsOf(server);
			expect((await send({ port: main ?? 0 }, { method: "GET", path: "/v1/data/p" })).status).toBe(200);
			const at = { port: diagnostic ?? 0 };
			expect((await send(at, { method: "GET", path: "/health" })).status).toBe(200);
			expect((await send(at, { method: "GET", path: "/metrics" })).body).toContain("process_resident_memory_bytes");
			expect((await send(at, { method: "GET", path: "/v1/data/p" })).status).toBe(404);
			expect((await send(at, { method: "PUT", path: "/v1/policies/x", body: "package x" })).status).toBe(404);
		});
	});

	test("a unix socket has the permissions that are asked for", async () => {
		await running(["--unix-socket-perm", "600", "p.rego"], {}, async (server) => {
			expect(statSync(server.socket).mode & 0o777).toBe(0o600);
		});
	});

	test("TLS, by HTTP/1.1 and HTTP/2", async () => {
		await running(["-a", "127.0.0.1:0", ...tls, "p.rego"], files, async (server) => {
			const [port = 0] = await portsOf(server);
			expect(await askTls({ port, path: "/v1/data/none" })).toEqual({ status: 200, body: "{}\n" });
			const h2 = await askH2(`https://127.0.0.1:${port}`, "/v1/data/p/x", '{"input":{"n":1}}');
			expect(h2).toEqual({ status: 200, body: '{"result":1}\n' });
			expect((await askH2(`https://127.0.0.1:${port}`, "/v1/data/p/%zz", "", "GET")).status).toBe(400);
			await expect(askTls({ port, path: "/", maxVersion: "TLSv1.1" })).rejects.toThrow();
		});
	});

	test("client certificates say who asks", async () => {
		const authz = `package system.authz
allow if {
	input.identity == sprintf("CN=%s", [input.client_certificates[0].Subject.CommonName])
	input.path != ["v1", "data", "secret"]
}
default allow := false`;
		const args = ["--authentication", "tls", "--authorization", "basic", "--tls-ca-cert-file", "ca.pem", "authz.rego"];
		// By the socket nobody can show a certificate.
		const { "authz.rego": text } = { "authz.rego": `${authz}\nallow if input.path == ["health"]` };
		await running(
			["-a", "127.0.0.1:0", ...tls, ...args],
			{ ...files, "authz.rego": text.replace("default allow := false\n", "") },
			async (server) => {
				const [port = 0] = await portsOf(server);
				const client = { cert: fixtures.clientCert, key: fixtures.clientKey };
				expect((await askTls({ port, path: "/v1/data/none", ...client })).status).toBe(200);
				expect((await askTls({ port, path: "/v1/data/secret", ...client })).status).toBe(500);
				await expect(askTls({ port, path: "/v1/data/none" })).rejects.toThrow();
				// A certificate that nobody has signed.
				await expect(
					askTls({ port, path: "/v1/data/none", cert: fixtures.ca, key: fixtures.clientKey }),
				).rejects.toThrow();
			},
		);
	});

	test("HTTP/2 without TLS, where it is allowed, beside HTTP/1.1", async () => {
		await running(["-a", "127.0.0.1:0", "--h2c", "p.rego"], {}, async (server) => {
			const [port = 0] = await portsOf(server);
			const h2 = await askH2(`http://127.0.0.1:${port}`, "/v1/data/p/x", '{"input":{"n":1}}');
			expect(h2).toEqual({ status: 200, body: '{"result":1}\n' });
			const h1 = await send({ port }, { method: "POST", path: "/v1/data/p/x", body: { input: { n: 2 } } });
			expect(h1.body).toBe('{"result":2}\n');
		});
	});

	test("what it cannot listen on ends it", async () => {
		await expect(runServer(["-a", "127.0.0.1:1x"])).rejects.toThrow("missing port");
		expect(
			await runServer(["-a", "256.256.256.256:1"]).then(
				(s) => s.exited,
				() => 1,
			),
		).toBe(1);
		await expect(runServer(["--authentication", "tls"])).rejects.toThrow("certificate");
		await expect(runServer(["--tls-cert-file", "x"])).rejects.toThrow("together");
		await expect(runServer(["missing.rego"])).rejects.toThrow("no such file or directory");
		await expect(runServer(["bad.rego"], { "bad.rego": "package p\nx := y" })).rejects.toThrow("var y is unsafe");
	});

	test("requests that are underway are answered before it ends", async () => {
		const server = await runServer(["-a", "127.0.0.1:0", "--log-level", "debug", "p.rego"], policy);
		const [port = 0] = await portsOf(server);
		const socket = connect(port, "127.0.0.1");
		let got = "";
		socket.setEncoding("utf8").on("data", (part: string) => {
			got += part;
		});
		const closed = new Promise((resolve) => socket.on("close", resolve));
		socket.write('POST /v1/data/p/x HTTP/1.1\r\nHost: x\r\nContent-Length: 17\r\n\r\n{"input":');
		await new Promise((resolve) => setTimeout(resolve, 20));
		const ended = server.stop();
		socket.write('{"n":1}}');
		expect(await ended).toBe(0);
		await closed;
		expect(got).toContain('{"result":1}');
	});
});

describe("what nobody means well", () => {
	const raw = (port: number, text: string | Buffer): Promise<string> =>
		new Promise((resolve) => {
			const socket = connect(port, "127.0.0.1", () => socket.write(text));
			let got = "";
			socket.setEncoding("latin1").on("data", (part: string) => {
				got += part;
			});
			socket.on("error", () => {});
			socket.on("close", () => resolve(got));
		});
	const rows: readonly (readonly [string, string, RegExp])[] = [
		["no HTTP", "hello\r\n\r\n", /^HTTP\/1\.1 400 /],
		["no host", "GET / HTTP/1.1\r\n\r\n", /^HTTP\/1\.1 400 /],
		[
			"two lengths",
			"POST /v1/data HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
			/^HTTP\/1\.1 400 /,
		],
		[
			"a length and chunks",
			"POST /v1/data HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
			/^HTTP\/1\.1 400 /,
		],
		[
			"chunks that are none",
			"POST /v1/data HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
			/^HTTP\/1\.1 400 /,
		],
		["a head without end", `GET /${"a".repeat(2_000_000)} HTTP/1.1\r\n`, /^HTTP\/1\.1 431 /],
		["a line in a header", "GET /v1/data HTTP/1.1\r\nHost: x\r\nA: b\nc\r\n\r\n", /^HTTP\/1\.1 400 /],
		[
			"a length it will not keep",
			"POST /v1/data HTTP/1.1\r\nHost: x\r\nContent-Length: 314572800\r\n\r\n{",
			/^HTTP\/1\.1 400 [\s\S]*request body too large/,
		],
	];
	test("gets a status of 4xx, and nothing of it stays", async () => {
		await running(["-a", "127.0.0.1:0", "p.rego"], {}, async (server) => {
			const [port = 0] = await portsOf(server);
			for (const [note, text, want] of rows) {
				expect([note, want.test(await raw(port, text))]).toEqual([note, true]);
				expect((await send({ port }, { method: "GET", path: "/health" })).status).toBe(200);
			}
		});
	});
	test("targets and bodies by chance never end it, and never a 500 without a body", async () => {
		// The same ones at every run.
		let seed = 42;
		const random = (n: number): number => {
			seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
			return seed % n;
		};
		const pieces = [
			"/",
			"//",
			"..",
			".",
			"v1",
			"v0",
			"data",
			"policies",
			"query",
			"compile",
			"p",
			"x",
			"%2F",
			"%00",
			"%zz",
			"%ff",
			"?",
			"&",
			"=",
			"input",
			"pretty",
			"q",
			"explain=full",
			"{",
			"}",
			"[",
			"]",
			"null",
			'"',
			"\\",
			"1e999",
			"-0",
			"__proto__",
			":",
			";",
			"metrics",
			"'",
			"<",
			"health",
			"*",
			"~1",
			"-",
		];
		const text = (most: number): string =>
			Array.from({ length: random(most) }, () => pieces[random(pieces.length)]).join("");
		await running(["-a", "127.0.0.1:0", "p.rego"], {}, async (server) => {
			for (let i = 0; i < 600; i++) {
				const method = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"][random(7)] ?? "GET";
				const path = `/${["v1/data/", "v1/policies/", "v1/query?q=", "v0/data/", "health/", ""][random(6)]}${text(8)}`;
				const got = await server.send({ method, path, body: method === "GET" ? undefined : text(12) });
				if (got.status >= 500 && method !== "HEAD")
					expect([method, path, got.body.length > 2]).toEqual([method, path, true]);
			}
			expect((await server.send({ method: "GET", path: "/health" })).status).toBe(200);
		});
	});
});
