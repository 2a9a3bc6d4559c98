/** The fast way of reading base64 agrees with the careful one, which a new line calls for, and with Node. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeBase64, decodeBase64Text } from "../../src/go/base64.ts";
import { fromUtf8 } from "../../src/value/utf8.ts";

test("whole groups read as with a new line between them", () => {
	fc.assert(
		fc.property(fc.uint8Array({ maxLength: 40 }), fc.boolean(), (bytes, url) => {
			const standard = Buffer.from(bytes).toString("base64");
			const text = url ? standard.replaceAll("+", "-").replaceAll("/", "_") : standard;
			const alphabet = url ? "url" : "standard";
			expect(decodeBase64(text, alphabet)).toEqual(bytes);
			expect(decodeBase64(`${text}\n`, alphabet)).toEqual(bytes);
		}),
	);
});

test("what is no base64 fails at the same place", () => {
	fc.assert(
		fc.property(fc.string({ unit: fc.constantFrom(..."AZaz09+/=-_é\u{1f600}\n"), maxLength: 12 }), (text) => {
			const plain = decodeBase64(text, "standard");
			const careful = decodeBase64(`\n${text}`, "standard");
			if (typeof plain === "number") expect(careful).toBe(plain + 1);
			else expect(careful).toEqual(plain);
		}),
	);
});

test("text is that of the bytes, whatever the host skips", () => {
	const agrees = (text: string): void => {
		const bytes = decodeBase64(text, "standard");
		expect(decodeBase64Text(text, "standard")).toEqual(typeof bytes === "number" ? bytes : fromUtf8(bytes));
	};
	fc.assert(fc.property(fc.string({ unit: fc.constantFrom(..."AQw6z9+/= \t\n\r\f-"), maxLength: 16 }), agrees), {
		numRuns: 3000,
	});
	fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => agrees(Buffer.from(bytes).toString("base64"))));
});
