/**
 * A guest of peer pods: systemd boots multi-user.target, and what the shim says comes through the
 * agent-protocol-forwarder, which connects to the socket where the agent used to be. The shim's part of the test
 * stands where the forwarder is. The policy is the image's own, with its plan.
 */
import { kernel } from "./machine.js";
import { addOverlay, addPrograms, bootAndJudge, policyFile } from "./overlay.js";
import { systemdRoot, units } from "./systemd-root.js";

const agent = `[Unit]
Description=Kata Agent

[Service]
StandardOutput=tty
Type=simple
ExecStartPre=/bin/busybox sleep 2
ExecStart=/usr/bin/node /app/agent.cjs

[Install]
WantedBy=multi-user.target
`;
const forwarder = `[Unit]
Description=Agent Protocol Forwarder
Wants=kata-agent.service
After=kata-agent.service

[Service]
Type=simple
StandardOutput=tty
Environment=GATE_ADDRESS=unix:///run/kata-containers/agent.sock
ExecStart=/usr/bin/node /app/shim.cjs
`;

export async function runGuest() {
	const image = kernel();
	const root = systemdRoot(image);
	root.file(`${units}/kata-agent.service`, agent);
	root.file(`${units}/agent-protocol-forwarder.service`, forwarder);
	for (const unit of ["kata-agent", "agent-protocol-forwarder"])
		root.link(`${units}/multi-user.target.wants/${unit}.service`, `../${unit}.service`);
	await addPrograms(root);
	await addOverlay(root, "peer-pods", ["--policy", policyFile()]);
	return bootAndJudge(root, {
		name: "peer-pods",
		image,
		append: "systemd.unit=multi-user.target systemd.log_target=console systemd.show_status=0",
	});
}
