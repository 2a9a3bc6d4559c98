/**
 * Sockets of any stream family from file descriptors. Node knows no AF_VSOCK, but its pipe handles
 * only accept, read and write, whatever the family: a listening descriptor made by someone else
 * (systemd, a launcher, vsock-socket.ts) is opened as a pipe server, a connected one as a pipe.
 * `net.Server.listen({ fd })` cannot do this: it asks for the socket's name and fails.
 *
 * process.binding is deprecated (DEP0111) without a replacement that offers this.
 */
import { Socket } from "node:net";

interface PipeHandle {
	open(fd: number): number | undefined;
	listen(backlog: number): number;
	close(callback?: () => void): void;
	onconnection: (status: number, client: PipeHandle | undefined) => void;
}

interface PipeBinding {
	readonly Pipe: new (type: number) => PipeHandle;
	readonly constants: { readonly SOCKET: number; readonly SERVER: number };
}

function pipeBinding(): PipeBinding {
	const binding = (process as unknown as { binding?: (name: string) => unknown }).binding;
	if (binding === undefined) throw new Error("this Node has no pipe handles to open a descriptor with");
	return binding.call(process, "pipe_wrap") as PipeBinding;
}

/** The undocumented `handle` option is how net itself makes sockets of accepted connections. */
function socketOf(handle: PipeHandle): Socket {
	return new Socket({ handle, readable: true, writable: true, allowHalfOpen: true } as unknown as {
		allowHalfOpen: boolean;
	});
}

/** Accept connections on a descriptor that is bound, listening or not. Throws when it cannot be. */
export function listenOnDescriptor(fd: number, backlog: number, onConnection: (socket: Socket) => void): () => void {
	const { Pipe, constants } = pipeBinding();
	const handle = new Pipe(constants.SERVER);
	const refused = handle.open(fd) ?? 0;
	if (refused !== 0) throw new Error(`cannot listen on descriptor ${fd}: error ${refused}`);
	handle.onconnection = (status, client) => {
		if (status === 0 && client !== undefined) onConnection(socketOf(client));
	};
	const failed = handle.listen(backlog);
	if (failed !== 0) {
		handle.close();
		throw new Error(`cannot listen on descriptor ${fd}: error ${failed}`);
	}
	return () => handle.close();
}

/** A connected descriptor as a socket. */
export function connectedSocket(fd: number): Socket {
	const { Pipe, constants } = pipeBinding();
	const handle = new Pipe(constants.SOCKET);
	const refused = handle.open(fd) ?? 0;
	if (refused !== 0) throw new Error(`cannot use descriptor ${fd}: error ${refused}`);
	return socketOf(handle);
}
