/** A Secret's value, which is base64 of UTF-8 where it is to be a variable. */

export interface Decoded {
	readonly text: string | undefined;
	/** Why there is none; without the value. */
	readonly trouble: string;
}

export function decodeSecret(encoded: string): Decoded {
	const bytes = Buffer.from(encoded, "base64");
	// Strict, as Rust's decoder: Node's passes over what it does not know.
	if (bytes.toString("base64") !== encoded) return { text: undefined, trouble: "is not base64" };
	try {
		return { text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes), trouble: "" };
	} catch {
		return { text: undefined, trouble: "is not UTF-8" };
	}
}
