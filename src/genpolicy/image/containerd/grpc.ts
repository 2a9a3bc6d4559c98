/**
 * gRPC to a server on a unix socket: one request, and one or many responses as they come. In: a call of api.ts and its
 * message. Out: messages, or a GrpcError with the server's code. Every wait for the server has an end.
 */
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from "node:http2";
import { connect as connectSocket } from "node:net";
import { decodeMessage } from "../../../agent/protocol/decode.ts";
import { encodeMessage } from "../../../agent/protocol/encode.ts";
import type { MessageObject } from "../../../agent/protocol/message.ts";
import { codeOf, messageOf } from "../../../thrown.ts";
import { version } from "../../../version.ts";
import type { Call } from "./api.ts";

export const notFound = 5;
export const unimplemented = 12;

export class GrpcError extends Error {
	/** Undefined: the server could not be reached, or did not speak gRPC. */
	readonly code: number | undefined;

	constructor(message: string, code?: number, options?: ErrorOptions) {
		super(message, options);
		this.code = code;
	}
}

export interface GrpcOptions {
	readonly metadata: Readonly<Record<string, string>>;
	/** Until the next piece of an answer is there. */
	readonly idleMs: number;
	readonly signal?: AbortSignal | undefined;
}

/** containerd sends contents by the megabyte. */
const maxMessage = 16 << 20;

export class GrpcClient {
	readonly #socket: string;
	#session: ClientHttp2Session | undefined;
	#open = 0;

	constructor(socket: string) {
		this.#socket = socket;
	}

	/** The only answer. Throws GrpcError, and what the signal was aborted with. */
	async one(call: Call, message: MessageObject, options: GrpcOptions): Promise<MessageObject> {
		for await (const answer of this.many(call, message, options)) return answer;
		throw new GrpcError("the server answers nothing");
	}

	/** Throws GrpcError, and what the signal was aborted with. */
	async *many(call: Call, message: MessageObject, options: GrpcOptions): AsyncGenerator<MessageObject> {
		const { signal } = options;
		signal?.throwIfAborted();
		const stream = this.#request(call, options);
		const abort = (): void => {
			stream.destroy(new Error("aborted"));
		};
		signal?.addEventListener("abort", abort, { once: true });
		const status = statusOf(stream);
		try {
			stream.end(framed(encodeMessage(message, call.request)));
			const frames = new Frames();
			for await (const piece of stream) {
				for (const bytes of frames.take(piece)) yield decodeMessage(bytes, call.response, { unknownFields: "drop" });
			}
			frames.finish();
			status.check();
			if (!status.isSaid) throw new GrpcError("an answer that breaks off");
		} catch (e) {
			signal?.throwIfAborted();
			// What the server said of it counts more than how the stream ended.
			status.check();
			throw e instanceof GrpcError ? e : new GrpcError(messageOf(e), undefined, { cause: e });
		} finally {
			signal?.removeEventListener("abort", abort);
			stream.destroy();
			this.#idle();
		}
	}

	#request(call: Call, { metadata, idleMs }: GrpcOptions): ClientHttp2Stream {
		this.#session ??= this.#connected();
		this.#session.ref();
		this.#open++;
		const stream = this.#session.request({
			":method": "POST",
			":path": call.path,
			"content-type": "application/grpc",
			te: "trailers",
			"user-agent": `regoplan/${version}`,
			...metadata,
		});
		stream.setTimeout(idleMs, () => stream.destroy(new GrpcError(`no answer for ${idleMs / 1000} s`)));
		return stream;
	}

	#connected(): ClientHttp2Session {
		const session = connect("http://localhost", { createConnection: () => connectSocket(this.#socket) });
		const gone = (): void => {
			if (this.#session === session) this.#session = undefined;
		};
		session.on("error", gone);
		session.on("close", gone);
		session.on("goaway", gone);
		return session;
	}

	/** A connection that waits for more does not keep the process alive. */
	#idle(): void {
		if (--this.#open === 0) this.#session?.unref();
	}
}

interface Status {
	readonly isSaid: boolean;
	/** Throws GrpcError where the server has said that the call failed. */
	check(): void;
}

/** In the trailers; in the headers of an answer that has nothing else. */
function statusOf(stream: ClientHttp2Stream): Status {
	let code: number | undefined;
	let words = "";
	const take = (headers: { readonly [name: string]: unknown }): void => {
		const said = headers["grpc-status"];
		if (said !== undefined) {
			code = Number(said);
			words = plainWords(String(headers["grpc-message"] ?? ""));
		} else if (headers[":status"] !== undefined && headers[":status"] !== 200) {
			code = 2;
			words = `HTTP status ${String(headers[":status"])}`;
		}
	};
	stream.on("response", take);
	stream.on("trailers", take);
	return {
		get isSaid(): boolean {
			return code !== undefined;
		},
		check: () => {
			if (code !== undefined && code !== 0) throw new GrpcError(words || `code ${code}`, code);
		},
	};
}

const maxWords = 300;

function plainWords(message: string): string {
	let text = message;
	try {
		text = decodeURIComponent(message);
	} catch {
		// As it is.
	}
	const clean = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, " ").trim();
	return clean.length > maxWords ? `${clean.slice(0, maxWords)}…` : clean;
}

function framed(message: Uint8Array): Buffer {
	const out = Buffer.alloc(5 + message.length);
	out.writeUInt32BE(message.length, 1);
	out.set(message, 5);
	return out;
}

/** Messages out of pieces: a byte for compression, four for the length, the message. */
class Frames {
	#parts: Buffer[] = [];
	#size = 0;

	*take(piece: Uint8Array): Generator<Uint8Array> {
		this.#parts.push(Buffer.from(piece));
		this.#size += piece.length;
		while (this.#size >= 5) {
			const head = this.#parts.length === 1 ? this.#parts[0] : this.#joined();
			const length = head === undefined || head.length < 5 ? this.#joined().readUInt32BE(1) : head.readUInt32BE(1);
			if (length > maxMessage) throw new GrpcError(`a message of ${length} bytes`);
			if (this.#size < 5 + length) return;
			const all = this.#joined();
			if (all[0] !== 0) throw new GrpcError("a message that is compressed, which was not asked for");
			const rest = all.subarray(5 + length);
			this.#parts = rest.length === 0 ? [] : [rest];
			this.#size = rest.length;
			yield all.subarray(5, 5 + length);
		}
	}

	#joined(): Buffer {
		const [first] = this.#parts;
		if (this.#parts.length === 1 && first !== undefined) return first;
		const all = Buffer.concat(this.#parts);
		this.#parts = [all];
		return all;
	}

	finish(): void {
		if (this.#size > 0) throw new GrpcError("an answer that ends in the middle of a message");
	}
}

/** Why a socket cannot be used, for people; undefined where it is something else. */
export function socketTrouble(e: unknown): string | undefined {
	// The connection's error is the cause of the stream's.
	let cause = e;
	while (cause instanceof Error && !/^E[A-Z]+$/.test(codeOf(cause) ?? "")) cause = cause.cause;
	switch (codeOf(cause)) {
		case "ENOENT":
			return "there is no such socket";
		case "EACCES":
		case "EPERM":
			return "the current user may not use it";
		case "ECONNREFUSED":
			return "nobody listens there";
		default:
			return undefined;
	}
}
