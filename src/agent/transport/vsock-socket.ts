/**
 * AF_VSOCK sockets through the C library, for when no descriptor was inherited. Needs the optional
 * package `koffi` (a foreign-function interface with prebuilt binaries); everything else in the
 * agent works without it, and systemd's socket activation needs nothing at all.
 */
import { anyCid } from "./address.ts";

const AF_VSOCK = 40;
const SOCK_STREAM = 1;
const SOCK_CLOEXEC = 0x80000;

type Call = ((...args: readonly unknown[]) => number) & {
	async(...args: readonly unknown[]): void;
};

interface Koffi {
	load(library: string): { func(declaration: string): Call };
	errno(): number;
}

/** The calls of the C library that a socket takes. */
export interface Libc {
	readonly koffi: Pick<Koffi, "errno">;
	readonly socket: Call;
	readonly bind: Call;
	readonly listen: Call;
	readonly connect: Call;
	readonly close: Call;
}

let known: Libc | undefined;

/** Throws with what to do about it where there is no koffi. */
async function libc(): Promise<Libc> {
	if (known !== undefined) return known;
	const koffi = await optionalKoffi();
	if (koffi === undefined) {
		throw new Error(
			"AF_VSOCK sockets need an inherited descriptor (a systemd socket unit with ListenStream=vsock::PORT, " +
				"then --listen fd://3) or the optional package koffi (npm install koffi)",
		);
	}
	const c = koffi.load(libcName());
	known = {
		koffi,
		socket: c.func("int socket(int domain, int type, int protocol)"),
		bind: c.func("int bind(int fd, void *address, unsigned int length)"),
		listen: c.func("int listen(int fd, int backlog)"),
		connect: c.func("int connect(int fd, void *address, unsigned int length)"),
		close: c.func("int close(int fd)"),
	};
	return known;
}

/** The package, where it is installed: a host's choice, so a bundler may leave it out. `load`: for tests, of another. */
export async function optionalKoffi(
	load: () => Promise<unknown> = () => import("koffi"),
): Promise<Pick<Koffi, "load" | "errno"> | undefined> {
	try {
		const module = (await load()) as { readonly default?: Koffi } & Koffi;
		return module.default ?? module;
	} catch (e) {
		const { code } = e as { readonly code?: string };
		if (code === "MODULE_NOT_FOUND" || code === "ERR_MODULE_NOT_FOUND") return undefined;
		throw e;
	}
}

/** musl's C library has another name than glibc's. */
function libcName(): string {
	const report = process.report.getReport() as { readonly header?: { readonly glibcVersionRuntime?: string } };
	return report.header?.glibcVersionRuntime === undefined
		? `libc.musl-${process.arch === "arm64" ? "aarch64" : "x86_64"}.so.1`
		: "libc.so.6";
}

/** struct sockaddr_vm. */
export function socketAddress(cid: number, port: number): Buffer {
	const out = Buffer.alloc(16);
	out.writeUInt16LE(AF_VSOCK, 0);
	out.writeUInt32LE(port, 4);
	out.writeUInt32LE(cid >>> 0, 8);
	return out;
}

function failure(c: Libc, what: string): Error {
	return new Error(`${what}: error ${c.koffi.errno()}`);
}

function openSocket(c: Libc): number {
	const fd = c.socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0) throw failure(c, "the kernel gives no AF_VSOCK socket");
	return fd;
}

/** A descriptor bound to a port and listening. `calls`: for tests, another C library. */
export async function vsockListener(cid: number, port: number, backlog: number, calls?: Libc): Promise<number> {
	const c = calls ?? (await libc());
	const fd = openSocket(c);
	const address = socketAddress(cid, port);
	if (c.bind(fd, address, address.length) < 0 || c.listen(fd, backlog) < 0) {
		const error = failure(c, `cannot listen on vsock port ${port}`);
		c.close(fd);
		throw error;
	}
	return fd;
}

/** A connected descriptor. The connect runs on another thread: it may take seconds, and cannot be ended, only left. */
export async function vsockConnection(cid: number, port: number, timeoutMs: number, calls?: Libc): Promise<number> {
	if (cid === anyCid) throw new Error("a CID to connect to is wanted, not any");
	const c = calls ?? (await libc());
	const fd = openSocket(c);
	const address = socketAddress(cid, port);
	return new Promise((resolve, reject) => {
		let left = false;
		const timer = setTimeout(() => {
			left = true;
			reject(new Error(`vsock ${cid}:${port}: no answer in time`));
		}, timeoutMs);
		c.connect.async(fd, address, address.length, (error: Error | null, result: number) => {
			clearTimeout(timer);
			if (error === null && result === 0 && !left) resolve(fd);
			else {
				c.close(fd);
				reject(error ?? new Error(`cannot connect to vsock ${cid}:${port}`));
			}
		});
	});
}
