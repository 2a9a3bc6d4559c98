/**
 * What a registry wants to be asked with: Basic credentials, or a token of the service that it names. In: the challenge
 * of a refusal. Out: the Authorization header for the next request, kept for those that follow.
 */
import { ImageError } from "../image.ts";
import { parseDocument, stringOf } from "../json.ts";
import { type ImageReference, repositoryName } from "../reference.ts";
import { type Challenge, parseChallenges } from "./challenge.ts";
import type { Credentials } from "./docker-config.ts";
import { shownUrl } from "./shown.ts";

export interface AuthorizationOptions {
	readonly credentials: (registry: string) => Promise<Credentials | undefined>;
	/** Whether credentials may go to an address without TLS. */
	readonly isPlainAllowed: (url: URL) => boolean;
}

/** Asks a token service; the body of its answer. */
export type AskToken = (url: URL, authorization: string | undefined) => Promise<Uint8Array>;

const maxToken = 48 << 10;

export class Authorizations {
	readonly #options: AuthorizationOptions;
	readonly #known: Map<string, string> = new Map();
	readonly #credentials: Map<string, Promise<Credentials | undefined>> = new Map();

	constructor(options: AuthorizationOptions) {
		this.#options = options;
	}

	/** The header that the repository took before. */
	known(name: ImageReference): string | undefined {
		return this.#known.get(repositoryName(name));
	}

	/** Throws ImageError where the registry cannot be satisfied. `from` is the address that refused. */
	async obtain(name: ImageReference, header: string, from: URL, ask: AskToken): Promise<string> {
		const challenges = parseChallenges(header);
		const bearer = challenges.find((c) => c.scheme === "bearer");
		const authorization =
			bearer !== undefined
				? await this.#token(name, bearer, from, ask)
				: challenges.some((c) => c.scheme === "basic")
					? basic(await this.#wanted(name))
					: undefined;
		if (authorization === undefined)
			throw new ImageError("unauthorized", `${name.registry} wants an authentication other than Bearer and Basic`);
		this.#known.set(repositoryName(name), authorization);
		return authorization;
	}

	async #token(name: ImageReference, challenge: Challenge, from: URL, ask: AskToken): Promise<string> {
		const realm = challenge.parameters.get("realm") ?? "";
		const url = URL.canParse(realm) ? new URL(realm) : undefined;
		if (url === undefined || !/^https?:$/.test(url.protocol))
			throw new ImageError("unauthorized", `${name.registry} names no token service that can be asked`);
		url.username = url.password = url.hash = "";
		const service = challenge.parameters.get("service");
		if (service !== undefined) url.searchParams.set("service", service);
		url.searchParams.set("scope", `repository:${name.repository}:pull`);
		const plain = url.protocol === "http:" && !this.#options.isPlainAllowed(url);
		if (plain && from.protocol === "https:")
			throw new ImageError("unauthorized", `${name.registry} names ${shownUrl(url)} as its token service, without TLS`);
		const credentials = await this.#find(name);
		const body = await ask(url, credentials === undefined ? undefined : basic(credentials));
		const where = `the token service ${shownUrl(url)}`;
		const answer = parseDocument(body, where);
		const token = stringOf(answer, "token", where) || stringOf(answer, "access_token", where);
		if (token === undefined || token === "") throw new ImageError("unauthorized", `${where} gives no token`);
		if (token.length > maxToken || !/^[\x21-\x7e]+$/.test(token))
			throw new ImageError("unauthorized", `${where} gives a token that cannot be sent`);
		return `Bearer ${token}`;
	}

	async #wanted(name: ImageReference): Promise<Credentials> {
		const credentials = await this.#find(name);
		if (credentials !== undefined) return credentials;
		throw new ImageError(
			"unauthorized",
			`${name.registry} wants a user and a password, and there are none for it`,
			"Are docker credentials set up for the current user (docker login)?",
		);
	}

	/** Asked once for each registry. */
	#find(name: ImageReference): Promise<Credentials | undefined> {
		let found = this.#credentials.get(name.registry);
		if (found === undefined) {
			found = this.#options.credentials(name.registry);
			this.#credentials.set(name.registry, found);
		}
		return found;
	}
}

function basic({ user, password }: Credentials): string {
	return `Basic ${Buffer.from(`${user}:${password}`, "utf8").toString("base64")}`;
}
