/** The images that Kata's generator was recorded with: the same from their layouts, and from a registry. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { ImageError } from "../../../src/genpolicy/image/image.ts";
import { Images } from "../../../src/genpolicy/image/images.ts";
import { type BlobDescriptor, refName } from "../../../src/genpolicy/kit/image-writer.ts";
import { Registry, type Repository } from "../../../src/genpolicy/kit/registry.ts";
import { sharedFolder } from "../../agent/shared.ts";

const folder = sharedFolder("genpolicy", "images");

function repositoryOf(layout: string): Repository {
	const blobs = new Map<string, Uint8Array>();
	for (const hex of readdirSync(join(layout, "blobs/sha256")))
		blobs.set(`sha256:${hex}`, readFileSync(join(layout, "blobs/sha256", hex)));
	const index = JSON.parse(readFileSync(join(layout, "index.json"), "utf8"));
	const tags: Record<string, BlobDescriptor> = {};
	for (const m of index.manifests) tags[m.annotations[refName]] = m;
	return { blobs, tags };
}

describe.skipIf(folder === undefined)("recorded images", () => {
	const names =
		folder === undefined ? [] : readdirSync(folder).filter((n) => existsSync(join(folder, n, "index.json")));
	const repositories = Object.fromEntries(names.map((n) => [n, repositoryOf(join(folder ?? "", n))]));
	const running: Registry[] = [];
	afterAll(() => Promise.all(running.map((r) => r.close())));

	test("from layouts and from a registry", async () => {
		const registry = await Registry.start({ repositories });
		running.push(registry);
		const remote = new Images({ insecureRegistries: ["127.0.0.1"], env: {} });
		const local = new Images({ local: [folder ?? ""], registries: false });
		const told = async (images: Images, name: string): Promise<unknown> => {
			try {
				const { reference: _, name: __, repository: ___, ...image } = await images.open(name);
				return image;
			} catch (e) {
				if (e instanceof ImageError) return e.code;
				throw e;
			}
		};
		let count = 0;
		for (const [name, { tags }] of Object.entries(repositories)) {
			for (const tag of Object.keys(tags)) {
				const here = await told(local, `localhost/${name}:${tag}`);
				expect(await told(remote, `${registry.host}/${name}:${tag}`), `${name}:${tag}`).toEqual(here);
				expect(here).toEqual(tag === "armonly" ? "no-platform" : expect.objectContaining({ notes: [] }));
				count++;
			}
		}
		console.log(`${count} recorded images, each from its layout and from a registry`);
		expect(count).toBeGreaterThan(25);
	});
});
