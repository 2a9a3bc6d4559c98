/**
 * One answer to what a policy sees of a request: the gate's, that of `rego agent test`, and the schema that policies
 * are checked against.
 */
import { describe, expect, test } from "vitest";
import { sampleReply } from "../../src/agent/kit/fake-agent.ts";
import { checkRequestSchema } from "../../src/agent/policy/request-schema.ts";
import type { MessageType } from "../../src/agent/protocol/descriptors.ts";
import { type MessageObject, toInput } from "../../src/agent/protocol/message.ts";
import { olderFields } from "../../src/agent/protocol/policy-forms.ts";
import { policyInput } from "../../src/agent/protocol/policy-input.ts";
import { messageType, policyRequests } from "../../src/agent/protocol/protocol.ts";
import { inputOf } from "../../src/cli/agent-test.ts";
import { compile } from "../../src/index.ts";
import { isPlainObject, type PlainObject, type Value } from "../../src/value/value.ts";

function object(v: Value): PlainObject {
	if (!isPlainObject(v)) throw new Error("an object is wanted");
	return v;
}

/** With every field, and an id that is one. */
function full(type: MessageType): MessageObject {
	const message = sampleReply(type);
	return "container_id" in message ? { ...message, container_id: "c1" } : message;
}

const link: MessageObject = {
	...full(messageType("CopyFileRequest")),
	file_mode: 0o120777,
	data: new TextEncoder().encode("../ä"),
};
const messages: readonly { note: string; type: MessageType; message: MessageObject }[] = [
	...policyRequests.map((type) => ({ note: type.name, type, message: full(type) })),
	{ note: "CopyFileRequest of a link", type: messageType("CopyFileRequest"), message: link },
];

describe.each(messages)("$note", ({ type, message }) => {
	const shown = object(policyInput(message, type));
	const warned = (keys: readonly string[]): readonly string[] => {
		const reads = keys.map((key) => `\tinput[${JSON.stringify(key)}]\n`).join("");
		const text = `package agent_policy\n\n${type.name} if {\n\ttrue\n${reads}}\n`;
		return checkRequestSchema(compile({ "policy.rego": text }).explainable()).map((f) => f.message);
	};

	test("a test case of the whole request is decided on what the gate asks", () => {
		expect(inputOf(type.name, object(toInput(message, type)))).toEqual(shown);
	});

	test("a policy may read all that it is shown, and what older agents showed", () => {
		expect(warned([...Object.keys(shown), ...olderFields(type).map((f) => f.key)])).toEqual([]);
	});

	test("and is warned of every field of the request that it is not shown", () => {
		const hidden = type.fields.map((f) => f.key).filter((key) => !Object.hasOwn(shown, key));
		expect(warned(hidden)).toEqual(hidden.map((key) => expect.stringContaining(`${type.name} has no "${key}"`)));
	});
});

test("the data of CopyFile are what is hidden", () => {
	const hidden = messages.flatMap(({ type, message }) => {
		const shown = object(policyInput(message, type));
		return type.fields.filter((f) => !Object.hasOwn(shown, f.key)).map((f) => `${type.name}.${f.key}`);
	});
	expect([...new Set(hidden)]).toEqual(["CopyFileRequest.data"]);
	expect(object(policyInput(link, messageType("CopyFileRequest")))["symlink_target"]).toBe("../ä");
});
