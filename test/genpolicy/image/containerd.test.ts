/** Images from containerd: pulled by Kubernetes' interface, read from the content store; and everything it may say wrong. */
import type { ServerHttp2Stream } from "node:http2";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { Images, type ImagesOptions } from "../../../src/genpolicy/image/images.ts";
import { type ContainerdImages, FakeContainerd, fail, respond } from "../../../src/genpolicy/kit/containerd.ts";
import { addImage, addIndex, type Blobs } from "../../../src/genpolicy/kit/image-writer.ts";
import { accounts, failure, group, passwd, sample, temporaryFolder } from "./support.ts";

const running: FakeContainerd[] = [];
afterAll(() => Promise.all(running.map((r) => r.close())));

const blobs: Blobs = new Map();
const app = addImage(blobs, sample);
// Larger than one message, so that it comes in pieces.
const large = addImage(blobs, {
	config: { User: "www" },
	layers: [{ files: [{ path: "big", content: randomBytes(300_000) }, ...accounts({ passwd, group })] }],
});
const index = addIndex(blobs, [{ ...app, platform: { os: "linux", architecture: "amd64" } }]);
const images = { "docker.io/library/app:1": app, "docker.io/library/app:2": index, "quay.io/org/large:latest": large };

function randomBytes(n: number): Buffer {
	const out = Buffer.alloc(n);
	for (let i = 0, x = 1; i < n; i++) {
		x = (x * 1_103_515_245 + 12_345) & 0x7fff_ffff;
		out[i] = x >> 16;
	}
	return out;
}

async function start(more: Partial<ContainerdImages> = {}): Promise<{ socket: string; fake: FakeContainerd }> {
	const socket = join(temporaryFolder(), "containerd.sock");
	const fake = await FakeContainerd.start(socket, { blobs, images, ...more });
	running.push(fake);
	return { socket, fake };
}

function client(socket: string, more: ImagesOptions = {}): Images {
	return new Images({ containerd: socket, env: {}, ...more });
}

test("an image by tag, through an index, in pieces, and by digest", async () => {
	const { socket, fake } = await start();
	const source = client(socket);
	for (const name of ["app:1", "docker.io/library/app:2", "quay.io/org/large", `app@${index.digest}`])
		expect((await source.open(name)).accounts, name).toEqual({ passwd, group });
	expect(new Set(fake.calls.filter((c) => !c.path.startsWith("/runtime")).map((c) => c.namespace))).toEqual(
		new Set(["k8s.io"]),
	);
});

test("is asked to pull first, with credentials; not where nothing may be pulled", async () => {
	const asked: unknown[] = [];
	const pull = (request: unknown) => {
		asked.push(request);
		return { image_ref: "x" };
	};
	const { socket } = await start({ pull });
	const credentials = async (registry: string) =>
		registry === "quay.io" ? { identityToken: "t" } : { user: "u", password: "p" };
	await client(socket, { credentials }).open("app:1");
	await client(socket, { credentials }).open("quay.io/org/large");
	await client(socket, { registries: false, credentials }).open("app:1");
	expect(asked).toEqual([
		{ image: { image: "docker.io/library/app:1" }, auth: { username: "u", password: "p", identity_token: "" } },
		{ image: { image: "quay.io/org/large:latest" }, auth: { username: "", password: "", identity_token: "t" } },
	]);
});

describe("what goes wrong is said", () => {
	const content = /Content\/Read/;
	const when = (what: RegExp, answer: (stream: ServerHttp2Stream) => void) => (call: string, s: ServerHttp2Stream) => {
		if (!what.test(call)) return false;
		answer(s);
		return true;
	};
	const rows: readonly { note: string; more?: Partial<ContainerdImages>; image?: string; want: RegExp }[] = [
		{
			note: "an image that it has not",
			image: "none:1",
			want: /^not-found: .* does not have docker\.io\/library\/none:1$/,
		},
		{
			note: "a pull that fails",
			more: { before: when(/PullImage/, (s) => fail(s, 2, "pull access denied\nfor you")) },
			want: /^unavailable: .* it cannot pull docker\.io\/library\/app:1: pull access denied for you$/,
		},
		{
			note: "layers that were thrown away",
			more: { blobs: new Map([...blobs].filter(([digest]) => digest === app.digest)) },
			want: /^not-found: .* its content store does not have sha256:/,
		},
		{
			note: "other content than was asked for",
			more: { before: when(content, (s) => respond(s, [frame(Buffer.from([0x12, 2, 0x7b, 0x7d]))])) },
			want: /^invalid: .*its digest is sha256:/,
		},
		{
			note: "no protobuf",
			more: { before: when(content, (s) => respond(s, [frame(Buffer.alloc(9, 0xff))])) },
			want: /^unavailable: .* it cannot read sha256:/,
		},
		{
			note: "a message without end",
			more: { before: when(content, (s) => respond(s, [Buffer.from([0, 0xff, 0xff, 0xff, 0xff, 1])])) },
			want: /a message of 4294967295 bytes$/,
		},
		{
			note: "a message that is compressed",
			more: { before: when(content, (s) => respond(s, [Buffer.from([1, 0, 0, 0, 1, 1])])) },
			want: /compressed, which was not asked for$/,
		},
		{
			note: "half a message",
			more: { before: when(content, (s) => respond(s, [Buffer.from([0, 0, 0, 0, 9, 1])])) },
			want: /ends in the middle of a message$/,
		},
		{
			note: "a broken connection",
			more: { before: when(content, (s) => s.session?.destroy()) },
			want: /^unavailable: .* it cannot read sha256:/,
		},
		{
			note: "something that is no gRPC",
			more: { before: when(content, (s) => s.respond({ ":status": 404 }, { endStream: true })) },
			want: /HTTP status 404$/,
		},
	];
	for (const { note, more, image = "app:1", want } of rows)
		test(note, async () => {
			const { socket } = await start(more);
			expect(await failure(client(socket).open(image))).toMatch(want);
		});

	test("no socket, and one that is something else", async () => {
		const folder = temporaryFolder();
		expect(await failure(client(join(folder, "none.sock")).open("app:1"))).toMatch(/there is no such socket$/);
		expect(await failure(client(folder).open("app:1"))).toMatch(/^unavailable: containerd at /);
	});

	test("giving up on request", async () => {
		const { socket } = await start({ before: () => true });
		const control = new AbortController();
		const opened = client(socket).open("app:1", { signal: control.signal });
		setTimeout(() => control.abort(new Error("enough")), 20);
		await expect(opened).rejects.toThrow("enough");
	});
});

function frame(message: Uint8Array): Buffer {
	const head = Buffer.alloc(5);
	head.writeUInt32BE(message.length, 1);
	return Buffer.concat([head, message]);
}
