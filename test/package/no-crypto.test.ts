/** The build for browsers and workers on a host without Node's crypto module. */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Runs a module's text, in which nobody finds node:crypto. */
function run(text: string): unknown {
	const before = "process.getBuiltinModule = undefined;";
	return JSON.parse(
		execFileSync(process.execPath, ["--input-type=module", "-e", before + text], { cwd: root, encoding: "utf8" }),
	);
}

const compiled = `
import { readFileSync } from "node:fs";
const rego = readFileSync("matrix/policies/signatures.rego", "utf8");
const { compile } = await import("./dist/esm/index.js");
const policy = compile({ "signatures.rego": rego, "q.rego": "package q\\nunsure if not io.jwt.verify_rs256(data.matrix.signatures.rs256, data.matrix.signatures.rsa_key)" });
const decided = (path) => { try { return policy.evaluate(path).value ?? null; } catch (e) { return e.code + ": " + e.message; } };
`;

test("without public key cryptography a query that needs it ends", () => {
	expect(run(`${compiled}console.log(JSON.stringify(decided("data.q.unsure")));`)).toMatch(
		/^eval_cancel_error: .*this host has no public key cryptography: call usePortableSignatures\(\)/,
	);
});

test("with the portable kind it decides", () => {
	const program = `${compiled}
const { usePortableSignatures } = await import("./dist/esm/signatures.js");
usePortableSignatures();
console.log(JSON.stringify([decided("data.q.unsure"), decided("data.matrix.signatures.p").rs256]));`;
	expect(run(program)).toEqual([null, [true, false, false]]);
});

test("what loads by need brings it along", () => {
	const program = `
import { readFileSync } from "node:fs";
const { compile } = await import("./dist/esm/async.js");
const policy = await compile({ "signatures.rego": readFileSync("matrix/policies/signatures.rego", "utf8") });
console.log(JSON.stringify(policy.rule("data.matrix.signatures.p")().es256));`;
	expect(run(program)).toEqual([true, false]);
});
