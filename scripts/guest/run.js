/**
 * `npm run test:guest`: the gate in guests. One proves AF_VSOCK end to end (vsock.js); the others boot what
 * `rego agent image` writes, in each of its kinds (systemd.js, init.js, peer-pods.js); arguments choose among them. Kernel and programs come from Debian's packages, qemu
 * too where it is missing and we are root.
 */
import { fileURLToPath } from "node:url";

process.chdir(fileURLToPath(new URL("../..", import.meta.url)));
const { requireMachine } = await import("./machine.js");
requireMachine();
let passed = 0;
let failed = 0;
const all = ["vsock", "systemd", "init", "peer-pods"];
const wanted = process.argv.slice(2);
for (const name of all.filter((n) => wanted.length === 0 || wanted.includes(n))) {
	const { runGuest } = await import(`./${name}.js`);
	const verdict = await runGuest();
	passed += verdict.passed;
	failed += verdict.failed;
}
console.log(`${passed} passed, ${failed} failed, 0 skipped`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
