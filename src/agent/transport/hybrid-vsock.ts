/**
 * The handshake of hybrid vsock: on a unix socket of the hypervisor the client names a port
 * (`CONNECT 1024`), the other side answers a line with `OK`, and what follows is the guest's stream.
 * Bytes that arrive behind the line belong to the stream and are put back.
 */
import type { Duplex } from "node:stream";

const handshakeMs = 10_000;
const longestLine = 256;

/** Wait for one line, leaving what follows it in the stream. Rejects when none comes. */
function readLine(socket: Duplex, timeoutMs: number): Promise<string> {
	return new Promise((resolve, reject) => {
		let line = "";
		const done = (error: Error | undefined): void => {
			clearTimeout(timer);
			socket.off("readable", onReadable);
			socket.off("end", onEnd);
			socket.off("error", done);
			if (error === undefined) resolve(line);
			else reject(error);
		};
		const onEnd = (): void => done(new Error("the connection ended during the handshake"));
		const timer = setTimeout(() => done(new Error("no handshake in time")), timeoutMs);
		const onReadable = (): void => {
			for (let piece = socket.read() as Buffer | null; piece !== null; piece = socket.read() as Buffer | null) {
				const newline = piece.indexOf(10);
				line += piece.toString("latin1", 0, newline < 0 ? piece.length : newline);
				if (line.length > longestLine) {
					done(new Error("the handshake's line is too long"));
					return;
				}
				if (newline >= 0) {
					if (newline + 1 < piece.length) socket.unshift(piece.subarray(newline + 1));
					done(undefined);
					return;
				}
			}
		};
		socket.on("readable", onReadable);
		socket.on("end", onEnd);
		socket.on("error", done);
	});
}

/** The client's half: ask for a port. Rejects where it is refused, or not answered in time. */
export async function requestPort(socket: Duplex, port: number, timeoutMs: number = handshakeMs): Promise<void> {
	socket.write(`CONNECT ${port}\n`);
	const answer = await readLine(socket, timeoutMs);
	if (!answer.includes("OK")) throw new Error(`port ${port} was refused: ${JSON.stringify(answer)}`);
}

/** The server's half: accept a client that asks for our port. */
export async function acceptPort(socket: Duplex, port: number): Promise<void> {
	const line = await readLine(socket, handshakeMs);
	// runtime-rs writes the word in lower case.
	const match = /^connect ([0-9]{1,10})\r?$/i.exec(line);
	if (match === null) throw new Error(`not a handshake: ${JSON.stringify(line.slice(0, 40))}`);
	if (Number(match[1]) !== port) throw new Error(`nothing listens on port ${match[1]}`);
	socket.write(`OK ${port}\n`);
}
