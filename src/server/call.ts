/**
 * One request as the handlers see it: Go's view of its URL, its parameters, its body with limits. What a
 * Request does not say (its target as it was written, who sent it) comes with it, where the host knows it.
 */

import { joined } from "../value/streams.ts";
import { fromUtf8 } from "../value/utf8.ts";
import type { Value } from "../value/value.ts";
import { badRequest } from "./errors.ts";
import { gunzip } from "./gzip.ts";
import type { Incoming } from "./incoming.ts";
import { Params } from "./params.ts";
import { pathUnescape } from "./percent.ts";

/** Bounds of bodies, in bytes. */
export interface BodyLimits {
	readonly maxLength: number;
	readonly gzipMaxLength: number;
}

/** One request as handlers see it. */
export class Call {
	readonly incoming: Incoming;
	readonly method: string;
	/** The path as it was written. */
	readonly path: string;
	/** The path decoded; undefined where it is not well encoded. */
	readonly decodedPath: string | undefined;
	readonly rawQuery: string;
	readonly limits: BodyLimits;
	/** Counts the requests of a server. */
	readonly id: number;
	/** Where authorization has read it already. */
	parsedBody: { readonly value: Value } | undefined = undefined;
	/** Who it is, by its token or certificate. */
	identity: string | undefined = undefined;
	#params: Params | undefined = undefined;
	#body: Body | undefined = undefined;

	constructor(incoming: Incoming, limits: BodyLimits, id: number) {
		this.incoming = incoming;
		this.limits = limits;
		this.id = id;
		this.method = incoming.method;
		const { target } = incoming;
		const mark = target.indexOf("?");
		this.path = mark < 0 ? target : target.slice(0, mark);
		this.rawQuery = mark < 0 ? "" : target.slice(mark + 1);
		this.decodedPath = pathUnescape(this.path);
	}

	get params(): Params {
		this.#params ??= new Params(this.rawQuery);
		return this.#params;
	}

	flag(name: string): boolean {
		return this.rawQuery !== "" && this.params.bool(name);
	}

	get pretty(): boolean {
		return this.flag("pretty");
	}

	header(name: string): string {
		return this.incoming.header(name) ?? "";
	}

	/** The length the client has promised; undefined where it has not. */
	get length(): number | undefined {
		const text = this.incoming.header("content-length");
		return text === undefined ? undefined : Number(text);
	}

	/** The body, which must be whole. */
	async wholeBody(): Promise<string> {
		const { bytes, cut } = await this.#read();
		if (cut) throw badRequest("http: request body too large");
		return fromUtf8(bytes);
	}

	/** The body, inflated where it is compressed; at once where it has been read. */
	inflatedBody(): string | Promise<string> {
		const { bytes } = this.incoming;
		const zipped = this.incoming.header("content-encoding")?.includes("gzip") === true;
		return bytes === undefined || zipped ? this.#inflated(zipped) : fromUtf8(bytes);
	}

	async #inflated(zipped: boolean): Promise<string> {
		const { bytes, cut } = await this.#read();
		// OPA reads what there is until then, which ends in the middle of a document.
		if (cut && bytes.length === 0) throw badRequest("body contains malformed input document: unexpected EOF");
		return fromUtf8(zipped ? await gunzip(bytes, this.limits.gzipMaxLength) : bytes);
	}

	/** The body as it came, and no more of it than may be. */
	async #read(): Promise<Body> {
		this.#body ??= await this.#readOnce();
		return this.#body;
	}

	async #readOnce(): Promise<Body> {
		const { incoming } = this;
		if (incoming.bytes !== undefined) return { bytes: incoming.bytes, cut: false };
		if (this.length !== undefined) return { bytes: await incoming.read(), cut: false };
		const chunks: Uint8Array[] = [];
		let length = 0;
		const { maxLength } = this.limits;
		for await (const chunk of incoming.stream() ?? []) {
			chunks.push(chunk);
			length += chunk.length;
			if (length <= maxLength) continue;
			// Nobody looks at hundreds of megabytes only to find that there are more.
			const bytes = maxLength > lookedAt ? new Uint8Array(0) : joined(chunks, length).subarray(0, maxLength);
			return { bytes, cut: true };
		}
		return { bytes: joined(chunks, length), cut: false };
	}
}

/** How much of a body that is too long is looked at. */
const lookedAt = 1 << 20;

interface Body {
	readonly bytes: Uint8Array;
	/** There was more than may be. */
	readonly cut: boolean;
}
