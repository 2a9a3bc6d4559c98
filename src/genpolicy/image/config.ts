/** An image's configuration: what of it ends up in a policy, and the digests of its unpacked layers. */

import { parseDigest } from "./digest.ts";
import { type ImageConfig, ImageError } from "./image.ts";
import { booleanOf, objectOf, parseDocument, stringMapOf, stringOf, stringsOf } from "./json.ts";

export interface ParsedConfig {
	readonly config: ImageConfig;
	readonly diffIds: readonly string[];
}

/** Throws ImageError. */
export function parseConfig(bytes: Uint8Array, where: string): ParsedConfig {
	const o = parseDocument(bytes, where);
	const c = objectOf(o, "config", where) ?? new Map<string, unknown>();
	const inner = `${where}: config`;
	const rootfs = objectOf(o, "rootfs", where);
	const diffIds = rootfs === undefined ? [] : (stringsOf(rootfs, "diff_ids", `${where}: rootfs`) ?? []);
	for (const d of diffIds) {
		if (parseDigest(d) === undefined)
			throw new ImageError("invalid", `${where}: rootfs: diff_ids: ${JSON.stringify(d.slice(0, 200))} is no digest`);
	}
	const volumes = [...(objectOf(c, "Volumes", inner) ?? new Map<string, unknown>()).keys()];
	return {
		config: {
			architecture: stringOf(o, "architecture", where) ?? "",
			os: stringOf(o, "os", where) ?? "",
			User: stringOf(c, "User", inner),
			Env: stringsOf(c, "Env", inner),
			Entrypoint: stringsOf(c, "Entrypoint", inner),
			Cmd: stringsOf(c, "Cmd", inner),
			WorkingDir: stringOf(c, "WorkingDir", inner),
			Tty: booleanOf(c, "Tty", inner),
			Volumes: volumes
				.map((v) => ({ v, bytes: Buffer.from(v, "utf8") }))
				.sort((a, b) => Buffer.compare(a.bytes, b.bytes))
				.map(({ v }) => v),
			Labels: stringMapOf(c, "Labels", inner),
		},
		diffIds,
	};
}
