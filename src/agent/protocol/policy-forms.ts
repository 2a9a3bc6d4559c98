/**
 * What a policy sees of a request. For nearly all it is the message itself; the table below has those that are shown
 * in another form. Who decides, who tests a policy and who checks one before it is used all ask here, so that a field
 * that is hidden is hidden from each of them.
 */
import type { PlainObject, Value } from "../../value/value.ts";
import { copyFileFromTest, copyFileOwn } from "./copy-file.ts";
import { type Field, type MessageType, parseProtos } from "./descriptors.ts";
import { defaultOf, type MessageDraft, type MessageObject, toInput } from "./message.ts";
import { policyFormProto } from "./policy-form-proto.ts";
import { fromSerde } from "./serde.ts";

interface PolicyForm {
	/** The fields of `input`. */
	readonly type: MessageType;
	/** Fields that some agent showed once: a policy may look for them. */
	readonly older: readonly Field[];
	/** The fields that the request does not have. Throws MessageError. */
	own(request: MessageObject): MessageObject;
	/** The same for a test case, which may give these fields itself. Throws MessageError. */
	ownOfTest(json: PlainObject, request: MessageObject): MessageObject;
}

const registry = parseProtos([policyFormProto]);

function formType(name: string): MessageType {
	const found = registry.messages.get(`policy.${name}`);
	if (found === undefined) throw new Error(`no form ${name}`);
	return found;
}

const forms: ReadonlyMap<string, PolicyForm> = new Map([
	[
		"CopyFileRequest",
		{
			type: formType("CopyFileRequest"),
			older: formType("OlderCopyFileRequest").fields,
			own: copyFileOwn,
			ownOfTest: copyFileFromTest,
		},
	],
]);

/** A request with every field, as `input`. Throws MessageError where it cannot be shown. */
export function shownToPolicy(request: MessageObject, type: MessageType): Value {
	const form = forms.get(type.name);
	return form === undefined ? toInput(request, type) : inForm(form, request, form.own(request));
}

/** What a policy would see of the request of a test case, in which fields may be missing. Throws MessageError. */
export function shownOfTest(json: PlainObject, type: MessageType): Value {
	const request = fromSerde(json, type);
	const form = forms.get(type.name);
	return form === undefined ? toInput(request, type) : inForm(form, request, form.ownOfTest(json, request));
}

function inForm({ type }: PolicyForm, request: MessageObject, own: MessageObject): Value {
	const out: MessageDraft = {};
	for (const f of type.fields) out[f.key] = own[f.key] ?? request[f.key] ?? defaultOf(f);
	return toInput(out, type);
}

/** The message type whose fields are those of `input`. */
export function shownType(type: MessageType): MessageType {
	return forms.get(type.name)?.type ?? type;
}

/** Fields that the `input` of older agents had besides. */
export function olderFields(type: MessageType): readonly Field[] {
	return forms.get(type.name)?.older ?? [];
}
