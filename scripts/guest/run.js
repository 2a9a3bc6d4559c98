/**
 * `npm run test:guest`: proves AF_VSOCK end to end in a guest. Boots Debian's kernel under
 * qemu-system-x86_64 (emulation is enough) with an initramfs of a static busybox, this Node, our
 * bundle and a test program (test/agent/guest/guest.ts), and reads the verdict from the console.
 * Kernel and busybox come from Debian's packages, qemu too where it is missing and we are root.
 */
import { spawn, spawnSync } from "node:child_process";
import {
	accessSync,
	constants,
	existsSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	realpathSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { bundleAgent } from "../bundle-agent.js";
import { cpio } from "./cpio.js";

process.chdir(fileURLToPath(new URL("../..", import.meta.url)));
const cache = resolve("node_modules/.cache/regoplan/guest");
mkdirSync(cache, { recursive: true });

function skip(why) {
	console.log(`skipped: ${why}`);
	console.log("0 passed, 0 failed, 1 skipped");
	process.exit(0);
}

function run(command, args, options = {}) {
	return spawnSync(command, args, { encoding: "utf8", maxBuffer: 1 << 28, ...options });
}

const has = (command) => run("sh", ["-c", `command -v ${command}`]).status === 0;

if (process.arch !== "x64" || process.platform !== "linux") skip("the test guest is Linux on x86-64");
if (!has("qemu-system-x86_64")) {
	if (!has("apt-get") || process.getuid() !== 0) skip("qemu-system-x86_64 is not here and cannot be installed");
	console.log("installing qemu-system-x86");
	run("apt-get", ["update", "-q"]);
	run("apt-get", ["install", "-y", "-q", "--no-install-recommends", "qemu-system-x86"], { stdio: "ignore" });
	if (!has("qemu-system-x86_64")) skip("qemu-system-x86_64 cannot be installed");
}

/** A Debian package, unpacked. */
function debian(name) {
	const folder = join(cache, name);
	if (existsSync(join(folder, ".done"))) return folder;
	if (!has("apt-get") || !has("dpkg-deb")) skip(`Debian's package ${name} cannot be had here`);
	mkdirSync(folder, { recursive: true });
	let got = run("apt-get", ["download", "-q", name], { cwd: folder });
	if (got.status !== 0) {
		run("apt-get", ["update", "-q"]);
		got = run("apt-get", ["download", "-q", name], { cwd: folder });
	}
	const deb = readdirSync(folder).find((f) => f.endsWith(".deb"));
	if (got.status !== 0 || deb === undefined) skip(`Debian's package ${name} cannot be had here: ${got.stderr.trim()}`);
	if (run("dpkg-deb", ["-x", join(folder, deb), folder]).status !== 0) skip(`${deb} cannot be unpacked`);
	rmSync(join(folder, deb));
	writeFileSync(join(folder, ".done"), "");
	return folder;
}

const depends = run("apt-cache", ["depends", "linux-image-cloud-amd64"]).stdout ?? "";
const kernelPackage = /Depends: (linux-image-\S+)/.exec(depends)?.[1];
if (kernelPackage === undefined) skip("Debian's package linux-image-cloud-amd64 is not known here");
const kernel = debian(kernelPackage);
const busybox = debian("busybox-static");
const vmlinuz = readdirSync(join(kernel, "boot")).find((f) => f.startsWith("vmlinuz"));
const version = vmlinuz.slice("vmlinuz-".length);

function find(folder, name) {
	for (const f of readdirSync(folder, { withFileTypes: true })) {
		const path = join(folder, f.name);
		const found = f.isDirectory() ? find(path, name) : f.name === name ? path : undefined;
		if (found !== undefined) return found;
	}
	return undefined;
}

const entries = [];
const folders = new Set();
function folder(path) {
	if (path === "." || folders.has(path)) return;
	folder(dirname(path));
	folders.add(path);
	entries.push({ path, mode: 0o40755 });
}
function file(path, data, mode = 0o644) {
	folder(dirname(path));
	entries.push({ path, mode: 0o100000 | mode, data });
}
function tree(from, to) {
	for (const f of readdirSync(from, { withFileTypes: true })) {
		if (f.isDirectory()) tree(join(from, f.name), join(to, f.name));
		else file(join(to, f.name), readFileSync(join(from, f.name)));
	}
}

file("init", readFileSync("scripts/guest/init.sh"), 0o755);
file("bin/busybox", readFileSync(find(busybox, "busybox")), 0o755);
file("bin/sh", readFileSync(find(busybox, "busybox")), 0o755);
file("bin/node", readFileSync(realpathSync(process.execPath)), 0o755);
for (const line of run("ldd", [process.execPath]).stdout.split("\n")) {
	const path = /(\/\S+\.so\S*)/.exec(line)?.[1];
	if (path === undefined) continue;
	const data = readFileSync(realpathSync(path));
	file(path.includes("ld-linux") ? path.slice(1) : `lib/${path.split("/").at(-1)}`, data, 0o755);
}
for (const m of ["vsock", "vmw_vsock_virtio_transport_common", "vsock_loopback"]) {
	const path = find(join(kernel, "lib", "modules", version), `${m}.ko`);
	if (path === undefined) skip(`the kernel package has no module ${m}`);
	file(`modules/${m}.ko`, readFileSync(path));
}
const bundles = join(cache, "bundles");
await bundleAgent(join(bundles, "rego.cjs"));
await bundleAgent(join(bundles, "guest.cjs"), 'import { runGuest } from "./test/agent/guest/guest.ts";\nrunGuest();');
for (const f of ["rego.cjs", "guest.cjs"]) file(`app/${f}`, readFileSync(join(bundles, f)));
for (const name of ["koffi", "@koromix"]) {
	try {
		accessSync(join("node_modules", name), constants.R_OK);
		tree(join("node_modules", name), `app/node_modules/${name}`);
	} catch {
		skip("the package koffi, which makes AF_VSOCK sockets, is not installed");
	}
}
const scenario = "../shared/kata/web";
if (existsSync(scenario)) {
	for (const f of ["policy.rego", "requests.jsonl", "outputs.json"])
		file(`scenario/${f}`, readFileSync(join(scenario, f)));
} else console.log(`${scenario} is not there: requests of our own are sent`);

const initramfs = join(cache, "initramfs.gz");
writeFileSync(initramfs, gzipSync(cpio(entries), { level: 1 }));
// Emulation, even where there is /dev/kvm: slower, but the same on every machine.
console.log(`booting ${version} under qemu`);
const started = performance.now();
const qemu = spawn(
	"qemu-system-x86_64",
	[
		...["-accel", "tcg", "-m", "1536", "-smp", "2", "-nographic", "-no-reboot", "-nodefaults"],
		...["-serial", "stdio", "-kernel", join(kernel, "boot", vmlinuz), "-initrd", initramfs],
		...["-append", "console=ttyS0 quiet panic=-1"],
	],
	{ stdio: ["ignore", "pipe", "inherit"] },
);
let out = "";
let shown = 0;
qemu.stdout.on("data", (d) => {
	out += d.toString();
	for (let end = out.indexOf("\n", shown); end >= 0; end = out.indexOf("\n", shown)) {
		const line = out.slice(shown, end).replace(/\r/g, "");
		shown = end + 1;
		const at = line.indexOf("GUEST ");
		if (at >= 0) console.log(line.slice(at + 6));
	}
});
const timer = setTimeout(() => qemu.kill("SIGKILL"), 300_000);
await new Promise((done) => qemu.on("close", done));
clearTimeout(timer);
const verdict = /GUEST verdict (\d+) passed, (\d+) failed/.exec(out);
console.log(`the guest ran for ${((performance.now() - started) / 1000).toFixed(0)} s`);
if (verdict === null) {
	console.log(out.slice(-3000));
	console.log("0 passed, 1 failed, 0 skipped");
	process.exitCode = 1;
} else {
	console.log(`${verdict[1]} passed, ${verdict[2]} failed, 0 skipped`);
	process.exitCode = verdict[2] === "0" ? 0 : 1;
}
