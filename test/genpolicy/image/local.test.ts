/** Images in layouts and archives: how they are found, and what a container sees of their accounts. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { Images } from "../../../src/genpolicy/image/images.ts";
import {
	addImage,
	addIndex,
	type Blobs,
	dockerSaveFiles,
	type ImageSpec,
	type LayerSpec,
	layoutFiles,
	packings,
	writeLayout,
} from "../../../src/genpolicy/kit/image-writer.ts";
import { type TarFile, writeTar } from "../../../src/genpolicy/kit/tar-writer.ts";
import { accounts, failure, group, passwd, sample, temporaryFolder } from "./support.ts";

const local = (...paths: string[]): Images => new Images({ local: paths, registries: false });

/** A folder with `layout/` that holds one image called `latest`. */
function layoutOf(spec: ImageSpec): string {
	const folder = temporaryFolder();
	const blobs: Blobs = new Map();
	writeLayout(join(folder, "layout"), blobs, { latest: addImage(blobs, spec) });
	return folder;
}

describe("accounts of an image, as a container and as Kata's generator see them", () => {
	const base: LayerSpec = { files: accounts({ passwd: "base\n", group: "base\n" }) };
	const rows: readonly {
		note: string;
		layers: readonly LayerSpec[];
		seen: readonly (string | undefined)[];
		kata?: readonly (string | undefined)[];
		notes?: readonly RegExp[];
	}[] = [
		{ note: "no layers", layers: [], seen: [undefined, undefined] },
		{ note: "one layer", layers: [base], seen: ["base\n", "base\n"] },
		{ note: "the upper wins", layers: [base, { files: accounts({ passwd: "up\n" }) }], seen: ["up\n", "base\n"] },
		{
			note: "./ in names",
			layers: [{ files: [{ path: "./etc/passwd", content: "dot\n" }] }],
			seen: ["dot\n", undefined],
		},
		{
			note: "whiteout of one file",
			layers: [base, { files: [{ path: "etc/.wh.passwd" }] }],
			seen: [undefined, "base\n"],
		},
		{
			note: "whiteout, then the file again in a layer above",
			layers: [base, { files: [{ path: "etc/.wh.passwd" }] }, { files: accounts({ passwd: "again\n" }) }],
			seen: ["again\n", "base\n"],
		},
		{
			note: "opaque /etc: only what the layer brings, wherever the mark stands",
			layers: [base, { files: [...accounts({ passwd: "new\n" }), { path: "etc/.wh..wh..opq" }] }],
			seen: ["new\n", undefined],
			kata: ["new\n", "base\n"],
		},
		{
			note: "opaque root",
			layers: [base, { files: [{ path: ".wh..wh..opq" }] }],
			seen: [undefined, undefined],
			kata: ["base\n", "base\n"],
		},
		{
			note: "/etc removed",
			layers: [base, { files: [{ path: ".wh.etc" }] }],
			seen: [undefined, undefined],
			kata: ["base\n", "base\n"],
		},
		{
			note: "twice in a layer: a container has the last",
			layers: [{ files: [...accounts({ passwd: "one\n" }), ...accounts({ passwd: "two\n" })] }],
			seen: ["two\n", undefined],
			kata: ["one\n", undefined],
		},
		{
			note: "names with .. stay within the root",
			layers: [
				{
					files: [
						{ path: "../../etc/passwd", content: "up\n" },
						{ path: "a/../etc/group", content: "g\n" },
					],
				},
			],
			seen: ["up\n", "g\n"],
			kata: [undefined, undefined],
		},
		{
			note: "absolute names",
			layers: [{ files: [{ path: "/etc/passwd", content: "abs\n" }] }],
			seen: ["abs\n", undefined],
			kata: [undefined, undefined],
		},
		{
			note: "a symbolic link is not followed, and said",
			layers: [base, { files: [{ path: "etc/passwd", type: "2", link: "/proc/self/environ" }] }],
			seen: [undefined, "base\n"],
			kata: ["base\n", "base\n"],
			notes: [/: \/etc\/passwd is a symbolic link to "\/proc\/self\/environ", which is not followed$/],
		},
		{
			note: "a hard link with a size brings no data",
			layers: [{ files: [{ path: "etc/group", type: "1", link: "x", size: 512 }, ...accounts({ passwd: "p\n" })] }],
			seen: ["p\n", undefined],
			notes: [/\/etc\/group is a hard link/],
		},
		{
			note: "/etc is a link",
			layers: [base, { files: [{ path: "etc", type: "2", link: "usr/etc" }] }],
			seen: [undefined, undefined],
			kata: ["base\n", "base\n"],
			notes: [/\/etc is a symbolic link to "usr\/etc"/],
		},
		{
			note: "an uncompressed layer is read; Kata's generator passes over it",
			layers: [base, { files: accounts({ passwd: "plain\n" }), pack: packings.plain }],
			seen: ["plain\n", "base\n"],
			kata: ["base\n", "base\n"],
		},
		{
			note: "called zstd, and gzip inside",
			layers: [
				{
					files: accounts({ passwd: "z\n" }),
					pack: { mediaType: "application/vnd.oci.image.layer.v1.tar+zstd", bytes: gzipSync },
				},
			],
			seen: ["z\n", undefined],
			kata: [undefined, undefined],
		},
		{
			note: "encrypted and foreign layers are said",
			layers: [
				base,
				{ files: accounts({ passwd: "secret\n" }), pack: packings.encrypted },
				{ files: accounts({ group: "far\n" }), pack: packings.foreign },
			],
			seen: ["base\n", "base\n"],
			notes: [/it is encrypted: users and groups in it are not known/, /it is not distributed with the image/],
		},
		{
			note: "long names, folders, big files in between",
			layers: [
				{
					files: [
						{ path: "etc/", type: "5" },
						{ path: `${"long/".repeat(60)}file`, content: "x".repeat(100_000) },
						...accounts({ passwd: "after\n" }),
						{ path: "dev/null", type: "3" },
						...accounts({ group: "last\n" }),
					],
				},
			],
			seen: ["after\n", "last\n"],
		},
		{
			note: "an empty file",
			layers: [base, { files: accounts({ passwd: "" }) }],
			seen: ["", "base\n"],
			kata: ["base\n", "base\n"],
		},
	];
	for (const { note, layers, seen, kata = seen, notes = [] } of rows) {
		test(note, async () => {
			const image = await local(layoutOf({ layers })).open("layout");
			expect([image.accounts.passwd, image.accounts.group]).toEqual(seen);
			expect([image.kataAccounts.passwd, image.kataAccounts.group]).toEqual(kata);
			expect(image.notes).toEqual(notes.map((n) => expect.stringMatching(n)));
		});
	}
});

describe("where images are found", () => {
	const folder = temporaryFolder();
	const blobs: Blobs = new Map();
	const one = addImage(blobs, sample);
	const two = addImage(blobs, { ...sample, config: { User: "other" } });
	const arm = addImage(blobs, { ...sample, config: { User: "arm" }, platform: { os: "linux", architecture: "arm64" } });
	const index = addIndex(blobs, [arm, one]);
	const names = { latest: one, "2": two, "quay.io/org/full:1": two, multi: index };
	writeLayout(join(folder, "quay.io/org/app"), blobs, names);
	const archive = (path: string, files: readonly TarFile[], pack = (b: Buffer): Uint8Array => b): void => {
		mkdirSync(join(folder, path, ".."), { recursive: true });
		writeFileSync(join(folder, path), pack(writeTar(files)));
	};
	archive("library/oci.tar", layoutFiles(blobs, names));
	archive("packed.tar.gz", layoutFiles(blobs, names), (b) => gzipSync(b));
	archive("saved.tar", dockerSaveFiles(sample, ["localhost:5000/saved:1", "saved:latest"]));
	archive("saved2.tgz", dockerSaveFiles({ ...sample, config: { User: "saved2" } }, ["saved2:latest"]), (b) =>
		gzipSync(b),
	);
	writeFileSync(join(folder, "other.tar"), "not a tar archive");

	const rows: readonly {
		note: string;
		reference: string;
		user?: string;
		digest?: string | undefined;
		error?: string;
	}[] = [
		{ note: "by path and tag", reference: "quay.io/org/app", user: "www", digest: one.digest },
		{ note: "another tag", reference: "quay.io/org/app:2", user: "other", digest: two.digest },
		{ note: "by its full name", reference: "quay.io/org/full:1", user: "other", digest: two.digest },
		{ note: "an index", reference: "quay.io/org/app:multi", user: "www", digest: index.digest },
		{ note: "by digest, of whatever name", reference: `x.io/y@${two.digest}`, user: "other", digest: two.digest },
		{ note: "by a digest within an index", reference: `x.io/y:tag@${arm.digest}`, user: "arm", digest: arm.digest },
		{ note: "in an archive of a layout", reference: "oci:2", user: "other", digest: two.digest },
		{ note: "in a packed archive", reference: "docker.io/packed:multi", user: "www", digest: index.digest },
		{ note: "in what docker saved", reference: "localhost:5000/saved:1", user: "www", digest: undefined },
		{ note: "by a short name that docker saved", reference: "docker.io/library/saved", user: "www", digest: undefined },
		{ note: "what docker saved, packed", reference: "saved2", user: "saved2", digest: undefined },
		{ note: "no such tag", reference: "quay.io/org/app:3", error: "not-found: quay.io/org/app:3 is not in" },
		{ note: "no such name", reference: "quay.io/org/ap", error: "not-found: quay.io/org/ap:latest is not in" },
		{ note: "another registry", reference: "ghcr.io/org/full:1", error: "not-found: " },
	];
	for (const { note, reference, user, digest, error } of rows) {
		test(note, async () => {
			const images = local(folder);
			if (error !== undefined) {
				const told = await failure(images.open(reference));
				expect(told).toContain(error);
				expect(told).toContain("other.tar: not a sound tar archive");
				return;
			}
			const image = await images.open(reference);
			expect([image.config.User, image.digest]).toEqual([user, digest]);
			expect(image.accounts).toEqual({ passwd, group });
			expect(image.kataAccounts).toEqual({ passwd, group });
		});
	}

	test("a layout and an archive that are named themselves", async () => {
		expect((await local(join(folder, "quay.io/org/app")).open("org/app:2")).config.User).toBe("other");
		expect((await local(join(folder, "quay.io/org/app")).open("app:2")).config.User).toBe("other");
		expect((await local(join(folder, "library/oci.tar")).open("oci:2")).config.User).toBe("other");
		expect(await failure(local(join(folder, "quay.io/org/app")).open("pp:2"))).toContain("not-found");
		expect(await failure(local(join(folder, "other.tar")).open("other"))).toContain("invalid: ");
		expect(await failure(local(join(folder, "absent")).open("other"))).toContain("absent: no such file or folder");
	});

	test("two images of one name that differ", async () => {
		const other = temporaryFolder();
		writeFileSync(
			join(other, "a.tar"),
			writeTar(dockerSaveFiles({ ...sample, config: { User: "evil" } }, ["saved:latest"])),
		);
		expect(await failure(local(folder, other).open("saved"))).toMatch(/^invalid: .* and they differ$/);
	});

	test("an image is read once, and its names are told apart", async () => {
		const images = local(folder);
		const [a, b] = await Promise.all([images.open("quay.io/org/app"), images.open("quay.io/org/app:latest")]);
		expect([a.reference, b.reference, a.name]).toEqual(["quay.io/org/app", "quay.io/org/app:latest", b.name]);
		expect(a.config).toBe(b.config);
	});
});
