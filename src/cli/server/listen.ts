/**
 * Sockets in front of the handlers: TCP and unix sockets, TLS with HTTP/2 for who asks for it, HTTP/2 without TLS where that is allowed.
 */
import { chmodSync, rmSync } from "node:fs";
import { createServer as createHttpServer, type Server as HttpServer } from "node:http";
import {
	createServer as createH2Server,
	createSecureServer,
	type Http2SecureServer,
	type Http2Server,
	type ServerHttp2Session,
} from "node:http2";
import { createServer as createNetServer, type Server as NetServer, type Socket } from "node:net";
import { TLSSocket, type TlsOptions } from "node:tls";
import type { AnswerTo } from "../../server/handler.ts";
import type { Address } from "./addresses.ts";
import { hostAddresses } from "./addresses.ts";
import { requestListener } from "./node-request.ts";

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
const limits = {
	headersTimeout: 32_000,
	requestTimeout: 300_000,
	connectionsCheckingInterval: 5_000,
	maxHeaderSize: 1 << 20,
	keepAliveTimeout: 0,
};

/** Listens; rejects where that cannot be. */
export async function listen(
	answers: AnswerTo,
	address: Address,
	options: ListenOptions,
): Promise<readonly Listening[]> {
	if (address.kind === "unix") {
		if (!address.abstract) rmSync(address.path, { force: true });
		// Unix sockets carry no TLS.
		const server = serverFor(answers, { ...options, tls: undefined });
		await bound(server.socket, { path: address.path });
		if (!address.abstract) chmodSync(address.path, Number.parseInt(options.unixSocketPermissions, 8));
		return [listening(server, address.path.replace(/^\0/, "@"))];
	}
	const out: Listening[] = [];
	let port = address.port;
	for (const host of await hostAddresses(address.host)) {
		const server = serverFor(answers, options);
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
	/** Ends connections on which nothing is asked at the moment. */
	readonly closeIdle: () => void;
	readonly setTls: (tls: TlsOptions) => void;
	readonly sockets: Set<Socket>;
}

function serverFor(answers: AnswerTo, { tls, h2c }: ListenOptions): Made {
	const listener = requestListener(answers);
	const sockets = new Set<Socket>();
	const keep = (server: NetServer, event: "connection" | "secureConnection"): void => {
		server.on(event, (socket: Socket) => {
			sockets.add(socket);
			socket.once("close", () => sockets.delete(socket));
		});
	};
	if (tls !== undefined) {
		// Of the two protocols a client gets the one it asks for.
		const secure = createSecureServer({ ...tls, ...limits, allowHTTP1: true }, listener);
		keep(secure, "secureConnection");
		const sessions = sessionsOf(secure);
		const busy = busySockets(secure);
		const closeIdle = (): void => {
			for (const session of sessions) session.close();
			for (const socket of sockets) if (!busy.has(socket) && socketProtocol(socket) !== "h2") socket.destroy();
		};
		return { socket: secure, closeIdle, setTls: (t) => secure.setSecureContext(t), sockets };
	}
	const plain = createHttpServer(limits, listener);
	if (!h2c) {
		keep(plain, "connection");
		return { socket: plain, closeIdle: () => plain.closeIdleConnections(), setTls: () => {}, sockets };
	}
	const h2 = createH2Server(listener);
	const sessions = sessionsOf(h2);
	const front = createNetServer((socket) => bySpeech(socket, plain, h2));
	keep(front, "connection");
	const closeIdle = (): void => {
		for (const session of sessions) session.close();
		plain.closeIdleConnections();
	};
	return { socket: front, closeIdle, setTls: () => {}, sockets };
}

/** The connections by HTTP/2 that there are. */
function sessionsOf(server: Http2Server | Http2SecureServer): ReadonlySet<ServerHttp2Session> {
	const sessions = new Set<ServerHttp2Session>();
	server.on("session", (session: ServerHttp2Session) => {
		sessions.add(session);
		session.once("close", () => sessions.delete(session));
		// A connection that breaks ends alone.
		session.on("error", () => session.destroy());
	});
	return sessions;
}

/** Connections by HTTP/1.1 on which a request is underway: with TLS Node does not keep them. */
function busySockets(server: Http2SecureServer): ReadonlySet<Socket> {
	const busy = new Set<Socket>();
	server.on("request", (request, response) => {
		if (request.httpVersionMajor !== 1) return;
		const { socket } = request;
		busy.add(socket);
		response.once("close", () => busy.delete(socket));
	});
	return busy;
}

function socketProtocol(socket: Socket): string | false | null {
	return socket instanceof TLSSocket ? socket.alpnProtocol : null;
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

function listening({ socket, closeIdle, setTls, sockets }: Made, address: string): Listening {
	return {
		address,
		setTls,
		close: () =>
			new Promise((resolve) => {
				// What is answered meanwhile leaves its connection idle.
				const timer = setInterval(closeIdle, 20);
				socket.close(() => {
					clearInterval(timer);
					resolve();
				});
				closeIdle();
			}),
		end: () => {
			socket.close();
			for (const s of sockets) s.destroy();
		},
	};
}
