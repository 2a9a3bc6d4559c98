/** A problem as the fragment of a link: nothing of it reaches a server. */
import type { Problem } from "./protocol.ts";

/** Links longer than this are no problem of ours. */
const maxText = 1_000_000;

export async function toFragment(problem: Problem): Promise<string> {
	const bytes = new TextEncoder().encode(JSON.stringify(problem));
	const packed = await pass(bytes, new CompressionStream("deflate-raw"));
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
		const text = new TextDecoder().decode(await pass(bytes, new DecompressionStream("deflate-raw"), maxText));
		const read = JSON.parse(text) as { readonly [key: string]: unknown };
		const { policy, input, data, query, version } = read;
		if (![policy, input, data, query].every((x) => typeof x === "string")) return undefined;
		return { policy, input, data, query, version: version === "v0" ? "v0" : "v1" } as Problem;
	} catch {
		return undefined;
	}
}

async function pass(
	bytes: Uint8Array<ArrayBuffer>,
	through: ReadableWritablePair<Uint8Array, BufferSource>,
	limit: number = Number.POSITIVE_INFINITY,
): Promise<Uint8Array> {
	const parts: Uint8Array[] = [];
	let length = 0;
	const reader = new Blob([bytes]).stream().pipeThrough(through).getReader();
	for (;;) {
		const { value, done } = await reader.read();
		if (done) break;
		length += value.length;
		if (length > limit) throw new Error("too long");
		parts.push(value);
	}
	const out = new Uint8Array(length);
	let at = 0;
	for (const p of parts) {
		out.set(p, at);
		at += p.length;
	}
	return out;
}
