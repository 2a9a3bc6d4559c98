/**
 * Records what the real builtins answer to the calls in crypto-cases.js:
 *     node conformance/tools/record-crypto-goldens.js OPA [group]
 * writes test/builtins/goldens/<group>.json: { opa, cases: [{ builtin, args, want | error }] }. Operands
 * and results are JSON texts, so that no number is respelled; errors are `code: message`. Recorded
 * with OPA v1.20.2. A call that makes OPA panic is left out.
 */
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { cases } from "./crypto-cases.js";

const [opa, only] = process.argv.slice(2);
if (opa === undefined) {
	console.error("usage: node conformance/tools/record-crypto-goldens.js OPA [group]");
	process.exit(1);
}
const out = join(dirname(fileURLToPath(import.meta.url)), "../../test/builtins/goldens");
mkdirSync(out, { recursive: true });
const version = /Version: (\S+)/.exec(execFileSync(opa, ["version"], { encoding: "utf8" }))[1];

/** One module per builtin and arity, answered by a server. */
const dir = mkdtempSync(join(tmpdir(), "goldens-"));
const modules = new Map();
for (const [builtin, ...args] of Object.values(cases).flat()) {
	if (modules.has(builtin)) continue;
	const name = `b${modules.size}`;
	modules.set(builtin, name);
	const operands = args.map((_, i) => `input[${i}]`).join(", ");
	writeFileSync(join(dir, `${name}.rego`), `package goldens.${name}\n\nr := ${builtin}(${operands})\n`);
}
const port = 20000 + (process.pid % 10000);
const server = spawn(opa, ["run", "--server", "--addr", `127.0.0.1:${port}`, dir], { stdio: "ignore" });
process.on("exit", () => {
	server.kill();
	rmSync(dir, { recursive: true });
});
for (let i = 0; i < 100; i++) {
	try {
		await fetch(`http://127.0.0.1:${port}/health`);
		break;
	} catch {
		await new Promise((resolve) => setTimeout(resolve, 100));
	}
}

async function ask(builtin, args) {
	const url = `http://127.0.0.1:${port}/v1/data/goldens/${modules.get(builtin)}/r?strict-builtin-errors=true`;
	let text;
	try {
		text = await (await fetch(url, { method: "POST", body: JSON.stringify({ input: args }) })).text();
	} catch {
		return undefined;
	}
	const answer = JSON.parse(text);
	if (answer.errors !== undefined) {
		const [{ code, message }] = answer.errors;
		return { error: `${code}: ${message.replace(`${builtin}: `, "")}` };
	}
	if (!("result" in answer)) return { want: "undefined" };
	// The text itself: parsing it here would respell numbers.
	return { want: text.trim().slice('{"result":'.length, -1) };
}

for (const [group, rows] of Object.entries(cases)) {
	if (only !== undefined && only !== group) continue;
	const recorded = [];
	for (const [builtin, ...args] of rows) {
		const answer = await ask(builtin, args);
		if (answer !== undefined) recorded.push({ builtin, args: args.map((a) => JSON.stringify(a)), ...answer });
	}
	writeFileSync(join(out, `${group}.json`), `${JSON.stringify({ opa: version, cases: recorded }, null, "\t")}\n`);
	console.log(group, recorded.length, recorded.filter((r) => r.error !== undefined).length);
}
process.exit(0);
