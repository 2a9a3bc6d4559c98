/**
 * Addresses of the gate and of the agent, as text: `unix:///path`, `vsock://cid:port`,
 * `hvsock:///path:port` (a hypervisor's unix socket with its CONNECT handshake), `fd://3`.
 */
import { at } from "../../at.ts";
export type Address =
	| { readonly kind: "unix"; readonly path: string }
	/** cid 0xffffffff: any. */
	| { readonly kind: "vsock"; readonly cid: number; readonly port: number }
	| { readonly kind: "hvsock"; readonly path: string; readonly port: number }
	| { readonly kind: "fd"; readonly fd: number };

export const anyCid = 0xffffffff;

export class AddressError extends Error {}

/** Throws AddressError. */
export function parseAddress(text: string): Address {
	const bad = (why: string): AddressError => new AddressError(`address ${JSON.stringify(text)}: ${why}`);
	const match = /^([a-z]+):\/\/(.+)$/s.exec(text);
	if (match === null) throw bad("unix://PATH, vsock://CID:PORT, hvsock://PATH:PORT or fd://N is wanted");
	const rest = at(match, 2);
	const uint32 = (digits: string, what: string): number => {
		const n = /^[0-9]{1,10}$/.test(digits) ? Number(digits) : Number.NaN;
		if (!(n <= 0xffffffff)) throw bad(`${what} must be a number`);
		return n;
	};
	switch (match[1]) {
		case "unix":
			if (rest.startsWith("@")) {
				throw bad("an abstract socket can be reached from every container in the guest, past the policy");
			}
			return { kind: "unix", path: rest };
		case "vsock": {
			const parts = rest.split(":");
			if (parts.length !== 2) throw bad("vsock://CID:PORT is wanted");
			const cid = parts[0] === "-1" || parts[0] === "any" ? anyCid : uint32(at(parts, 0), "the CID");
			return { kind: "vsock", cid, port: uint32(at(parts, 1), "the port") };
		}
		case "hvsock": {
			const colon = rest.lastIndexOf(":");
			if (colon <= 0) throw bad("hvsock://PATH:PORT is wanted");
			return { kind: "hvsock", path: rest.slice(0, colon), port: uint32(rest.slice(colon + 1), "the port") };
		}
		case "fd":
			return { kind: "fd", fd: uint32(rest, "the descriptor") };
		default:
			throw bad(`${match[1]} is not supported`);
	}
}

export function formatAddress(a: Address): string {
	switch (a.kind) {
		case "unix":
			return `unix://${a.path}`;
		case "vsock":
			return `vsock://${a.cid === anyCid ? -1 : a.cid}:${a.port}`;
		case "hvsock":
			return `hvsock://${a.path}:${a.port}`;
		case "fd":
			return `fd://${a.fd}`;
	}
}
