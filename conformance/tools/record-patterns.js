/**
 * Records what the real builtins answer to patterns by chance: regular expressions, globs, globs that may meet.
 *     node conformance/tools/record-patterns.js OPA [seed]
 * writes test/regex/recorded.json: { opa, seed, matches, globs, meetings }, rows of operands and the answer, null where
 * there is none for an error. Recorded with OPA v1.20.2. What makes OPA panic is left out.
 */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { startOpa, untilReady, versionOf } from "./recorded-answers.js";

const [opa, seed = "1"] = process.argv.slice(2);
if (opa === undefined) {
	console.error("usage: node conformance/tools/record-patterns.js OPA [seed]");
	process.exit(1);
}

let state = BigInt(seed);
function below(n) {
	state = (state * 6_364_136_223_846_793_005n + 1_442_695_040_888_963_407n) & 0xffff_ffff_ffff_ffffn;
	return Number(state >> 33n) % n;
}
const pick = (list) => list[below(list.length)];
const many = (least, most, one) => Array.from({ length: least + below(most - least + 1) }, one).join("");

const letters = ["a", "b", "c", "A", "1", "_", " ", "\n", ".", "/", "é", "€", "😀"];
const text = () => many(0, 8, () => pick(letters));

const atoms = [
	..."abcA1_. é€😀",
	".",
	"\\.",
	"\\n",
	"\\x61",
	"\\x{20ac}",
	"\\141",
	"[ab]",
	"[^a]",
	"[a-c]",
	"[^a-bé]",
	"[\\d_]",
	"[^\\w]",
	"[[:alpha:]]",
	"[[:^alpha:]1]",
	"[a\\-c]",
	"[]a]",
	"\\d",
	"\\D",
	"\\w",
	"\\W",
	"\\s",
	"\\S",
	"\\pL",
	"\\PL",
	"\\p{Greek}",
	"\\p{^Lu}",
	"\\pN",
	"\\Qa.\\E",
	"\\C",
	"\\1",
	"[b-a]",
	"[",
	")",
];
const zeroWidth = ["^", "$", "\\A", "\\z", "\\b", "\\B"];
const counts = ["*", "+", "?", "*?", "+?", "??", "{2}", "{1,2}", "{0,1}?", "{2,}", "{,2}", "{0}", "**"];
const opens = [
	"(",
	"(",
	"(?:",
	"(?:",
	"(?P<n>",
	"(?<m>",
	"(?i:",
	"(?s:",
	"(?m:",
	"(?U:",
	"(?-i:",
	"(?im-s:",
	"(?=",
	"(?x:",
];
const flags = ["(?i)", "(?s)", "(?m)", "(?U)", "(?is)", "(?i-i)"];

function regex(depth) {
	const roll = below(20);
	if (roll < 9 || depth === 0) return pick(atoms.slice(0, below(6) === 0 ? atoms.length : atoms.length - 5));
	if (roll < 11) return pick(zeroWidth);
	if (roll < 13) return regex(depth - 1) + regex(depth - 1);
	if (roll < 16) return piece(depth - 1) + pick(counts.slice(0, below(8) === 0 ? counts.length : counts.length - 1));
	if (roll < 17) return `${regex(depth - 1)}|${regex(depth - 1)}`;
	if (roll < 18) return `${regex(depth - 1)}|`;
	return piece(depth);
}
const piece = (depth) =>
	below(3) === 0
		? pick(atoms)
		: `${pick(opens.slice(0, below(6) === 0 ? opens.length : opens.length - 2))}${regex(Math.max(0, depth - 1))})`;
const pattern = () => `${below(6) === 0 ? pick(flags) : ""}${many(1, 4, () => regex(3))}`;

const globParts = [
	"a",
	"b",
	"c",
	".",
	"/",
	"é",
	"€",
	"😀",
	"*",
	"*",
	"*",
	"**",
	"**",
	"?",
	"?",
	"[ab]",
	"[!ab]",
	"[a-c]",
	"[!a-c]",
	"[é]",
	"\\*",
	"ab",
	"[b-a]",
	"[",
	"]",
	"{",
	"-",
];
function glob(depth) {
	return many(1, 4, () => {
		if (depth > 0 && below(4) === 0)
			return `{${Array.from({ length: 1 + below(3) }, () => (below(5) === 0 ? "" : glob(depth - 1))).join(",")}}`;
		return pick(globParts.slice(0, below(8) === 0 ? globParts.length : globParts.length - 5));
	});
}
/** Alternatives that are looked for in a text, with something of no known length behind them or before them. */
const sought = [
	"a**b",
	"a*b",
	"**b",
	"a**",
	"*b",
	"a*",
	"**a**",
	"??**",
	"?*",
	"**",
	"*",
	"??",
	"[ab]?",
	"[!a]**",
	"a?",
	"ab",
	"",
	"b",
];
function seeking() {
	const one = `{${Array.from({ length: 2 + below(2) }, () => pick(sought)).join(",")}}`;
	const beside = () => pick(["**", "*", "?*", "*b", "", "**a", one]);
	return `${below(3) === 0 ? beside() : ""}${one}${beside()}`;
}
/** A text that a glob may well match. */
function like(g) {
	return g
		.replace(/\{([^{}]*)\}/g, (_, list) => pick(list.split(",")))
		.replace(/\[[^\]]*\]/g, () => pick(["a", "b", "c", "d", "é"]))
		.replace(/\*+/g, () => many(0, 3, () => pick(["a", "b", "c", ".", "/", "é", "€"])))
		.replace(/\?/g, () => pick(["a", "b", "é", "", "/"]))
		.replace(/[\\{}]/g, "");
}
const delimiters = () => pick([null, [], ["/"], [".", "/"], ["€"], ["a"], ["/", "é", "b"]]);
const changed = (s) => {
	const at = below(s.length + 1);
	return below(3) > 0 ? s : s.slice(0, at) + pick(letters) + s.slice(at + below(2));
};

const meetingParts = ["a", "b", "c", ".", "a*", "b+", ".*", ".+", "[a-c]", "[ab]*", "[b-d]+", "\\.", "c?", "[^a]"];
const meeting = () => many(1, 4, () => pick(meetingParts));

const cases = {
	matches: Array.from({ length: 2500 }, () => [pattern(), text()]),
	globs: Array.from({ length: 3000 }, () => {
		const g = below(3) === 0 ? seeking() : glob(2);
		return [g, delimiters(), below(8) === 0 ? text() : changed(like(g))];
	}),
	meetings: Array.from({ length: 600 }, () => [meeting(), meeting()]),
};

const policy = `package recorded

matches := [regex.find_all_string_submatch_n(c[0], c[1], -1), regex.replace(c[1], c[0], "<$1>"), regex.split(c[0], c[1])] if c := input

globs := glob.match(c[0], c[1], c[2]) if c := input

meetings := regex.globs_match(c[0], c[1]) if c := input
`;
const answer = startOpa(opa, policy);

await untilReady(async () => (await answer("globs", ["a", [], "a"])) === true);
const lines = [];
for (const [name, rows] of Object.entries(cases)) {
	const answered = [];
	for (const row of rows) {
		const want = await answer(name, row);
		if (want !== undefined) answered.push([...row, want]);
	}
	console.log(
		`${name}: ${answered.length}, of which ${answered.filter((r) => r.at(-1) !== null).length} have an answer`,
	);
	lines.push(`"${name}": [\n${answered.map((r) => JSON.stringify(r)).join(",\n")}\n]`);
}
const file = fileURLToPath(new URL("../../test/regex/recorded.json", import.meta.url));
writeFileSync(file, `{\n"opa": "${versionOf(opa)}",\n"seed": ${seed},\n${lines.join(",\n")}\n}\n`);
process.exit();
