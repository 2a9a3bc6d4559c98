/** The file of --initdata-path: what else than the policy goes into the initdata. */
import { readInitdata } from "../agent/policy/initdata.ts";
import type { InitdataContent } from "../agent/policy/initdata-text.ts";
import { PolicyLoadError } from "../agent/policy/load-error.ts";

export class InitdataFileError extends Error {}

/** Throws InitdataFileError. */
export function parseInitdataFile(name: string, bytes: Uint8Array): InitdataContent {
	try {
		const { version, algorithm, data } = readInitdata(bytes);
		return { version, algorithm, data };
	} catch (e) {
		if (!(e instanceof PolicyLoadError)) throw e;
		throw new InitdataFileError(
			`${name}: ${e.message}. Wanted are version = "0.1.0", algorithm = "sha256", "sha384" or "sha512", and [data] with texts.`,
			{ cause: e },
		);
	}
}
