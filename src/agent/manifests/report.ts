/**
 * The host's field out of a TEE's report: HOSTDATA of an SNP report, MRCONFIGID of a TDX quote or report. Nothing is
 * verified: whoever reads a report from a file has to know where it comes from.
 */

export interface TeeReport {
	readonly tee: "snp" | "tdx";
	/** `SNP report`, `TDX quote`, `TDX report`. */
	readonly kind: string;
	readonly field: "HOSTDATA" | "MRCONFIGID";
	readonly value: Uint8Array;
	/** The host may look into the guest and change it: nothing that the report says binds it. */
	readonly debug: boolean;
}

const snpLength = 1184;
const teeTdx = 0x81;
const reportLength = 1024;
/** Reports with all their certificates come to some kilobytes. */
const longest = 1 << 20;

/** Undefined for what is neither. Raw bytes, or the same in hexadecimal or base64. */
export function readTeeReport(content: Uint8Array): TeeReport | undefined {
	if (content.length > longest) return undefined;
	const bytes = Buffer.from(content);
	return ofBytes(bytes) ?? ofText(bytes);
}

function ofText(bytes: Buffer): TeeReport | undefined {
	const text = bytes.toString("latin1").replace(/\s+/g, "");
	if (/^(?:[0-9a-fA-F]{2})+$/.test(text)) return ofBytes(Buffer.from(text, "hex"));
	return /^[A-Za-z0-9+/]+={0,2}$/.test(text) ? ofBytes(Buffer.from(text, "base64")) : undefined;
}

function ofBytes(bytes: Buffer): TeeReport | undefined {
	return tdxQuote(bytes) ?? tdxReport(bytes) ?? snpReport(bytes);
}

/** Versions 2 to 5 have the fields in the same places; certificates may follow. */
function snpReport(bytes: Buffer): TeeReport | undefined {
	if (bytes.length < snpLength) return undefined;
	const version = bytes.readUInt32LE(0);
	if (version < 2 || version > 5) return undefined;
	// Bit 19 of the guest's policy.
	const debug = (bytes.readUInt32LE(8) & (1 << 19)) !== 0;
	return { tee: "snp", kind: "SNP report", field: "HOSTDATA", value: bytes.subarray(0xc0, 0xc0 + 32), debug };
}

/** Lengths of the bodies of TDX 1.0 and 1.5, by the type that a quote of version 5 gives them. */
const bodyLengths: ReadonlyMap<number, number> = new Map([
	[2, 584],
	[3, 648],
]);

/** The header of 48 bytes, in version 5 type and size of the body, then the body. */
function tdxQuote(bytes: Buffer): TeeReport | undefined {
	if (bytes.length < 48 + 6) return undefined;
	const version = bytes.readUInt16LE(0);
	if ((version !== 4 && version !== 5) || bytes.readUInt32LE(4) !== teeTdx) return undefined;
	const length = version === 4 ? 584 : bodyLengths.get(bytes.readUInt16LE(48));
	if (length === undefined || (version === 5 && bytes.readUInt32LE(50) !== length)) return undefined;
	const body = bytes.subarray(version === 4 ? 48 : 54).subarray(0, length);
	if (body.length < length) return undefined;
	const value = body.subarray(184, 184 + 48);
	return { tee: "tdx", kind: "TDX quote", field: "MRCONFIGID", value, debug: isTdDebug(body, 120) };
}

/** What the guest's processor makes, before it becomes a quote: TDINFO at 512, the field at 64 of it. */
function tdxReport(bytes: Buffer): TeeReport | undefined {
	if (bytes.length !== reportLength || bytes[0] !== teeTdx) return undefined;
	const value = bytes.subarray(576, 576 + 48);
	return { tee: "tdx", kind: "TDX report", field: "MRCONFIGID", value, debug: isTdDebug(bytes, 512) };
}

/** Bit 0 of the guest's attributes. */
function isTdDebug(bytes: Buffer, attributes: number): boolean {
	return ((bytes[attributes] ?? 0) & 1) !== 0;
}
