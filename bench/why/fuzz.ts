import { readCases } from "../../conformance/cases.ts";
import { compile } from "../../src/compile.ts";
import { explain } from "../../src/explain/explain.ts";
import { explanationText } from "../../src/explain/text.ts";
import { sarifOf } from "../../src/explain/sarif.ts";
let n = 0, bad = 0, slow = 0, incomplete = 0, fixes = 0, wrongFix = 0;
for (const c of readCases(["../shared/opa-cases/v1", "conformance/cases"], undefined)) {
	if (c.skip !== undefined) continue;
	const m = /(data(?:\.[a-zA-Z_]\w*)+)/.exec(c.query);
	if (m === null) continue;
	let policy;
	try {
		policy = compile(Object.fromEntries(c.modules.map((t, i) => [`m${i}.rego`, t])), { regoVersion: c.regoVersion, values: "rego", inputs: "trusted" }).withData(c.data);
	} catch { continue; }
	for (const want of [undefined, true, false, "zzz", [], 3]) {
		n++;
		const t = process.cpuUsage().user;
		try {
			const e = explain(policy, m[1] as string, c.input, { timeMs: 300, steps: 100000, ...(want === undefined ? {} : { want }), fixes: "both" });
			explanationText(e, { all: true }); JSON.stringify(e); sarifOf([e]);
			if (!e.complete) incomplete++;
			if (e.fixes.length > 0) fixes++;
		} catch (err) {
			bad++;
			if (bad < 40) console.log(c.id, m[1], JSON.stringify(want), String((err as Error).stack).slice(0, 400));
		}
		const ms = (process.cpuUsage().user - t) / 1000;
		if (ms > 600) { slow++; console.log("slow", c.id, ms); }
	}
}
console.log({ n, bad, slow, incomplete, fixes, wrongFix });
