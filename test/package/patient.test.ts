/** V8 is told to wait before it optimises, by flags that it knows: of others it would complain on stderr. */
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");
const { patientFlags } = createRequire(import.meta.url)("../../bin/patient-v8.js") as {
	readonly patientFlags: (version: string) => readonly string[];
};

test("the V8 that is here knows its flags", () => {
	const known = spawnSync(process.execPath, ["--v8-options"], { encoding: "utf8" }).stdout;
	const flags = patientFlags(process.versions.v8);
	for (const flag of flags) expect(known).toContain(`${flag.split("=")[0]} `);
});

test("a V8 that is not known gets none", () => {
	expect(patientFlags("10.2.154.26-node.36")).toEqual([]);
	expect(patientFlags("99.1")).toEqual([]);
});

test("the command writes nothing on stderr", () => {
	const { stdout, stderr } = spawnSync(process.execPath, [join(root, "bin/rego.js"), "eval", "-f", "raw", "1 + 1"], {
		encoding: "utf8",
	});
	expect({ stdout, stderr }).toEqual({ stdout: "2\n", stderr: "" });
});
