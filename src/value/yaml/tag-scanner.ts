/** Tags (`!!int`, `!a!b`, `!<uri>`) and `%TAG` lines of YAML. */
import { hexDigit, isAlpha, isBlank, isBlankOrEnd } from "./characters.ts";
import type { Reader } from "./reader.ts";

export interface TagParts {
	/** Stands for a prefix; "" when the suffix is all. */
	readonly handle: string;
	readonly suffix: string;
}

export function scanTag(r: Reader): TagParts {
	let parts: TagParts;
	if (r.at(1) === 0x3c) {
		r.skip(2);
		const suffix = scanUri(r, "");
		if (r.at(0) !== 0x3e) throw r.problem("did not find the expected '>'");
		r.skip();
		parts = { handle: "", suffix };
	} else {
		const handle = scanHandle(r, false);
		if (handle.length > 1 && handle.endsWith("!")) parts = { handle, suffix: scanUri(r, "") };
		else {
			const suffix = scanUri(r, handle);
			parts = suffix === "" ? { handle: "", suffix: "!" } : { handle: "!", suffix };
		}
	}
	if (!isBlankOrEnd(r.at(0))) throw r.problem("did not find expected whitespace or line break");
	return parts;
}

/** What follows `%TAG`. */
export function scanTagDirective(r: Reader): TagParts {
	r.readWhile(isBlank);
	const handle = scanHandle(r, true);
	if (!isBlank(r.at(0))) throw r.problem("did not find expected whitespace");
	r.readWhile(isBlank);
	const suffix = scanUri(r, "");
	if (!isBlankOrEnd(r.at(0))) throw r.problem("did not find expected whitespace or line break");
	return { handle, suffix };
}

function scanHandle(r: Reader, directive: boolean): string {
	if (r.at(0) !== 0x21) throw r.problem("did not find expected '!'");
	let handle = r.read() + r.readWhile(isAlpha);
	if (r.at(0) === 0x21) handle += r.read();
	else if (directive && handle !== "!") throw r.problem("did not find expected '!'");
	return handle;
}

/** Reads the URI of a tag. `head` is what was read as a handle and turned out to be the beginning of the URI. */
function scanUri(r: Reader, head: string): string {
	let uri = head.slice(1);
	let any = head !== "";
	for (;;) {
		const c = r.at(0);
		if (c === 0x25) uri += scanEscapes(r);
		else if (c !== 0 && (isAlpha(c) || ";/?:@&=+$,.!~*'()[]".includes(String.fromCharCode(c)))) uri += r.read();
		else break;
		any = true;
	}
	if (!any) throw r.problem("did not find expected tag URI");
	return uri;
}

/** One character as `%` and two digits for each of its bytes. */
function scanEscapes(r: Reader): string {
	const bytes: number[] = [];
	let length = 1;
	while (bytes.length < length) {
		const [high, low] = [hexDigit(r.at(1)), hexDigit(r.at(2))];
		if (r.at(0) !== 0x25 || high < 0 || low < 0) throw r.problem("did not find URI escaped octet");
		const byte = high * 16 + low;
		if (bytes.length === 0) {
			length = byte < 0x80 ? 1 : byte < 0xc0 ? 0 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : byte < 0xf8 ? 4 : 0;
			if (length === 0) throw r.problem("found an incorrect leading UTF-8 octet");
		} else if ((byte & 0xc0) !== 0x80) throw r.problem("found an incorrect trailing UTF-8 octet");
		bytes.push(byte);
		r.skip(3);
	}
	return new TextDecoder("utf-8", { ignoreBOM: true }).decode(Uint8Array.from(bytes));
}
