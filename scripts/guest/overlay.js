/**
 * What the guests with an image of `rego agent image` share: the overlay, the programs of the test, the modules of
 * the kernel, the policy that they begin with, and how a guest is judged.
 */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { bundleAgent } from "../bundle-agent.js";
import { bundleGate } from "../bundle-gate.js";
import { boot, cache, run } from "./machine.js";

/** In the order in which they need each other. */
const modules = [
	...["virtio_ring", "virtio", "virtio_pci_legacy_dev", "virtio_pci_modern_dev", "virtio_pci", "virtio_blk"],
	...["vsock", "vmw_vsock_virtio_transport_common", "vsock_loopback"],
];

/** Kata's kernels have these built in; Debian's is handed them by what is started first. */
export function addModules(root, image) {
	for (const m of modules) root.file(`modules/${m}.ko`, image.module(m));
}
export const loadModules = `for m in ${modules.join(" ")}; do /bin/busybox insmod /modules/$m.ko || echo "GUEST FAIL module $m"; done`;

export const policy = `package agent_policy

SetPolicyRequest := true
StatsContainerRequest := true
PauseContainerRequest := true
`;

/** A disk as the runtime attaches it: magic, length, gzip. */
export function initdataDisk() {
	const toml = `version = "0.1.0"\nalgorithm = "sha256"\n[data]\n"policy.rego" = '''\n${policy}'''\n`;
	const packed = gzipSync(toml);
	const head = Buffer.alloc(16);
	head.write("initdata");
	head.writeBigUInt64LE(BigInt(packed.length), 8);
	const disk = Buffer.alloc(1 << 20);
	Buffer.concat([head, packed]).copy(disk);
	const file = join(cache, "initdata.img");
	writeFileSync(file, disk);
	return file;
}

/** The policy, in a file for `rego agent image --policy`. */
export function policyFile() {
	const file = join(cache, "policy.rego");
	writeFileSync(file, policy);
	return file;
}

/** The stand-in for the agent, and the shim's part (test/agent/guest/overlay-guest.ts), as /app/agent.cjs and /app/shim.cjs. */
export async function addPrograms(root) {
	for (const [name, start] of [
		["shim", "runShim"],
		["agent", "runAgent"],
	]) {
		const file = join(cache, "bundles", `${name}.cjs`);
		await bundleAgent(file, `import { ${start} } from "./test/agent/guest/overlay-guest.ts";\n${start}();`);
		root.file(`app/${name}.cjs`, readFileSync(file));
	}
	root.koffi("app/node_modules");
}

/** What `rego agent image --kind KIND` writes, with the flags given. */
export async function addOverlay(root, kind, flags = []) {
	const command = join(cache, "bundles", "rego.cjs");
	await bundleAgent(command);
	const overlay = join(cache, `overlay-${kind}`);
	rmSync(overlay, { recursive: true, force: true });
	// Compiled code is only that of the guest's own Node: this one's is refused there.
	const gate = join(cache, "bundles", "gate");
	await bundleGate(gate);
	const made = run(process.execPath, [
		...[command, "agent", "image", "--root", overlay, "--kind", kind, "--bundle", gate, ...flags],
	]);
	if (made.status !== 0) throw new Error(made.stderr);
	root.tree(overlay, "");
}

/** Boots it: every check good, the gate killed, and the guest gone with it. */
export async function bootAndJudge(root, options) {
	const { out, ended } = await boot(root, options);
	const lines = [...out.matchAll(/GUEST (ok|FAIL) /g)];
	let failed = lines.filter((l) => l[1] === "FAIL").length;
	if (lines.length < 7 || !out.includes("GUEST killed") || !ended) {
		console.log(out.slice(-6000));
		console.log(ended ? "  the guest said too little" : "  FAIL the guest was not powered off");
		failed++;
	}
	return { passed: lines.filter((l) => l[1] === "ok").length + (ended ? 1 : 0), failed };
}
