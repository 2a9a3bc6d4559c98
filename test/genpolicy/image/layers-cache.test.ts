/** The layers cache that Kata's generator keeps: what is taken from it, what goes into it, and what never does. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Images } from "../../../src/genpolicy/image/images.ts";
import {
	addImage,
	type Blobs,
	type LayerSpec,
	packings,
	writeLayout,
} from "../../../src/genpolicy/kit/image-writer.ts";
import { accounts, failure, group, passwd, temporaryFolder } from "./support.ts";

interface Setting {
	readonly folder: string;
	readonly cache: string;
	readonly diffIds: readonly string[];
	open(): Promise<{ seen: unknown; kata: unknown; warnings: readonly string[] }>;
	kept(): unknown;
}

function setting(layers: readonly LayerSpec[]): Setting {
	const folder = temporaryFolder();
	const blobs: Blobs = new Map();
	const image = addImage(blobs, { layers });
	writeLayout(join(folder, "app"), blobs, { latest: image });
	const manifest = JSON.parse(Buffer.from(blobs.get(image.digest) ?? []).toString("utf8"));
	const config = JSON.parse(Buffer.from(blobs.get(manifest.config.digest) ?? []).toString("utf8"));
	const cache = join(folder, "cache.json");
	return {
		folder,
		cache,
		diffIds: config.rootfs.diff_ids,
		open: async () => {
			const warnings: string[] = [];
			const local = [join(folder, "app")];
			const images = new Images({ local, registries: false, layersCache: cache, warn: (m) => warnings.push(m) });
			const { accounts: seen, kataAccounts: kata } = await images.open("app");
			images.save();
			return { seen, kata, warnings };
		},
		kept: () => JSON.parse(readFileSync(cache, "utf8")),
	};
}

const base: LayerSpec = { files: accounts({ passwd, group }) };

test("is written, and read again instead of the layer", async () => {
	const s = setting([base, { files: [{ path: "etc/.wh.group" }] }]);
	const want = { passwd, group: undefined };
	expect(await s.open()).toEqual({ seen: want, kata: want, warnings: [] });
	const entries = [
		{ diff_id: s.diffIds[0], passwd, group },
		{ diff_id: s.diffIds[1], passwd: "", group: "WHITEOUT" },
	];
	expect(s.kept()).toEqual(entries);
	expect(readFileSync(s.cache, "utf8")).toBe(JSON.stringify(entries, null, 2));
	// Of another machine's, where the layer says something else.
	writeFileSync(s.cache, JSON.stringify([{ ...entries[0], passwd: "cached\n" }, entries[1]]));
	expect((await s.open()).seen).toEqual({ passwd: "cached\n", group: undefined });
	expect(readdirSync(s.folder).sort()).toEqual(["app", "cache.json"]);
});

describe("what the file cannot say does not go into it", () => {
	const rows: readonly { note: string; layers: readonly LayerSpec[]; kept: number }[] = [
		{ note: "opaque folders", layers: [base, { files: [{ path: "etc/.wh..wh..opq" }] }], kept: 1 },
		{ note: "an empty file", layers: [base, { files: accounts({ passwd: "" }) }], kept: 1 },
		{ note: "a file that is the mark itself", layers: [{ files: accounts({ passwd: "WHITEOUT" }) }, base], kept: 1 },
		{ note: "a link", layers: [base, { files: [{ path: "etc/passwd", type: "2", link: "x" }] }], kept: 1 },
		{
			note: "images with layers that Kata's generator passes over: it counts their diff_ids wrongly",
			layers: [base, { files: accounts({ passwd: "plain\n" }), pack: packings.plain }],
			kept: 0,
		},
	];
	for (const { note, layers, kept } of rows) {
		test(note, async () => {
			const s = setting(layers);
			const first = await s.open();
			expect(kept === 0 ? readdirSync(s.folder) : s.kept()).toHaveLength(1);
			expect(await s.open()).toEqual(first);
		});
	}
});

describe("a file that is none is made anew, and said", () => {
	const rows: readonly { note: string; text: string }[] = [
		{ note: "not JSON", text: "{" },
		{ note: "not a list", text: "{}" },
		{ note: "other fields", text: '[{"diff_id":"x","passwd":"","group":"","verity_hash":"y"}]' },
		{ note: "fields missing", text: '[{"diff_id":"x","passwd":""}]' },
		{ note: "deep", text: "[".repeat(100_000) },
		{ note: "numbers", text: '[{"diff_id":1,"passwd":"","group":""}]' },
	];
	for (const { note, text } of rows) {
		test(note, async () => {
			const s = setting([base]);
			writeFileSync(s.cache, text);
			const { seen, warnings } = await s.open();
			expect(seen).toEqual({ passwd, group });
			expect(warnings).toEqual([expect.stringMatching(/cache\.json: it is no layers cache; it is made anew$/)]);
			expect(s.kept()).toEqual([{ diff_id: s.diffIds[0], passwd, group }]);
		});
	}
	test("an empty file is an empty cache", async () => {
		const s = setting([base]);
		writeFileSync(s.cache, "");
		expect((await s.open()).warnings).toEqual([]);
	});
	test("a folder in its place", async () => {
		const s = setting([base]);
		expect(await failure(() => new Images({ layersCache: s.folder }))).toMatch(/the layers cache cannot be read/);
	});
});

test("a layer that says it is another's does not poison the cache", async () => {
	const good = setting([base]);
	const evil: Blobs = new Map();
	const image = addImage(evil, { layers: [{ files: accounts({ passwd: "evil\n" }) }] });
	const text = (digest: string): string => Buffer.from(evil.get(digest) ?? []).toString("utf8");
	const manifest = JSON.parse(text(image.digest));
	const config = JSON.parse(text(manifest.config.digest));
	config.rootfs.diff_ids = good.diffIds;
	const { addJson } = await import("../../../src/genpolicy/kit/image-writer.ts");
	manifest.config = addJson(evil, config, "application/vnd.oci.image.config.v1+json");
	writeLayout(join(good.folder, "evil"), evil, { latest: addJson(evil, manifest, image.mediaType) });
	const images = new Images({ local: [join(good.folder, "evil")], registries: false, layersCache: good.cache });
	expect(await failure(images.open("evil"))).toMatch(
		/^invalid: .* unpacked, its digest is sha256:.*, and the configuration says/,
	);
	images.save();
	expect((await good.open()).seen).toEqual({ passwd, group });
});
