/**
 * The other end of http-node.ts: runs in a worker thread and performs requests while the main thread
 * waits. workerMain is started from its own source text, so that no bundler or loader has to know of a
 * second file: it must not refer to anything outside itself.
 */

/** A request to the worker. */
export type WorkerTask =
	| {
			readonly kind: "http";
			readonly method: string;
			readonly url: string;
			readonly socketPath: string | undefined;
			readonly headers: readonly (readonly [string, string])[];
			readonly body: Uint8Array;
			readonly timeoutMs: number | undefined;
			readonly followRedirects: boolean;
			readonly maxRetryAttempts: number;
			readonly maxResponseBytes: number;
			readonly allowedHosts: readonly string[] | undefined;
			/** Undefined: the defaults. */
			readonly tls:
				| {
						readonly rejectUnauthorized: boolean;
						readonly servername: string | undefined;
						readonly ca: readonly string[] | undefined;
						readonly cert: readonly string[];
						readonly key: readonly string[];
				  }
				| undefined;
	  }
	| { readonly kind: "lookup"; readonly name: string };

/** The worker's answer. */
export type WorkerResult =
	| {
			readonly kind: "response";
			readonly statusCode: number;
			readonly statusMessage: string;
			readonly rawHeaders: readonly string[];
			readonly body: Uint8Array;
	  }
	| { readonly kind: "addresses"; readonly addresses: readonly string[] }
	| {
			readonly kind: "failure";
			readonly message: string;
			readonly timeout: boolean;
			readonly method: string;
			readonly url: string;
	  };

export function workerMain(): void {
	const http = process.getBuiltinModule("node:http");
	const https = process.getBuiltinModule("node:https");
	const zlib = process.getBuiltinModule("node:zlib");
	const dns = process.getBuiltinModule("node:dns");
	const { parentPort } = process.getBuiltinModule("node:worker_threads");
	type HttpTask = Extract<WorkerTask, { kind: "http" }>;
	type Failure = Extract<WorkerResult, { kind: "failure" }>;
	type Settle = (result: WorkerResult) => void;

	// Connections are kept only where the request has no TLS settings of its own.
	const plainAgent = new http.Agent({ keepAlive: true });
	const tlsAgent = new https.Agent({ keepAlive: true });
	const maxRedirects = 50;

	/** An error of Node's in the words of Go's net/http. */
	function describe(e: NodeJS.ErrnoException & { address?: string; port?: number; hostname?: string }): string {
		const at = e.port === undefined ? `unix ${e.address ?? ""}` : `tcp ${e.address}:${e.port}`;
		switch (e.code) {
			case "ECONNREFUSED":
				return `dial ${at}: connect: connection refused`;
			case "ENOENT":
				return `dial ${at}: connect: no such file or directory`;
			case "EHOSTUNREACH":
				return `dial ${at}: connect: no route to host`;
			case "ENETUNREACH":
				return `dial ${at}: connect: network is unreachable`;
			case "ETIMEDOUT":
				return `dial ${at}: i/o timeout`;
			case "ENOTFOUND":
			case "EAI_AGAIN":
				return `dial tcp: lookup ${e.hostname ?? ""}: no such host`;
			case "ECONNRESET":
				return "EOF";
			case "DEPTH_ZERO_SELF_SIGNED_CERT":
			case "SELF_SIGNED_CERT_IN_CHAIN":
			case "UNABLE_TO_VERIFY_LEAF_SIGNATURE":
			case "UNABLE_TO_GET_ISSUER_CERT":
			case "UNABLE_TO_GET_ISSUER_CERT_LOCALLY":
				return "tls: failed to verify certificate: x509: certificate signed by unknown authority";
			case "CERT_HAS_EXPIRED":
			case "CERT_NOT_YET_VALID":
				return "tls: failed to verify certificate: x509: certificate has expired or is not yet valid";
			case "ERR_TLS_CERT_ALTNAME_INVALID":
				return "tls: failed to verify certificate: x509: certificate is not valid for this host name";
			case "ERR_SSL_WRONG_VERSION_NUMBER":
			case "EPROTO":
				return e.message.includes("wrong version number")
					? "http: server gave HTTP response to HTTPS client"
					: `tls: ${e.message}`;
			default:
				return e.message;
		}
	}

	function failure(message: string, method: string, url: string, timeout = false): Failure {
		return { kind: "failure", message, timeout, method, url };
	}

	function refusedHost(task: HttpTask, url: URL): string | undefined {
		const host = url.hostname.replace(/^\[|\]$/g, "");
		return task.allowedHosts === undefined || task.allowedHosts.includes(host) ? undefined : `disallowed host: ${host}`;
	}

	/** One request and the redirects it leads to. */
	function attempt(task: HttpTask, settle: Settle): void {
		let settled = false;
		let current: { destroy(): unknown } | undefined;
		let method = task.method;
		let url = new URL(task.url);
		// As written: the URL class would resolve dots.
		let path = /^[a-z]+:\/\/[^/?]*(.*)$/.exec(task.url)?.[1] ?? "/";
		let headers = task.headers;
		let body = task.body;
		let redirects = 0;
		let gotHeaders = false;
		const finish: Settle = (result) => {
			if (settled) return;
			settled = true;
			clearTimeout(timer);
			current?.destroy();
			settle(result);
		};
		const timer =
			task.timeoutMs === undefined
				? undefined
				: setTimeout(() => {
						const what = gotHeaders
							? "(Client.Timeout or context cancellation while reading body)"
							: "(Client.Timeout exceeded while awaiting headers)";
						finish(failure(`context deadline exceeded ${what}`, method, url.href, true));
					}, task.timeoutMs);

		const send = (retriedStale: boolean): void => {
			const refused = refusedHost(task, url);
			if (refused !== undefined) {
				finish(failure(refused, method, url.href));
				return;
			}
			const secure = url.protocol === "https:";
			const own = task.tls !== undefined || task.socketPath !== undefined;
			const named = (name: string): boolean => headers.some(([n]) => n.toLowerCase() === name);
			// As Go: ask for compression and undo it, unless the request has its own ideas.
			const compressed = !named("accept-encoding") && !named("range") && method !== "HEAD";
			let stale = false;
			let request: import("node:http").ClientRequest;
			try {
				request = (secure ? https : http).request(url, {
					method,
					path,
					agent: own ? false : secure ? tlsAgent : plainAgent,
					...(task.socketPath === undefined ? {} : { socketPath: task.socketPath }),
					...(secure && task.tls !== undefined
						? {
								rejectUnauthorized: task.tls.rejectUnauthorized,
								...(task.tls.servername === undefined ? {} : { servername: task.tls.servername }),
								...(task.tls.ca === undefined ? {} : { ca: [...task.tls.ca] }),
								...(task.tls.cert.length === 0 ? {} : { cert: [...task.tls.cert], key: [...task.tls.key] }),
							}
						: {}),
				});
				for (const [name, value] of headers) request.setHeader(name, asBytes(value));
				if (compressed) request.setHeader("Accept-Encoding", "gzip");
				if (!own) request.removeHeader("Connection");
				if (body.length > 0 || ["POST", "PUT", "PATCH"].includes(method)) {
					request.setHeader("Content-Length", body.length);
				}
			} catch (e) {
				finish(failure(e instanceof Error ? e.message : "invalid request", method, url.href));
				return;
			}
			current = request;
			request.on("error", (e: NodeJS.ErrnoException) => {
				// A kept connection may have been closed meanwhile; Go tries again on a new one.
				stale = request.reusedSocket && e.code === "ECONNRESET" && !gotHeaders;
				if (stale && !retriedStale && !settled) return send(true);
				finish(failure(describe(Object.assign(e, { hostname: url.hostname })), method, url.href));
			});
			request.on("response", (response) => {
				gotHeaders = true;
				if (task.followRedirects && redirect(response)) return;
				collect(response, compressed);
			});
			request.end(body);
		};

		// Headers are bytes, a character for each of them here; for policies, as for OPA, they are UTF-8.
		const asBytes = (text: string): string => Buffer.from(text, "utf8").toString("latin1");
		const asText = (bytes: string): string => Buffer.from(bytes, "latin1").toString("utf8");

		/** True when the response sends us elsewhere, and we have gone there. */
		const redirect = (response: import("node:http").IncomingMessage): boolean => {
			const code = response.statusCode ?? 0;
			const location = response.headers.location === undefined ? undefined : asText(response.headers.location);
			if (![301, 302, 303, 307, 308].includes(code) || location === undefined || location === "") return false;
			response.resume();
			let next: URL;
			try {
				next = new URL(location, url);
			} catch {
				finish(failure(`failed to parse Location header ${JSON.stringify(location)}`, method, url.href));
				return true;
			}
			if (!["http:", "https:"].includes(next.protocol)) {
				const scheme = next.protocol.slice(0, -1);
				finish(failure(`unsupported protocol scheme "${scheme}"`, method, next.href));
				return true;
			}
			if (++redirects > maxRedirects) {
				finish(failure(`stopped after ${maxRedirects} redirects`, method, next.href));
				return true;
			}
			const foreign = next.hostname !== url.hostname && !next.hostname.endsWith(`.${url.hostname}`);
			const secret = ["authorization", "www-authenticate", "cookie", "cookie2"];
			const dropped = [...(foreign ? secret : []), "referer", "host"];
			headers = headers.filter(([name]) => !dropped.includes(name.toLowerCase()));
			if (!(url.protocol === "https:" && next.protocol === "http:")) {
				headers = [...headers, ["Referer", url.href]];
			}
			if (code < 307) {
				if (method !== "HEAD") method = "GET";
				body = new Uint8Array(0);
				headers = headers.filter(([name]) => !["content-type", "content-length"].includes(name.toLowerCase()));
			}
			url = next;
			path = next.pathname + next.search;
			gotHeaders = false;
			send(false);
			return true;
		};

		const collect = (response: import("node:http").IncomingMessage, compressed: boolean): void => {
			const gzipped = compressed && response.headers["content-encoding"]?.toLowerCase() === "gzip";
			const stream = gzipped ? response.pipe(zlib.createGunzip()) : response;
			const chunks: Buffer[] = [];
			let size = 0;
			const broken = (e: NodeJS.ErrnoException): void => {
				const reason = e.code === "ECONNRESET" ? "unexpected EOF" : e.message;
				finish(failure(reason, method, url.href));
			};
			response.on("error", broken);
			stream.on("error", broken);
			stream.on("data", (chunk: Buffer) => {
				size += chunk.length;
				if (size > task.maxResponseBytes) {
					finish(failure(`response is larger than ${task.maxResponseBytes} bytes`, method, url.href));
				} else chunks.push(chunk);
			});
			stream.on("end", () => {
				const dropped = ["transfer-encoding", ...(gzipped ? ["content-encoding", "content-length"] : [])];
				const rawHeaders: string[] = [];
				for (let i = 0; i + 1 < response.rawHeaders.length; i += 2) {
					const name = (response.rawHeaders[i] as string).toLowerCase();
					// Go's client takes note of a closing connection and removes the header.
					if (name === "connection" && /\bclose\b/i.test(response.rawHeaders[i + 1] as string)) continue;
					if (!dropped.includes(name)) rawHeaders.push(name, asText(response.rawHeaders[i + 1] as string));
				}
				const done = Buffer.concat(chunks);
				// The connection stays with its agent.
				current = undefined;
				finish({
					kind: "response",
					statusCode: response.statusCode ?? 0,
					statusMessage: asText(response.statusMessage ?? ""),
					rawHeaders,
					body: new Uint8Array(done),
				});
			});
		};
		send(false);
	}

	/** Tries again after a growing pause, as often as the task allows. */
	function perform(task: HttpTask, settle: Settle, tried = 0): void {
		attempt(task, (result) => {
			if (result.kind !== "failure" || tried >= task.maxRetryAttempts) return settle(result);
			const pause = Math.min(60_000, 100 * 1.6 ** tried) * (0.8 + 0.2 * Math.random());
			setTimeout(() => perform(task, settle, tried + 1), pause);
		});
	}

	function lookup(name: string, settle: Settle): void {
		dns.lookup(name, { all: true }, (e, addresses) => {
			if (e === null) settle({ kind: "addresses", addresses: [...new Set(addresses.map((a) => a.address))] });
			else settle(failure(`lookup ${name}: no such host`, "", ""));
		});
	}

	parentPort?.on(
		"message",
		(m: { task: WorkerTask; port: import("node:worker_threads").MessagePort; signal: SharedArrayBuffer }) => {
			const settle: Settle = (result) => {
				m.port.postMessage(result);
				m.port.close();
				const flag = new Int32Array(m.signal);
				Atomics.store(flag, 0, 1);
				Atomics.notify(flag, 0);
			};
			try {
				if (m.task.kind === "http") perform(m.task, settle);
				else lookup(m.task.name, settle);
			} catch (e) {
				settle(failure(e instanceof Error ? e.message : "internal error", "", ""));
			}
		},
	);
}
