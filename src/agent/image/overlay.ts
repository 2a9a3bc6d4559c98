/**
 * What a guest image needs for the gate: an overlay for its root, made for one of three kinds of guests.
 * In: the kind and where things are in the image. Out: files, as paths below the root with their content.
 *
 * `systemd`: images that boot kata-containers.target. `init`: images in which the agent is the first
 * process (AGENT_INIT=yes); a launcher is started in its place and becomes it. `peer-pods`: guests whose
 * agent is reached through the agent-protocol-forwarder of peer pods.
 */
import { defaultPolicyFile } from "../policy/source.ts";
import { agentDropIn, gateService, gateSocket, peerPodsDropIn } from "./units.ts";

export type ImageKind = "systemd" | "init" | "peer-pods";

export interface ImageOptions {
	readonly kind: ImageKind;
	/** The Node binary in the image. */
	readonly node: string;
	/** Further flags of `rego agent serve`. */
	readonly flags: readonly string[];
	/** The image's policy; undefined: it is the image's own affair. */
	readonly policy?:
		| { readonly text: string; readonly plan: { readonly name: string; readonly text: string } }
		| undefined;
}

export type OverlayFile =
	| { readonly path: string; readonly text: string; readonly mode: number }
	| { readonly path: string; readonly link: string }
	| { readonly path: string; readonly folder: true; readonly mode: number };

/** Where the command is in the image. */
export const bundlePath = "usr/lib/rego/rego.cjs";
const units = "usr/lib/systemd/system";
const privateFolder = "/run/kata-containers-private";

/** Throws where a flag cannot stand in a unit. */
export function imageOverlay({ policy, ...options }: ImageOptions): readonly OverlayFile[] {
	if (policy === undefined) return gateOverlay(options);
	const { text, plan } = policy;
	return [
		...gateOverlay({ ...options, flags: [...options.flags, "--plans", `/${plansFolder}`] }),
		{ path: defaultPolicyFile.slice(1), text, mode: 0o644 },
		{ path: `${plansFolder}/${plan.name}`, text: plan.text, mode: 0o644 },
	];
}

/** Where plans of policies are in the image. */
const plansFolder = "usr/lib/rego/plans";

function gateOverlay({ kind, node, flags }: ImageOptions): readonly OverlayFile[] {
	for (const word of [node, ...flags]) {
		if (!/^[\w@%+=:,./-]+$/.test(word)) throw new Error(`${JSON.stringify(word)} cannot stand in a unit`);
	}
	const serve = (listen: string, upstream: string): readonly string[] => [
		node,
		...nodeFlags,
		`/${bundlePath}`,
		...["agent", "serve", "--listen", listen, "--upstream", upstream],
		...flags,
	];
	const agent = `unix://${privateFolder}/agent.sock`;
	const service = (listen: string, folder?: string): OverlayFile => ({
		path: `${units}/rego-gate.service`,
		text: gateService(escaped(serve(listen, agent)), mallocVariables, folder),
		mode: 0o644,
	});
	const wanted = (unit: string): OverlayFile => ({
		path: `${units}/kata-containers.target.wants/${unit}`,
		link: `../${unit}`,
	});
	switch (kind) {
		case "systemd":
			return [
				{ path: `${units}/rego-gate.socket`, text: gateSocket, mode: 0o644 },
				service("vsock://-1:1024"),
				{ path: `${units}/kata-agent.service.d/10-rego-gate.conf`, text: agentDropIn, mode: 0o644 },
				wanted("rego-gate.socket"),
				wanted("rego-gate.service"),
			];
		case "peer-pods":
			return [
				service("unix:///run/kata-containers/agent.sock", "kata-containers"),
				{ path: `${units}/kata-agent.service.d/10-rego-gate.conf`, text: agentDropIn, mode: 0o644 },
				{ path: `${units}/agent-protocol-forwarder.service.d/10-rego-gate.conf`, text: peerPodsDropIn, mode: 0o644 },
				{ path: `${units}/multi-user.target.wants/rego-gate.service`, link: "../rego-gate.service" },
			];
		case "init":
			return [
				{ path: initFolder.slice(1), folder: true, mode: 0o700 },
				{
					path: "usr/lib/rego/init",
					text: launcher(
						[...serve("vsock://-1:1024", `unix://${initFolder}/agent.sock`), "--runtime-dir", initFolder].join(" "),
					),
					mode: 0o755,
				},
			];
	}
}

/** systemd reads % as the beginning of a specifier. */
function escaped(words: readonly string[]): string {
	return words.map((w) => w.replaceAll("%", "%%")).join(" ");
}

/** What keeps the gate small; measured in docs/agent.md. */
export const nodeFlags: readonly string[] = ["--max-semi-space-size=1", "--single-threaded-gc", "--optimize-for-size"];
/** The same of the C library's allocator. */
export const mallocVariables: readonly string[] = ["MALLOC_ARENA_MAX=1", "MALLOC_TRIM_THRESHOLD_=65536"];

/** Not below /run, over which an agent that is the first process mounts a file system of its own. */
const initFolder = "/usr/lib/rego/run";

/** The agent must be the first process, and mounts /proc, /dev and /run itself: the gate waits until it has. */
function launcher(serve: string): string {
	return `#!/bin/sh
# The first process of a guest whose agent is init: starts the policy gate and becomes the agent.
# Boot with init=/usr/lib/rego/init, or put this in the place of /sbin/init.
mount -t tmpfs -o mode=0700,nosuid,nodev,noexec tmpfs ${initFolder} || exit 1
# Shells read from it what runs beside them, and a guest that begins in memory has none before the agent mounts /dev.
[ -e /dev/null ] || : > /dev/null || exit 1
(
	until [ -e /proc/self/fd ] && [ -c /dev/null ] && [ -c /dev/console ]; do sleep 0.05; done
	# The kernel's memory killer spares the gate, as where systemd starts it.
	echo -997 > /proc/self/oom_score_adj
	# Two descriptors for each connection.
	ulimit -n 65536
	${mallocVariables.join(" ")} ${serve} </dev/null >/dev/console 2>&1
	# However it ended: without its gate the guest ends, too.
	echo o > /proc/sysrq-trigger
	poweroff -f
) &
KATA_AGENT_SERVER_ADDR=unix://${initFolder}/agent.sock
export KATA_AGENT_SERVER_ADDR
exec /usr/bin/kata-agent
`;
}
