/** Bundles from a server: ETags, waiting, signatures, all at once or not at all, and what /health says of them. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { main } from "../../src/cli/main.ts";
import { type Running, runServer } from "./run-server.ts";

const folder = mkdtempSync(join(tmpdir(), "bundles-"));
afterAll(() => rmSync(folder, { recursive: true }));

const io = { stdout: () => {}, stderr: () => {}, stdin: () => new Uint8Array(), cwd: folder, env: {} };
let made = 0;

/** A bundle, with our own command. */
async function bundle(text: string, flags: readonly string[] = []): Promise<Buffer> {
	const name = `b${made++}`;
	mkdirSync(join(folder, name));
	writeFileSync(join(folder, name, "policy.rego"), text);
	const code = await main(["build", "-b", name, "-o", `${name}.tar.gz`, ...flags], io);
	expect(code).toBe(0);
	const { readFileSync } = await import("node:fs");
	return readFileSync(join(folder, `${name}.tar.gz`));
}

/** A server of bundles that answers as it is told, and keeps what it was asked. */
class BundleServer {
	readonly asked: IncomingMessage["headers"][] = [];
	answer: (request: IncomingMessage, response: ServerResponse) => void = (_, response) => {
		response.writeHead(404).end();
	};
	readonly #server: Server;

	constructor() {
		this.#server = createServer((request, response) => {
			this.asked.push(request.headers);
			this.answer(request, response);
		});
	}

	async listen(): Promise<string> {
		await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
		const at = this.#server.address();
		return `http://127.0.0.1:${typeof at === "object" && at !== null ? at.port : 0}`;
	}

	/** A bundle under an ETag, and nothing to who has it. */
	serve(bytes: Buffer, etag: string, headers: Record<string, string> = {}): void {
		this.answer = (request, response) => {
			if (request.headers["if-none-match"] === etag) response.writeHead(304).end();
			else response.writeHead(200, { ETag: etag, "Content-Type": "application/gzip", ...headers }).end(bytes);
		};
	}

	close(): void {
		this.#server.closeAllConnections();
		this.#server.close();
	}
}

/** Looks until something is so. */
async function until(is: () => boolean | Promise<boolean>): Promise<void> {
	for (let i = 0; i < 2000; i++) {
		if (await is()) return;
		await new Promise((resolve) => setTimeout(resolve, 5));
	}
	throw new Error("it never was");
}

async function withBundles(
	sets: readonly string[],
	run: (server: Running, bundles: BundleServer) => Promise<void>,
	files: Readonly<Record<string, string>> = {},
	flags: readonly string[] = [],
	before: (bundles: BundleServer) => Promise<void> = async () => {},
): Promise<void> {
	const bundles = new BundleServer();
	await before(bundles);
	const url = await bundles.listen();
	const all = [`services.s.url=${url}`, "bundles.b.service=s", ...sets].flatMap((s) => ["--set", s]);
	const server = await runServer([...all, ...flags], files);
	try {
		await run(server, bundles);
	} finally {
		expect(await server.stop()).toBe(0);
		bundles.close();
	}
}

const fast = ["bundles.b.polling.min_delay_seconds=0", "bundles.b.polling.max_delay_seconds=1"];
const answerOf = async (server: Running, path: string): Promise<unknown> =>
	JSON.parse((await server.send({ method: "GET", path })).body).result;

describe("bundles", () => {
	test("are fetched, put in force, and asked for again by their ETag", async () => {
		const one = await bundle("package app\nx := 1", ["--revision", "r1"]);
		await withBundles(
			fast,
			async (server, bundles) => {
				expect((await server.send({ method: "GET", path: "/health?bundles" })).status).toBe(500);
				expect((await server.send({ method: "GET", path: "/health" })).status).toBe(200);
				bundles.serve(one, '"1"');
				await until(async () => (await server.send({ method: "GET", path: "/health?bundles" })).status === 200);
				expect(await answerOf(server, "/v1/data/app/x")).toBe(1);
				const provenance = JSON.parse((await server.send({ method: "GET", path: "/v1/data/app/x?provenance" })).body);
				expect(provenance.provenance.bundles).toEqual({ b: { revision: "r1" } });
				const asked = bundles.asked.length;
				await until(() => bundles.asked.length > asked);
				expect(bundles.asked.at(-1)).toMatchObject({ "if-none-match": '"1"', prefer: "modes=snapshot,delta" });
				// A newer one takes the place of all of it.
				bundles.serve(await bundle("package app\ny := 2"), '"2"');
				await until(async () => (await answerOf(server, "/v1/data/app/y")) === 2);
				expect(await answerOf(server, "/v1/data/app/x")).toBe(undefined);
				expect((await server.send({ method: "PUT", path: "/v1/policies/z", body: "package app.q" })).status).toBe(400);
			},
			{},
			[],
			async (bundles) => {
				bundles.answer = (_, response) => response.writeHead(503).end();
			},
		);
	});

	test("that cannot be used leave the one before in force", async () => {
		const good = await bundle("package app\nx := 1");
		await withBundles(fast, async (server, bundles) => {
			bundles.serve(good, '"1"');
			await until(async () => (await answerOf(server, "/v1/data/app/x")) === 1);
			const bad: readonly Buffer[] = [Buffer.from("no archive"), good.subarray(0, 60), Buffer.alloc(0)];
			for (const bytes of bad) {
				bundles.serve(bytes, '"bad"');
				const asked = bundles.asked.length;
				await until(() => bundles.asked.length > asked + 1);
				expect(await answerOf(server, "/v1/data/app/x")).toBe(1);
			}
			expect(server.log()).toContain("Bundle load failed");
		});
	});

	test("that would own what another owns are refused", async () => {
		const one = await bundle("package app\nx := 1");
		const more = [
			"bundles.c.service=s",
			"bundles.c.polling.min_delay_seconds=0",
			"bundles.c.polling.max_delay_seconds=1",
		];
		await withBundles([...fast, ...more], async (server, bundles) => {
			bundles.serve(one, '"1"');
			await until(() => server.log().includes("detected overlapping roots"));
			expect(await answerOf(server, "/v1/data/app/x")).toBe(1);
			expect((await server.send({ method: "GET", path: "/health?bundles" })).status).toBe(500);
		});
	});

	test("a server that can wait is asked to", async () => {
		const one = await bundle("package app\nx := 1");
		const two = await bundle("package app\nx := 2");
		const long = { "Content-Type": "application/vnd.openpolicyagent.bundles" };
		await withBundles([...fast, "bundles.b.polling.long_polling_timeout_seconds=7"], async (server, bundles) => {
			let waiting: ServerResponse | undefined;
			bundles.answer = (request, response) => {
				if (request.headers["if-none-match"] === '"1"') waiting = response;
				else response.writeHead(200, { ETag: '"1"', ...long }).end(one);
			};
			await until(() => waiting !== undefined);
			expect(bundles.asked.at(-1)).toMatchObject({ prefer: "modes=snapshot,delta;wait=7" });
			expect(await answerOf(server, "/v1/data/app/x")).toBe(1);
			bundles.answer = () => {};
			waiting?.writeHead(200, { ETag: '"2"', ...long }).end(two);
			await until(async () => (await answerOf(server, "/v1/data/app/x")) === 2);
		});
	});

	test("must be signed with the key that is asked for", async () => {
		const signed = await bundle("package app\nx := 1", ["--signing-key", "secret", "--signing-alg", "HS256"]);
		const forged = await bundle("package app\nx := 2", ["--signing-key", "other", "--signing-alg", "HS256"]);
		const unsigned = await bundle("package app\nx := 3");
		const keys = ["keys.k.key=secret", "keys.k.algorithm=HS256", "bundles.b.signing.keyid=k"];
		await withBundles([...fast, ...keys], async (server, bundles) => {
			for (const [bytes, why] of [
				[forged, "failed to verify JWT signature"],
				[unsigned, "bundle missing .signatures.json file"],
			] as const) {
				bundles.serve(bytes, `"${why}"`);
				await until(() => server.log().includes(why));
				expect(await answerOf(server, "/v1/data/app/x")).toBe(undefined);
			}
			bundles.serve(signed, '"3"');
			await until(async () => (await answerOf(server, "/v1/data/app/x")) === 1);
			const config = await server.send({ method: "GET", path: "/v1/config" });
			expect(config.body).not.toContain("secret");
		});
	});

	test("send a token, and not to strangers", async () => {
		const one = await bundle("package app\nx := 1");
		const stranger = new BundleServer();
		const elsewhere = await stranger.listen();
		stranger.serve(one, '"1"');
		await withBundles([...fast, "services.s.credentials.bearer.token=t0ken"], async (server, bundles) => {
			bundles.answer = (_, response) => response.writeHead(302, { Location: `${elsewhere}/there` }).end();
			await until(async () => (await answerOf(server, "/v1/data/app/x")) === 1);
			expect(bundles.asked.at(-1)?.authorization).toBe("Bearer t0ken");
			expect(stranger.asked.at(-1)?.authorization).toBe(undefined);
			expect((await server.send({ method: "GET", path: "/v1/config" })).body).not.toContain("t0ken");
		});
		stranger.close();
	});

	test("by their address on the command line", async () => {
		const bundles = new BundleServer();
		bundles.serve(await bundle("package app\nx := 1"), '"1"');
		const url = await bundles.listen();
		const server = await runServer(["--ready-timeout", "30", `${url}/some/bundle.tar.gz`]);
		expect(await answerOf(server, "/v1/data/app/x")).toBe(1);
		await server.stop();
		bundles.close();
	});

	const refused: readonly (readonly [string, string])[] = [
		["decision_logs.service=s", "decision_logs.service is not supported"],
		["discovery.name=x", "discovery is not supported"],
		["bundles.b.persist=true", "persist is not supported"],
		["bundles.b.trigger=manual", "trigger is not supported"],
		["services.s.credentials.oauth2.token_url=x", "credentials.oauth2 is not supported"],
		["bundles.b.service=nobody", 'bundle "b": service name "nobody" not found'],
		["bundles.b.signing.keyid=k", 'bundle "b": key id k not found'],
		["bundles.b.polling.min_delay_seconds=1", "polling configuration missing 'max_delay_seconds'"],
	];
	for (const [set, why] of refused) {
		test(`the configuration ${set} is refused`, async () => {
			const sets = ["services.s.url=http://127.0.0.1:1", "bundles.b.service=s", set].flatMap((x) => ["--set", x]);
			await expect(runServer(sets)).rejects.toThrow(why);
		});
	}
});

test("what changes on disk is loaded again, or what was loaded stays", async () => {
	const server = await runServer(["--watch", "policies"], { "policies/p.rego": "package p\nx := 1" });
	expect(await answerOf(server, "/v1/data/p/x")).toBe(1);
	await server.send({ method: "PUT", path: "/v1/policies/sent", body: "package sent\nx := 1" });
	server.write("policies/p.rego", "package p\nx := 2");
	await until(async () => (await answerOf(server, "/v1/data/p/x")) === 2);
	server.write("policies/p.rego", "package p\nx := ");
	await until(() => server.log().includes("rego_parse_error"));
	expect(await answerOf(server, "/v1/data/p/x")).toBe(2);
	server.write("policies/p.rego", "package p\nx := 3");
	server.write("policies/data.json", '{"base":4}');
	await until(async () => (await answerOf(server, "/v1/data/base")) === 4);
	await until(async () => (await answerOf(server, "/v1/data/p/x")) === 3);
	expect(await answerOf(server, "/v1/data/sent/x")).toBe(1);
	expect(await server.stop()).toBe(0);
});
