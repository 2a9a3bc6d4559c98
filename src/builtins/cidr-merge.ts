/**
 * net.cidr_merge: the fewest networks that cover the same addresses. Ranges are sorted, neighbours
 * and overlaps joined, and each joined range cut into aligned blocks; a network that met no other is
 * returned as it was written.
 */

import { pop } from "../at.ts";
import { formatNetwork, type IpBytes, type IpNetwork, ipFromBigInt, ipToBigInt, prefixMask, to16 } from "../go/ip.ts";

interface AddressRange {
	readonly first: bigint;
	readonly last: bigint;
	/** Set while the range is a single network of the input. */
	readonly network: Pick<IpNetwork, "ip" | "mask"> | undefined;
}

/** IPv4 lives here among the 128-bit numbers, as ::ffff:0:0/96. */
const v4First = 0xffff_0000_0000n;
const v4Last = 0xffff_ffff_ffffn;

/** Networks in, merged networks out, printed. */
export function mergeNetworks(networks: readonly Pick<IpNetwork, "ip" | "mask">[]): string[] {
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

function rangeOf(network: Pick<IpNetwork, "ip" | "mask">): AddressRange {
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
