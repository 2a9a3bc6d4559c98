/** AF_VSOCK end to end, in every way to a listening socket: a static busybox, Node, our bundle and a test program. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { bundleAgent } from "../bundle-agent.js";
import { boot, cache, debian, kernel, Root } from "./machine.js";

const scenario = "../shared/kata/web";

export async function runGuest() {
	const root = new Root();
	const image = kernel();
	const busybox = readFileSync(join(debian("busybox-static"), "bin/busybox"));
	root.file("init", readFileSync("scripts/guest/init.sh"), 0o755);
	root.file("bin/busybox", busybox, 0o755);
	root.file("bin/sh", busybox, 0o755);
	root.node("bin/node", "lib");
	for (const m of ["vsock", "vmw_vsock_virtio_transport_common", "vsock_loopback"]) {
		root.file(`modules/${m}.ko`, image.module(m));
	}
	const bundles = join(cache, "bundles");
	await bundleAgent(join(bundles, "rego.cjs"));
	await bundleAgent(join(bundles, "guest.cjs"), 'import { runGuest } from "./test/agent/guest/guest.ts";\nrunGuest();');
	for (const f of ["rego.cjs", "guest.cjs"]) root.file(`app/${f}`, readFileSync(join(bundles, f)));
	root.koffi("app/node_modules");
	if (existsSync(scenario)) {
		for (const f of ["policy.rego", "requests.jsonl", "outputs.json"])
			root.file(`scenario/${f}`, readFileSync(join(scenario, f)));
	} else console.log(`${scenario} is not there: requests of our own are sent`);
	const { out } = await boot(root, { name: "vsock", image });
	const verdict = /GUEST verdict (\d+) passed, (\d+) failed/.exec(out);
	if (verdict !== null) return { passed: Number(verdict[1]), failed: Number(verdict[2]) };
	console.log(out.slice(-3000));
	return { passed: 0, failed: 1 };
}
