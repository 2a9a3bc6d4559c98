/** What TLS needs, from the files that the flags name; read again when they change. */
import { watch } from "node:fs";
import { dirname, resolve } from "node:path";
import type { SecureContextOptions, TlsOptions } from "node:tls";
import type { ParsedFlags } from "../flags.ts";
import { type CliIo, readBytes } from "../io.ts";

export interface TlsFiles {
	readonly cert: string;
	readonly key: string;
	readonly ca: string;
}

/** Undefined where the server speaks plain HTTP. Throws Error. */
export function tlsFiles(flags: ParsedFlags): TlsFiles | undefined {
	const files = {
		cert: flags.string("tls-cert-file"),
		key: flags.string("tls-private-key-file"),
		ca: flags.string("tls-ca-cert-file"),
	};
	if ((files.cert === "") !== (files.key === "")) {
		throw new Error("--tls-cert-file and --tls-private-key-file must be specified together");
	}
	if (files.cert !== "") return files;
	if (flags.string("authentication") === "tls")
		throw new Error("a TLS certificate is required for --authentication=tls");
	return undefined;
}

const versions: { readonly [name: string]: "TLSv1" | "TLSv1.1" | "TLSv1.2" | "TLSv1.3" } = {
	"1.0": "TLSv1",
	"1.1": "TLSv1.1",
	"1.2": "TLSv1.2",
	"1.3": "TLSv1.3",
};

/** Contents of the files. Throws Error. */
export function secureContext(files: TlsFiles, io: CliIo): SecureContextOptions {
	return {
		cert: Buffer.from(readBytes(io, files.cert)),
		key: Buffer.from(readBytes(io, files.key)),
		...(files.ca === "" ? {} : { ca: Buffer.from(readBytes(io, files.ca)) }),
	};
}

export function tlsOptions(files: TlsFiles, flags: ParsedFlags, io: CliIo): TlsOptions {
	const mustAuthenticate = flags.string("authentication") === "tls";
	const suites = flags.list("tls-cipher-suites");
	return {
		...secureContext(files, io),
		minVersion: versions[flags.string("min-tls-version")] ?? "TLSv1.2",
		requestCert: mustAuthenticate,
		rejectUnauthorized: mustAuthenticate,
		...(suites.length === 0 ? {} : { ciphers: suites.map(opensslName).join(":") }),
	};
}

/** `TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256` as OpenSSL calls it. */
function opensslName(suite: string): string {
	return suite
		.replace(/^TLS_/, "")
		.replace("_WITH_", "_")
		.replace(/^RSA_(?=AES|3DES|RC4)/, "")
		.replace(/AES_(128|256)_CBC/, "AES$1")
		.replace(/AES_(128|256)_GCM/, "AES$1_GCM")
		.replace(/CHACHA20_POLY1305_SHA256/, "CHACHA20_POLY1305")
		.replace("3DES_EDE_CBC", "DES_CBC3")
		.replaceAll("_", "-");
}

/** Calls when one of the files may have changed, or every so many milliseconds; until it is closed. */
export function followFiles(files: TlsFiles, io: CliIo, everyMs: number, changed: () => void): () => void {
	if (everyMs > 0) {
		const timer = setInterval(changed, everyMs).unref();
		return () => clearInterval(timer);
	}
	const folders = new Set(
		[files.cert, files.key, files.ca].filter((f) => f !== "").map((f) => dirname(resolve(io.cwd, f))),
	);
	let timer: NodeJS.Timeout | undefined;
	const watchers = [...folders].map((folder) => {
		const watcher = watch(folder, () => {
			clearTimeout(timer);
			timer = setTimeout(changed, 100).unref();
		});
		watcher.on("error", () => {});
		return watcher.unref();
	});
	return () => {
		clearTimeout(timer);
		for (const w of watchers) w.close();
	};
}
