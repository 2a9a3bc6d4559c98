/** Builtins over large values. */
import { type Cliff, list, rules } from "./cliff.ts";

export const builtinCliffs: readonly Cliff[] = [
	{
		name: "builtins: sort of objects",
		sizes: [100, 1000, 10_000],
		measure: "warm",
		make: (n) => ({
			policy: rules("q := count(sort(input.xs))"),
			input: { xs: list(n, (i) => ({ name: `n${(i * 7919) % n}`, at: i })) },
			want: n,
		}),
	},
];
