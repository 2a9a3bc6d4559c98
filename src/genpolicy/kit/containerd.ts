/**
 * A containerd of images in memory, on a unix socket, for tests: the calls that images are read by, with a hook for
 * everything that it could answer wrong.
 */
import {
	createServer,
	type Http2Server,
	type IncomingHttpHeaders,
	type ServerHttp2Session,
	type ServerHttp2Stream,
} from "node:http2";
import { decodeMessage } from "../../agent/protocol/decode.ts";
import { encodeMessage } from "../../agent/protocol/encode.ts";
import type { MessageObject } from "../../agent/protocol/message.ts";
import { type Call, getImage, pullImage, readContent } from "../image/containerd/api.ts";
import type { BlobDescriptor, Blobs } from "./image-writer.ts";

export interface ContainerdImages {
	readonly blobs: Blobs;
	/** By their full names. */
	readonly images: Readonly<Record<string, BlobDescriptor>>;
	/** Answers in its place where it returns true. */
	readonly before?: (call: string, stream: ServerHttp2Stream) => boolean;
	/** What pulling makes of its request; without it there is no such service. */
	readonly pull?: (request: MessageObject) => MessageObject;
}

export interface SeenCall {
	readonly path: string;
	readonly namespace: string | undefined;
	readonly message: MessageObject;
}

const pieceSize = 64 << 10;

export class FakeContainerd {
	readonly calls: SeenCall[] = [];
	readonly #server: Http2Server;
	readonly #images: ContainerdImages;
	readonly #sessions: Set<ServerHttp2Session> = new Set();

	private constructor(server: Http2Server, images: ContainerdImages) {
		this.#server = server;
		this.#images = images;
	}

	static async start(socket: string, images: ContainerdImages): Promise<FakeContainerd> {
		const server = createServer();
		const fake = new FakeContainerd(server, images);
		server.on("session", (session) => fake.#sessions.add(session));
		server.on("stream", (stream, headers) => {
			stream.on("error", () => undefined);
			void fake.#answer(stream, headers);
		});
		await new Promise<void>((resolve) => server.listen(socket, resolve));
		return fake;
	}

	async close(): Promise<void> {
		for (const session of this.#sessions) session.destroy();
		await new Promise((resolve) => this.#server.close(resolve));
	}

	async #answer(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): Promise<void> {
		const parts: Buffer[] = [];
		for await (const part of stream) parts.push(part);
		const path = String(headers[":path"]);
		const call = [getImage, readContent, pullImage].find((c) => c.path === path);
		if (call === undefined) return fail(stream, 12, "unknown service");
		const message = decodeMessage(Buffer.concat(parts).subarray(5), call.request);
		const namespace = headers["containerd-namespace"];
		this.calls.push({ path, namespace: typeof namespace === "string" ? namespace : undefined, message });
		if (this.#images.before?.(path, stream) === true) return;
		const answers = this.#answersOf(call, message);
		if (typeof answers === "string") return fail(stream, call === pullImage ? 12 : 5, answers);
		respond(
			stream,
			answers.map((a) => frameOf(a, call)),
		);
	}

	/** Or why there are none. */
	#answersOf(call: Call, message: MessageObject): readonly MessageObject[] | string {
		const { blobs, images, pull } = this.#images;
		if (call === pullImage) return pull === undefined ? "unknown service runtime.v1.ImageService" : [pull(message)];
		if (call === getImage) {
			const name = String(message["name"]);
			const target = Object.hasOwn(images, name) ? images[name] : undefined;
			if (target === undefined) return `image "${name}": not found`;
			const { mediaType: media_type, digest, size } = target;
			return [{ image: { name, target: { media_type, digest, size } } }];
		}
		const bytes = blobs.get(String(message["digest"]));
		if (bytes === undefined) return "content: not found";
		const pieces: MessageObject[] = [];
		for (let at = 0; at < bytes.length; at += pieceSize)
			pieces.push({ offset: at, data: Buffer.from(bytes.subarray(at, at + pieceSize)) });
		return pieces;
	}
}

function frameOf(message: MessageObject, call: Call): Buffer {
	const bytes = encodeMessage(message, call.response);
	const out = Buffer.alloc(5 + bytes.length);
	out.writeUInt32BE(bytes.length, 1);
	out.set(bytes, 5);
	return out;
}

/** Frames in pieces that end anywhere, and the trailers of success. */
export function respond(stream: ServerHttp2Stream, frames: readonly Buffer[]): void {
	stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
	stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
	const all = Buffer.concat(frames);
	for (let at = 0; at < all.length; at += 7777) stream.write(all.subarray(at, at + 7777));
	stream.end();
}

export function fail(stream: ServerHttp2Stream, code: number, message: string): void {
	stream.respond(
		{
			":status": 200,
			"content-type": "application/grpc",
			"grpc-status": String(code),
			"grpc-message": encodeURIComponent(message),
		},
		{ endStream: true },
	);
}
