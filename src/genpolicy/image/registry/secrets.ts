/** Credentials that have been used, so that what a server says back to them is not shown. */
import type { Credentials } from "./docker-config.ts";

/** Shorter ones are in everything. */
const shortest = 4;

export class Secrets {
	readonly #known: Set<string> = new Set();

	/** In the spellings that an answer may have. */
	add(secret: string): void {
		if (secret.length < shortest) return;
		for (const text of [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)]) this.#known.add(text);
	}

	addCredentials(credentials: Credentials | undefined): void {
		if (credentials === undefined) return;
		if ("identityToken" in credentials) this.add(credentials.identityToken);
		else {
			this.add(credentials.password);
			this.add(basicValue(credentials));
		}
	}

	/** A text without them. */
	hide(text: string): string {
		let shown = text;
		for (const secret of this.#known) shown = shown.replaceAll(secret, "***");
		return shown;
	}
}

/** What follows `Basic` in a header. */
export function basicValue({ user, password }: Extract<Credentials, { user: string }>): string {
	return Buffer.from(`${user}:${password}`, "utf8").toString("base64");
}
