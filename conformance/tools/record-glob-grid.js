/**
 * Records what the real glob.match answers to each short sequence of a glob's parts, for each of some texts.
 *     node conformance/tools/record-glob-grid.js OPA
 * writes test/regex/glob-grid.json: { opa, texts, rows }, a row `[pattern, delimiters, "0110…"]` with a digit for each
 * text. Recorded with OPA v1.20.2. What makes OPA panic is left out.
 */
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

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
const dir = mkdtempSync(join(tmpdir(), "globs-"));
writeFileSync(join(dir, "policy.rego"), policy);
const port = 20000 + (process.pid % 10000);
const server = spawn(opa, ["run", "--server", "--addr", `127.0.0.1:${port}`, dir], { stdio: "ignore" });
process.on("exit", () => {
	server.kill();
	rmSync(dir, { recursive: true });
});

/** Undefined where OPA panics. */
async function answers(pattern, by) {
	try {
		const input = { pattern, delimiters: by, texts };
		const url = `http://127.0.0.1:${port}/v1/data/recorded/answers`;
		const r = await fetch(url, { method: "POST", body: JSON.stringify({ input }) });
		return (await r.json()).result?.join("");
	} catch {
		return undefined;
	}
}

for (let i = 0; i < 100 && (await answers("a", [])) === undefined; i++)
	await new Promise((resolve) => setTimeout(resolve, 100));
const rows = [];
for (const [pattern, by] of new Map(patterns.map((p) => [JSON.stringify(p), p])).values()) {
	const answer = await answers(pattern, by);
	if (answer?.length === texts.length) rows.push(JSON.stringify([pattern, by, answer]));
}
console.log(`${rows.length} of ${patterns.length} patterns have answers`);
const version = /Version: (\S+)/.exec(execFileSync(opa, ["version"], { encoding: "utf8" }))[1];
const file = fileURLToPath(new URL("../../test/regex/glob-grid.json", import.meta.url));
writeFileSync(
	file,
	`{\n"opa": "${version}",\n"texts": ${JSON.stringify(texts)},\n"rows": [\n${rows.join(",\n")}\n]\n}\n`,
);
process.exit();
