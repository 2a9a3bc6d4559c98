/**
 * Sockets in front of the handlers: Hono and its adapter turn Node's requests into the Web's and back. TCP and
 * unix sockets, TLS with HTTP/2 for who asks for it, HTTP/2 without TLS where that is allowed.
 */
import { chmodSync, rmSync } from "node:fs";
import { createServer as createHttpServer, type Server as HttpServer, type IncomingMessage } from "node:http";
import { createServer as createH2Server, createSecureServer, type Http2ServerRequest } from "node:http2";
import { createServer as createNetServer, type Server as NetServer, type Socket } from "node:net";
import { TLSSocket, type TlsOptions } from "node:tls";
import { getRequestListener, type Http2Bindings, type HttpBindings } from "@hono/node-server";
import { Hono } from "hono";
import type { ClientCertificates, RequestDetails } from "../../server/call.ts";
import type { Handler } from "../../server/handler.ts";
import type { Address } from "./addresses.ts";
import { hostAddresses } from "./addresses.ts";
import { clientCertificates } from "./client-certificates.ts";

export interface ListenOptions {
	readonly tls: TlsOptions | undefined;
	readonly h2c: boolean;
	/** Octal permissions of unix sockets. */
	readonly unixSocketPermissions: string;
}

/** A socket that is listened on. */
export interface Listening {
	/** As it is told: host and port, or the path. */
	readonly address: string;
	/** Takes a new certificate. */
	readonly setTls: (tls: TlsOptions) => void;
	/** No new requests; resolves when those that are underway are done. */
	readonly close: () => Promise<void>;
	/** Ends what is underway, too. */
	readonly end: () => void;
}

/** Go waits so long for the head of a request, and takes as much of it. */
const limits = { headersTimeout: 32_000, requestTimeout: 300_000, maxHeaderSize: 1 << 20, keepAliveTimeout: 0 };

/** Listens; rejects where that cannot be. */
export async function listen(
	handler: Handler,
	address: Address,
	options: ListenOptions,
): Promise<readonly Listening[]> {
	if (address.kind === "unix") {
		if (!address.abstract) rmSync(address.path, { force: true });
		// Unix sockets carry no TLS.
		const server = serverFor(handler, { ...options, tls: undefined });
		await bound(server.socket, { path: address.path });
		if (!address.abstract) chmodSync(address.path, Number.parseInt(options.unixSocketPermissions, 8));
		return [listening(server, address.path.replace(/^\0/, "@"))];
	}
	const out: Listening[] = [];
	let port = address.port;
	for (const host of await hostAddresses(address.host)) {
		const server = serverFor(handler, options);
		try {
			await bound(server.socket, host === undefined ? { port } : { host, port });
		} catch (e) {
			// One of several addresses of a name is enough.
			if (out.length > 0 && e instanceof Error && /EADDRNOTAVAIL|EAFNOSUPPORT/.test(e.message)) continue;
			for (const l of out) l.end();
			throw e;
		}
		const at = server.socket.address();
		if (typeof at !== "object" || at === null) continue;
		port = at.port;
		out.push(listening(server, at.family === "IPv6" ? `[${at.address}]:${port}` : `${at.address}:${port}`));
	}
	return out;
}

interface Made {
	/** What is bound. */
	readonly socket: NetServer;
	readonly http: readonly HttpServer[];
	readonly setTls: (tls: TlsOptions) => void;
	readonly sockets: Set<Socket>;
}

function serverFor(handler: Handler, { tls, h2c }: ListenOptions): Made {
	const app = new Hono<{ Bindings: HttpBindings | Http2Bindings }>();
	app.all("*", (c) => handler(c.req.raw, new NodeDetails(c.env.incoming)));
	const listener = getRequestListener(app.fetch, { hostname: "localhost" });
	const sockets = new Set<Socket>();
	const keep = (server: NetServer): void => {
		server.on("connection", (socket: Socket) => {
			sockets.add(socket);
			socket.once("close", () => sockets.delete(socket));
		});
	};
	if (tls !== undefined) {
		// Of the two protocols a client gets the one it asks for.
		const secure = createSecureServer({ ...tls, ...limits, allowHTTP1: true }, listener);
		keep(secure);
		return { socket: secure, http: [], setTls: (t) => secure.setSecureContext(t), sockets };
	}
	const plain = createHttpServer(limits, listener);
	if (!h2c) {
		keep(plain);
		return { socket: plain, http: [plain], setTls: () => {}, sockets };
	}
	const h2 = createH2Server(listener);
	const front = createNetServer((socket) => bySpeech(socket, plain, h2));
	keep(front);
	return { socket: front, http: [plain], setTls: () => {}, sockets };
}

/** HTTP/2 begins with words of its own. */
function bySpeech(socket: Socket, plain: HttpServer, h2: NetServer): void {
	socket.on("error", () => socket.destroy());
	socket.setTimeout(limits.headersTimeout, () => socket.destroy());
	socket.once("data", (first: Buffer) => {
		socket.setTimeout(0);
		socket.pause();
		socket.unshift(first);
		const isH2 = first.subarray(0, 3).toString("latin1") === "PRI";
		(isH2 ? h2 : plain).emit("connection", socket);
		process.nextTick(() => socket.resume());
	});
}

function bound(server: NetServer, where: { path: string } | { host?: string; port: number }): Promise<void> {
	return new Promise((resolve, reject) => {
		server.once("error", reject);
		server.listen({ ...where, backlog: 4096 }, () => {
			server.off("error", reject);
			// A socket that fails later fails alone.
			server.on("error", () => {});
			resolve();
		});
	});
}

function listening({ socket, http, setTls, sockets }: Made, address: string): Listening {
	return {
		address,
		setTls,
		close: () =>
			new Promise((resolve) => {
				socket.close(() => resolve());
				for (const server of http) server.closeIdleConnections();
			}),
		end: () => {
			socket.close();
			for (const s of sockets) s.destroy();
		},
	};
}

/** What Node knows of a request; worked out when it is asked for. */
class NodeDetails implements RequestDetails {
	readonly #incoming: IncomingMessage | Http2ServerRequest;

	constructor(incoming: IncomingMessage | Http2ServerRequest) {
		this.#incoming = incoming;
	}

	get target(): string {
		const url = this.#incoming.url ?? "/";
		return url.startsWith("/") ? url : url.replace(/^[a-z]+:\/\/[^/?#]*/i, "") || "/";
	}

	get rawHeaders(): readonly string[] {
		return this.#incoming.rawHeaders;
	}

	get client(): string {
		const { remoteAddress, remotePort } = this.#incoming.socket;
		if (remoteAddress === undefined) return "@";
		const host = remoteAddress.replace(/^::ffff:(?=[0-9.]+$)/, "");
		return host.includes(":") ? `[${host}]:${remotePort}` : `${host}:${remotePort}`;
	}

	certificates(): ClientCertificates | undefined {
		const { socket } = this.#incoming;
		return socket instanceof TLSSocket ? clientCertificates(socket) : undefined;
	}
}
