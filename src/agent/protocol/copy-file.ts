/**
 * What a policy sees of a CopyFileRequest beyond its own fields: the file's kind, read from its mode, and the target
 * of a symbolic link as text. The data themselves are never shown.
 */

import { getOwn } from "../../value/collections.ts";
import type { PlainObject } from "../../value/value.ts";
import { MessageError, type MessageObject, type MessageValue } from "./message.ts";

const formatMask = 0o170000;
const fileTypes: ReadonlyMap<number, string> = new Map([
	[0o100000, "Regular"],
	[0o040000, "Directory"],
	[0o120000, "Symlink"],
]);

const policyFileTypes: readonly string[] = ["Unknown", ...fileTypes.values()];

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Throws MessageError where a symbolic link's target is not UTF-8. */
export function copyFileOwn({ file_mode, data }: MessageObject): MessageObject {
	const type = fileTypeOf(file_mode);
	return { file_type: type, symlink_target: type === "Symlink" ? targetOf(data) : null };
}

function fileTypeOf(mode: MessageValue | undefined): string {
	return (typeof mode === "number" ? fileTypes.get(mode & formatMask) : undefined) ?? "Unknown";
}

function targetOf(data: MessageValue | undefined): string {
	if (!(data instanceof Uint8Array)) return "";
	try {
		return utf8.decode(data);
	} catch {
		throw new MessageError("CopyFileRequest.data", "invalid symlink content: not UTF-8");
	}
}

/** The same from a test case, which may give the policy's form (`file_type`, `symlink_target`) or the agent's (`data`). */
export function copyFileFromTest(json: PlainObject, request: MessageObject): MessageObject {
	const type = getOwn(json, "file_type");
	const target = getOwn(json, "symlink_target");
	if (type === undefined && target === undefined) return copyFileOwn(request);
	if (type !== undefined && !(typeof type === "string" && policyFileTypes.includes(type))) {
		throw new MessageError("CopyFileRequest.file_type", `one of ${policyFileTypes.join(", ")} is wanted here`);
	}
	if (target !== undefined && target !== null && typeof target !== "string") {
		throw new MessageError("CopyFileRequest.symlink_target", "a string is wanted here");
	}
	return { file_type: type ?? fileTypeOf(request["file_mode"]), symlink_target: target ?? null };
}
