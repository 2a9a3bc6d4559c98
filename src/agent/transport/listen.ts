/**
 * Listening on an address of any kind. In: an address and what to do with a connection. Out: a
 * listener to close. Connections of hybrid vsock arrive after their handshake.
 */
import { chmodSync, lstatSync, unlinkSync } from "node:fs";
import { createServer, connect as netConnect, type Server } from "node:net";
import type { Duplex } from "node:stream";
import { type Address, formatAddress } from "./address.ts";
import { acceptPort } from "./hybrid-vsock.ts";
import { listenOnDescriptor } from "./pipe-handle.ts";
import { vsockListener } from "./vsock-socket.ts";

export interface Listener {
	/** Where it listens, as text. */
	readonly address: string;
	/** Accept no more connections; those accepted stay. */
	close(): Promise<void>;
}

export interface ListenOptions {
	/** Permissions of a unix socket; default 0600. */
	readonly mode?: number;
	readonly backlog?: number;
	/** Descriptors handed over by systemd (LISTEN_FDS): a vsock address uses the first instead of making a socket. */
	readonly inherited?: readonly number[];
}

/** Clients that have not said yet which port they want: nobody counts them otherwise. */
const mostAsking = 256;

export async function listen(
	address: Address,
	onConnection: (socket: Duplex) => void,
	options: ListenOptions = {},
): Promise<Listener> {
	const backlog = options.backlog ?? 4096;
	const name = formatAddress(address);
	switch (address.kind) {
		case "unix":
			return listenUnix(address.path, name, backlog, options.mode ?? 0o600, onConnection);
		case "hvsock": {
			let asking = 0;
			return listenUnix(address.path, name, backlog, options.mode ?? 0o600, (socket) => {
				socket.on("error", () => socket.destroy());
				if (asking >= mostAsking) {
					socket.destroy();
					return;
				}
				asking++;
				acceptPort(socket, address.port)
					.then(
						() => onConnection(socket),
						() => socket.destroy(),
					)
					.finally(() => asking--);
			});
		}
		case "fd":
			return listenDescriptor(address.fd, name, backlog, onConnection);
		case "vsock": {
			const fd = options.inherited?.[0] ?? (await vsockListener(address.cid, address.port, backlog));
			return listenDescriptor(fd, name, backlog, onConnection);
		}
	}
}

function listenDescriptor(fd: number, name: string, backlog: number, onConnection: (socket: Duplex) => void): Listener {
	const close = listenOnDescriptor(fd, backlog, onConnection);
	return {
		address: name,
		close: async () => close(),
	};
}

async function listenUnix(
	path: string,
	name: string,
	backlog: number,
	mode: number,
	onConnection: (socket: Duplex) => void,
): Promise<Listener> {
	await removeStaleSocket(path);
	const server: Server = createServer({ allowHalfOpen: true }, onConnection);
	await new Promise<void>((resolve, reject) => {
		server.once("error", reject);
		// The mask keeps others out between bind and chmod.
		const mask = process.umask(0o177);
		try {
			server.listen({ path, backlog }, resolve);
		} finally {
			process.umask(mask);
		}
	});
	// Out of descriptors, for one: connections are refused for the while, and the process lives on.
	server.on("error", () => {});
	chmodSync(path, mode);
	return {
		address: name,
		close: () => new Promise((resolve) => server.close(() => resolve())),
	};
}

/** A socket file that nobody listens on any more is removed; anything else is left for bind to refuse. */
export async function removeStaleSocket(path: string): Promise<void> {
	try {
		if (!lstatSync(path).isSocket()) return;
	} catch {
		return;
	}
	const alive = await new Promise<boolean>((resolve) => {
		const probe = netConnect({ path });
		probe.once("connect", () => {
			probe.destroy();
			resolve(true);
		});
		probe.once("error", (e: NodeJS.ErrnoException) => resolve(e.code !== "ECONNREFUSED"));
	});
	if (!alive) unlinkSync(path);
}

/** The descriptors systemd passed to this process (3, 4, …). */
export function inheritedDescriptors(
	env: Readonly<Record<string, string | undefined>>,
	pid: number,
): readonly number[] {
	const count = Number(env["LISTEN_FDS"] ?? "0");
	if (env["LISTEN_PID"] !== String(pid) || !Number.isInteger(count) || count < 1) return [];
	return Array.from({ length: count }, (_, i) => 3 + i);
}
