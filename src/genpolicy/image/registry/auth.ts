/**
 * What a registry wants to be asked with: Basic credentials, or a token of the service that it names. In: the challenge
 * of a refusal. Out: the Authorization header for the next request, kept for those that follow.
 */
import { ImageError } from "../image.ts";
import { parseDocument, stringOf } from "../json.ts";
import { type ImageReference, repositoryName } from "../reference.ts";
import { type Challenge, parseChallenges } from "./challenge.ts";
import type { Credentials } from "./docker-config.ts";
import { basicValue, type Secrets } from "./secrets.ts";
import { shownUrl } from "./shown.ts";

export interface AuthorizationOptions {
	readonly credentials: (registry: string) => Promise<Credentials | undefined>;
	/** Whether credentials may go to an address without TLS. */
	readonly isPlainAllowed: (url: URL) => boolean;
	/** Is told of all that is sent. */
	readonly secrets: Secrets;
}

export interface TokenRequest {
	readonly authorization?: string;
	/** Sent as a form is, in the place of a query. */
	readonly form?: string;
}

/** Asks a token service; the body of its answer. */
export type AskToken = (url: URL, request: TokenRequest) => Promise<Uint8Array>;

/** What token services know the asking program by. */
const clientId = "regoplan";

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
					? await this.#basic(name)
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
		const credentials = await this.#find(name);
		const plain = url.protocol === "http:" && !this.#options.isPlainAllowed(url);
		if (plain && (from.protocol === "https:" || credentials !== undefined))
			throw new ImageError(
				"unauthorized",
				`${name.registry} names ${shownUrl(url)} as its token service, without TLS`,
				`If that is meant: --insecure-registry ${url.host}.`,
			);
		const body = await ask(url, tokenRequest(url, name, challenge.parameters.get("service"), credentials));
		const where = `the token service ${shownUrl(url)}`;
		const answer = parseDocument(body, where);
		const token = stringOf(answer, "token", where) || stringOf(answer, "access_token", where);
		if (token === undefined || token === "") throw new ImageError("unauthorized", `${where} gives no token`);
		if (token.length > maxToken || !/^[\x21-\x7e]+$/.test(token))
			throw new ImageError("unauthorized", `${where} gives a token that cannot be sent`);
		this.#options.secrets.add(token);
		return `Bearer ${token}`;
	}

	async #basic(name: ImageReference): Promise<string> {
		const credentials = await this.#find(name);
		if (credentials !== undefined && "user" in credentials) return basic(credentials);
		const have = credentials === undefined ? "there are none" : "there is only an identity token";
		throw new ImageError(
			"unauthorized",
			`${name.registry} wants a user and a password, and ${have} for it`,
			"Are docker credentials set up for the current user (docker login)?",
		);
	}

	/** Asked once for each registry. */
	#find(name: ImageReference): Promise<Credentials | undefined> {
		let found = this.#credentials.get(name.registry);
		if (found === undefined) {
			found = this.#options.credentials(name.registry).then((credentials) => {
				this.#options.secrets.addCredentials(credentials);
				return credentials;
			});
			this.#credentials.set(name.registry, found);
		}
		return found;
	}
}

/** The parameters go into the address; with an identity token, which no address may hold, into a form. */
function tokenRequest(
	url: URL,
	name: ImageReference,
	service: string | undefined,
	credentials: Credentials | undefined,
): TokenRequest {
	const parameters = new URLSearchParams(service === undefined ? {} : { service });
	parameters.set("scope", `repository:${name.repository}:pull`);
	if (credentials !== undefined && "identityToken" in credentials) {
		parameters.set("grant_type", "refresh_token");
		parameters.set("client_id", clientId);
		parameters.set("refresh_token", credentials.identityToken);
		return { form: parameters.toString() };
	}
	for (const [key, value] of parameters) url.searchParams.set(key, value);
	return credentials === undefined ? {} : { authorization: basic(credentials) };
}

function basic(credentials: Extract<Credentials, { user: string }>): string {
	return `Basic ${basicValue(credentials)}`;
}
