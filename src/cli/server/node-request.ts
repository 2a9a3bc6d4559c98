/**
 * Node's requests as the handlers take them, and their answers on their way out. Straight from one to the other:
 * a Request and a Response of the Web's kind in between would cost a third of all that a small decision takes.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";
import { TLSSocket } from "node:tls";
import type { Answer } from "../../server/answer.ts";
import type { AnswerTo } from "../../server/handler.ts";
import type { ClientCertificates, Incoming } from "../../server/incoming.ts";
import { clientCertificates } from "./client-certificates.ts";

type NodeRequest = IncomingMessage | Http2ServerRequest;
type NodeResponse = ServerResponse | Http2ServerResponse;

/** Bodies up to so many bytes are read before anyone is asked what to do with them. */
const readAtOnce = 1 << 16;

export function requestListener(answers: AnswerTo): (request: NodeRequest, response: NodeResponse) => void {
	const answer = (incoming: NodeIncoming, response: NodeResponse): void => {
		const made = answers(incoming);
		if (made instanceof Promise) {
			made.then(
				(a) => write(a, incoming, response),
				() => response.destroy(),
			);
		} else write(made, incoming, response);
	};
	return (request, response) => {
		const incoming = new NodeIncoming(request);
		// Who goes away has nothing to be told.
		request.on("error", ignore);
		response.on("error", ignore);
		const length = Number(request.headers["content-length"] ?? Number.NaN);
		if (!(length > 0 && length <= readAtOnce)) {
			if (length === 0) incoming.bytes = nothing;
			answer(incoming, response);
			return;
		}
		let first: Buffer | undefined;
		let more: Buffer[] | undefined;
		request.on("data", (chunk: Buffer) => {
			if (first === undefined) first = chunk;
			else more = [...(more ?? [first]), chunk];
		});
		request.on("end", () => {
			incoming.bytes = more === undefined ? (first ?? nothing) : Buffer.concat(more);
			answer(incoming, response);
		});
	};
}

const nothing = new Uint8Array(0);

function ignore(): void {
	// It is over, and nobody is left to be told.
}

function write({ status, headers, body }: Answer, incoming: NodeIncoming, response: NodeResponse): void {
	if (response.destroyed) return;
	if (incoming.isHttp2() || incoming.isUnread()) {
		writeSpecial({ status, headers, body }, incoming, response);
		return;
	}
	if (body === null) {
		response.writeHead(status, headers);
		response.end();
		return;
	}
	const length = typeof body === "string" ? Buffer.byteLength(body) : body.length;
	response.writeHead(status, { ...headers, "Content-Length": length });
	response.end(body);
}

/** HTTP/2 has no connection of one request to speak of; and who sends what nobody reads is left. */
function writeSpecial({ status, headers, body }: Answer, incoming: NodeIncoming, response: NodeResponse): void {
	// With it Node would end the connection at once, and the client might never see the answer.
	const { Connection: _, ...others } = headers;
	const length =
		body === null ? {} : { "Content-Length": typeof body === "string" ? Buffer.byteLength(body) : body.length };
	response.writeHead(status, { ...others, ...length });
	if (body === null) response.end();
	else response.end(body);
	incoming.leave(response);
}

/** A request of node:http or, in its ways the same, of node:http2. */
class NodeIncoming implements Incoming {
	readonly #request: NodeRequest;
	#aborted: AbortController | undefined;
	bytes: Uint8Array | undefined = undefined;
	#begun = false;

	constructor(request: NodeRequest) {
		this.#request = request;
	}

	get method(): string {
		return this.#request.method ?? "GET";
	}

	get target(): string {
		const url = this.#request.url ?? "/";
		return url.startsWith("/") ? url : url.replace(/^[a-z]+:\/\/[^/?#]*/i, "") || "/";
	}

	header(name: string): string | undefined {
		const value = this.#request.headers[name];
		return typeof value === "object" ? value.join(", ") : value;
	}

	get rawHeaders(): readonly string[] {
		return this.#request.rawHeaders;
	}

	async read(): Promise<Uint8Array> {
		const chunks: Buffer[] = [];
		for await (const chunk of this.stream()) chunks.push(Buffer.from(chunk));
		return Buffer.concat(chunks);
	}

	async *stream(): AsyncGenerator<Uint8Array> {
		this.#begun = true;
		// Who stops reading must not take the connection with the answer away.
		for await (const chunk of this.#request.iterator({ destroyOnReturn: false })) {
			if (chunk instanceof Uint8Array) yield chunk;
		}
	}

	get signal(): AbortSignal {
		const aborted = this.#aborted ?? new AbortController();
		if (this.#aborted === undefined) this.#request.once("close", () => aborted.abort());
		this.#aborted = aborted;
		return aborted.signal;
	}

	get client(): string {
		const { remoteAddress, remotePort } = this.#request.socket;
		if (remoteAddress === undefined) return "@";
		const host = remoteAddress.replace(/^::ffff:(?=[0-9.]+$)/, "");
		return host.includes(":") ? `[${host}]:${remotePort}` : `${host}:${remotePort}`;
	}

	certificates(): ClientCertificates | undefined {
		const { socket } = this.#request;
		return socket instanceof TLSSocket ? clientCertificates(socket) : undefined;
	}

	isHttp2(): boolean {
		return this.#request.httpVersionMajor === 2;
	}

	/** There is more of the body to come, which nobody will read. */
	isUnread(): boolean {
		return this.bytes === undefined && !this.#request.readableEnded && (this.#begun || this.#hasBody());
	}

	#hasBody(): boolean {
		const { headers } = this.#request;
		return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
	}

	/** After the answer: a little of what is left of the body is let go; who sends more has a moment to see the answer. */
	leave(response: NodeResponse): void {
		if (!this.isUnread()) return;
		const request = this.#request;
		if (this.isHttp2()) {
			request.resume();
			return;
		}
		response.once("finish", () => {
			let left = 0;
			request.on("data", (chunk: Buffer) => {
				left += chunk.length;
				if (left > letGo) request.pause();
			});
			request.resume();
			setTimeout(() => {
				if (!request.readableEnded) request.destroy();
			}, 500).unref();
		});
	}
}

const letGo = 1 << 20;
