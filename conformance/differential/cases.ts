/**
 * Random programs as conformance cases, for `verify-cases.js --write` to answer with a real opa:
 *     node scripts/run-ts.js conformance/differential/cases.ts COUNT SEED > conformance/cases/v1/random.yaml
 * Programs that do not compile, and those whose first query fails or has no answer, are left out.
 */
import fc from "fast-check";
import YAML from "yaml";
import { compile } from "../../src/index.ts";
import { type ProgramKind, programs, programTexts } from "./program.ts";

const count = Number(process.argv[2] ?? 200);
const seed = Number(process.argv[3] ?? 1);
const kinds: readonly ProgramKind[] = ["rules", "trees", "patterns"];
/** Numbers that YAML and JSON of other programs would write in another way. */
const unusual = /\d{15}|\d[eE]|-0\b|\.\d*0\b/;

const cases: object[] = [];
for (const kind of kinds) {
	const wanted = Math.ceil(count / kinds.length);
	let made = 0;
	for (const p of fc.sample(programs(kind, false), { seed, numRuns: wanted * 4 })) {
		if (made === wanted) break;
		const { modules, queries, input, data, strict } = programTexts(p, false);
		const [query] = queries;
		if (query === undefined || strict || unusual.test([...modules, query, input, data].join("\n"))) continue;
		try {
			const policy = compile(Object.fromEntries(modules.map((m, i) => [`test-${i}.rego`, m]))).withData(
				JSON.parse(data),
			);
			if (policy.query(query, input === undefined ? undefined : JSON.parse(input)).rows.length === 0) continue;
		} catch {
			continue;
		}
		made++;
		cases.push({
			note: `random: ${kind} ${made}`,
			query,
			modules,
			...(input === undefined ? {} : { input: JSON.parse(input) }),
			data: JSON.parse(data),
		});
	}
}
const head = "# Random programs (conformance/differential/cases.ts); wants recorded with OPA v1.20.2.\n";
process.stdout.write(head + YAML.stringify({ cases }, { version: "1.1", lineWidth: 0, aliasDuplicateObjects: false }));
