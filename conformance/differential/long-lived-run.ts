/**
 * Random programs, each asked many times as a service asks it:
 *
 *     node scripts/run-ts.js conformance/differential/long-lived-run.ts COUNT SEED [--v0]
 */
import { parseArgs } from "node:util";
import fc from "fast-check";
import { diceOf } from "./dice.ts";
import { longLived } from "./long-lived.ts";
import { programs, programTexts } from "./program.ts";

function main(argv: readonly string[]): number {
	const { values, positionals } = parseArgs({
		args: [...argv],
		allowPositionals: true,
		options: { v0: { type: "boolean", default: false } },
	});
	const [count = 1000, seed = 1] = positionals.map(Number);
	let refused = 0;
	const found = fc.check(
		fc.property(programs("all", values.v0), fc.integer(), (p, n) => {
			const texts = programTexts(p, values.v0);
			const difference = longLived(texts, diceOf(n), values.v0);
			if (difference === null) refused++;
			else if (difference !== undefined) {
				throw new Error(`${texts.modules.join("\n---\n")}\n${difference}`);
			}
		}),
		{ seed, numRuns: count, interruptAfterTimeLimit: 3_600_000 },
	);
	console.log(
		found.failed ? `${found.errorInstance}` : `${found.numRuns} programs, ${refused} of them refused: no difference`,
	);
	return found.failed ? 1 : 0;
}

process.exitCode = main(process.argv.slice(2));
