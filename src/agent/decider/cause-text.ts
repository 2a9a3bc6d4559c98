/**
 * The cause of a denial as it may stand in the message that the host gets: one line of at most 300 bytes, in which
 * nothing is more than text. Host, kubelet and events print it, so what could end a line or turn it round is left out.
 */
import type { Explanation } from "../../explain/explanation.ts";

const mostBytes = 300;
/** Line ends and other controls, what joins or turns letters and is not seen, and halves of characters. */
const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]+/gu;

/** Undefined where there is nothing to tell, or the explanation was not finished: half of one would mislead. */
export function causeText({ complete, error, causes: [cause] }: Explanation): string | undefined {
	if (!complete || error !== undefined || cause === undefined) return undefined;
	const line = cause.message.replace(unseen, " ");
	return Buffer.byteLength(line) <= mostBytes ? line : `${upTo(line, mostBytes - 3)}…`;
}

/** What of a text fits into so many bytes, in whole characters. */
function upTo(text: string, bytes: number): string {
	let left = bytes;
	let out = "";
	for (const ch of text) {
		left -= Buffer.byteLength(ch);
		if (left < 0) break;
		out += ch;
	}
	return out;
}
