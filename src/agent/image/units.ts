/**
 * systemd's units for the gate. Lean images boot kata-containers.target, not multi-user.target, and have
 * neither udev nor journald: nothing here relies on them.
 */

/** The shim's side. It goes with the gate: a connection must not start another one. */
export const gateSocket: string = `[Unit]
Description=Shim's side of the policy gate
BindsTo=rego-gate.service
DefaultDependencies=no
Before=rego-gate.service

[Socket]
ListenStream=vsock::1024
Accept=no
Backlog=4096
`;

/** `folder`: where the gate makes its socket, below /run; undefined: rego-gate.socket makes it. */
export function gateService(command: string, variables: readonly string[], folder: string | undefined): string {
	const socket = folder === undefined;
	const requires = socket ? "Requires=rego-gate.socket\nAfter=rego-gate.socket\n" : "";
	const also = socket ? "Sockets=rego-gate.socket\n" : "";
	return `[Unit]
Description=Policy gate in front of the kata-agent
Wants=kata-agent.service
${requires}# A gate that is gone takes the guest with it: another one would not know what this one knew.
FailureAction=poweroff-force
SuccessAction=poweroff
StartLimitIntervalSec=0

[Service]
Type=exec
Environment=${variables.join(" ")}
ExecStart=${command}
${also}Restart=no
RuntimeDirectory=rego-gate${socket ? "" : ` ${folder}`}
RuntimeDirectoryMode=0700
# The mark of a changed policy outlives the process.
RuntimeDirectoryPreserve=yes
OOMScoreAdjust=-997
LimitNOFILE=65536
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
# V8 compiles code.
MemoryDenyWriteExecute=no
StandardInput=null
StandardOutput=tty
StandardError=tty
`;
}

/** The agent listens where only root reaches it. */
export const agentDropIn: string = `[Service]
Environment=KATA_AGENT_SERVER_ADDR=unix:///run/kata-containers-private/agent.sock
RuntimeDirectory=kata-containers-private
RuntimeDirectoryMode=0700
`;

/** The forwarder connects to where the agent used to be, which is the gate now. */
export const peerPodsDropIn: string = `[Unit]
Requires=rego-gate.service
After=rego-gate.service
`;
