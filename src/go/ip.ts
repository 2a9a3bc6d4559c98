/**
 * IP addresses and CIDR networks with the rules of Go's net package: what parses, how it is printed,
 * and that an IPv4-mapped IPv6 address counts as IPv4. An address is 4 or 16 bytes.
 */
import { at } from "../at.ts";

/** 4 bytes (IPv4) or 16 bytes (IPv6, or IPv4 in its mapped form). */
export type IpBytes = Uint8Array;

export interface IpNetwork {
	/** The address as written, 16 bytes. */
	readonly address: IpBytes;
	/** First address of the network. */
	readonly ip: IpBytes;
	readonly mask: IpBytes;
}

const mappedPrefix = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff] as const;

/** Parses without a zone; always 16 bytes. Undefined when text is not an address. */
export function parseIp(text: string): IpBytes | undefined {
	const a = parseAddress(text);
	return a === undefined || a.zone !== "" ? undefined : to16(a.ip);
}

/** Parses `address/prefix length`. */
export function parseCidr(text: string): IpNetwork | undefined {
	const slash = text.indexOf("/");
	if (slash < 0) return undefined;
	const a = parseAddress(text.slice(0, slash));
	if (a === undefined || a.zone !== "") return undefined;
	const digits = text.slice(slash + 1);
	const bits = a.ip.length * 8;
	// Leading zeros are fine, signs and anything past the digits are not.
	if (!/^[0-9]{1,100}$/.test(digits) || Number(digits) > bits) return undefined;
	const mask = prefixMask(Number(digits), a.ip.length);
	return { address: to16(a.ip), ip: applyMask(a.ip, mask), mask };
}

/** An address, with the zone of an IPv6 address (`fe80::1%eth0`). */
export function parseAddress(text: string): { readonly ip: IpBytes; readonly zone: string } | undefined {
	if (text.length > 200) return undefined;
	const kind = /[.:%]/.exec(text)?.[0];
	if (kind === ".") {
		const ip = parseIpv4(text);
		return ip === undefined ? undefined : { ip, zone: "" };
	}
	if (kind !== ":") return undefined;
	const percent = text.indexOf("%");
	const zone = percent < 0 ? "" : text.slice(percent + 1);
	if (percent >= 0 && zone === "") return undefined;
	const ip = parseIpv6(percent < 0 ? text : text.slice(0, percent));
	return ip === undefined ? undefined : { ip, zone };
}

/** Four numbers up to 255 without leading zeros. */
function parseIpv4(text: string): IpBytes | undefined {
	const n = text.length;
	if (n < 7 || n > 15) return undefined;
	const out = new Uint8Array(4);
	let part = 0;
	let value = -1;
	for (let i = 0; i < n; i++) {
		const c = text.charCodeAt(i);
		if (c === 46) {
			if (value < 0 || part === 3) return undefined;
			out[part++] = value;
			value = -1;
		} else {
			if (c < 48 || c > 57 || value === 0) return undefined;
			value = value < 0 ? c - 48 : value * 10 + c - 48;
			if (value > 255) return undefined;
		}
	}
	if (value < 0 || part !== 3) return undefined;
	out[3] = value;
	return out;
}

function parseIpv6(text: string): IpBytes | undefined {
	const halves = text.split("::");
	if (halves.length > 2) return undefined;
	const head = parseGroups(at(halves, 0), halves.length === 1);
	if (halves.length === 1) return head?.length === 16 ? Uint8Array.from(head) : undefined;
	const tail = parseGroups(at(halves, 1), true);
	// `::` stands for at least one group.
	if (head === undefined || tail === undefined || head.length + tail.length > 14) return undefined;
	const out = new Uint8Array(16);
	out.set(head);
	out.set(tail, 16 - tail.length);
	return out;
}

/** The bytes of colon-separated groups; a dotted quad may stand last in the address. */
function parseGroups(text: string, last: boolean): number[] | undefined {
	const out: number[] = [];
	if (text === "") return out;
	const groups = text.split(":");
	for (const [i, g] of groups.entries()) {
		if (g.includes(".")) {
			const v4 = last && i === groups.length - 1 ? parseIpv4(g) : undefined;
			if (v4 === undefined) return undefined;
			out.push(...v4);
		} else {
			if (!/^[0-9a-fA-F]{1,4}$/.test(g)) return undefined;
			const n = Number.parseInt(g, 16);
			out.push(n >> 8, n & 0xff);
		}
	}
	return out;
}

/** The 4 bytes of an IPv4 address in either form, else undefined. */
export function to4(ip: IpBytes): IpBytes | undefined {
	if (ip.length === 4) return ip;
	return mappedPrefix.every((b, i) => ip[i] === b) ? ip.subarray(12) : undefined;
}

export function to16(ip: IpBytes): IpBytes {
	if (ip.length === 16) return ip;
	const out = new Uint8Array(16);
	out.set(mappedPrefix);
	out.set(ip, 12);
	return out;
}

export function prefixMask(prefix: number, bytes: number): IpBytes {
	const mask = new Uint8Array(bytes);
	for (let i = 0; i < bytes; i++) mask[i] = 0xff & ~(0xff >> Math.min(8, Math.max(0, prefix - 8 * i)));
	return mask;
}

function applyMask(ip: IpBytes, mask: IpBytes): IpBytes {
	return ip.map((b, i) => b & (mask[i] as number));
}

/** Number of leading ones of a mask. */
function maskLength(mask: IpBytes): number {
	let n = 0;
	for (const b of mask) {
		if (b === 0xff) {
			n += 8;
			continue;
		}
		return n + Math.clz32(~(b << 24));
	}
	return n;
}

/** Whether the network includes ip; IPv4 and IPv6 never include each other. */
export function networkContains(n: IpNetwork, ip: IpBytes): boolean {
	const { ip: base, mask } = canonicalNetwork(n);
	const x = to4(ip) ?? ip;
	if (x.length !== base.length) return false;
	for (let i = 0; i < x.length; i++) {
		const m = mask[i] as number;
		if (((base[i] as number) & m) !== ((x[i] as number) & m)) return false;
	}
	return true;
}

/** The network with a mapped IPv4 base reduced to 4 bytes. */
function canonicalNetwork(n: Pick<IpNetwork, "ip" | "mask">): Pick<IpNetwork, "ip" | "mask"> {
	const v4 = to4(n.ip);
	if (v4 === undefined) return n;
	return { ip: v4, mask: n.mask.length === 16 ? n.mask.subarray(12) : n.mask };
}

export function lastAddress(n: IpNetwork): IpBytes {
	return n.ip.map((b, i) => b | (0xff & ~(n.mask[i] as number)));
}

/** Dotted decimal, or RFC 5952 for IPv6. */
export function formatIp(ip: IpBytes): string {
	const v4 = to4(ip);
	if (v4 !== undefined) return v4.join(".");
	const groups: number[] = [];
	for (let i = 0; i < 16; i += 2) groups.push(((ip[i] as number) << 8) | (ip[i + 1] as number));
	const zeros = longestZeroRun(groups);
	const hex = (g: number[]): string => g.map((x) => x.toString(16)).join(":");
	if (zeros === undefined) return hex(groups);
	return `${hex(groups.slice(0, zeros.start))}::${hex(groups.slice(zeros.end))}`;
}

/** The first longest run of at least two zero groups. */
function longestZeroRun(groups: readonly number[]): { readonly start: number; readonly end: number } | undefined {
	let best: { start: number; end: number } | undefined;
	for (let start = 0; start < groups.length; start++) {
		let end = start;
		while (end < groups.length && groups[end] === 0) end++;
		if (end - start >= 2 && (best === undefined || end - start > best.end - best.start)) best = { start, end };
		if (end > start) start = end;
	}
	return best;
}

/** `192.0.2.0/24`. */
export function formatNetwork(n: Pick<IpNetwork, "ip" | "mask">): string {
	const { ip, mask } = canonicalNetwork(n);
	return `${formatIp(ip)}/${maskLength(mask)}`;
}

export function ipToBigInt(ip: IpBytes): bigint {
	let n = 0n;
	for (const b of ip) n = (n << 8n) | BigInt(b);
	return n;
}

export function ipFromBigInt(n: bigint, bytes: 4 | 16): IpBytes {
	const out = new Uint8Array(bytes);
	let rest = n;
	for (let i = bytes - 1; i >= 0; i--) {
		out[i] = Number(rest & 0xffn);
		rest >>= 8n;
	}
	return out;
}
