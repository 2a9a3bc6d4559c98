/**
 * Random patterns and texts that are likely to meet: few letters, every construct of the syntax,
 * characters beyond 16 bits, letters that fold across scripts, lone surrogates.
 */
import fc from "fast-check";

const atoms: readonly string[] = [
	...["a", "b", "c", "ab", "x", "a", "b", "[ab]", "."],
	...["\\d", "\\w", "\\s", "\\D", "\\W", "\\S", "\\pL", "\\p{Greek}", "\\PL"],
	...["[^a]", "[a-c]", "[^b-z]", "[\\w-]", "[[:alpha:]]", "[^\\n]", "[[:^digit:]x]", "[\\-.]", "[é-ü]"],
	...["^", "$", "\\A", "\\z", "\\b", "\\B"],
	...["\\.", "\\-", "\\/", "\\n", "\\x61", "\\x{1F600}", "\\141", "\\Qa.b\\E", "-", "/"],
	...["é", "😀", "k", "s", "\u212a", "ſ", "σ"],
	...["", "(?:)", "()", "(|a)", "(?:|b)", "(a|)", "(?:a*)", "(a*)"],
];
const operators: readonly string[] = [
	...["", "", "", "", "*", "+", "?", "*?", "+?", "??"],
	...["{2}", "{1,2}", "{0,2}", "{2,}", "{0}", "{1}", "{1,3}?", "{0,}"],
];
const groups: readonly string[] = ["(", "(", "(?:", "(?i:", "(?m:", "(?s:", "(?U:", "(?is-mU:", "(?P<n>"];

/** Patterns of any shape. */
export const anyPattern: fc.Arbitrary<string> = fc.letrec<{ alternatives: string; sequence: string; item: string }>(
	(tie) => ({
		alternatives: fc.array(tie("sequence"), { minLength: 1, maxLength: 3 }).map((xs) => xs.join("|")),
		sequence: fc.array(tie("item"), { maxLength: 4 }).map((xs) => xs.join("")),
		item: fc.oneof(
			{ maxDepth: 3, depthIdentifier: "regex" },
			fc.tuple(fc.constantFrom(...atoms), fc.constantFrom(...operators)).map(([a, op]) => (a === "" ? a : a + op)),
			fc
				.tuple(fc.constantFrom(...groups), tie("alternatives"), fc.constantFrom(...operators))
				.map(([open, body, op]) => `${open}${body})${op}`),
		),
	}),
).alternatives;

const plainPieces: readonly string[] = [
	...["a", "ab", "-", "_x", "\\.", "\\-", "é", "😀", "/a"],
	...["[a-c]", "[^a]", "[0-9]", "[a-c.\\-]", ".", "\\d", "\\w", "\\S"],
];

/** Sequences such as paths and names are checked with: the cheap tiers take many of them. */
export const plainPattern: fc.Arbitrary<string> = fc
	.tuple(
		fc.constantFrom("^", "^", ""),
		fc.array(
			fc
				.tuple(fc.constantFrom(...plainPieces), fc.constantFrom("", "", "", "*", "+", "?", "{2}", "{1,3}", "{2,}"))
				.map(([p, op]) => p + op),
			{ maxLength: 6 },
		),
		fc.constantFrom("$", "$", ""),
	)
	.map(([start, body, end]) => start + body.join("") + end);

const characters: readonly string[] = [
	...["a", "a", "b", "b", "c", "x", "-", ".", "_", "/", "1", " ", "\n", "A", "B"],
	...["é", "😀", "k", "K", "\u212a", "ſ", "S", "σ", "Σ", "ς", "\ufffd"],
];

/** Well-formed text. */
export const anyText: fc.Arbitrary<string> = fc
	.array(fc.constantFrom(...characters), { maxLength: 10 })
	.map((xs) => xs.join(""));

/** Text that may hold lone surrogates. */
export const oddText: fc.Arbitrary<string> = fc
	.array(fc.constantFrom(...characters, "\ud83d", "\ude00"), { maxLength: 10 })
	.map((xs) => xs.join(""));
