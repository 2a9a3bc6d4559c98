/**
 * Ties a policy to what a TEE vouches for. A check names what is hashed (the policy's text, or the
 * initdata document it came in), the field the expected value stands in (its length differs per
 * TEE: the digest is cut or zero-padded to it), and where the expected value is read from.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { messageOf } from "../../thrown.ts";
import type { Initdata } from "./initdata.ts";
import { PolicyLoadError } from "./load-error.ts";

/** The bytes of the report field per TEE: HOSTDATA, MRCONFIGID, the personalization value, … */
const fieldLength = { snp: 32, tdx: 48, cca: 64, se: 256 } as const;

/** `none`: the expected value is the whole digest. */
export type Tee = keyof typeof fieldLength | "none";

/** Where the expected value comes from. */
export interface ExpectedDigest {
	/** For messages: `HOSTDATA of the SNP report`. */
	readonly source: string;
	/** Throws when it cannot be had. */
	read(): Uint8Array;
}

export interface DigestCheck {
	readonly of: "policy" | "initdata";
	readonly tee: Tee;
	readonly expected: ExpectedDigest;
	/** There may be no initdata, if the report says so too, with a field of zeros. */
	readonly optional?: boolean;
}

/** There is no default: leaving the check out is said in so many words. */
export type DigestRequirement = DigestCheck | "off";

/** SHA-256 of a policy's text. */
export function policyDigest(text: string): Uint8Array {
	return createHash("sha256").update(text, "utf8").digest();
}

/** The digest as it stands in the TEE's field. */
export function teeValue(digest: Uint8Array, tee: Tee): Uint8Array {
	if (tee === "none") return digest;
	const out = new Uint8Array(fieldLength[tee]);
	out.set(digest.subarray(0, out.length));
	return out;
}

/** Throws PolicyLoadError unless the policy is the expected one. */
export function checkDigest(text: string, initdata: Initdata | undefined, requirement: DigestRequirement): void {
	if (requirement === "off") return;
	const absent = requirement.of === "initdata" && initdata === undefined;
	if (absent && requirement.optional !== true) {
		throw new PolicyLoadError("digest: the policy did not come in initdata, whose digest is to be checked");
	}
	const digest = requirement.of === "initdata" && initdata !== undefined ? initdata.digest : policyDigest(text);
	const have = absent ? teeValue(new Uint8Array(0), requirement.tee) : teeValue(digest, requirement.tee);
	let want: Uint8Array;
	try {
		want = requirement.expected.read();
	} catch (e) {
		const why = messageOf(e);
		throw new PolicyLoadError(`digest: cannot read ${requirement.expected.source}: ${why}`);
	}
	if (want.length === have.length && Buffer.compare(want, have) === 0) return;
	if (absent) {
		throw new PolicyLoadError(
			`digest: there is no initdata, but ${requirement.expected.source} says ${toHex(want)}: it is withheld`,
		);
	}
	const what = requirement.of === "initdata" ? "initdata" : "policy";
	throw new PolicyLoadError(
		`digest: the ${what}'s is ${toHex(have)}, but ${requirement.expected.source} says ${toHex(want)}`,
	);
}

export function toHex(bytes: Uint8Array): string {
	return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
}

function fromHex(text: string): Uint8Array {
	const hex = text.trim().replace(/^0x/, "");
	if (!/^(?:[0-9a-fA-F]{2})+$/.test(hex)) throw new Error("not a hexadecimal digest");
	return Buffer.from(hex, "hex");
}

/** Given as text. Throws PolicyLoadError at once when it is not hexadecimal. */
export function hexDigest(hex: string): ExpectedDigest {
	let bytes: Uint8Array;
	try {
		bytes = fromHex(hex);
	} catch {
		throw new PolicyLoadError(`digest: ${JSON.stringify(hex)} is not a hexadecimal digest`);
	}
	return { source: "the expected digest", read: () => bytes };
}

/** In a file: hexadecimal text, or the raw bytes of a field (32, 48, 64 or 256 of them). */
export function fileDigest(path: string): ExpectedDigest {
	return {
		source: path,
		read: () => {
			const bytes = readFileSync(path);
			const text = bytes.toString("latin1").trim();
			return /^(?:0x)?[0-9a-fA-F]{40,}$/.test(text) ? fromHex(text) : bytes;
		},
	};
}

/** Where the kernel (6.7 and later) offers attestation reports as files. */
const tsmFolder = "/sys/kernel/config/tsm/report";

/** Place of the host's field in the report that configfs-tsm gives. */
const reportField = {
	/** HOST_DATA of the SNP attestation report. */
	snp: { name: "HOSTDATA of the SNP report", provider: "sev_guest", offset: 0xc0, length: 32 },
	/** The quote's header (48 bytes), then the TD report body with MRCONFIGID at 184. */
	tdx: { name: "MRCONFIGID of the TDX quote", provider: "tdx_guest", offset: 48 + 184, length: 48 },
} as const;

/**
 * From the TEE itself. Node cannot make the ioctl that /dev/sev-guest wants; the kernel's
 * configfs-tsm gives the same report through files.
 */
export function reportDigest(tee: "snp" | "tdx", folder: string = tsmFolder): ExpectedDigest {
	const field = reportField[tee];
	return {
		source: field.name,
		read: () => {
			const entry = `${folder}/regoplan-${process.pid}`;
			mkdirSync(entry, { recursive: true });
			try {
				// The kernel wants 64 bytes of caller's data; freshness does not matter to us.
				writeFileSync(`${entry}/inblob`, new Uint8Array(64));
				const provider = readFileSync(`${entry}/provider`, "latin1").trim();
				if (provider !== field.provider) throw new Error(`the report comes from ${provider}, not ${field.provider}`);
				const report = readFileSync(`${entry}/outblob`);
				if (report.length < field.offset + field.length) throw new Error("the report is too short");
				return report.subarray(field.offset, field.offset + field.length);
			} finally {
				// configfs removes an entry with its files; elsewhere it stays.
				try {
					rmdirSync(entry);
				} catch {
					// Nothing depends on its being gone.
				}
			}
		},
	};
}
