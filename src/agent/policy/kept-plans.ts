/**
 * Plans of policies that were compiled when the image was made: what is left of a start is reading them. A folder
 * has a file for each policy, named by the SHA-256 of its text. Whoever may write there writes what is enforced, as
 * with the gate's own program: the folder belongs into the measured image.
 *
 * A plan is taken for the very text it was made of, by the version it was made by. Anything else is compiled, as if
 * there were no plan.
 */
import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { codeOf, messageOf } from "../../thrown.ts";
import { isPlainObject, type PlainObject, type Value } from "../../value/value.ts";
import { version } from "../../version.ts";
import type { PlannedTexts, RegoVersion } from "./engine.ts";

/** Finds the plans of a text by its SHA-256 in hexadecimal. */
export type FindPlans = (digest: string, regoVersion: RegoVersion) => PlannedTexts | undefined;

/** The name of the file with a policy's plans. */
export const planFile = (digest: string): string => `${digest}.json`;

/** Looks into a folder; `warn` is told why a plan that is there is not taken. */
export function keptPlans(folder: string, warn: (why: string) => void): FindPlans {
	return (digest, regoVersion) => {
		const file = join(folder, planFile(digest));
		try {
			const text = readOwned(file);
			if (text === undefined) return undefined;
			const kept: Value = JSON.parse(text);
			if (!isKept(kept)) throw new Error("it is not a plan");
			if (kept.version !== version) throw new Error(`it was made by version ${kept.version.slice(0, 20)}`);
			if (kept.policy !== digest || kept.regoVersion !== regoVersion) throw new Error("it is of another policy");
			return { plan: kept.plan, printing: kept.printing };
		} catch (e) {
			warn(`the plan ${file} is not used: ${messageOf(e)}`);
			return undefined;
		}
	};
}

/** Undefined where there is none. Throws for a file that others could have written. */
function readOwned(file: string): string | undefined {
	let fd: number;
	try {
		fd = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW);
	} catch (e) {
		if (codeOf(e) === "ENOENT") return undefined;
		throw e;
	}
	try {
		const { uid, mode } = fstatSync(fd);
		const ours = uid === 0 || uid === process.getuid?.();
		if (!ours || (mode & 0o022) !== 0) throw new Error("others may write to it");
		return readFileSync(fd, "utf8");
	} finally {
		closeSync(fd);
	}
}

/** What is in such a file. */
export interface KeptPlan extends PlannedTexts {
	readonly version: string;
	/** SHA-256 of its text in hexadecimal. */
	readonly policy: string;
	readonly regoVersion: string;
}

function isKept(v: Value): v is KeptPlan & PlainObject {
	if (!isPlainObject(v)) return false;
	const { version: by, policy, regoVersion, plan, printing } = v;
	return (
		[by, policy, regoVersion, plan].every((x) => typeof x === "string") &&
		(printing === null || typeof printing === "string")
	);
}
