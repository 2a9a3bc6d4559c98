/** Layers compressed with zstd: read where Node has it (22.15 and later), refused with a way out where it has not. */
import { join } from "node:path";
import zlib from "node:zlib";
import { expect, test } from "vitest";
import { ImageError } from "../../../src/genpolicy/image/image.ts";
import { Images } from "../../../src/genpolicy/image/images.ts";
import { addImage, type Blobs, writeLayout } from "../../../src/genpolicy/kit/image-writer.ts";
import { accounts, group, passwd, temporaryFolder } from "./support.ts";

/** Of a layer with /etc/passwd, by zstd's own tool, level 19. */
const packed = Buffer.from(
	"KLUv/WQAB3UDAOKEEReQOwdCSxgo8PX9t7sjzfA59GGSObNOAUeNF4Z0dz72ZEobt7tRwskoRerGhc69q/4xyM4V+JDWuqCB6pUi9EczsyYN2AIPIMDMdgO6cd+QkB8LxNY44l8gAD6POmAm3iHIqlAwKACzSc0BRaj5Wg==",
	"base64",
);
const readable = typeof Reflect.get(zlib, "createZstdDecompress") === "function";

function images(bytes: Uint8Array): Images {
	const folder = temporaryFolder();
	const blobs: Blobs = new Map();
	const pack = { mediaType: "application/vnd.oci.image.layer.v1.tar+zstd", bytes: () => bytes };
	const image = addImage(blobs, {
		layers: [{ files: accounts({ group }) }, { files: accounts({ passwd }), pack }],
	});
	writeLayout(join(folder, "app"), blobs, { latest: image });
	return new Images({ local: [folder], registries: false });
}

async function outcome(bytes: Uint8Array): Promise<unknown> {
	try {
		const { accounts: seen, kataAccounts } = await images(bytes).open("app");
		return { seen, kataAccounts };
	} catch (e) {
		if (e instanceof ImageError) return [e.code, e.message.replace(/^.*layer/, "layer"), e.hint];
		throw e;
	}
}

test(`a layer of zstd, with Node ${process.version}`, async () => {
	if (readable) {
		expect(await outcome(packed)).toEqual({
			seen: { passwd, group },
			kataAccounts: { passwd: undefined, group },
		});
	} else {
		expect(await outcome(packed)).toEqual([
			"unsupported",
			expect.stringMatching(
				/^layer sha256:\w{12}: it is compressed with zstd, which this Node \(v[\d.]+\) cannot unpack$/,
			),
			"Use Node 22.15 or later, or push the image compressed with gzip.",
		]);
	}
});

test("one that is broken", async () => {
	const [code, message] = [await outcome(packed.subarray(0, 100))].flat();
	expect(code).toBe(readable ? "invalid" : "unsupported");
	expect(message).toMatch(readable ? /it cannot be unpacked: / : /compressed with zstd/);
});
