/**
 * A guest as Kata boots it: systemd without udev and journald, kata-containers.target, the overlay that
 * `rego agent image` writes, a stand-in for the agent, and initdata on a disk. A test program in it
 * (test/agent/guest/systemd-guest.ts) is the shim; in the end it kills the gate, and the guest must go with it.
 */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { bundleAgent } from "../bundle-agent.js";
import { bundleGate } from "../bundle-gate.js";
import { boot, cache, debian, kernel, Root, run } from "./machine.js";

/** systemd, and what it is linked with. */
const packages =
	"systemd libacl1 libapparmor1 libargon2-1 libaudit1 libblkid1 libbz2-1.0 libc6 libcap-ng0 libcap2 libcrypt1 libcryptsetup12 libdevmapper1.02.1 libfdisk1 libgcc-s1 libgcrypt20 libgpg-error0 libip4tc2 libjson-c5 libkmod2 liblz4-1 liblzma5 libmd0 libmount1 libp11-kit0 libffi8 libpam0g libpcre2-8-0 libseccomp2 libselinux1 libsmartcols1 libssl3 libsystemd-shared libsystemd0 libtinfo6 libudev1 libuuid1 libzstd1 mount zlib1g libstdc++6".split(
		" ",
	);

/** In the order in which they need each other. */
const modules = [
	...["virtio_ring", "virtio", "virtio_pci_legacy_dev", "virtio_pci_modern_dev", "virtio_pci", "virtio_blk"],
	...["vsock", "vmw_vsock_virtio_transport_common", "vsock_loopback"],
];

/** The agent's units, with what matters of Kata's: the target wants the agent, and is all that is booted. */
const target = `[Unit]
Description=Kata Containers Agent Target
Requires=basic.target
Requires=kata-agent.service
After=basic.target
AllowIsolate=yes
`;
const agent = `[Unit]
Description=Kata Containers Agent
Wants=kata-containers.target

[Service]
StandardOutput=tty
Type=simple
# Slower than the gate, which must wait for it.
ExecStartPre=/bin/busybox sleep 2
ExecStart=/usr/bin/node /app/agent.cjs
FailureAction=poweroff
OOMScoreAdjust=-997
`;
const test = `[Unit]
Description=The shim's part
After=rego-gate.socket

[Service]
Type=simple
StandardOutput=tty
ExecStart=/usr/bin/node /app/systemd-guest.cjs
`;
const init = `#!/bin/busybox sh
/bin/busybox mount -t proc proc /proc
for m in ${modules.join(" ")}; do /bin/busybox insmod /modules/$m.ko || echo "GUEST FAIL module $m"; done
exec /lib/systemd/systemd
`;
const policy = `package agent_policy

SetPolicyRequest := true
StatsContainerRequest := true
PauseContainerRequest := true
`;

/** A disk as the runtime attaches it: magic, length, gzip. */
function initdataDisk() {
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

const unneeded =
	/^usr\/share\/(?:doc|man|locale|bash-completion|zsh|lintian)|^\.done$|^etc\/systemd\/system\/|hwdb|catalog/;

export async function runGuest() {
	const root = new Root();
	const image = kernel();
	for (const name of packages) root.tree(debian(name), "", (path) => unneeded.test(path));
	root.file("bin/busybox", readFileSync(join(debian("busybox-static"), "bin/busybox")), 0o755);
	root.link("bin/sh", "busybox");
	root.file("init", init, 0o755);
	root.node("usr/bin/node", "usr/lib/x86_64-linux-gnu/node");
	root.file("etc/ld.so.conf", "");
	for (const m of modules) root.file(`modules/${m}.ko`, image.module(m));
	for (const folder of ["proc", "sys", "dev", "run", "tmp", "root", "var/tmp"]) root.folder(folder);
	root.file("etc/passwd", "root:x:0:0:root:/root:/bin/sh\n");
	root.file("etc/group", "root:x:0:\ntty:x:5:\n");
	root.file("etc/machine-id", "");
	root.file("etc/os-release", "ID=guest\n");
	const units = "usr/lib/systemd/system";
	root.file(`${units}/kata-containers.target`, target);
	root.file(`${units}/kata-agent.service`, agent);
	root.file(`${units}/test.service`, test);
	root.link(`${units}/kata-containers.target.wants/test.service`, "../test.service");
	for (const masked of ["systemd-journald.service", "systemd-journald.socket", "systemd-udevd.service"])
		root.link(`etc/systemd/system/${masked}`, "/dev/null");
	const bundles = join(cache, "bundles");
	await bundleAgent(join(bundles, "rego.cjs"));
	for (const [name, start] of [
		["systemd-guest", "runShim"],
		["agent", "runAgent"],
	]) {
		const file = join(bundles, `${name}.cjs`);
		await bundleAgent(file, `import { ${start} } from "./test/agent/guest/systemd-guest.ts";\n${start}();`);
		root.file(`app/${name}.cjs`, readFileSync(file));
	}
	root.koffi("app/node_modules");
	const overlay = join(cache, "overlay");
	rmSync(overlay, { recursive: true, force: true });
	// Compiled code is only that of the guest's own Node: this one's is refused there.
	const gate = join(bundles, "gate");
	await bundleGate(gate);
	const made = run(process.execPath, [
		...[join(bundles, "rego.cjs"), "agent", "image", "--root", overlay, "--bundle", gate],
	]);
	if (made.status !== 0) throw new Error(made.stderr);
	root.tree(overlay, "");
	const { out, ended } = await boot(root, {
		name: "systemd",
		image,
		append: "systemd.unit=kata-containers.target systemd.log_target=console systemd.show_status=0",
		drives: [initdataDisk()],
	});
	const lines = [...out.matchAll(/GUEST (ok|FAIL) /g)];
	let failed = lines.filter((l) => l[1] === "FAIL").length;
	if (lines.length < 6 || !out.includes("GUEST killed") || !ended) {
		console.log(out.slice(-6000));
		console.log(ended ? "  the guest said too little" : "  FAIL the guest was not powered off");
		failed++;
	}
	return { passed: lines.filter((l) => l[1] === "ok").length + (ended ? 1 : 0), failed };
}
