/**
 * net.cidr_merge: the fewest networks that cover the same addresses. Ranges are sorted, neighbours
 * and overlaps joined, and each joined range cut into aligned blocks; a network that met no other is
 * returned as it was written.
 */

import { byteAt, pop } from "../at.ts";
import { formatNetwork, type IpBytes, type IpNetwork, ipFromBigInt, ipToBigInt, prefixMask, to16 } from "../go/ip.ts";

interface AddressRange {
	readonly first: bigint;
	readonly last: bigint;
	/** Set while the range is a single network of the input. */
	readonly network: Network | undefined;
}

/** IPv4 lives here among the 128-bit numbers, as ::ffff:0:0/96. */
const v4First = 0xffff_0000_0000n;
const v4Last = 0xffff_ffff_ffffn;

type Network = Pick<IpNetwork, "ip" | "mask">;

/** Networks in, merged networks out, printed. */
export function mergeNetworks(networks: readonly Network[]): string[] {
	return networks.every((n) => n.ip.length === 4 && n.mask.length === 4) ? mergeV4(networks) : mergeAny(networks);
}

/** As mergeAny, where doubles are enough: many times faster. */
function mergeV4(networks: readonly Network[]): string[] {
	const ranges = networks.map((network) => {
		const [ip, mask] = [toNumber(network.ip), toNumber(network.mask)];
		const first = (ip & mask) >>> 0;
		return { first, last: (first | ~mask) >>> 0, network };
	});
	ranges.sort((a, b) => a.last - b.last || a.first - b.first);
	const out: string[] = [];
	while (ranges.length > 0) {
		const { first: highest, last, network } = pop(ranges);
		let first = highest;
		let single = true;
		for (let before = ranges.at(-1); before !== undefined; before = ranges.at(-1)) {
			// Nothing is before the zero address.
			if (Math.max(first - 1, 0) > before.last) break;
			ranges.pop();
			first = Math.min(first, before.first);
			single = false;
		}
		if (single) out.push(formatNetwork(network));
		else pushBlocks(first, last, out);
	}
	return out;
}

function toNumber(bytes: IpBytes): number {
	return ((byteAt(bytes, 0) << 24) | (byteAt(bytes, 1) << 16) | (byteAt(bytes, 2) << 8) | byteAt(bytes, 3)) >>> 0;
}

/** The aligned blocks that make up a range of IPv4 addresses, printed. */
function pushBlocks(first: number, last: number, out: string[]): void {
	for (let start = first; start <= last; ) {
		let bits = 32;
		let size = 1;
		while (bits > 0 && start % (2 * size) === 0 && start + 2 * size - 1 <= last) {
			size *= 2;
			bits--;
		}
		const ip = Uint8Array.of(start >>> 24, start >>> 16, start >>> 8, start);
		out.push(formatNetwork({ ip, mask: prefixMask(bits, 4) }));
		start += size;
	}
}

function mergeAny(networks: readonly Network[]): string[] {
	const ranges = networks.map(rangeOf).sort((a, b) => cmp(a.last, b.last) || cmp(a.first, b.first));
	const merged: AddressRange[] = [];
	// From the highest range down, each swallows the one before it as long as they touch.
	while (ranges.length > 0) {
		let current = pop(ranges);
		for (let before = ranges.at(-1); before !== undefined; before = ranges.at(-1)) {
			if (previousAddress(current.first) > before.last) break;
			ranges.pop();
			let first = current.first;
			if (before.first < first) first = before.first;
			current = { first, last: current.last, network: undefined };
		}
		merged.push(current);
	}
	return merged.flatMap((r) => (r.network === undefined ? blocks(r.first, r.last) : [formatNetwork(r.network)]));
}

function cmp(a: bigint, b: bigint): number {
	return a < b ? -1 : a > b ? 1 : 0;
}

function rangeOf(network: Network): AddressRange {
	const masked = network.ip.map((b, i) => b & (network.mask[i] as number));
	const end = masked.map((b, i) => b | (0xff & ~(network.mask[i] as number)));
	return { first: position(masked), last: position(end), network };
}

function position(ip: IpBytes): bigint {
	return ipToBigInt(to16(ip));
}

/** Neither family has anything before its zero address. */
function previousAddress(n: bigint): bigint {
	return n === 0n || n === v4First ? n : n - 1n;
}

/** The aligned blocks that make up a range, printed. */
function blocks(first: bigint, last: bigint): string[] {
	const v4 = first >= v4First && last <= v4Last;
	const out: string[] = [];
	let start = v4 ? first - v4First : first;
	const stop = v4 ? last - v4First : last;
	const bits = v4 ? 32 : 128;
	while (start <= stop) {
		let host = 0;
		// Grow while the start stays aligned and the block stays inside.
		while (host < bits && (start >> BigInt(host)) % 2n === 0n && start + (2n << BigInt(host)) - 1n <= stop) host++;
		const bytes = v4 ? 4 : 16;
		out.push(formatNetwork({ ip: ipFromBigInt(start, bytes), mask: prefixMask(bits - host, bytes) }));
		start += 1n << BigInt(host);
	}
	return out;
}
