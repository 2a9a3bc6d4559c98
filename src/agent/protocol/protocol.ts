/**
 * The agent's protocol, assembled: message types by name, services and methods, and for each
 * method the name of the policy rule that decides it (the name of its request *message*).
 */
import { agentProto } from "./agent-proto.ts";
import { type MessageType, type Method, parseProtos, type Registry } from "./descriptors.ts";
import { emptyProto } from "./empty-proto.ts";
import { healthProto } from "./health-proto.ts";
import { ociProto } from "./oci-proto.ts";
import { olderProto } from "./older-proto.ts";
import { typesProto } from "./types-proto.ts";

export const agentService = "grpc.AgentService";
export const healthService = "grpc.Health";
/** The service of agents that pull images by one of its own. */
export const imageService = "grpc.Image";

export const protocol: Registry = parseProtos([emptyProto, typesProto, ociProto, healthProto, agentProto, olderProto]);

/** The method, or undefined when the agent's API has no such service or method. */
export function findMethod(service: string, method: string): Method | undefined {
	return protocol.services.get(service)?.methods.get(method);
}

/** A message of the agent's API by its short or full name (`CreateContainerRequest`). */
export function findMessage(name: string): MessageType | undefined {
	return protocol.messages.get(name) ?? protocol.messages.get(`grpc.${name}`);
}

/** As findMessage, for names written in the source. */
export function messageType(name: string): MessageType {
	const found = findMessage(name);
	if (found === undefined) throw new Error(`no message ${name} in the agent's protocol`);
	return found;
}

/** Every request message that a policy can have a rule for, once each, in the services' order. */
export const policyRequests: readonly MessageType[] = [
	...new Set([...(protocol.services.get(agentService)?.methods.values() ?? [])].map((m) => m.request)),
];
