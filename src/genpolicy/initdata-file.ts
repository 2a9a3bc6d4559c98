/** The file of --initdata-path: what else than the policy goes into the initdata. */
import { readInitdata } from "../agent/policy/initdata.ts";
import type { InitdataContent } from "../agent/policy/initdata-text.ts";
import { PolicyLoadError } from "../agent/policy/load-error.ts";

export class InitdataFileError extends Error {}

/** Throws InitdataFileError, whose message has the place. */
export function parseInitdataFile(name: string, bytes: Uint8Array): InitdataContent {
	try {
		const { version, algorithm, data } = readInitdata(bytes);
		return { version, algorithm, data };
	} catch (e) {
		if (!(e instanceof PolicyLoadError)) throw e;
		throw new InitdataFileError(
			`${name}:${lineOf(bytes, e.message)}:1: error: ${e.message}\n  Wanted are version = "0.1.0", algorithm = "sha256", "sha384" or "sha512", and [data] with texts.`,
			{ cause: e },
		);
	}
}

/** The line of the key that the message is about; else of the first one. */
function lineOf(bytes: Uint8Array, message: string): number {
	const [key] = /\b(?:version|algorithm)\b/.exec(message) ?? [];
	const lines = new TextDecoder().decode(bytes).split("\n");
	const at = key === undefined ? -1 : lines.findIndex((line) => line.trimStart().startsWith(key));
	return Math.max(at, 0) + 1;
}
