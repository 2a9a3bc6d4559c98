/** A root with systemd, but without udev and journald, as lean guest images have it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { debian, Root } from "./machine.js";
import { addModules, loadModules } from "./overlay.js";

/** systemd, and what it is linked with. */
const packages =
	"systemd libacl1 libapparmor1 libargon2-1 libaudit1 libblkid1 libbz2-1.0 libc6 libcap-ng0 libcap2 libcrypt1 libcryptsetup12 libdevmapper1.02.1 libfdisk1 libgcc-s1 libgcrypt20 libgpg-error0 libip4tc2 libjson-c5 libkmod2 liblz4-1 liblzma5 libmd0 libmount1 libp11-kit0 libffi8 libpam0g libpcre2-8-0 libseccomp2 libselinux1 libsmartcols1 libssl3 libsystemd-shared libsystemd0 libtinfo6 libudev1 libuuid1 libzstd1 mount zlib1g libstdc++6".split(
		" ",
	);

const unneeded =
	/^usr\/share\/(?:doc|man|locale|bash-completion|zsh|lintian)|^\.done$|^etc\/systemd\/system\/|hwdb|catalog/;

const init = `#!/bin/busybox sh
/bin/busybox mount -t proc proc /proc
${loadModules}
exec /lib/systemd/systemd
`;

export const units = "usr/lib/systemd/system";

export function systemdRoot(image) {
	const root = new Root();
	for (const name of packages) root.tree(debian(name), "", (path) => unneeded.test(path));
	root.file("bin/busybox", readFileSync(join(debian("busybox-static"), "bin/busybox")), 0o755);
	root.link("bin/sh", "busybox");
	root.file("init", init, 0o755);
	root.node("usr/bin/node", "usr/lib/x86_64-linux-gnu/node");
	root.file("etc/ld.so.conf", "");
	addModules(root, image);
	for (const folder of ["proc", "sys", "dev", "run", "tmp", "root", "var/tmp"]) root.folder(folder);
	root.file("etc/passwd", "root:x:0:0:root:/root:/bin/sh\n");
	root.file("etc/group", "root:x:0:\ntty:x:5:\n");
	root.file("etc/machine-id", "");
	root.file("etc/os-release", "ID=guest\n");
	for (const masked of ["systemd-journald.service", "systemd-journald.socket", "systemd-udevd.service"])
		root.link(`etc/systemd/system/${masked}`, "/dev/null");
	return root;
}
