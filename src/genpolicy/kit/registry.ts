/**
 * A read-only registry on loopback, for tests: OCI's distribution API over blobs in memory, with Basic or Bearer
 * authentication if wanted, and a hook for everything that registries do wrong.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { BlobDescriptor, Blobs } from "./image-writer.ts";

export interface Repository {
	readonly blobs: Blobs;
	readonly tags: Readonly<Record<string, BlobDescriptor>>;
}

export interface RegistryOptions {
	readonly repositories: Readonly<Record<string, Repository>>;
	readonly auth?: {
		readonly scheme: "basic" | "bearer";
		readonly user: string;
		readonly password: string;
		/** Taken for a token instead of the password. */
		readonly identityToken?: string;
	};
	/** Answers in the registry's place where it returns true. */
	readonly before?: (request: IncomingMessage, response: ServerResponse) => boolean | Promise<boolean>;
	/** For HTTPS. */
	readonly tls?: { readonly key: string; readonly cert: string };
}

export interface SeenRequest {
	readonly method: string;
	readonly url: string;
	readonly authorization: string | undefined;
	readonly range: string | undefined;
}

export class Registry {
	readonly requests: SeenRequest[] = [];
	/** `127.0.0.1:PORT`, as references write it. */
	readonly host: string;
	readonly #server: Server;
	/** Tokens that were given out. */
	readonly tokens: Set<string> = new Set();

	private constructor(server: Server, host: string) {
		this.#server = server;
		this.host = host;
	}

	static async start(options: RegistryOptions): Promise<Registry> {
		let registry: Registry | undefined;
		const handle = (request: IncomingMessage, response: ServerResponse): void => {
			void registry?.answer(request, response, options);
		};
		const server = options.tls === undefined ? createServer(handle) : createSecureServer(options.tls, handle);
		await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
		const address = server.address();
		const port = typeof address === "object" && address !== null ? address.port : 0;
		registry = new Registry(server, `127.0.0.1:${port}`);
		return registry;
	}

	async close(): Promise<void> {
		this.#server.closeAllConnections();
		await new Promise((resolve) => this.#server.close(resolve));
	}

	async answer(request: IncomingMessage, response: ServerResponse, options: RegistryOptions): Promise<void> {
		const { url = "", method = "" } = request;
		const { authorization, range } = request.headers;
		this.requests.push({ method, url, authorization, range });
		if ((await options.before?.(request, response)) === true) return;
		if (method === "POST" && url === "/token") return this.#exchange(await formOf(request), response, options);
		if (!this.#isAllowed(authorization, url, response, options)) return;
		const [, name = "", kind = "", reference = ""] = /^\/v2\/(.+)\/(manifests|blobs)\/([^/?]+)$/.exec(url) ?? [];
		const repository = Object.hasOwn(options.repositories, name) ? options.repositories[name] : undefined;
		if (repository === undefined) return refuse(response, 404, "NAME_UNKNOWN");
		const tag =
			kind === "manifests" && Object.hasOwn(repository.tags, reference) ? repository.tags[reference] : undefined;
		const digest = tag?.digest ?? reference;
		const bytes = repository.blobs.get(digest);
		if (bytes === undefined) return refuse(response, 404, kind === "blobs" ? "BLOB_UNKNOWN" : "MANIFEST_UNKNOWN");
		const from = Number(/^bytes=(\d+)-$/.exec(range ?? "")?.[1] ?? 0);
		const part = kind === "blobs" ? bytes.subarray(from) : bytes;
		response.writeHead(from > 0 && kind === "blobs" ? 206 : 200, {
			"content-type": kind === "blobs" ? "application/octet-stream" : mediaTypeOf(bytes),
			"content-length": part.length,
			"docker-content-digest": digest,
			...(from > 0 && kind === "blobs" ? { "content-range": `bytes ${from}-${bytes.length - 1}/${bytes.length}` } : {}),
		});
		response.end(part);
	}

	#newToken(): string {
		const token = `token-${this.tokens.size}`;
		this.tokens.add(token);
		return token;
	}

	/** OAuth 2's refresh of a token. */
	#exchange(form: URLSearchParams, response: ServerResponse, { auth }: RegistryOptions): void {
		const wanted = { grant_type: "refresh_token", service: "kit", refresh_token: auth?.identityToken };
		const isRight = Object.entries(wanted).every(([key, value]) => value !== undefined && form.get(key) === value);
		if (!isRight || !/^repository:.+:pull$/.test(form.get("scope") ?? "")) refuse(response, 401, "UNAUTHORIZED");
		else response.end(JSON.stringify({ access_token: this.#newToken(), expires_in: 60 }));
	}

	#isAllowed(
		authorization: string | undefined,
		url: string,
		response: ServerResponse,
		{ auth }: RegistryOptions,
	): boolean {
		if (auth === undefined) return true;
		const basic = `Basic ${Buffer.from(`${auth.user}:${auth.password}`).toString("base64")}`;
		if (auth.scheme === "basic") {
			if (authorization === basic) return true;
			response.setHeader("www-authenticate", 'Basic realm="registry"');
		} else if (url.startsWith("/token")) {
			if (authorization !== basic) {
				refuse(response, 401, "UNAUTHORIZED");
				return false;
			}
			response.end(JSON.stringify({ token: this.#newToken(), expires_in: 60 }));
			return false;
		} else {
			if (authorization?.startsWith("Bearer ") === true && this.tokens.has(authorization.slice(7))) return true;
			const name = /^\/v2\/(.+)\/(?:manifests|blobs)\//.exec(url)?.[1];
			response.setHeader(
				"www-authenticate",
				`Bearer realm="http://${this.host}/token",service="kit",scope="repository:${name}:pull"`,
			);
		}
		refuse(response, 401, "UNAUTHORIZED");
		return false;
	}
}

async function formOf(request: IncomingMessage): Promise<URLSearchParams> {
	const parts: Buffer[] = [];
	for await (const part of request) parts.push(part);
	return new URLSearchParams(Buffer.concat(parts).toString("utf8"));
}

export function refuse(response: ServerResponse, status: number, code: string): void {
	response.writeHead(status, { "content-type": "application/json" });
	response.end(JSON.stringify({ errors: [{ code, message: `${code.toLowerCase()} here` }] }));
}

function mediaTypeOf(manifest: Uint8Array): string {
	const { mediaType }: { mediaType?: string } = JSON.parse(Buffer.from(manifest).toString("utf8"));
	return mediaType ?? "application/json";
}
