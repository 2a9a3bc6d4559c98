/**
 * An object-heavy policy of our own in the manner of confidential containers: candidates are narrowed
 * step by step with comprehensions, the answer is an object with the state that follows.
 */
import { smallWorkload } from "./small.ts";
import type { Workload } from "./workload.ts";

const text = `package bench

default allow := {"allowed": false}

layers_ok(container) if {
	count(container.layers) == count(input.layers)
	every i, hash in container.layers {
		input.layers[(count(input.layers) - i) - 1] == hash
	}
}

env_ok(container) if {
	every variable in input.env {
		some rule in container.env_rules
		env_matches(rule, variable)
	}
}

env_matches(rule, variable) if {
	rule.strategy == "string"
	rule.pattern == variable
}

env_matches(rule, variable) if {
	rule.strategy == "re2"
	regex.match(rule.pattern, variable)
}

required_ok(container) if {
	required := {rule.pattern | some rule in container.env_rules; rule.required}
	given := {variable | some variable in input.env}
	count(required - given) == 0
}

mount_ok(container, mount) if {
	some candidate in container.mounts
	mount.destination == candidate.destination
	mount.type == candidate.type
	regex.match(candidate.source, mount.source)
	{option | some option in mount.options} == {option | some option in candidate.options}
}

mounts_ok(container) if {
	every mount in input.mounts {
		mount_ok(container, mount)
	}
}

allow := {"allowed": true, "started": started, "capabilities": capabilities} if {
	not input.id in object.keys(data.metadata.started)
	possible := [c | some c in data.containers; layers_ok(c)]
	named := [c | some c in possible; c.command == input.command; c.working_dir == input.working_dir]
	suitable := [c |
		some c in named
		env_ok(c)
		required_ok(c)
		mounts_ok(c)
		c.user.id == input.user.id
	]
	count(suitable) > 0
	started := object.union(data.metadata.started, {input.id: [c.id | some c in suitable]})
	capabilities := {kind: names |
		some kind in ["bounding", "effective", "inheritable"]
		names := sort({c | some c in suitable[0].capabilities[kind]} & {c | some c in input.capabilities[kind]})
	}
}
`;

function container(n: number): {
	readonly id: string;
	readonly layers: readonly string[];
	readonly command: readonly string[];
	readonly [key: string]: unknown;
} {
	const layer = (i: number): string => `${n}a${i}`.padEnd(64, "0123456789abcdef");
	const names = ["CAP_CHOWN", "CAP_KILL", "CAP_SETUID", "CAP_SYS_CHROOT", "CAP_FOWNER"];
	return {
		id: `container-${n}`,
		layers: Array.from({ length: 4 + (n % 3) }, (_, i) => layer(i)),
		command: ["/bin/service", "--config", `/etc/service-${n}.json`],
		working_dir: "/home/service",
		user: { id: 1000 + n },
		env_rules: [
			{ strategy: "string", pattern: "PATH=/usr/local/bin:/usr/bin:/bin", required: true },
			{ strategy: "string", pattern: `SERVICE=${n}`, required: true },
			{ strategy: "re2", pattern: "^TERM=xterm(-256color)?$", required: false },
			{ strategy: "re2", pattern: "^((AZURE|IDENTITY)_[A-Z0-9_]+)=.+$", required: false },
			{ strategy: "re2", pattern: "^HOSTNAME=[a-z0-9-]{1,63}$", required: false },
		],
		mounts: Array.from({ length: 4 }, (_, i) => ({
			destination: `/mnt/volume-${i}`,
			type: "bind",
			source: `^sandbox:///tmp/atlas/volume-${i}/[a-z0-9-]+$`,
			options: ["rbind", "rshared", i % 2 === 0 ? "rw" : "ro"],
		})),
		capabilities: { bounding: names, effective: names.slice(0, 3), inheritable: names.slice(0, 1) },
	};
}

function request(n: number): { readonly [key: string]: unknown } {
	const c = container(n);
	return {
		id: `run-${n}`,
		layers: [...c.layers].reverse(),
		command: c.command,
		working_dir: "/home/service",
		user: { id: 1000 + n },
		env: [
			"PATH=/usr/local/bin:/usr/bin:/bin",
			`SERVICE=${n}`,
			"TERM=xterm-256color",
			"AZURE_CLIENT_ID=4bb1c0f8",
			"IDENTITY_HEADER=x=y",
			"HOSTNAME=pod-7d9c5",
		],
		mounts: Array.from({ length: 4 }, (_, i) => ({
			destination: `/mnt/volume-${i}`,
			type: "bind",
			source: `sandbox:///tmp/atlas/volume-${i}/pod-7d9c5`,
			options: [i % 2 === 0 ? "rw" : "ro", "rshared", "rbind"],
		})),
		capabilities: {
			bounding: ["CAP_KILL", "CAP_CHOWN", "CAP_NET_RAW"],
			effective: ["CAP_CHOWN"],
			inheritable: [],
		},
	};
}

export function containersWorkload(): Workload {
	const data = {
		containers: Array.from({ length: 12 }, (_, n) => container(n)),
		metadata: { started: Object.fromEntries(Array.from({ length: 5 }, (_, i) => [`old-${i}`, [`container-${i}`]])) },
	};
	const answer = (n: number): unknown => ({
		allowed: true,
		started: { ...data.metadata.started, [`run-${n}`]: [`container-${n}`] },
		capabilities: { bounding: ["CAP_CHOWN", "CAP_KILL"], effective: ["CAP_CHOWN"], inheritable: [] },
	});
	const denied = { allowed: false };
	return smallWorkload("containers", text, data, [
		[request(3), answer(3)],
		[request(11), answer(11)],
		[{ ...request(5), env: ["LD_PRELOAD=x.so"] }, denied],
		[{ ...request(5), id: "old-1" }, denied],
	]);
}
