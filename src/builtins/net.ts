/**
 * `net.*`: questions about CIDR networks, and host name lookup. Address rules (what parses, mapped
 * IPv4, printing) are in go/ip.ts. Lookup answers numeric addresses and `localhost` itself; any
 * other name goes to the embedder's resolver, if it gave one.
 */

import { at as elementAt } from "../at.ts";
import {
	formatIp,
	type IpNetwork,
	ipFromBigInt,
	ipToBigInt,
	lastAddress,
	networkContains,
	parseAddress,
	parseCidr,
	parseIp,
	prefixMask,
	to4,
} from "../go/ip.ts";
import { objectEntries, RegoSet } from "../value/collections.ts";
import { isArray, isObject, isSet, type Value } from "../value/value.ts";
import { mergeNetworks } from "./cidr-merge.ts";
import { type Arg, type Builtin, type ContextWith, define, ofModule, type PureContext, t } from "./define.ts";
import { Failure, fail, reporting, stringOperand } from "./failure.ts";

const category = "net";

/** Past this a set of addresses would only exhaust memory. */
const maxExpandedAddresses = 1n << 23n;

/** Operand errors say "operand 1" of either operand, and a CIDR that does not parse comes before them. */
function network(v: Value): IpNetwork {
	const text = stringOperand(v, 1);
	return parseCidr(text) ?? fail(`invalid CIDR address: ${text}`);
}

/** Policies ask about the same few networks all the time. */
const known: Map<string, IpNetwork> = new Map();
const maxKnown = 1000;

function knownNetwork(cidr: Value): IpNetwork {
	const found = typeof cidr === "string" ? known.get(cidr) : undefined;
	if (found !== undefined) return found;
	const n = network(cidr);
	if (known.size >= maxKnown) known.clear();
	known.set(cidr as string, n);
	return n;
}

/** First and last address, of which the last is left out where it is the same. */
interface Range {
	readonly first: Uint8Array;
	readonly last: Uint8Array | undefined;
}

/** What may lie within a network, whose own faults come first. */
function rangeOf(cidr: Value, cidrOrIp: Value): Range {
	knownNetwork(cidr);
	const text = stringOperand(cidrOrIp, 1);
	const ip = text.includes("/") ? undefined : parseIp(text);
	if (ip !== undefined) return { first: ip, last: undefined };
	const inner = parseCidr(text);
	if (inner === undefined) return fail(`not a valid textual representation of an IP address or CIDR: ${text}`);
	return { first: inner.ip, last: lastAddress(inner) };
}

function covers(outer: IpNetwork, { first, last }: Range): boolean {
	return networkContains(outer, first) && (last === undefined || networkContains(outer, last));
}

function contains(cidr: Value, cidrOrIp: Value): boolean {
	return covers(knownNetwork(cidr), rangeOf(cidr, cidrOrIp));
}

const cidrOrTuple = t.union(t.string, t.array(t.any));
const cidrCollection = t.union(t.string, t.array(cidrOrTuple), t.map(t.string, cidrOrTuple), t.set(cidrOrTuple));

/** Each element of a collection with what identifies it: position, key, or the element itself. */
function identified(v: Value): readonly (readonly [Value, Value])[] {
	if (typeof v === "string") return [[v, v]];
	if (isArray(v)) return v.map((item, i) => [item, i] as const);
	if (isSet(v)) return v.sorted().map((item) => [item, item] as const);
	if (isObject(v)) return objectEntries(v).map(([k, item]) => [item, k] as const);
	return [];
}

/** The CIDR of an element, which may be an array that begins with it. */
function cidrOf(item: Value, position: number): Value {
	if (typeof item === "string") return item;
	const head = isArray(item) ? item[0] : undefined;
	return head === undefined ? fail(`operand ${position}: element must be string or non-empty array`) : head;
}

function containsMatches(ctx: PureContext, cidrs: Value, cidrsOrIps: Value): RegoSet {
	const out = new RegoSet();
	const inner = identified(cidrsOrIps);
	// Elements are looked at in the order of the pairs: it decides which of several faults is reported.
	const parsed: (Range | undefined)[] = [];
	for (const [outerItem, i] of identified(cidrs)) {
		const a = cidrOf(outerItem, 1);
		ctx.step(inner.length);
		for (let k = 0; k < inner.length; k++) {
			const [innerItem, j] = elementAt(inner, k);
			const range = parsed[k] ?? rangeOf(a, cidrOf(innerItem, 2));
			parsed[k] = range;
			if (covers(knownNetwork(a), range)) out.add([i, j]);
		}
	}
	return out;
}

function expand(ctx: PureContext, cidr: string): RegoSet {
	const n = network(cidr);
	const bytes = n.ip.length === 4 ? 4 : 16;
	const first = ipToBigInt(n.ip);
	const last = ipToBigInt(lastAddress(n));
	if (last - first >= maxExpandedAddresses) {
		return ctx.halt(`net.cidr_expand: refusing to list more than ${maxExpandedAddresses} addresses`);
	}
	const out = new RegoSet();
	if (bytes === 4) {
		// Up to 256 addresses share all but their last number.
		const end = Number(last);
		for (let at = Number(first); at <= end; ) {
			const head = `${at >>> 24}.${(at >>> 16) & 255}.${(at >>> 8) & 255}.`;
			const stop = Math.min(end, at + 255 - (at % 256));
			ctx.step(stop - at + 1);
			for (; at <= stop; at++) out.add(head + (at % 256));
		}
		return out;
	}
	for (let i = first; i <= last; i++) {
		ctx.step(1);
		out.add(formatIp(ipFromBigInt(i, bytes)));
	}
	return out;
}

/** A network, or an IPv4 address with the mask of its class, as Go's DefaultMask gives it. */
function mergeElement(v: Value): Pick<IpNetwork, "ip" | "mask"> {
	if (typeof v !== "string") return fail("element must be string");
	const ip = parseIp(v);
	if (ip === undefined) return network(v);
	const v4 = to4(ip);
	if (v4 === undefined) return fail("IPv6 invalid: needs prefix length");
	const lead = v4[0] as number;
	return { ip: v4, mask: prefixMask(lead < 0x80 ? 8 : lead < 0xc0 ? 16 : 24, 4) };
}

function lookup(ctx: ContextWith<"host">, name: string): RegoSet {
	const key = `net.lookup_ip_addr\u0000${name}`;
	const kept = ctx.queryCache.get(key);
	if (kept !== undefined) return kept as RegoSet;
	const result = RegoSet.of(addressesOf(ctx, name));
	ctx.queryCache.set(key, result);
	return result;
}

function addressesOf(ctx: ContextWith<"host">, name: string): readonly string[] {
	if (name === "") return fail("lookup : no such host");
	const numeric = parseAddress(name);
	if (numeric !== undefined) {
		return [formatIp(numeric.ip) + (numeric.zone === "" ? "" : `%${numeric.zone}`)];
	}
	// Resolvers may take a number for an old way to write an address; no top-level domain is one.
	if (/(?:^|\.)(?:[0-9]+|0x[0-9a-f]*)\.?$/i.test(name)) return fail(`lookup ${name}: no such host`);
	const resolver = ctx.host.lookupIpAddr;
	if (resolver === undefined) {
		if (name === "localhost") return ["127.0.0.1"];
		return fail(`lookup ${name}: host name lookup is not enabled here (the embedder must allow it)`);
	}
	let found: readonly string[];
	try {
		found = resolver(name);
	} catch (e) {
		return fail(e instanceof Error ? e.message : `lookup ${name}: no such host`);
	}
	if (found.length === 0) return fail(`lookup ${name}: no such host`);
	return found;
}

const twoCidrs = [
	["cidr", t.string, "CIDR to check against"],
	["cidr_or_ip", t.string, "CIDR or IP to check"],
] as const satisfies readonly Arg[];

export const net: readonly Builtin[] = ofModule("net", [
	define("net.cidr_contains", {
		category,
		pure: true,
		args: twoCidrs,
		resultName: "result",
		result: t.boolean,
		resultDoc: "`true` if `cidr_or_ip` lies within `cidr`",
		doc: "Tells whether a network contains an address or another network. IPv4 and IPv6.",
		since: "0.17.0",
		unchecked: true,
		eval: reporting((_, cidr: Value, cidrOrIp: Value) => contains(cidr, cidrOrIp)),
	}),
	define("net.cidr_contains_matches", {
		category,
		pure: true,
		args: [
			["cidrs", cidrCollection, "CIDRs to check against"],
			["cidrs_or_ips", cidrCollection, "CIDRs or IPs to check"],
		],
		resultName: "output",
		result: t.set(t.tuple([t.any, t.any])),
		resultDoc: "pairs of identifiers: a network and what it contains",
		doc: "Compares two collections of networks and addresses and returns which contain which. An array is identified by position, an object by key, a set by the element; an element may be an array whose first item is the CIDR.",
		since: "0.19.0",
		// OPA finds nothing in operands of other types.
		unchecked: true,
		eval: reporting(containsMatches),
	}),
	define("net.cidr_expand", {
		category,
		pure: true,
		args: [["cidr", t.string, "CIDR to expand"]],
		resultName: "hosts",
		result: t.set(t.string),
		resultDoc: "all addresses of the network",
		doc: "Lists every address of a network.",
		since: "0.17.0",
		eval: reporting(expand),
	}),
	define("net.cidr_intersects", {
		category,
		pure: true,
		args: [
			["cidr1", t.string, "first CIDR"],
			["cidr2", t.string, "second CIDR"],
		],
		resultName: "result",
		result: t.boolean,
		resultDoc: "`true` if the networks share an address",
		doc: "Tells whether two networks overlap. IPv4 and IPv6.",
		since: "0.17.0",
		unchecked: true,
		eval: reporting((_, cidr1: Value, cidr2: Value) => {
			const a = network(cidr1);
			const b = network(cidr2);
			return networkContains(a, b.ip) || networkContains(b, a.ip);
		}),
	}),
	define("net.cidr_is_valid", {
		category,
		pure: true,
		args: [["cidr", t.string, "CIDR to validate"]],
		resultName: "result",
		result: t.boolean,
		resultDoc: "`true` if `cidr` is a network in CIDR notation",
		doc: "Tells whether a string is an IPv4 or IPv6 network in CIDR notation.",
		since: "0.46.0",
		unchecked: true,
		eval: (_, cidr) => typeof cidr === "string" && parseCidr(cidr) !== undefined,
	}),
	define("net.cidr_merge", {
		category,
		pure: true,
		args: [["addrs", t.union(t.array(t.union(t.string)), t.set(t.string)), "CIDRs or IP addresses"]],
		resultName: "output",
		result: t.set(t.string),
		resultDoc: "the fewest networks covering `addrs`",
		doc: "Merges networks and addresses into the smallest possible set of networks: duplicates and contained networks go, neighbours are joined. IPv6 needs a prefix length.",
		since: "0.24.0",
		unchecked: true,
		eval: reporting((ctx, addrs: Value) => {
			if (!isArray(addrs) && !isSet(addrs)) throw new Failure("operand must be an array");
			const elements = isArray(addrs) ? addrs : addrs.sorted();
			ctx.step(elements.length);
			return RegoSet.of(mergeNetworks(elements.map(mergeElement)));
		}),
	}),
	define("net.cidr_overlap", {
		category,
		pure: true,
		args: twoCidrs,
		result: t.boolean,
		resultDoc: "`true` if `cidr_or_ip` lies within `cidr`",
		doc: "The old name of `net.cidr_contains`.",
		deprecated: true,
		since: "0.17.0",
		unchecked: true,
		eval: reporting((_, cidr: Value, cidrOrIp: Value) => contains(cidr, cidrOrIp)),
	}),
	define("net.lookup_ip_addr", {
		category,
		reads: ["host"],
		needs: "a resolver from the embedder for names other than localhost (Node: `regoplan/http`)",
		args: [["name", t.string, "domain name to resolve"]],
		resultName: "addrs",
		result: t.set(t.string),
		resultDoc: "IPv4 and IPv6 addresses of `name`",
		doc: "Resolves a host name. Numeric addresses and `localhost` need no resolver; other names are refused unless the embedder provides one.",
		nondeterministic: true,
		since: "0.35.0",
		eval: reporting(lookup),
	}),
]);
