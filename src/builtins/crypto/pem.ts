/**
 * PEM blocks as Go's encoding/pem finds them: anything around and between blocks is skipped, and so
 * are blocks that are malformed. Header lines (`Key: value`) are allowed and dropped.
 */
import { fromByteString, toByteString } from "../../go/byte-string.ts";
import { tryDecodeBase64 } from "./base64.ts";

export interface PemBlock {
	readonly type: string;
	readonly bytes: Uint8Array;
}

const begin = "-----BEGIN ";
const end = "\n-----END ";
const dashes = "-----";

/** A line without its end and trailing blanks, and what follows it. */
function cutLine(text: string): readonly [line: string, rest: string] {
	const i = text.indexOf("\n");
	const line = i < 0 ? text : text.slice(0, i);
	return [
		line
			.replace(/[ \t]+$/, "")
			.replace(/\r$/, "")
			.replace(/[ \t]+$/, ""),
		i < 0 ? "" : text.slice(i + 1),
	];
}

/** The first block of text and what follows it; undefined when there is none. */
export function decodePem(text: string): { readonly block: PemBlock; readonly rest: string } | undefined {
	let from = 0;
	for (;;) {
		const endAt = text.indexOf(end, from);
		if (endAt < 0) return undefined;
		const afterEnd = endAt + end.length;
		// Only back to the last END line, so that hostile input costs linear time.
		const within = text.slice(from, endAt).lastIndexOf(begin);
		const beginAt = from + within;
		if (within >= 0 && (beginAt === 0 || text[beginAt - 1] === "\n")) {
			const found = decodeBlock(text, beginAt + begin.length, endAt, afterEnd);
			if (found !== undefined) return found;
		}
		from = afterEnd;
	}
}

function decodeBlock(
	text: string,
	typeAt: number,
	endAt: number,
	afterEnd: number,
): { readonly block: PemBlock; readonly rest: string } | undefined {
	const [typeLine] = cutLine(text.slice(typeAt, endAt + 1));
	if (!typeLine.endsWith(dashes)) return undefined;
	const type = typeLine.slice(0, -dashes.length);
	const [endLine, rest] = cutLine(text.slice(afterEnd));
	if (endLine !== `${type}${dashes}`) return undefined;
	const typeEnd = text.indexOf("\n", typeAt);
	let body = typeEnd + 1 <= endAt ? text.slice(typeEnd + 1, endAt) : "";
	for (;;) {
		const [line, next] = cutLine(body);
		if (!line.includes(":")) break;
		// A header must leave a line for the body.
		if (!body.includes("\n")) return undefined;
		body = next;
	}
	const bytes = tryDecodeBase64(body.replace(/[ \t]/g, ""));
	return bytes === undefined ? undefined : { block: { type: fromByteString(type), bytes }, rest };
}

/** Every block of text. */
export function decodeAllPem(text: string): PemBlock[] {
	const blocks: PemBlock[] = [];
	let rest = toByteString(text);
	for (let found = decodePem(rest); found !== undefined; found = decodePem(rest)) {
		blocks.push(found.block);
		rest = found.rest;
	}
	return blocks;
}
