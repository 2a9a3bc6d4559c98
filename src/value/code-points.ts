/**
 * Positions in strings. OPA counts code points, JavaScript UTF-16 units; they differ only in strings
 * that hold surrogates, so everything here first asks for those and is free for all other strings.
 */

const surrogate = /[\ud800-\udfff]/;

/** True when code points and UTF-16 units may differ. */
export function hasSurrogates(s: string): boolean {
	return surrogate.test(s);
}

/** Number of code points; a lone surrogate counts as one. */
export function codePointLength(s: string): number {
	if (!hasSurrogates(s)) return s.length;
	return s.length - pairs(s, s.length);
}

/** The code point index of a UTF-16 offset that does not split a pair. */
export function codePointIndex(s: string, offset: number): number {
	return offset <= 0 ? offset : offset - pairs(s, offset);
}

function pairs(s: string, end: number): number {
	let n = 0;
	for (let i = 0; i + 1 < end; i++) {
		if ((s.charCodeAt(i) & 0xfc00) === 0xd800 && (s.charCodeAt(i + 1) & 0xfc00) === 0xdc00) {
			n++;
			i++;
		}
	}
	return n;
}

/** The UTF-16 offset of a code point index, at most the length of s. */
export function codePointOffset(s: string, index: number): number {
	let at = 0;
	for (let n = 0; n < index && at < s.length; n++) at += (s.codePointAt(at) as number) > 0xffff ? 2 : 1;
	return at;
}
