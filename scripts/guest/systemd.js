/**
 * A guest as Kata boots it: systemd without udev and journald, kata-containers.target, the overlay that
 * `rego agent image` writes, a stand-in for the agent, and initdata on a disk. A test program in it
 * (test/agent/guest/overlay-guest.ts) is the shim; in the end it kills the gate, and the guest must go with it.
 */
import { kernel } from "./machine.js";
import { addOverlay, addPrograms, bootAndJudge, initdataDisk } from "./overlay.js";
import { systemdRoot, units } from "./systemd-root.js";

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
ExecStart=/usr/bin/node /app/shim.cjs
`;

export async function runGuest() {
	const image = kernel();
	const root = systemdRoot(image);
	root.file(`${units}/kata-containers.target`, target);
	root.file(`${units}/kata-agent.service`, agent);
	root.file(`${units}/test.service`, test);
	root.link(`${units}/kata-containers.target.wants/test.service`, "../test.service");
	await addPrograms(root);
	await addOverlay(root, "systemd");
	return bootAndJudge(root, {
		name: "systemd",
		image,
		append: "systemd.unit=kata-containers.target systemd.log_target=console systemd.show_status=0",
		drives: [initdataDisk()],
	});
}
