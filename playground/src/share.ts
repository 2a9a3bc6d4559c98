/** A problem as the fragment of a link: nothing of it reaches a server. */
import { piped, readAll } from "../../src/value/streams.ts";
import type { Problem } from "./protocol.ts";

/** Links longer than this are no problem of ours. */
const maxText = 1_000_000;

export async function toFragment(problem: Problem): Promise<string> {
	const bytes = new TextEncoder().encode(JSON.stringify(problem));
	const packed = await readAll(piped(bytes, new CompressionStream("deflate-raw")));
	let binary = "";
	for (const b of packed) binary += String.fromCharCode(b);
	return `#1${btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "")}`;
}

/** Undefined for a fragment that is none of ours. */
export async function fromFragment(fragment: string): Promise<Problem | undefined> {
	if (!fragment.startsWith("#1") || fragment.length > maxText) return undefined;
	try {
		const binary = atob(fragment.slice(2).replaceAll("-", "+").replaceAll("_", "/"));
		const bytes = Uint8Array.from(binary, (c) => c.charCodeAt(0));
		const unpacked = await readAll(piped(bytes, new DecompressionStream("deflate-raw")), maxText);
		if (unpacked === undefined) return undefined;
		const text = new TextDecoder().decode(unpacked);
		const read = JSON.parse(text) as { readonly [key: string]: unknown };
		const { policy, input, data, query, version } = read;
		if (![policy, input, data, query].every((x) => typeof x === "string")) return undefined;
		return { policy, input, data, query, version: version === "v0" ? "v0" : "v1" } as Problem;
	} catch {
		return undefined;
	}
}
