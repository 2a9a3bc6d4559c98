/**
 * Texts that are nearly Rego: a module that is right, and then tokens left out, written twice, exchanged,
 * replaced by others or cut. Grammars make what they were written to make; mistakes in code that people
 * wrote are met by what a parser does not expect.
 */
import type { Dice } from "../differential/dice.ts";

export interface SeedText {
	readonly text: string;
	readonly v0: boolean;
}

/** A module, several, or a query with none. */
export interface Question {
	readonly v0: boolean;
	readonly modules: readonly string[];
	readonly query: string | undefined;
}

/** Of eight questions five are of one module, one is of two, two are queries. */
export function question(dice: Dice, seeds: readonly SeedText[]): Question {
	const { text, v0 } = mutated(dice, seeds);
	switch (dice.below(8)) {
		case 0: {
			const other = dice.pick(seeds);
			return { v0, modules: [text, dice.below(2) === 0 ? other.text : mutated(dice, seeds).text], query: undefined };
		}
		case 1:
		case 2: {
			const seed = dice.pick(seeds);
			const pieces = [...seed.text.matchAll(/\{([^{}\n]{2,120})\}|:=([^\n]{2,120})\n/g)].map((m) =>
				(m[1] ?? m[2] ?? "").trim(),
			);
			// What of v0 a query may use depends on who asks.
			const base = { v0: false, text: pieces.length === 0 ? "x := 1; y = x" : dice.pick(pieces) };
			return { v0: false, modules: [], query: dice.below(6) === 0 ? base.text : mutated(dice, [base]).text };
		}
		default:
			return { v0, modules: [text], query: undefined };
	}
}

/** Words, signs, blanks; whatever else there is, one character each. */
const token = /[A-Za-z_][A-Za-z0-9_]*|[0-9]+|"(?:[^"\\\n]|\\.)*"|:=|[=!<>]=|\s+|[\s\S]/gu;

const words: readonly string[] = [
	..."package import as default if contains else some every in not with and or true false null _ x y data input set".split(
		" ",
	),
	..."{ } [ ] ( ) , . ; : := = == != < > <= >= + - * / % & | $ ! # ` \" ' \\ @ ? ~".split(" "),
	...'"" "a" "a\\n" "\\u00e9" "\\q" "a\tb" `raw` `a\nb` $"{x}" $"a{x}b{y}c" $`{x}` $"{" $"\\{" $"{{1}}"'.split(" "),
	..."0 1 -1 01 1.5 .5 1. 1e 1e5 1E-5 1e400 1e-400 1é 0x1 1_000 12345678901234567890 1e-999999999".split(" "),
	..."é ÿ 日本 𝒳 ٣ a٣ \ufeff \u00a0 \u2028 \u200b \u0000".split(" "),
	"\n",
	"\r\n",
	"\t",
	" ",
	"# c\n",
	"# METADATA\n# title: x\n",
	"# METADATA\n# scope: [\n",
	"import rego.v1\n",
	"import future.keywords\n",
	"import future.keywords.in\n",
	"import future.keywords.every\n",
	"import future.keywords.not\n",
	"import future.keywords.and\n",
	"import future.keywords.or\n",
	"import future.keywords.nope\n",
	"import data.a.b\n",
	"import input as i\n",
	"import x.y\n",
	"\npackage a\n",
	"\np := 1\n",
	"\np if { x }\n",
	"\np { x }\n",
	"\np contains x if { x := 1 }\n",
	"\np[x] { x := 1 }\n",
	"\ndefault p := x\n",
	"\np.q[x] := 1 if { x := 2 }\n",
	"\nf(x) := y if { y := x }\n",
	"\nf(_, _) := 1\n",
	"\np := 1 { true } { false }\n",
	"\np := 1 if { true } else := 2 if { false }\n",
	"[x | x := 1]",
	"{x | x := 1}",
	"{x: 1 | x := 1}",
	"{1, 2}",
	'{"a": 1, "a": 2}',
	"[1, [2]]",
	"set()",
	"{}",
	"f(x)",
	"data.t.p",
	"input.x[_]",
	"x[_].y",
	"count(x)",
	"print(x)",
	"walk(x, y)",
	"x := 1",
	"x = y",
	"x == y",
	"some x in y",
	"some x, y in z",
	"some [a] in [1]",
	"every x in y { x }",
	"not x",
	"not { x }",
	"x with input as 1",
	"with data.a as 1",
	"(x and y)",
	"x or { y }",
	"1 in [1]",
	"a, b in c",
	"foo.#c",
	"foo.if",
	"input.package",
];

/** A text near a seed. */
export function mutated(dice: Dice, seeds: readonly SeedText[]): SeedText {
	const seed = dice.pick(seeds);
	let parts: readonly string[] = seed.text.match(token) ?? [];
	// Rules far from what was changed only take room.
	if (parts.length > 120) {
		const from = dice.below(parts.length - 100);
		parts = [...(dice.below(10) === 0 ? [] : ["package t\n"]), ...parts.slice(from, from + 20 + dice.below(80))];
	}
	const changes = 1 + dice.below(dice.below(3) === 0 ? 6 : 2);
	for (let i = 0; i < changes; i++) parts = changed(dice, parts, seeds);
	const v0 = dice.below(8) === 0 ? !seed.v0 : seed.v0;
	return { text: parts.join(""), v0 };
}

function changed(dice: Dice, parts: readonly string[], seeds: readonly SeedText[]): string[] {
	const out = [...parts];
	const at = dice.below(out.length + 1);
	const isBlank = (s: string | undefined): boolean => s !== undefined && /^\s*$/.test(s);
	const other = (): string =>
		dice.below(4) === 0 ? dice.pick(dice.pick(seeds).text.match(token) ?? [" "]) : dice.pick(words);
	switch (dice.below(9)) {
		case 0:
		case 1:
			out.splice(at, 1);
			break;
		case 2:
			out.splice(at, 0, other());
			break;
		case 3:
			out.splice(at, 1, other());
			break;
		case 4: {
			const to = dice.below(out.length + 1);
			const [a, b] = [out[at], out[to]];
			if (a !== undefined && b !== undefined) {
				out[at] = b;
				out[to] = a;
			}
			break;
		}
		case 5:
			out.splice(at, 0, ...out.slice(at, at + 1 + dice.below(6)));
			break;
		case 6:
			if (dice.below(3) === 0) out.length = at;
			else out.splice(at, 1 + dice.below(5));
			break;
		case 7: {
			// Blanks that are there or not decide much.
			const near = out.findIndex((s, i) => i >= at && isBlank(s));
			if (near >= 0) out.splice(near, 1, dice.pick(["", " ", "\n", "\r\n", " # c\n"]));
			break;
		}
		default:
			out.splice(at, 0, dice.pick([" ", "\n"]), other(), dice.pick([" ", "\n", ""]));
	}
	return out;
}
