/**
 * Records what a real `opa` answers to the matrix's policies: `node matrix/record.js /path/to/opa`. The
 * matrix itself needs no opa.
 */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

process.chdir(fileURLToPath(new URL(".", import.meta.url)));
const [opa] = process.argv.slice(2);
if (opa === undefined) throw new Error("usage: node matrix/record.js OPA");
const args = ["eval", "-d", "policies", "-d", "data.json", "-i", "input.json", "data.matrix"];
const { stdout, stderr, status } = spawnSync(opa, args, { encoding: "utf8" });
if (status !== 0) throw new Error(stdout + stderr);
const packages = JSON.parse(stdout).result[0].expressions[0].value;
const answers = Object.fromEntries(Object.entries(packages).map(([name, { p }]) => [name, p]));
writeFileSync("answers.json", `${JSON.stringify(answers, null, "\t")}\n`);
console.log(`${Object.keys(answers).length} answers`);
