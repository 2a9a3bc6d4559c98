/**
 * The policy service of Kata's first guest images, with this server in OPA's place: what an image build of 2023
 * with AGENT_POLICY=yes put into a root file system. That agent asks `http://localhost:8181/v1`, and is started
 * after the service or, where it is the first process itself, starts `/usr/bin/opa`.
 */
import type { OverlayFile } from "./overlay.ts";

/** Who starts the service: systemd, or an agent that is the first process. */
export type ServerInit = "systemd" | "agent";

export interface ServerImageOptions {
	readonly init: ServerInit;
	/** The Node binary in the image. */
	readonly node: string;
	/** Name and text of the policy that is in force until another is set. */
	readonly policy: { readonly name: string; readonly text: string };
}

/** Where the command is in the image. */
export const serverBundlePath = "usr/lib/rego/rego.cjs";
/** The name under which images and agents start the service. */
const command = "usr/bin/opa";
const settings = "etc/kata-opa";
const unit = "usr/lib/systemd/system/kata-opa.service";

export const allowAllName = "allow-all.rego";

/** Throws where a word cannot stand in a script. */
export function serverOverlay({ init, node, policy }: ServerImageOptions): readonly OverlayFile[] {
	if (!/^\/[\w@%+=:,./-]+$/.test(node)) throw new Error(`${JSON.stringify(node)} is not the path of a program`);
	if (!/^[\w@%+=:,.-]+$/.test(policy.name)) throw new Error(`${JSON.stringify(policy.name)} is not the name of a file`);
	if (policy.name === "default-policy.rego")
		throw new Error("default-policy.rego is the name of the link to the policy");
	const common: readonly OverlayFile[] = [
		{ path: command, text: launcher(node), mode: 0o755 },
		{ path: `${settings}/${policy.name}`, text: policy.text, mode: 0o644 },
		{ path: `${settings}/default-policy.rego`, link: policy.name },
	];
	if (init === "agent") return common;
	return [
		...common,
		{ path: unit, text: service, mode: 0o644 },
		{ path: "etc/systemd/system/kata-containers.target.wants/kata-opa.service", link: `/${unit}` },
	];
}

/** Policies of these images are Rego v0, as OPA read it then. */
function launcher(node: string): string {
	return `#!/bin/sh
# OPA's server as this guest's agent starts and asks it.
if [ "$1" = run ]; then
	shift
	# What the agent asks about is 4 MiB at most.
	set -- run --v0-compatible --set server.decoding.max_length=16777216 "$@"
fi
exec ${node} --max-semi-space-size=1 --optimize-for-size /${serverBundlePath} "$@"
`;
}

/** A service that came back would have lost the policy that was set. */
const service = `[Unit]
Description=Policy service of the kata-agent
ConditionPathExists=/${settings}/default-policy.rego
Before=kata-agent.service

[Service]
Type=simple
ExecStart=/${command} run --server --disable-telemetry --addr 127.0.0.1:8181 --log-level info
DynamicUser=yes
RuntimeDirectory=kata-opa
LimitNOFILE=1048576
Restart=no
StandardError=tty
OOMScoreAdjust=-997
`;

/** Lets the agent do everything; the requests are those that agents of 2023 ask about. */
export const allowAllPolicy: string = `package agent_policy

default AllowRequestsFailingPolicy := true
${[
	"AddARPNeighborsRequest",
	"AddSwapRequest",
	"CloseStdinRequest",
	"CopyFileRequest",
	"CreateContainerRequest",
	"CreateSandboxRequest",
	"DestroySandboxRequest",
	"ExecProcessRequest",
	"GetMetricsRequest",
	"GetOOMEventRequest",
	"GuestDetailsRequest",
	"ListInterfacesRequest",
	"ListRoutesRequest",
	"MemHotplugByProbeRequest",
	"OnlineCPUMemRequest",
	"PauseContainerRequest",
	"PullImageRequest",
	"ReadStreamRequest",
	"RemoveContainerRequest",
	"RemoveStaleVirtiofsShareMountsRequest",
	"ReseedRandomDevRequest",
	"ResumeContainerRequest",
	"SetGuestDateTimeRequest",
	"SetPolicyRequest",
	"SignalProcessRequest",
	"StartContainerRequest",
	"StartTracingRequest",
	"StatsContainerRequest",
	"StopTracingRequest",
	"TtyWinResizeRequest",
	"UpdateContainerRequest",
	"UpdateEphemeralMountsRequest",
	"UpdateInterfaceRequest",
	"UpdateRoutesRequest",
	"WaitProcessRequest",
	"WriteStreamRequest",
]
	.map((name) => `default ${name} := true`)
	.join("\n")}
`;
