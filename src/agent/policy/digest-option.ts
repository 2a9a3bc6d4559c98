/**
 * `--expect-digest` and its companions, as a requirement. In: the words of the command line and what
 * devices the guest has. Out: a check, or `off` with the reason. Without the flag a guest in a TEE
 * checks its policy against the TEE's report; only a guest without one goes unchecked, and is told.
 */
import { existsSync } from "node:fs";
import {
	type DigestRequirement,
	type ExpectedDigest,
	fileDigest,
	hexDigest,
	reportDigest,
	type Tee,
} from "./digest.ts";

export interface DigestOption {
	/** `auto`, `off`, `snp`, `tdx`, `file:PATH` or hexadecimal. */
	readonly expect: string;
	/** What is hashed; default the initdata where the policy comes in it. */
	readonly of: "policy" | "initdata" | undefined;
	/**
	 * The kind of TEE whose field the expected value is written for; default the one whose report there is, or else
	 * the whole digest.
	 */
	readonly tee: Tee | undefined;
	readonly inInitdata: boolean;
	/** Initdata was looked for and there is none: the image's policy is used. */
	readonly withoutInitdata?: boolean;
}

export interface ChosenDigest {
	readonly requirement: DigestRequirement;
	/** Why there is no check, where there is none. */
	readonly note: string | undefined;
}

/** Throws PolicyLoadError for an expected value that is not one. */
export function chooseDigest(option: DigestOption, exists: (path: string) => boolean = existsSync): ChosenDigest {
	let expect = option.expect;
	if (expect === "off") return { requirement: "off", note: "the check is switched off" };
	if (expect === "auto") {
		expect = exists("/dev/sev-guest") ? "snp" : exists("/dev/tdx_guest") ? "tdx" : "none";
		if (expect === "none") return { requirement: "off", note: "no TEE was found to check it against" };
	}
	const report = expect === "snp" || expect === "tdx" ? expect : undefined;
	let expected: ExpectedDigest;
	if (report !== undefined) expected = reportDigest(report);
	else expected = expect.startsWith("file:") ? fileDigest(expect.slice(5)) : hexDigest(expect);
	const optional = option.withoutInitdata === true;
	const of = option.of ?? (option.inInitdata || optional ? "initdata" : "policy");
	const tee = option.tee ?? report ?? "none";
	return { requirement: { of, tee, expected, ...(optional ? { optional } : {}) }, note: undefined };
}
