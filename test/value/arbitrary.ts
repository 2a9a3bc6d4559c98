/** Random values and JSON texts, rich in what goes wrong: spellings of numbers, odd keys and strings. */
import fc from "fast-check";
import { ObjectBuilder, RegoSet, setOwn } from "../../src/value/collections.ts";
import { numberFromText } from "../../src/value/number.ts";
import type { Value } from "../../src/value/value.ts";

export const numberText: fc.Arbitrary<string> = fc.oneof(
	fc.constantFrom(
		"0",
		"-0",
		"1",
		"1.0",
		"1.00",
		"1e0",
		"10",
		"1e1",
		"0.5",
		"5e-1",
		"1e400",
		"1e401",
		"10e399",
		"8e+83",
	),
	fc.constantFrom("9007199254740991", "9007199254740992", "9007199254740993", "9007199254740992.0", "1e16"),
	fc.integer().map(String),
	fc.bigInt().map(String),
	fc.double({ noNaN: true, noDefaultInfinity: true }).map((d) => JSON.stringify(d)),
	fc
		.tuple(fc.boolean(), fc.nat(9999), fc.stringMatching(/^[0-9]{1,20}$/), fc.integer({ min: -30, max: 30 }))
		.map(([negative, whole, fraction, exponent]) => `${negative ? "-" : ""}${whole}.${fraction}e${exponent}`),
);

const text: fc.Arbitrary<string> = fc.oneof(
	fc.string({ unit: "grapheme" }),
	fc.constantFrom(
		"",
		"a",
		"b",
		"__proto__",
		"constructor",
		"\u0000",
		"\u0000s",
		"\u0000c[]",
		"\uff21",
		"😀",
		"1",
		"true",
	),
);

export function regoValue(options: { readonly jsonOnly?: boolean } = {}): fc.Arbitrary<Value> {
	const scalar: fc.Arbitrary<Value> = fc.oneof(
		fc.constantFrom<Value>(null, true, false),
		numberText.map(numberFromText),
		text,
	);
	const { value } = fc.letrec<{ value: Value }>((tie) => {
		const list = fc.array(tie("value"), { maxLength: 4 });
		const plain = fc.array(fc.tuple(text, tie("value")), { maxLength: 4 }).map((entries): Value => {
			const out: { [key: string]: Value } = {};
			for (const [k, v] of entries) setOwn(out, k, v);
			return out;
		});
		const any = fc.array(fc.tuple(tie("value"), tie("value")), { maxLength: 3 }).map((entries): Value => {
			const out = new ObjectBuilder();
			for (const [k, v] of entries) out.set(k, v);
			return out.finish();
		});
		const set = list.map((items): Value => RegoSet.of(items));
		const composites: fc.Arbitrary<Value>[] = options.jsonOnly === true ? [list, plain] : [list, plain, any, set];
		return { value: fc.oneof({ maxDepth: 3 }, scalar, ...composites) };
	});
	return value;
}

/** JSON texts with white space, escapes and numbers of any spelling. */
export const jsonText: fc.Arbitrary<string> = fc.letrec<{ text: string }>((tie) => ({
	text: fc.oneof(
		{ maxDepth: 3 },
		numberText,
		fc.constantFrom("null", " true", "false\n"),
		text.map((s) => JSON.stringify(s)),
		fc.array(tie("text"), { maxLength: 4 }).map((items) => `[ ${items.join(" ,\t")} ]`),
		fc
			.array(fc.tuple(text, tie("text")), { maxLength: 4 })
			.map((entries) => `{${entries.map(([k, v]) => `${JSON.stringify(k)} :${v}`).join(",")}}`),
	),
})).text;
