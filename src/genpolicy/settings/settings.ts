/**
 * genpolicy-settings.json: read from a file, or from a folder that holds it and `genpolicy-settings.d/*.json`, JSON
 * patches (RFC 6902) that are applied in the order of their names. In: texts. Out: settings, checked against their
 * table, or a SettingsError that names the file.
 */
import { applyPatch, PatchError } from "../../agent/policy/json-patch.ts";
import { JsonSyntaxError, parseJson } from "../../value/json.ts";
import { isArray, type Value } from "../../value/value.ts";
import { Problems } from "../problem.ts";
import { treeOfJson } from "../tree/json.ts";
import { readShape } from "../tree/read.ts";
import { type Setting, settingsShapes } from "./fields.ts";

export type Settings = Setting<"Settings">;

/** A file as given: its name for messages, and its text. */
export interface TextFile {
	readonly name: string;
	readonly text: string;
}

export class SettingsError extends Error {}

/** Throws SettingsError. */
export function parseSettings(base: TextFile, patches: readonly TextFile[] = []): Settings {
	let merged = jsonOf(base);
	for (const patch of patches) {
		const ops = jsonOf(patch);
		if (!isArray(ops)) throw new SettingsError(`${patch.name}: a JSON patch is a list of operations`);
		try {
			merged = applyPatch(merged, ops);
		} catch (e) {
			if (!(e instanceof PatchError)) throw e;
			throw new SettingsError(`${patch.name}: the patch does not apply: ${e.message}`, { cause: e });
		}
	}
	const problems = new Problems();
	const settings = readShape(settingsShapes, "Settings", treeOfJson(merged), problems, { path: [] });
	if (settings === undefined) {
		const what = problems.list.map((p) => `\n  ${p.message}`).join("");
		throw new SettingsError(`${base.name}: the settings are not those of a policy generator of this version:${what}`);
	}
	checkValues(base.name, settings);
	return settings;
}

const emptyDirTypes = ["shared-fs", "block-encrypted", "block-plain"];

function checkValues(name: string, { request_defaults, cluster_config }: Settings): void {
	if ((request_defaults.ExecProcessRequest.commands ?? []).length > 0)
		throw new SettingsError(
			`${name}: request_defaults.ExecProcessRequest.commands is no longer supported: write allowed_commands, each a list of words`,
		);
	if (!emptyDirTypes.includes(cluster_config.emptydir_type))
		throw new SettingsError(`${name}: cluster_config.emptydir_type must be one of ${emptyDirTypes.join(", ")}`);
}

function jsonOf({ name, text }: TextFile): Value {
	try {
		return parseJson(text);
	} catch (e) {
		if (!(e instanceof JsonSyntaxError)) throw e;
		const before = text.slice(0, e.offset);
		const line = before.split("\n").length;
		const column = e.offset - before.lastIndexOf("\n");
		throw new SettingsError(`${name}:${line}:${column}: ${e.message}`, { cause: e });
	}
}
