/**
 * HTTP and name lookup for http.send and net.lookup_ip_addr on Node, synchronously: a worker thread
 * (http-worker.ts) does the work while this thread waits for it. The thread starts with the first
 * request, serves all that follow, and does not keep the process alive. The package exports it as
 * `regoplan/http`.
 *
 *     compile(modules, { host: { permissions: { httpSend: createHttpTransport(), httpCache: createHttpCache() } } });
 */
import { existsSync, readFileSync } from "node:fs";
import { rootCertificates } from "node:tls";
import { MessageChannel, receiveMessageOnPort, Worker } from "node:worker_threads";
import { at } from "../at.ts";
import { parseCertificate } from "../builtins/crypto/certificate.ts";
import { readKeyPair } from "../builtins/crypto/key-pair.ts";
import { decodeAllPem } from "../builtins/crypto/pem.ts";
import { Failure } from "../builtins/failure.ts";
import {
	type AsyncHttpTransport,
	type HttpRequest,
	type HttpResponse,
	type HttpTransport,
	HttpTransportError,
	type TlsSettings,
} from "../builtins/http/transport.ts";
import { codeOf } from "../thrown.ts";
import { version } from "../version.ts";
import { type WorkerResult, type WorkerTask, workerMain } from "./http-worker.ts";

export {
	type AsyncHttpTransport,
	type CachedResponse,
	createHttpCache,
	type HttpCache,
	type HttpRequest,
	type HttpResponse,
	type HttpTransport,
	HttpTransportError,
	type TlsSettings,
} from "../builtins/http/transport.ts";

/** What requests may do. */
export interface HttpTransportOptions {
	/** Hosts that may be contacted, redirects included; default all. */
	readonly allowedHosts?: readonly string[] | undefined;
	/** Whether policies may name files that hold certificates and keys; default true. */
	readonly allowFiles?: boolean | undefined;
	/** Environment variables that policies may take certificates and keys from; default process.env. */
	readonly env?: { readonly [name: string]: string | undefined } | undefined;
	/** Default 64 MiB. */
	readonly maxResponseBytes?: number | undefined;
}

/** A thread that answers one task after another. */
class SyncWorker {
	#worker: Worker | undefined;

	/** Waits for the answer; undefined when there is none within maxMs. */
	run(task: WorkerTask, maxMs: number | undefined): WorkerResult | undefined {
		this.#worker ??= startWorker();
		const signal = new SharedArrayBuffer(4);
		const { port1, port2 } = new MessageChannel();
		this.#worker.postMessage({ task, port: port2, signal }, [port2]);
		const outcome = Atomics.wait(new Int32Array(signal), 0, 0, maxMs);
		const message = receiveMessageOnPort(port1);
		port1.close();
		if (outcome === "timed-out" && message === undefined) this.close();
		return message?.message;
	}

	/** As run, without blocking this thread. */
	async ask(task: WorkerTask, maxMs: number | undefined): Promise<WorkerResult | undefined> {
		this.#worker ??= startWorker();
		const { port1, port2 } = new MessageChannel();
		let timer: NodeJS.Timeout | undefined;
		try {
			return await new Promise<WorkerResult | undefined>((resolve) => {
				// The worker keeps no process alive; the listener on its answer does.
				port1.on("message", (answer: WorkerResult) => resolve(answer));
				if (maxMs !== undefined) timer = setTimeout(resolve, maxMs, undefined);
				this.#worker?.postMessage({ task, port: port2, signal: new SharedArrayBuffer(4) }, [port2]);
			});
		} finally {
			clearTimeout(timer);
			port1.close();
		}
	}

	close(): void {
		void this.#worker?.terminate();
		this.#worker = undefined;
	}
}

function startWorker(): Worker {
	const worker = new Worker(`(${workerMain.toString()})();`, { eval: true, execArgv: [], name: "regoplan http" });
	worker.unref();
	return worker;
}

const thread: SyncWorker = new SyncWorker();

/** Time beyond a request's own timeouts after which the thread is given up. */
const graceMs = 5_000;

/** The longest a request can take, retries and the pauses between them included. */
function patience(r: HttpRequest): number | undefined {
	if (r.timeoutMs === undefined) return undefined;
	const attempts = r.maxRetryAttempts + 1;
	let pauses = 0;
	for (let i = 0; i < Math.min(r.maxRetryAttempts, 100); i++) pauses += Math.min(60_000, 100 * 1.6 ** i);
	pauses += 60_000 * Math.max(0, r.maxRetryAttempts - 100);
	return attempts * r.timeoutMs + pauses + graceMs;
}

/** A transport for http.send. */
export function createHttpTransport(options: HttpTransportOptions = {}): HttpTransport {
	const toTask = taskMaker(options);
	return (request) => toResponse(thread.run(toTask(request), patience(request)), request);
}

/** A transport for http.send in evaluateAsync and decideAsync, which leaves this thread free. */
export function createAsyncHttpTransport(options: HttpTransportOptions = {}): AsyncHttpTransport {
	const toTask = taskMaker(options);
	return async (request) => toResponse(await thread.ask(toTask(request), patience(request)), request);
}

function taskMaker(options: HttpTransportOptions): (request: HttpRequest) => WorkerTask {
	const allowedHosts = options.allowedHosts === undefined ? undefined : [...options.allowedHosts];
	return (request) => {
		const host = new URL(request.url).hostname.replace(/^\[|\]$/g, "");
		if (allowedHosts?.includes(host) === false) throw new HttpTransportError(`disallowed host: ${host}`, "settings");
		const hasAgent = request.headers.some(([name]) => name === "User-Agent");
		const headers: readonly (readonly [string, string])[] = hasAgent
			? request.headers
			: [["User-Agent", `regoplan/${version}`], ...request.headers];
		return {
			kind: "http",
			method: request.method,
			url: request.url,
			socketPath: request.socketPath,
			headers,
			body: request.body,
			timeoutMs: request.timeoutMs,
			followRedirects: request.followRedirects,
			maxRetryAttempts: request.maxRetryAttempts,
			maxResponseBytes: options.maxResponseBytes ?? 64 * 1024 * 1024,
			allowedHosts,
			tls: resolveTls(request.tls, options),
		};
	};
}

function toResponse(result: WorkerResult | undefined, request: HttpRequest): HttpResponse {
	if (result?.kind === "response") {
		const headers = new Map<string, string[]>();
		for (let i = 0; i + 1 < result.rawHeaders.length; i += 2) {
			const name = at(result.rawHeaders, i);
			const values = headers.get(name) ?? [];
			values.push(at(result.rawHeaders, i + 1));
			headers.set(name, values);
		}
		const status = `${result.statusCode} ${result.statusMessage}`;
		return { statusCode: result.statusCode, status, headers: [...headers], body: result.body };
	}
	if (result?.kind === "failure") {
		const at = { method: result.method || request.method, url: result.url || request.url };
		throw new HttpTransportError(result.message, "network", { timeout: result.timeout, at });
	}
	throw new HttpTransportError("no answer from the HTTP thread", "network", { timeout: true });
}

/** Host names to addresses for net.lookup_ip_addr, by the system's resolver. */
export function createHostLookup(
	options: { readonly timeoutMs?: number; readonly allowedHosts?: readonly string[] } = {},
): (name: string) => readonly string[] {
	return (name) => {
		if (options.allowedHosts?.includes(name) === false) throw new Error(`disallowed host: ${name}`);
		const result = thread.run({ kind: "lookup", name }, options.timeoutMs ?? 10_000);
		if (result?.kind === "addresses") return result.addresses;
		throw new Error(result?.kind === "failure" ? result.message : `lookup ${name}: i/o timeout`);
	};
}

/** Ends the thread; the next request starts another. */
export function closeHttpThread(): void {
	thread.close();
}

type ResolvedTls = NonNullable<Extract<WorkerTask, { kind: "http" }>["tls"]>;

/** Settings with the contents of files and variables in place; undefined when there are none. */
function resolveTls(tls: TlsSettings, options: HttpTransportOptions): ResolvedTls | undefined {
	const env = options.env ?? process.env;
	const pairs: (readonly [cert: string, key: string])[] = [];
	if (tls.clientCert !== "" && tls.clientKey !== "") pairs.push(checkedPair(tls.clientCert, tls.clientKey));
	if (tls.clientCertFile !== "" && tls.clientKeyFile !== "") {
		pairs.push(checkedPair(readFile(tls.clientCertFile, options), readFile(tls.clientKeyFile, options)));
	}
	if (tls.clientCertEnv !== "" && tls.clientKeyEnv !== "") {
		const names = `"${tls.clientCertEnv}", "${tls.clientKeyEnv}"`;
		const where = `cannot extract public/private key pair from envvars ${names}: `;
		pairs.push(checkedPair(env[tls.clientCertEnv] ?? "", env[tls.clientKeyEnv] ?? "", where));
	}
	const ca: string[] = [];
	if (tls.caCert !== "") ca.push(...caCertificates(tls.caCert, "could not append certificates"));
	if (tls.caCertFile !== "") {
		const text = readFile(tls.caCertFile, options);
		ca.push(...caCertificates(text, `could not append CA certificates from "${tls.caCertFile}"`));
	}
	if (tls.caCertEnv !== "") {
		const error = `could not add CA certificates from envvar "${tls.caCertEnv}": could not append certificates`;
		ca.push(...caCertificates(env[tls.caCertEnv] ?? "", error));
	}
	const system = tls.useSystemCerts ? systemCertificates(env) : [];
	if (!tls.insecureSkipVerify && tls.serverName === "" && ca.length + system.length + pairs.length === 0)
		return undefined;
	return {
		rejectUnauthorized: !tls.insecureSkipVerify,
		servername: tls.serverName === "" ? undefined : tls.serverName,
		ca: ca.length + system.length === 0 ? undefined : [...system, ...ca],
		cert: pairs.map(([cert]) => cert),
		key: pairs.map(([, key]) => key),
	};
}

function readFile(path: string, options: HttpTransportOptions): string {
	if (options.allowFiles === false) throw new HttpTransportError(`open ${path}: not allowed here`, "settings");
	try {
		return readFileSync(path, "utf8");
	} catch (e) {
		const code = codeOf(e);
		const reasons: { readonly [code: string]: string } = {
			ENOENT: "no such file or directory",
			EACCES: "permission denied",
			EISDIR: "is a directory",
		};
		throw new HttpTransportError(`open ${path}: ${reasons[code ?? ""] ?? "cannot be read"}`, "settings");
	}
}

/** The pair as given, if it is one. */
function checkedPair(cert: string, key: string, where = ""): readonly [cert: string, key: string] {
	try {
		readKeyPair(cert, key);
	} catch (e) {
		if (e instanceof Failure) throw new HttpTransportError(where + e.message, "settings");
		throw e;
	}
	return [cert, key];
}

/** The certificates in PEM text, each as PEM; there must be one that parses. */
function caCertificates(pem: string, error: string): string[] {
	const out: string[] = [];
	for (const block of decodeAllPem(pem)) {
		if (block.type !== "CERTIFICATE") continue;
		try {
			parseCertificate(block.bytes);
		} catch (e) {
			if (e instanceof Failure) continue;
			throw e;
		}
		const base64 = Buffer.from(block.bytes).toString("base64");
		out.push(`-----BEGIN CERTIFICATE-----\n${base64.replace(/.{64}/g, "$&\n")}\n-----END CERTIFICATE-----\n`);
	}
	if (out.length === 0) throw new HttpTransportError(error, "settings");
	return out;
}

/** Where systems keep their trusted certificates; Node's own list where none is found. */
const systemFiles = [
	"/etc/ssl/certs/ca-certificates.crt",
	"/etc/pki/tls/certs/ca-bundle.crt",
	"/etc/ssl/ca-bundle.pem",
	"/etc/ssl/cert.pem",
];

function systemCertificates(env: { readonly [name: string]: string | undefined }): readonly string[] {
	const file = [env["SSL_CERT_FILE"], ...systemFiles].find((f) => f !== undefined && f !== "" && existsSync(f));
	return file === undefined ? rootCertificates : [readFileSync(file, "utf8")];
}
