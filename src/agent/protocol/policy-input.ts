/**
 * From a request's message to what the policy is asked: the rule's name is the message's, `input` is
 * its JSON, in the form that policy-forms.ts gives it. Container ids become keys of the policy's state:
 * one that could be read as a path there is refused before any rule sees it.
 */
import type { Value } from "../../value/value.ts";
import { Code, TtrpcError } from "../ttrpc/status.ts";
import type { MessageType } from "./descriptors.ts";
import { MessageError, type MessageObject } from "./message.ts";
import { shownToPolicy } from "./policy-forms.ts";

const containerId = /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/;
const longestId = 1024;

/** Throws a TtrpcError for what no policy should be asked about. */
export function policyInput(message: MessageObject, type: MessageType): Value {
	const id = message["container_id"];
	if (typeof id === "string" && id !== "" && (id.length > longestId || !containerId.test(id))) {
		throw new TtrpcError(
			Code.INVALID_ARGUMENT,
			`${type.name}: container_id ${JSON.stringify(id.slice(0, 80))} is not valid`,
		);
	}
	try {
		return shownToPolicy(message, type);
	} catch (e) {
		if (!(e instanceof MessageError)) throw e;
		throw new TtrpcError(Code.INTERNAL, `parsing ${type.name} for policy: ${e.message}`);
	}
}
