/** Connecting to an address of any kind. In: an address. Out: a socket, past any handshake. */
import { connect, type Socket } from "node:net";
import { codeOf } from "../../thrown.ts";
import { type Address, formatAddress } from "./address.ts";
import { requestPort } from "./hybrid-vsock.ts";
import { connectedSocket } from "./pipe-handle.ts";
import { vsockConnection } from "./vsock-socket.ts";

/** Rejects when nobody answers within `timeoutMs`. */
export async function dial(address: Address, timeoutMs = 5000): Promise<Socket> {
	switch (address.kind) {
		case "unix":
			return dialUnix(address.path, timeoutMs);
		case "hvsock": {
			const socket = await dialUnix(address.path, timeoutMs);
			try {
				await requestPort(socket, address.port);
			} catch (e) {
				socket.destroy();
				throw e;
			}
			return socket;
		}
		case "vsock":
			return connectedSocket(await vsockConnection(address.cid, address.port));
		case "fd":
			throw new Error(`cannot connect to ${formatAddress(address)}`);
	}
}

/** A listener whose queue is full refuses for the moment (EAGAIN): it is asked again. */
async function dialUnix(path: string, timeoutMs: number): Promise<Socket> {
	const end = performance.now() + timeoutMs;
	for (let wait = 1; ; wait = Math.min(wait * 2, 100)) {
		try {
			return await connectUnix(path, timeoutMs);
		} catch (e) {
			if (codeOf(e) !== "EAGAIN" || performance.now() > end) throw e;
		}
		await new Promise((r) => setTimeout(r, wait));
	}
}

function connectUnix(path: string, timeoutMs: number): Promise<Socket> {
	return new Promise((resolve, reject) => {
		const socket = connect({ path, allowHalfOpen: true });
		const timer = setTimeout(() => socket.destroy(new Error("no answer in time")), timeoutMs);
		const failed = (e: Error): void => {
			clearTimeout(timer);
			reject(e);
		};
		socket.once("error", failed);
		socket.once("connect", () => {
			clearTimeout(timer);
			socket.off("error", failed);
			// Until its user listens: an error in between must not end the process.
			socket.on("error", () => {});
			resolve(socket);
		});
	});
}
