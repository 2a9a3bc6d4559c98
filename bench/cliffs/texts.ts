/** Builtins on texts of megabytes. */
import type { Cliff } from "./cliff.ts";
import { rules } from "./cliff.ts";

const text = (n: number): string => "Abc déf 0123 ".repeat(Math.ceil(n / 13)).slice(0, n);

/** `call` on a text of n characters, of which the length is asked for. */
function onText(name: string, call: string, want: (n: number) => number): Cliff {
	return {
		name: `texts: ${name}`,
		sizes: [30_000, 300_000, 3_000_000],
		measure: "warm",
		make: (n) => ({ policy: rules(`q := count(${call})`), input: { s: text(n) }, want: want(n) }),
	};
}

export const textCliffs: readonly Cliff[] = [
	onText("upper", "upper(input.s)", (n) => n),
	onText("lower", "lower(input.s)", (n) => n),
	onText("strings.reverse", "strings.reverse(input.s)", (n) => n),
	onText("replace", 'replace(input.s, "c", "d")', (n) => n),
	onText("strings.replace_n", 'strings.replace_n({"bc": "BC", "é": "e", "01": "10"}, input.s)', (n) => n),
	onText("trim of characters beyond the basic plane", 'trim(input.s, "A😀")', (n) => n - 1),
];
