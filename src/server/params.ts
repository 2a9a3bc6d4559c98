/** The query of a URL as Go reads it: pairs that are not well encoded are left out. */
import { fromUtf8, toUtf8 } from "../value/utf8.ts";
import { percentDecoded } from "./percent.ts";

/** The parameters of a request, from its query string. */
export class Params {
	readonly #values: Map<string, string[]> = new Map();

	constructor(raw: string) {
		if (raw === "") return;
		for (const pair of raw.split("&")) {
			if (pair === "" || pair.includes(";")) continue;
			const sign = pair.indexOf("=");
			const key = decoded(sign < 0 ? pair : pair.slice(0, sign));
			const value = decoded(sign < 0 ? "" : pair.slice(sign + 1));
			if (key === undefined || value === undefined) continue;
			const known = this.#values.get(key);
			if (known === undefined) this.#values.set(key, [value]);
			else known.push(value);
		}
	}

	all(name: string): readonly string[] {
		return this.#values.get(name) ?? [];
	}

	last(name: string): string | undefined {
		return this.#values.get(name)?.at(-1);
	}

	/** Bare, or any of its values is `true`. */
	bool(name: string): boolean {
		const values = this.#values.get(name);
		if (values === undefined) return false;
		if (values.length === 1 && values[0] === "") return true;
		return values.some((v) => v.toLowerCase() === "true");
	}

	entries(): Iterable<readonly [string, readonly string[]]> {
		return this.#values;
	}
}

function decoded(text: string): string | undefined {
	const bytes = percentDecoded(toUtf8(text.replaceAll("+", " ")));
	return bytes === undefined ? undefined : fromUtf8(bytes);
}
