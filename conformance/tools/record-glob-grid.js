/**
 * Records what the real glob.match answers to each short sequence of a glob's parts, for each of some texts.
 *     node conformance/tools/record-glob-grid.js OPA
 * writes test/regex/glob-grid.json: { opa, texts, rows }, a row `[pattern, delimiters, "0110…"]` with a digit for each
 * text. Recorded with OPA v1.20.2. What makes OPA panic is left out.
 */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { startOpa, untilReady, versionOf } from "./recorded-answers.js";

const [opa] = process.argv.slice(2);
if (opa === undefined) {
	console.error("usage: node conformance/tools/record-glob-grid.js OPA");
	process.exit(1);
}

const parts = ["a", "b", "ab", "*", "**", "?", "[ab]", "[!a]", "[a-b]", "{a,b}", "{a*,*b}", "{ab,}", "é", ".", "[!.é]"];
const delimiters = [[], ["."], ["é", "."]];
const texts = [
	...["", "a", "b", "c", ".", "é", "€", "😀", "aa", "ab", "ba", "bb", "ac", "a.", ".b", "aé", "éb", "..", "éé"],
	...["aab", "abb", "aba", "bab", "a.b", "aéb", "a€b", ".ab", "ab.", "éab", "abé", "abc", "cab", "a..b", "abab"],
	...["ab.ab", "aéab", "a😀ab", "abéab", "aaabbb", "b.a.b"],
];
const pairs = parts.flatMap((a) => parts.map((b) => a + b));
const triples = parts.flatMap((a) => pairs.map((b) => a + b));
// All of the short ones; of the others one in five, each part in each place among them.
const patterns = [
	...[...parts, ...pairs].flatMap((p) => delimiters.map((d) => [p, d])),
	...triples.filter((_, i) => i % 5 === 0).map((p, i) => [p, delimiters[i % 3]]),
];

const policy = `package recorded

answers := [n | some text in input.texts; n := matched(text)]

matched(text) := 1 if glob.match(input.pattern, input.delimiters, text)

matched(text) := 0 if not glob.match(input.pattern, input.delimiters, text)
`;
const ask = startOpa(opa, policy);

/** Undefined where OPA panics. */
async function answers(pattern, by) {
	return (await ask("answers", { pattern, delimiters: by, texts }))?.join("");
}

await untilReady(async () => (await answers("a", [])) !== undefined);
const rows = [];
for (const [pattern, by] of new Map(patterns.map((p) => [JSON.stringify(p), p])).values()) {
	const answer = await answers(pattern, by);
	if (answer?.length === texts.length) rows.push(JSON.stringify([pattern, by, answer]));
}
console.log(`${rows.length} of ${patterns.length} patterns have answers`);
const file = fileURLToPath(new URL("../../test/regex/glob-grid.json", import.meta.url));
writeFileSync(
	file,
	`{\n"opa": "${versionOf(opa)}",\n"texts": ${JSON.stringify(texts)},\n"rows": [\n${rows.join(",\n")}\n]\n}\n`,
);
process.exit();
