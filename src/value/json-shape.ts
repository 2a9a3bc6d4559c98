/**
 * Whether a text has the form of JSON, without making its value. Says yes only of what the parser takes (json.ts); what
 * it does not say yes of may be JSON all the same: numbers with exponents, values that are very deep.
 */

/** Deeper values are left to the parser. */
const maxDepth = 1000;

export function hasJsonForm(text: string): boolean {
	/** What the values around are closed with. */
	const open: number[] = [];
	let at = skipSpace(text, 0);
	for (;;) {
		// A value begins here.
		const c = text.charCodeAt(at);
		if (c === openBracket || c === openBrace) {
			if (open.length === maxDepth) return false;
			const close = c + 2;
			const next = skipSpace(text, at + 1);
			if (text.charCodeAt(next) !== close) {
				open.push(close);
				at = c === openBrace ? afterName(text, next) : next;
				if (at < 0) return false;
				continue;
			}
			at = next + 1;
		} else {
			at = afterScalar(text, at, c);
			if (at < 0) return false;
		}
		// It has ended.
		for (;;) {
			at = skipSpace(text, at);
			const close = open.at(-1);
			if (close === undefined) return at === text.length;
			const d = text.charCodeAt(at);
			if (d === comma) {
				at = skipSpace(text, at + 1);
				if (close === closeBrace) at = afterName(text, at);
				if (at < 0) return false;
				break;
			}
			if (d !== close) return false;
			open.pop();
			at++;
		}
	}
}

const comma = 44;
const colon = 58;
const quote = 34;
const backslash = 92;
const openBracket = 91;
const openBrace = 123;
const closeBrace = 125;

function skipSpace(text: string, from: number): number {
	let at = from;
	for (; ; at++) {
		const c = text.charCodeAt(at);
		if (c !== 32 && c !== 10 && c !== 13 && c !== 9) return at;
	}
}

/** Where the value of a name begins; -1 where there is no name and colon. */
function afterName(text: string, from: number): number {
	if (text.charCodeAt(from) !== quote) return -1;
	const end = afterString(text, from);
	if (end < 0) return -1;
	const at = skipSpace(text, end);
	return text.charCodeAt(at) === colon ? skipSpace(text, at + 1) : -1;
}

function afterScalar(text: string, at: number, c: number): number {
	if (c === quote) return afterString(text, at);
	if (c === 45 || isDigit(c)) return afterNumber(text, at);
	for (const word of ["true", "false", "null"]) if (text.startsWith(word, at)) return at + word.length;
	return -1;
}

function afterString(text: string, from: number): number {
	for (let at = from + 1; at < text.length; at++) {
		const c = text.charCodeAt(at);
		if (c === quote) return at + 1;
		if (c < 32) return -1;
		if (c !== backslash) continue;
		at++;
		const escaped = text.charCodeAt(at);
		if (escaped === 117) {
			for (const end = at + 4; at < end; ) if (!isHexDigit(text.charCodeAt(++at))) return -1;
		} else if (!'"\\/bfnrt'.includes(text.charAt(at)) || at >= text.length) return -1;
	}
	return -1;
}

function afterNumber(text: string, from: number): number {
	let at = text.charCodeAt(from) === 45 ? from + 1 : from;
	const first = text.charCodeAt(at);
	if (!isDigit(first)) return -1;
	at++;
	if (first !== 48) while (isDigit(text.charCodeAt(at))) at++;
	if (text.charCodeAt(at) === 46) {
		at++;
		if (!isDigit(text.charCodeAt(at))) return -1;
		while (isDigit(text.charCodeAt(at))) at++;
	}
	const next = text.charCodeAt(at);
	return next === 69 || next === 101 ? -1 : at;
}

function isDigit(c: number): boolean {
	return c >= 48 && c <= 57;
}

function isHexDigit(c: number): boolean {
	return isDigit(c) || (c >= 65 && c <= 70) || (c >= 97 && c <= 102);
}
