/** A server in this process, by the command line, on a unix socket; and a client that sends targets as they are written. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { main } from "../../src/cli/main.ts";

export interface Sent {
	readonly method: string;
	readonly path: string;
	readonly headers?: Readonly<Record<string, string>> | undefined;
	readonly body?: unknown;
	readonly gzip?: boolean | undefined;
	readonly chunked?: boolean | undefined;
}

export interface Received {
	readonly status: number;
	readonly headers: IncomingHttpHeaders;
	readonly body: string;
	readonly bytes: Buffer;
}

export interface Running {
	readonly socket: string;
	readonly folder: string;
	/** Standard error so far. */
	readonly log: () => string;
	send(sent: Sent): Promise<Received>;
	/** Writes a file of the server's folder. */
	write(name: string, text: string): void;
	/** Its exit code, when it has ended. */
	readonly exited: Promise<number>;
	/** Ends it; the exit code. */
	stop(): Promise<number>;
}

export async function runServer(
	args: readonly string[],
	files: Readonly<Record<string, string>> = {},
	env: Readonly<Record<string, string>> = {},
): Promise<Running> {
	const folder = mkdtempSync(join(tmpdir(), "rest-"));
	const write = (name: string, text: string): void => {
		mkdirSync(dirname(join(folder, name)), { recursive: true });
		writeFileSync(join(folder, name), text);
	};
	for (const [name, text] of Object.entries(files)) write(name, text);
	const socket = join(folder, "socket");
	const ending = new AbortController();
	let log = "";
	let said = "";
	const io = {
		stdout: (text: string) => {
			said += text;
		},
		stderr: (text: string) => {
			log += text;
		},
		stdin: () => new Uint8Array(),
		cwd: folder,
		env,
		ending: ending.signal,
	};
	let ended = false;
	const exit = main(["run", "--server", "--addr", `unix://${socket}`, ...args], io).finally(() => {
		ended = true;
	});
	const running: Running = {
		socket,
		folder,
		log: () => log,
		send: (sent) => send({ socketPath: socket }, sent),
		write,
		exited: exit,
		stop: async () => {
			ending.abort();
			const code = await exit;
			rmSync(folder, { recursive: true, force: true });
			return code;
		},
	};
	for (;;) {
		try {
			await running.send({ method: "GET", path: "/health" });
			return running;
		} catch {
			if (ended) {
				await exit;
				throw new Error(said + log);
			}
			await new Promise((resolve) => setTimeout(resolve, 5));
		}
	}
}

export function send(where: { socketPath: string } | { port: number }, sent: Sent): Promise<Received> {
	return new Promise((resolve, reject) => {
		const body = bytesOf(sent);
		const length = body === undefined || sent.chunked === true ? {} : { "Content-Length": String(body.length) };
		const request = httpRequest({
			...where,
			host: "127.0.0.1",
			method: sent.method,
			path: sent.path,
			headers: { ...sent.headers, ...length },
			agent: false,
		});
		request.on("error", reject);
		request.on("response", (answer) => {
			const chunks: Buffer[] = [];
			answer.on("data", (chunk: Buffer) => chunks.push(chunk));
			answer.on("error", reject);
			answer.on("end", () => {
				const bytes = Buffer.concat(chunks);
				resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: bytes.toString("utf8"), bytes });
			});
		});
		if (body !== undefined) request.write(body);
		request.end();
	});
}

function bytesOf({ body, gzip }: Sent): Buffer | undefined {
	if (body === undefined) return undefined;
	const bytes =
		typeof body === "string"
			? Buffer.from(body)
			: typeof body === "object" && body !== null && "base64" in body
				? Buffer.from(String(body.base64), "base64")
				: Buffer.from(JSON.stringify(body));
	return gzip === true ? gzipSync(bytes) : bytes;
}
