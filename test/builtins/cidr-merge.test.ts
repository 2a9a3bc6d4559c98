/** net.cidr_merge has a way of its own for IPv4: it answers as the one for every address. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { compile, type RegoSet, type Value } from "../../src/index.ts";

const merge = compile({ "t.rego": "package t\nr := net.cidr_merge(input)" }).rule<RegoSet<Value>>("data.t.r");
const network = fc
	.tuple(
		fc.constantFrom(0, 10, 127, 255),
		fc.constantFrom(0, 1, 255),
		fc.nat(255),
		fc.nat(255),
		fc.integer({ min: 0, max: 32 }),
	)
	.map(([a, b, c, d, bits]) => `${a}.${b}.${c}.${d}/${bits}`);

test("networks of IPv4 alone, and beside one of IPv6", () => {
	fc.assert(
		fc.property(fc.array(network, { maxLength: 12 }), (networks) => {
			// Far from what IPv4 addresses are as IPv6.
			const other = "2001:db8::/32";
			const both = [...(merge([...networks, other]) ?? [])].filter((n) => n !== other);
			expect([...(merge(networks) ?? [])]).toEqual(both);
		}),
		{ numRuns: 400 },
	);
});

test("all addresses, halves and neighbours", () => {
	const rows: readonly (readonly [readonly string[], readonly string[]])[] = [
		[["0.0.0.0/1", "128.0.0.0/1"], ["0.0.0.0/0"]],
		[["0.0.0.0/0", "255.255.255.255/32"], ["0.0.0.0/0"]],
		[["255.255.255.254/32", "255.255.255.255/32"], ["255.255.255.254/31"]],
		[
			["10.0.0.0/24", "10.0.2.0/24"],
			["10.0.0.0/24", "10.0.2.0/24"],
		],
		[
			["10.0.1.0/24", "10.0.2.0/24"],
			["10.0.1.0/24", "10.0.2.0/24"],
		],
		[["10.0.0.7/24"], ["10.0.0.0/24"]],
	];
	for (const [networks, want] of rows) expect([...(merge(networks) ?? [])]).toEqual(want);
});
