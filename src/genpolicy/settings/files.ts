/** The settings of a path, as the command takes it: a file, or a folder of a file and its patches. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { codeOf, messageOf } from "../../thrown.ts";
import { parseSettings, type Settings, SettingsError, type TextFile } from "./settings.ts";

const fileName = "genpolicy-settings.json";
const patchFolder = "genpolicy-settings.d";

/** `cwd`: where relative paths begin. Throws SettingsError. */
export function readSettings(path: string, cwd: string = process.cwd()): Settings {
	let folder: boolean;
	try {
		folder = statSync(resolve(cwd, path)).isDirectory();
	} catch (e) {
		throw new SettingsError(`cannot read ${path}: ${reason(e)}. Say with -j where the settings are.`, { cause: e });
	}
	if (!folder) return parseSettings(textFile(path, cwd));
	const patches = join(path, patchFolder);
	const names = listFolder(resolve(cwd, patches)).filter((name) => name.endsWith(".json"));
	return parseSettings(
		textFile(join(path, fileName), cwd),
		names.map((name) => textFile(join(patches, name), cwd)),
	);
}

/** Names in byte order; of a folder that is not there, none. */
function listFolder(path: string): readonly string[] {
	try {
		return readdirSync(path, "buffer")
			.sort(Buffer.compare)
			.map((name) => name.toString("utf8"));
	} catch (e) {
		if (codeOf(e) === "ENOENT") return [];
		throw new SettingsError(`cannot read ${path}: ${reason(e)}`, { cause: e });
	}
}

function textFile(path: string, cwd: string): TextFile {
	try {
		return { name: path, text: new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(resolve(cwd, path))) };
	} catch (e) {
		throw new SettingsError(`cannot read ${path}: ${reason(e)}. Say with -j where the settings are.`, { cause: e });
	}
}

function reason(e: unknown): string {
	return codeOf(e) === "ENOENT" ? "there is no such file" : messageOf(e);
}
