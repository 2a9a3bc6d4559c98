/** Hostile requests: every shape in every size, for policies that look at everything in them. */
import { encodeMessage } from "../../../src/agent/protocol/encode.ts";
import { emptyMessage, type MessageObject, type MessageValue } from "../../../src/agent/protocol/message.ts";
import { agentService, findMethod, messageType } from "../../../src/agent/protocol/protocol.ts";

export interface HostileRequest {
	readonly note: string;
	readonly method: string;
	readonly payload: Uint8Array;
}

/** Policies that deny in the end, after doing with the input what policies do. */
export const hostilePolicies: Readonly<Record<string, string>> = {
	prints: `package agent_policy

import rego.v1

walked contains path if walk(input, [path, _])

deny_after_looking if {
	print("input", input)
	every path in walked {
		print("at", path, "of", input)
		seen(path, input)
	}
	count(walked) < 0
}

seen(path, all) if {
	print("seen", path, all)
	count(path) >= 0
}

CreateContainerRequest if deny_after_looking
WriteStreamRequest if deny_after_looking
UpdateRoutesRequest if deny_after_looking
CopyFileRequest if deny_after_looking
`,
	patterns: `package agent_policy

import rego.v1

texts contains text if {
	walk(input, [_, text])
	is_string(text)
}

found if {
	some text in texts
	some other in texts
	regex.match(text, other)
	glob.match(other, ["."], text)
	startswith(text, "\\u0000never")
}

CreateContainerRequest if found
WriteStreamRequest if found
UpdateRoutesRequest if found
CopyFileRequest if found
`,
	builds: `package agent_policy

import rego.v1

made := json.marshal(input)

longer := concat("", [made, made, sprintf("%v", [input]), base64.encode(made), upper(made)])

found if {
	parts := split(longer, ",")
	some part in parts
	replaced := replace(part, "a", "\\u0001")
	json.unmarshal(made) == replaced
}

CreateContainerRequest if found
WriteStreamRequest if found
UpdateRoutesRequest if found
CopyFileRequest if found
`,
};

function request(method: string, fields: MessageObject): Omit<HostileRequest, "note"> {
	const found = findMethod(agentService, method);
	if (found === undefined) throw new Error(method);
	return { method, payload: encodeMessage({ ...emptyMessage(found.request), ...fields }, found.request) };
}

function filled(type: string, fields: MessageObject): MessageObject {
	return { ...emptyMessage(messageType(type)), ...fields };
}

const process = (fields: MessageObject): MessageObject => ({
	OCI: filled("Spec", { Process: filled("Process", fields) }),
});

function times<T extends MessageValue>(n: number, one: (i: number) => T): readonly T[] {
	return Array.from({ length: n }, (_, i) => one(i));
}

/** Each of about `size` bytes. */
const shapes: Readonly<Record<string, (size: number) => Omit<HostileRequest, "note">>> = {
	"environment of many names": (size) =>
		request("CreateContainer", process({ Env: times(Math.min(size / 18, 40_000), (i) => `HOSTNAME=a${i}`) })),
	"a variable of control characters": (size) =>
		request("CreateContainer", process({ Env: [`HOSTNAME=€${"\u0001".repeat(size)}`] })),
	"a variable of two-byte characters": (size) =>
		request("CreateContainer", process({ Env: [`HOSTNAME=${"ü".repeat(size / 2)}`] })),
	"arguments that are patterns": (size) =>
		request(
			"CreateContainer",
			process({ Args: times(Math.min(size / 30, 200), (i) => `(a|aa)+{${"{".repeat(i % 5)}$`) }),
		),
	"one pattern of alternatives": (size) =>
		request("CreateContainer", process({ Args: ["{a,b}*[!c]".repeat(size / 10)] })),
	"many annotations": (size) =>
		request("CreateContainer", {
			OCI: filled("Spec", {
				Annotations: Object.fromEntries(
					times(Math.min(size / 24, 40_000), (i) => `k${i}`).map((k) => [k, "__proto__"]),
				),
			}),
		}),
	"an annotation with a long name": (size) =>
		request("CreateContainer", { OCI: filled("Spec", { Annotations: { ["k".repeat(size)]: "v" } }) }),
	"many empty storages": (size) =>
		request("CreateContainer", { storages: times(Math.min(size / 2, 45_000), () => filled("Storage", {})) }),
	"many mounts": (size) =>
		request("CreateContainer", {
			OCI: filled("Spec", {
				Mounts: times(Math.min(size / 40, 20_000), (i) =>
					filled("Mount", { destination: `/d${i}`, source: "/..", options: ["ro"] }),
				),
			}),
		}),
	"input of many bytes": (size) => request("WriteStdin", { data: new Uint8Array(size).fill(255) }),
	"many routes": (size) =>
		request("UpdateRoutes", {
			routes: filled("Routes", {
				Routes: times(Math.min(size / 12, 9000), (i) => filled("types.Route", { dest: `10.0.0.${i}`, device: "eth0" })),
			}),
		}),
	"a link to a long target": (size) =>
		request("CopyFile", { path: "/run/x", file_mode: 0o120777, data: Buffer.from("../".repeat(size / 3)) }),
};

/** Rows for one policy. */
export function hostileRequests(sizes: readonly number[]): readonly HostileRequest[] {
	return Object.entries(shapes).flatMap(([shape, make]) =>
		sizes.map((size) => ({ note: `${shape}, ${size >> 10} KiB`, ...make(size) })),
	);
}
