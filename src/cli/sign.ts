/** `rego sign -b <path>`: writes `.signatures.json` for bundles, as `opa sign`. */

import type { SignedFile } from "../bundle/signature.ts";
import { decodeUtf8, parseJsonFile } from "../documents/texts.ts";
import { messageOf } from "../thrown.ts";
import { parseJson, toJson } from "../value/json.ts";
import { isPlainObject } from "../value/value.ts";
import { readKey, signFiles } from "./bundle-signature.ts";
import { cleanPath } from "./documents.ts";
import { bundleFlag } from "./eval-flags.ts";
import { applyEnvironment, describeFlags, type FlagSpec, parseFlags } from "./flags.ts";
import { type CliIo, CommandError, readBytes, writeText } from "./io.ts";
import { bundleFiles } from "./load-bundle.ts";
import { joinPath } from "./load-data.ts";
import { Stopwatch } from "./stopwatch.ts";

const signFlags: readonly FlagSpec[] = [
	{ ...bundleFlag, kind: "bool", doc: "the paths are bundles: needed" },
	{ name: "claims-file", kind: "string", doc: "JSON file of claims besides the files" },
	{
		name: "output-file-path",
		short: "o",
		kind: "string",
		default: ".",
		doc: "folder that .signatures.json is written to",
	},
	{ name: "signing-alg", kind: "string", default: "RS256", doc: "algorithm of the signature" },
	{ name: "signing-key", kind: "string", doc: "PEM file of the private key, or HMAC secret" },
	{ name: "signing-plugin", kind: "string", doc: "not supported", hidden: true },
];

export function signHelp(): string {
	return describeFlags(signFlags);
}

export async function runSign(argv: readonly string[], io: CliIo): Promise<number> {
	const flags = applyEnvironment(signFlags, parseFlags(signFlags, argv), "OPA_SIGN", io.env);
	const fail = (message: string): never => {
		throw new CommandError(message, 1);
	};
	if (flags.args.length === 0) fail("specify atleast one path containing policy and/or data files");
	if (flags.string("signing-key") === "") {
		fail("specify the secret (HMAC) or path of the PEM file containing the private key (RSA and ECDSA)");
	}
	if (!flags.bool("bundle")) fail("enable bundle mode (ie. --bundle) to sign bundle files or directories");
	if (flags.string("signing-plugin") !== "") fail("not supported by this version of rego: --signing-plugin");
	try {
		const files: SignedFile[] = [];
		for (const path of flags.args) {
			for (const file of await bundleFiles(cleanPath(path), {
				io,
				regoVersion: "v1",
				ignore: [],
				stopwatch: new Stopwatch(),
			})) {
				if (!file.path.endsWith(".signatures.json")) files.push({ name: file.path, content: file.read() });
			}
		}
		const claimsFile = flags.string("claims-file");
		const claims = claimsFile === "" ? undefined : parseJsonFile(decodeUtf8(readBytes(io, claimsFile)));
		if (claims !== undefined && !isPlainObject(claims)) throw new Error("the claims file must hold an object");
		const text = signFiles(files, {
			key: readKey(io, flags.string("signing-key")),
			alg: flags.string("signing-alg"),
			keyId: "",
			claims,
		});
		const output = joinPath(flags.string("output-file-path"), ".signatures.json");
		writeText(io, output, toJson(parseJson(text), { indent: " " }));
		return 0;
	} catch (e) {
		if (e instanceof CommandError) throw e;
		io.stdout(`error: ${messageOf(e)}\n`);
		return 1;
	}
}
