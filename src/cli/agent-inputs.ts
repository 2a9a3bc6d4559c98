/**
 * The files that `rego agent digest` and `rego agent manifest` are given: manifests by name, folders of them at any
 * depth, and `-` for standard input.
 */

import { readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { ManifestFileError } from "../agent/manifests/objects.ts";
import { type Workload, workloadsOf } from "../agent/manifests/workloads.ts";
import { decodeUtf8 } from "../documents/texts.ts";
import { messageOf } from "../thrown.ts";
import { type CliIo, CommandError, readBytes, statPath } from "./io.ts";

export interface InputFile {
	/** `-` is standard input. */
	readonly name: string;
	readonly bytes: Uint8Array;
}

const maxDepth = 32;

/** Throws CommandError. In folders, files ending in .yaml and .yml are taken, in the order of their names. */
export function inputFiles(io: CliIo, paths: readonly string[]): readonly InputFile[] {
	return paths.flatMap((path) => {
		if (path === "-") return [{ name: "-", bytes: io.stdin() }];
		try {
			const names = statPath(io, path).isDirectory() ? manifestsIn(io, path, 0) : [path];
			return names.map((name) => ({ name, bytes: readBytes(io, name) }));
		} catch (e) {
			if (e instanceof CommandError) throw e;
			throw new CommandError(messageOf(e), 2);
		}
	});
}

function manifestsIn(io: CliIo, folder: string, depth: number): readonly string[] {
	if (depth > maxDepth) throw new CommandError(`${folder}: folders are nested more than ${maxDepth} deep`, 2);
	const entries = readdirSync(resolve(io.cwd, folder), { withFileTypes: true });
	entries.sort((a, b) => (a.name < b.name ? -1 : 1));
	return entries.flatMap((entry) => {
		const path = join(folder, entry.name);
		// Links to folders may lead in circles.
		if (entry.isDirectory()) return manifestsIn(io, path, depth + 1);
		return /\.ya?ml$/i.test(entry.name) && statPath(io, path).isFile() ? [path] : [];
	});
}

/** Throws CommandError. */
export function workloadsIn({ name, bytes }: InputFile): readonly Workload[] {
	try {
		return workloadsOf(decodeUtf8(bytes), name === "-" ? "standard input" : name);
	} catch (e) {
		if (e instanceof ManifestFileError) throw new CommandError(e.message, 2);
		throw e;
	}
}
