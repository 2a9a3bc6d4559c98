/**
 * Records what a real `opa fmt` makes of the modules of modules.ts: opa-fmt.json holds the digest of its text for
 * the digest of each module, or "" where opa refuses it. Run with the path of an opa 1.20.2:
 * `node scripts/run-ts.js test/format/record.ts /path/to/opa`.
 */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { digest, fieldModules, keyOf, ownModules } from "./modules.ts";

const opa = process.argv[2];
if (opa === undefined) throw new Error("give the path of opa");
const answers = [...ownModules(), ...fieldModules()].map((m) => {
	const { status, stdout } = spawnSync(opa, ["fmt", ...(m.version === "v0" ? ["--v0-compatible"] : [])], {
		input: m.text,
		encoding: "utf8",
		maxBuffer: 1 << 26,
	});
	return [keyOf(m), status === 0 ? digest(stdout) : ""] as const;
});
const sorted = Object.fromEntries([...answers].sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync("test/format/opa-fmt.json", `${JSON.stringify(sorted, undefined, "\t")}\n`);
console.log(`${answers.length} modules, ${answers.filter(([, d]) => d === "").length} refused`);
