/**
 * A guest in which the agent is the first process (AGENT_INIT=yes): the launcher of `rego agent image --kind init` is
 * booted in its place, starts the gate and becomes the agent. The stand-in for the agent mounts what Kata's mounts when
 * it is the first process, /run among it.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { debian, kernel, Root } from "./machine.js";
import { addModules, addOverlay, addPrograms, bootAndJudge, initdataDisk, loadModules } from "./overlay.js";

/** Debian's kernel needs its modules first; what follows is all that an image has. */
const init = `#!/bin/busybox sh
${loadModules}
exec /usr/lib/rego/init
`;

const agent = `#!/bin/busybox sh
/bin/busybox sleep 1
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sysfs /sys
/bin/busybox mount -t devtmpfs dev /dev
/bin/busybox mkdir -p /dev/shm /dev/pts
/bin/busybox mount -t tmpfs tmpfs /dev/shm
/bin/busybox mount -t devpts devpts /dev/pts
/bin/busybox mount -t tmpfs tmpfs /run
AGENT_FOLDER=/usr/lib/rego/run /usr/bin/node /app/shim.cjs &
exec /usr/bin/node /app/agent.cjs
`;

export async function runGuest() {
	const image = kernel();
	const root = new Root();
	root.file("bin/busybox", readFileSync(join(debian("busybox-static"), "bin/busybox")), 0o755);
	for (const name of ["sh", "mount", "sleep", "poweroff"]) root.link(`bin/${name}`, "busybox");
	root.node("usr/bin/node", "lib");
	addModules(root, image);
	for (const folder of ["proc", "sys", "dev", "run", "tmp"]) root.folder(folder);
	root.file("init", init, 0o755);
	root.file("usr/bin/kata-agent", agent, 0o755);
	await addPrograms(root);
	await addOverlay(root, "init", ["--koffi", "node_modules/koffi"]);
	return bootAndJudge(root, { name: "init", image, drives: [initdataDisk()] });
}
