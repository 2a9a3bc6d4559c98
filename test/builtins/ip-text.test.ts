/** Which texts are IPv4 addresses: as Node's own judgement, which has Go's rules (no leading zeros). */
import { isIPv4 } from "node:net";
import fc from "fast-check";
import { expect, test } from "vitest";
import { parseIp } from "../../src/go/ip.ts";

const number = fc.oneof(
	fc.integer({ min: 0, max: 300 }).map(String),
	fc.constantFrom("", "00", "01", "0", "255", "256", "1e1", " 1", "9999"),
);

test("IPv4 addresses", () => {
	fc.assert(
		fc.property(fc.array(number, { minLength: 2, maxLength: 5 }), (parts) => {
			const text = parts.join(".");
			const ip = parseIp(text);
			expect(ip !== undefined).toBe(isIPv4(text));
			if (ip !== undefined) expect([...ip.subarray(12)].join(".")).toBe(text);
		}),
		{ numRuns: 2000 },
	);
});
