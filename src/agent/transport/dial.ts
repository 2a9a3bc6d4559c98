/** Connecting to an address of any kind. In: an address. Out: a socket, past any handshake. */
import { connect, type Socket } from "node:net";
import { codeOf } from "../../thrown.ts";
import { type Address, formatAddress } from "./address.ts";
import { requestPort } from "./hybrid-vsock.ts";
import { connectedSocket } from "./pipe-handle.ts";
import { vsockConnection } from "./vsock-socket.ts";

/** Rejects when there is no connection within `timeoutMs`: attempts, waits between them and the handshake together. */
export async function dial(address: Address, timeoutMs: number = defaultMs(address)): Promise<Socket> {
	const end = performance.now() + timeoutMs;
	switch (address.kind) {
		case "unix":
			return dialUnix(address.path, end);
		case "hvsock": {
			const socket = await dialUnix(address.path, end);
			try {
				await requestPort(socket, address.port, left(end));
			} catch (e) {
				socket.destroy();
				throw e;
			}
			return socket;
		}
		case "vsock":
			return connectedSocket(await vsockConnection(address.cid, address.port, timeoutMs));
		case "fd":
			throw new Error(`cannot connect to ${formatAddress(address)}`);
	}
}

/** A hypervisor may take its time to reach the guest. */
function defaultMs(address: Address): number {
	return address.kind === "hvsock" ? 10_000 : 5000;
}

/** Milliseconds until then. */
function left(end: number): number {
	return Math.max(0, end - performance.now());
}

/** A listener whose queue is full refuses for the moment (EAGAIN): it is asked again. */
async function dialUnix(path: string, end: number): Promise<Socket> {
	for (let wait = 1; ; wait = Math.min(wait * 2, 100)) {
		try {
			return await connectUnix(path, left(end));
		} catch (e) {
			if (codeOf(e) !== "EAGAIN" || performance.now() > end) throw e;
		}
		await new Promise((r) => setTimeout(r, Math.min(wait, left(end))));
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
