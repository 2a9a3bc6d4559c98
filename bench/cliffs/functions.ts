/** Functions that call each other: each call is made once in OPA, which keeps results. */
import { type Cliff, list, rules } from "./cliff.ts";

const chain = (n: number): string[] => [
	"f_0(x) := x",
	"f_1(x) := x",
	...list(n - 1, (i) => `f_${i + 2}(x) := (f_${i + 1}(x) + f_${i}(x)) % 1000007`),
];

function chainValue(n: number): number {
	let [a, b] = [1, 1];
	for (let i = 2; i <= n; i++) [a, b] = [b, (a + b) % 1000007];
	return b;
}

export const functionCliffs: readonly Cliff[] = [
	{
		name: "functions: chain of twos, first",
		sizes: [12, 20, 28],
		measure: "first",
		make: (n) => ({ policy: rules(chain(n), `q := f_${n}(1)`), want: chainValue(n) }),
	},
	{
		name: "functions: chain of twos",
		sizes: [12, 20, 28],
		measure: "warm",
		make: (n) => ({ policy: rules(chain(n), `q := f_${n}(input.x)`), input: { x: 1 }, want: chainValue(n) }),
	},
	{
		name: "functions: chain of twos over an object",
		sizes: [12, 20, 28],
		measure: "warm",
		make: (n) => ({
			policy: rules(
				"f_0(o) := o.x",
				"f_1(o) := o.x",
				list(n - 1, (i) => `f_${i + 2}(o) := (f_${i + 1}(o) + f_${i}({"x": o.x})) % 1000007`),
				`q := f_${n}(input)`,
			),
			input: { x: 1 },
			want: chainValue(n),
		}),
	},
	{
		name: "functions: one costly call in a loop",
		sizes: [100, 300, 1000],
		measure: "warm",
		make: (n) => ({
			policy: rules(
				"f(x) := count([y | some y in data.xs; y > x + input.z])",
				"q := count([x | some x in data.xs; f(3) > 0])",
			),
			data: { xs: list(n, (i) => i) },
			input: { z: 1 },
			want: n,
		}),
	},
];
