/** Digests as OCI writes them (`sha256:…`), and the check that content has the one it should have. */
import { createHash } from "node:crypto";
import { ImageError } from "./image.ts";

const hexLength: ReadonlyMap<string, number> = new Map([
	["sha256", 64],
	["sha384", 96],
	["sha512", 128],
]);

export interface Digest {
	readonly algorithm: string;
	readonly hex: string;
}

/** Undefined if it is none, or of an algorithm that we do not know. */
export function parseDigest(text: string): Digest | undefined {
	const colon = text.indexOf(":");
	const [algorithm, hex] = [text.slice(0, colon), text.slice(colon + 1)];
	return hexLength.get(algorithm) === hex.length && /^[0-9a-f]+$/.test(hex) ? { algorithm, hex } : undefined;
}

export function digestOf(bytes: Uint8Array, algorithm = "sha256"): string {
	return `${algorithm}:${createHash(algorithm).update(bytes).digest("hex")}`;
}

/** Takes content piece by piece. */
export interface DigestCheck {
	update(bytes: Uint8Array): void;
	/** Throws ImageError where the content is another; `what` says whose it is. */
	verify(what: string): void;
}

/** Throws ImageError where `want` is no digest. */
export function checkDigest(want: string): DigestCheck {
	const digest = parseDigest(want);
	if (digest === undefined) throw new ImageError("invalid", `${JSON.stringify(want.slice(0, 200))} is no digest`);
	const hash = createHash(digest.algorithm);
	return {
		update: (bytes) => {
			hash.update(bytes);
		},
		verify: (what) => {
			const have = `${digest.algorithm}:${hash.digest("hex")}`;
			if (have !== want) throw new ImageError("invalid", `${what}: its digest is ${have}, and should be ${want}`);
		},
	};
}
