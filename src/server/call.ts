/**
 * One request as the handlers see it: Go's view of its URL, its parameters, its body with limits. What a
 * Request does not say (its target as it was written, who sent it) comes with it, where the host knows it.
 */
import { fromUtf8 } from "../value/utf8.ts";
import type { Value } from "../value/value.ts";
import { joined } from "./chunks.ts";
import { badRequest } from "./errors.ts";
import { gunzip } from "./gzip.ts";
import { Params } from "./params.ts";
import { pathUnescape } from "./percent.ts";

/** What a host may know of a request that a Request does not say. */
export interface RequestDetails {
	/** The target as it was written: a Request's URL has lost `..` and the like. */
	readonly target?: string | undefined;
	/** Names and values of headers in turn, as they were written. */
	readonly rawHeaders?: readonly string[] | undefined;
	/** Address and port of the client. */
	readonly client?: string | undefined;
	/** The client's certificate, verified, as Go would describe it, and its subject. */
	readonly certificates?: () => ClientCertificates | undefined;
}

export interface ClientCertificates {
	readonly subject: string;
	readonly chain: Value;
}

/** Bounds of bodies, in bytes. */
export interface BodyLimits {
	readonly maxLength: number;
	readonly gzipMaxLength: number;
}

export class Call {
	readonly request: Request;
	readonly details: RequestDetails;
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
	parsedBody: { readonly value: Value } | undefined;
	/** Who it is, by its token or certificate. */
	identity: string | undefined;
	#params: Params | undefined;
	#body: Promise<Body> | undefined;

	constructor(request: Request, details: RequestDetails, limits: BodyLimits, id: number) {
		this.request = request;
		this.details = details;
		this.limits = limits;
		this.id = id;
		this.method = request.method;
		const target = details.target ?? targetOf(request.url);
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
		return this.request.headers.get(name) ?? "";
	}

	/** The length the client has promised; undefined where it has not. */
	get length(): number | undefined {
		const text = this.request.headers.get("content-length");
		return text === null ? undefined : Number(text);
	}

	/** The body as it came. */
	body(): Promise<Body> {
		this.#body ??= this.#read();
		return this.#body;
	}

	/** The body, which must be whole. */
	async wholeBody(): Promise<string> {
		const { bytes, cut } = await this.body();
		if (cut) throw badRequest("http: request body too large");
		return fromUtf8(bytes);
	}

	/** The body, inflated where it is compressed. */
	async inflatedBody(): Promise<string> {
		const { bytes } = await this.body();
		if (!this.header("content-encoding").includes("gzip")) return fromUtf8(bytes);
		return fromUtf8(await gunzip(bytes, this.limits.gzipMaxLength));
	}

	async #read(): Promise<Body> {
		if (this.length !== undefined) return { bytes: new Uint8Array(await this.request.arrayBuffer()), cut: false };
		const { body } = this.request;
		if (body === null) return { bytes: new Uint8Array(0), cut: false };
		const { maxLength } = this.limits;
		const chunks: Uint8Array[] = [];
		let length = 0;
		const reader = body.getReader();
		for (;;) {
			const { done, value } = await reader.read();
			if (done) return { bytes: joined(chunks, length), cut: false };
			chunks.push(value);
			length += value.length;
			if (length > maxLength) {
				await reader.cancel();
				return { bytes: joined(chunks, length).subarray(0, maxLength), cut: true };
			}
		}
	}
}

interface Body {
	readonly bytes: Uint8Array;
	/** There was more than may be. */
	readonly cut: boolean;
}

function targetOf(url: string): string {
	const start = url.indexOf("/", url.indexOf("//") + 2);
	if (start < 0) return "/";
	const hash = url.indexOf("#", start);
	return url.slice(start, hash < 0 ? undefined : hash);
}
