/**
 * What the guest tests run on: Debian's kernel and packages, an archive that the kernel unpacks as its root,
 * and qemu-system-x86_64, by emulation: slower, but the same on every machine. In: what goes into the root.
 * Out: what the guest said on its console, and whether it ended by itself.
 */
import { spawn, spawnSync } from "node:child_process";
import {
	existsSync,
	lstatSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	readlinkSync,
	realpathSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { cpio } from "./cpio.js";

export const cache = resolve("node_modules/.cache/regoplan/guest");
mkdirSync(cache, { recursive: true });

export function skip(why) {
	console.log(`skipped: ${why}`);
	console.log("0 passed, 0 failed, 1 skipped");
	process.exit(0);
}

export function run(command, args, options = {}) {
	return spawnSync(command, args, { encoding: "utf8", maxBuffer: 1 << 28, ...options });
}

const has = (command) => run("sh", ["-c", `command -v ${command}`]).status === 0;

/** Everything that is needed, or the test is skipped. */
export function requireMachine() {
	if (process.arch !== "x64" || process.platform !== "linux") skip("the test guest is Linux on x86-64");
	if (has("qemu-system-x86_64")) return;
	if (!has("apt-get") || process.getuid() !== 0) skip("qemu-system-x86_64 is not here and cannot be installed");
	console.log("installing qemu-system-x86");
	run("apt-get", ["update", "-q"]);
	run("apt-get", ["install", "-y", "-q", "--no-install-recommends", "qemu-system-x86"], { stdio: "ignore" });
	if (!has("qemu-system-x86_64")) skip("qemu-system-x86_64 cannot be installed");
}

/** A Debian package, unpacked. */
export function debian(name) {
	const folder = join(cache, name);
	if (existsSync(join(folder, ".done"))) return folder;
	if (!has("apt-get") || !has("dpkg-deb")) skip(`Debian's package ${name} cannot be had here`);
	rmSync(folder, { recursive: true, force: true });
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

function find(folder, name) {
	for (const f of readdirSync(folder, { withFileTypes: true })) {
		const path = join(folder, f.name);
		const found = f.isDirectory() ? find(path, name) : f.name === name ? path : undefined;
		if (found !== undefined) return found;
	}
	return undefined;
}

/** Debian's kernel for clouds: its file, its version, and its modules by name. */
export function kernel() {
	const depends = run("apt-cache", ["depends", "linux-image-cloud-amd64"]).stdout ?? "";
	const name = /Depends: (linux-image-\S+)/.exec(depends)?.[1];
	if (name === undefined) skip("Debian's package linux-image-cloud-amd64 is not known here");
	const folder = debian(name);
	const vmlinuz = readdirSync(join(folder, "boot")).find((f) => f.startsWith("vmlinuz"));
	const version = vmlinuz.slice("vmlinuz-".length);
	return {
		version,
		file: join(folder, "boot", vmlinuz),
		module: (module) => {
			const path = find(join(folder, "lib", "modules", version), `${module}.ko`);
			if (path === undefined) skip(`the kernel package has no module ${module}`);
			return readFileSync(path);
		},
	};
}

/** A root file system being put together. */
export class Root {
	entries = [];
	#folders = new Set();

	folder(path, mode = 0o755) {
		if (path === "." || path === "" || this.#folders.has(path)) return;
		this.folder(dirname(path));
		this.#folders.add(path);
		this.entries.push({ path, mode: 0o40000 | mode });
	}

	file(path, data, mode = 0o644) {
		this.folder(dirname(path));
		this.entries.push({ path, mode: 0o100000 | mode, data: Buffer.from(data) });
	}

	link(path, target) {
		this.folder(dirname(path));
		this.entries.push({ path, mode: 0o120777, data: Buffer.from(target) });
	}

	/** A folder and what is in it, links as links. */
	tree(from, to, leave = () => false) {
		for (const f of readdirSync(from, { withFileTypes: true })) {
			const [source, path] = [join(from, f.name), join(to, f.name)];
			if (leave(path)) continue;
			if (f.isSymbolicLink()) this.link(path, readlinkSync(source));
			else if (f.isDirectory()) {
				this.folder(path);
				this.tree(source, path, leave);
			} else if (f.isFile()) this.file(path, readFileSync(source), lstatSync(source).mode & 0o7777);
		}
	}

	/** This Node, and the libraries that it is linked with, in `libraries`. */
	node(path, libraries) {
		this.file(path, readFileSync(realpathSync(process.execPath)), 0o755);
		for (const line of run("ldd", [process.execPath]).stdout.split("\n")) {
			const library = /(\/\S+\.so\S*)/.exec(line)?.[1];
			if (library === undefined) continue;
			const data = readFileSync(realpathSync(library));
			const loader = library.includes("ld-linux");
			this.file(loader ? library.slice(1) : `${libraries}/${library.split("/").at(-1)}`, data, 0o755);
		}
	}

	/** Packages of npm that are loaded when they are there, below a folder. */
	koffi(to) {
		for (const name of ["koffi", "@koromix"]) {
			const from = join("node_modules", name);
			if (!existsSync(from)) skip("the package koffi, which makes AF_VSOCK sockets, is not installed");
			this.tree(from, join(to, name));
		}
	}
}

/** Start a guest; lines that begin with GUEST are shown. */
export async function boot(root, { name, image, append = "", drives = [], seconds = 300 }) {
	const initramfs = join(cache, `${name}.gz`);
	writeFileSync(initramfs, gzipSync(cpio(root.entries), { level: 1 }));
	console.log(`${name}: booting ${image.version} under qemu`);
	const started = performance.now();
	const qemu = spawn(
		"qemu-system-x86_64",
		[
			...["-accel", "tcg", "-m", "1536", "-smp", "2", "-nographic", "-no-reboot", "-nodefaults"],
			...["-serial", "stdio", "-kernel", image.file, "-initrd", initramfs],
			...drives.flatMap((file) => ["-drive", `file=${file},if=virtio,format=raw,readonly=on`]),
			// Under emulation the timer may seem not to work, which would end the boot.
			...["-append", `console=ttyS0 quiet panic=-1 no_timer_check ${append}`],
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
			if (at >= 0) console.log(`  ${line.slice(at + 6)}`);
		}
	});
	let ended = true;
	const timer = setTimeout(() => {
		ended = false;
		qemu.kill("SIGKILL");
	}, seconds * 1000);
	await new Promise((done) => qemu.on("close", done));
	clearTimeout(timer);
	console.log(`${name}: the guest ran for ${((performance.now() - started) / 1000).toFixed(0)} s`);
	return { out, ended };
}
