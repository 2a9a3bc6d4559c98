/**
 * `crypto.*` digests and message authentication codes, in hex, over the UTF-8 bytes of their operands.
 * Certificates and keys are in x509.ts.
 */

import { toUtf8 } from "../value/utf8.ts";
import { constantTimeEqual, digestHex, type HashName, hmacHex } from "./crypto/hash.ts";
import { type Builtin, define, ofModule, t } from "./define.ts";

const category = "crypto";

function digestBuiltin(name: HashName, title: string): Builtin {
	return define(`crypto.${name}`, {
		category,
		pure: true,
		args: [["x", t.string, "input string"]],
		resultName: "y",
		result: t.string,
		resultDoc: `${title} digest of \`x\`, in hex`,
		doc: `${title} digest of a string.`,
		since: "0.17.0",
		eval: (_, x) => digestHex(name, x),
	});
}

function hmacBuiltin(name: HashName, title: string): Builtin {
	return define(`crypto.hmac.${name}`, {
		category,
		pure: true,
		args: [
			["x", t.string, "input string"],
			["key", t.string, "key to use"],
		],
		resultName: "y",
		result: t.string,
		resultDoc: `${title} HMAC of \`x\`, in hex`,
		doc: `Keyed hash of a string: HMAC with ${title}.`,
		since: "0.36.0",
		eval: (_, x, key) => hmacHex(name, key, x),
	});
}

export const crypto: readonly Builtin[] = ofModule("crypto", [
	digestBuiltin("md5", "MD5"),
	digestBuiltin("sha1", "SHA-1"),
	digestBuiltin("sha256", "SHA-256"),
	hmacBuiltin("md5", "MD5"),
	hmacBuiltin("sha1", "SHA-1"),
	hmacBuiltin("sha256", "SHA-256"),
	hmacBuiltin("sha512", "SHA-512"),
	define("crypto.hmac.equal", {
		category,
		pure: true,
		args: [
			["mac1", t.string, "first MAC"],
			["mac2", t.string, "second MAC"],
		],
		resultName: "result",
		result: t.boolean,
		resultDoc: "`true` if the MACs are equal",
		doc: "Compares two MACs without revealing by its timing where they differ.",
		since: "0.52.0",
		eval: (_, mac1, mac2) => constantTimeEqual(toUtf8(mac1), toUtf8(mac2)),
	}),
]);
