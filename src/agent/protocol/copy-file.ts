/**
 * What a policy sees of a CopyFileRequest: the file's kind read from its mode, the target of a
 * symbolic link as text, and never the data itself.
 */

import { valueAt } from "../../at.ts";
import { getOwn } from "../../value/collections.ts";
import type { PlainObject, Value } from "../../value/value.ts";
import { MessageError, type MessageObject } from "./message.ts";

const formatMask = 0o170000;
const fileTypes: ReadonlyMap<number, string> = new Map([
	[0o100000, "Regular"],
	[0o040000, "Directory"],
	[0o120000, "Symlink"],
]);

const policyFileTypes: ReadonlySet<Value> = new Set(["Unknown", ...fileTypes.values()]);
const noData = new Uint8Array(0);

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Throws MessageError where a symbolic link's target is not UTF-8. */
export function copyFileInput(request: MessageObject): Value {
	const mode = request["file_mode"] as number;
	const fileType = fileTypes.get(mode & formatMask) ?? "Unknown";
	let target: string | null = null;
	if (fileType === "Symlink") {
		try {
			target = utf8.decode(request["data"] as Uint8Array);
		} catch {
			throw new MessageError("CopyFileRequest.data", "invalid symlink content: not UTF-8");
		}
	}
	return {
		path: request["path"] as string,
		file_type: fileType,
		symlink_target: target,
		file_size: request["file_size"] as Value,
		file_mode: mode,
		dir_mode: request["dir_mode"] as Value,
		uid: request["uid"] as Value,
		gid: request["gid"] as Value,
		offset: request["offset"] as Value,
	};
}

/**
 * The same from a test case, which may give either form: the policy's (`file_type`,
 * `symlink_target`) or the agent's (`data`). Missing fields get their defaults.
 */
export function copyFileInputFromJson(json: PlainObject, filled: MessageObject): Value {
	const fileType = getOwn(json, "file_type");
	const target = getOwn(json, "symlink_target");
	if (fileType === undefined && target === undefined) return copyFileInput(filled);
	if (fileType !== undefined && !policyFileTypes.has(fileType)) {
		throw new MessageError("CopyFileRequest.file_type", `one of ${[...policyFileTypes].join(", ")} is wanted here`);
	}
	if (target !== undefined && target !== null && typeof target !== "string") {
		throw new MessageError("CopyFileRequest.symlink_target", "a string is wanted here");
	}
	const derived = copyFileInput({ ...filled, data: noData }) as PlainObject;
	return {
		...derived,
		file_type: fileType ?? valueAt(derived, "file_type"),
		symlink_target: target ?? null,
	};
}
