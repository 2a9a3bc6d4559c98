/**
 * From a request's message to what the policy is asked: the rule's name is the message's, `input` is
 * its JSON, and CopyFile is shown without its data. Container ids become keys of the policy's state:
 * one that could be read as a path there is refused before any rule sees it.
 */
import type { Value } from "../../value/value.ts";
import { Code, TtrpcError } from "../ttrpc/status.ts";
import { copyFileInput } from "./copy-file.ts";
import type { MessageType } from "./descriptors.ts";
import { MessageError, type MessageObject, toInput } from "./message.ts";

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
	if (type.name !== "CopyFileRequest") return toInput(message, type);
	try {
		return copyFileInput(message);
	} catch (e) {
		if (!(e instanceof MessageError)) throw e;
		throw new TtrpcError(Code.INTERNAL, `parsing CopyFileRequest for policy: ${e.message}`);
	}
}
