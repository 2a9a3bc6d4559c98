/** What the tests of images share: accounts, folders that go away, and errors in one line. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { ImageError } from "../../../src/genpolicy/image/image.ts";
import { addImage, type BlobDescriptor, type Blobs, type ImageSpec } from "../../../src/genpolicy/kit/image-writer.ts";
import type { TarFile } from "../../../src/genpolicy/kit/tar-writer.ts";

export const passwd = "root:x:0:0:root:/root:/bin/sh\nwww:x:33:33:www:/var/www:/bin/false\n";
export const group = "root:x:0:\nwww:x:33:\n";

/** A layer's files: what of the two it brings. */
export function accounts(files: { passwd?: string; group?: string }): readonly TarFile[] {
	return Object.entries(files).map(([name, content]) => ({ path: `etc/${name}`, content }));
}

export const sample: ImageSpec = {
	config: { User: "www", Env: ["A=b"], Cmd: ["/app"] },
	layers: [{ files: accounts({ passwd, group }) }],
};

/** One image in a repository. */
export function repository(spec: ImageSpec = sample): { blobs: Blobs; tags: Record<string, BlobDescriptor> } {
	const blobs: Blobs = new Map();
	return { blobs, tags: { latest: addImage(blobs, spec) } };
}

export function temporaryFolder(): string {
	const folder = mkdtempSync(join(tmpdir(), "regoplan-images-"));
	afterAll(() => rmSync(folder, { recursive: true, force: true }));
	return folder;
}

/** `code: message`; what else is thrown is a fault of ours, and fails the test. */
export async function failure(work: Promise<unknown> | (() => unknown)): Promise<string> {
	try {
		await (typeof work === "function" ? work() : work);
	} catch (e) {
		if (e instanceof ImageError) return `${e.code}: ${e.message}`;
		throw e;
	}
	return "no error";
}
