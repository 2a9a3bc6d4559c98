/** Archives of images with bytes changed, by chance but always the same: an image, or an error that says what is wrong. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ImageError } from "../../../src/genpolicy/image/image.ts";
import { Images } from "../../../src/genpolicy/image/images.ts";
import {
	addImage,
	addIndex,
	type Blobs,
	dockerSaveFiles,
	type ImageSpec,
	layoutFiles,
	packings,
} from "../../../src/genpolicy/kit/image-writer.ts";
import { writeTar } from "../../../src/genpolicy/kit/tar-writer.ts";
import { accounts, group, passwd, temporaryFolder } from "./support.ts";

let seed = 7;
function random(below: number): number {
	seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
	return (seed >>> 8) % below;
}

const spec: ImageSpec = {
	config: { User: "www" },
	layers: [
		{ files: [...accounts({ passwd }), { path: "long/".repeat(40), content: "x".repeat(1000) }] },
		{ files: accounts({ group }), pack: packings.plain },
	],
};
const blobs: Blobs = new Map();
const one = addImage(blobs, spec);
const archives = [
	writeTar(layoutFiles(blobs, { latest: one, multi: addIndex(blobs, [one]) })),
	writeTar(dockerSaveFiles(spec, ["image:latest"])),
];

/** Headers whose checksum is right again reach further. */
function mendChecksums(tar: Buffer): void {
	for (let at = 0; at + 512 <= tar.length; at += 512) {
		if (tar.toString("latin1", at + 257, at + 262) !== "ustar") continue;
		tar.write(" ".repeat(8), at + 148, "latin1");
		const sum = tar.subarray(at, at + 512).reduce((a, b) => a + b, 0);
		tar.write(`${sum.toString(8).padStart(6, "0")}\0 `, at + 148, "latin1");
	}
}

test("400 of them", async () => {
	const path = join(temporaryFolder(), "image.tar");
	const outcomes = new Map<string, number>();
	for (let i = 0; i < 400; i++) {
		const tar = Buffer.from(archives[random(2)] ?? []);
		for (let k = random(6); k >= 0; k--) {
			const at = random(tar.length);
			tar[at] = random(3) === 0 ? random(256) : (tar[at] ?? 0) ^ (1 << random(8));
		}
		if (random(2) === 0) mendChecksums(tar);
		writeFileSync(path, random(10) === 0 ? tar.subarray(0, random(tar.length)) : tar);
		const outcome = await new Images({ local: [path], registries: false })
			.open(random(2) === 0 ? "image" : "image:multi")
			.then((image) => {
				// What is read is what was written: everything else is told by a digest.
				if (image.digest !== undefined) expect(image.accounts).toEqual({ passwd, group });
				return "image";
			})
			.catch((e: unknown) => {
				if (e instanceof ImageError) return e.code;
				throw e;
			});
		outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
	}
	for (const outcome of ["image", "invalid", "not-found"]) expect(outcomes.get(outcome) ?? 0).toBeGreaterThan(5);
});
