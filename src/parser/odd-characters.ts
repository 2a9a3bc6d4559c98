/**
 * What the patterns leave for later, because few texts have any of it: a byte order mark at the
 * start, digits of other scripts, which continue a name, and characters that OPA rejects anywhere
 * (NUL, a byte order mark inside, half a surrogate pair). Each is looked for once per text.
 */
import { byteAt, numberAt } from "../at.ts";
import * as Kind from "./kinds.ts";
import type { Tokens } from "./token-store.ts";

/** In texts of one byte a character, the engine knows without looking that there is none. */
const wide = /[\u0100-\uffff]/;
const foreignDigit = /(?![0-9])\p{Nd}/u;
const badCharacter = /\ufeff|\p{Surrogate}/u;

export function mendOddCharacters(tokens: Tokens): Tokens {
	const { text } = tokens;
	const isWide = wide.test(text);
	if (!isWide && !text.includes("\0")) return tokens;
	let t = text.charCodeAt(0) === 0xfeff ? withoutFirst(tokens) : tokens;
	if (isWide && foreignDigit.test(text)) t = joinForeignDigits(t);
	return text.includes("\0") || badCharacter.test(text) ? blameBadCharacters(t) : t;
}

interface Token {
	readonly start: number;
	end: number;
	kind: number;
	readonly note: number;
	problems: readonly string[] | undefined;
}

function tokenAt(t: Tokens, i: number): Token {
	return {
		start: numberAt(t.starts, i),
		end: numberAt(t.ends, i),
		kind: byteAt(t.kinds, i),
		note: numberAt(t.notes, i),
		problems: t.problems.get(i),
	};
}

/** Arrays of their own for tokens that are not those of the text's. */
function rebuilt(t: Tokens, tokens: readonly Token[]): Tokens {
	const problems = new Map<number, readonly string[]>();
	for (const [i, token] of tokens.entries()) {
		if (token.problems !== undefined) problems.set(i, token.problems);
	}
	return {
		text: t.text,
		count: tokens.length,
		kinds: Uint8Array.from(tokens, (token) => token.kind),
		starts: Int32Array.from(tokens, (token) => token.start),
		ends: Int32Array.from(tokens, (token) => token.end),
		notes: Int32Array.from(tokens, (token) => token.note),
		problems,
		comments: t.comments,
	};
}

function withoutFirst(t: Tokens): Tokens {
	return rebuilt(
		t,
		Array.from({ length: t.count - 1 }, (_, i) => tokenAt(t, i + 1)),
	);
}

/** Decimal digits of any script continue an identifier. */
function joinForeignDigits(t: Tokens): Tokens {
	const digit = /(?![0-9])\p{Nd}/uy;
	const { text, starts, ends } = t;
	const out: Token[] = [];
	const last = t.count - 1;
	for (let i = 0; i <= last; i++) {
		const token = tokenAt(t, i);
		out.push(token);
		if (token.kind < Kind.Ident || token.kind > Kind.LogicalOr) continue;
		let end = token.end;
		while (i + 1 < last && starts[i + 1] === end) {
			digit.lastIndex = end;
			const isDigit = digit.test(text);
			if (!isDigit && (end === token.end || !/\w/.test(text.charAt(end)))) break;
			end = isDigit ? digit.lastIndex : numberAt(ends, i + 1);
			while (i + 1 < last && numberAt(starts, i + 1) < end) i++;
		}
		if (end === token.end) continue;
		token.end = end;
		token.kind = Kind.Ident;
	}
	return rebuilt(t, out);
}

/** Bad characters looked at: far more than errors are reported. */
const maxBlamed = 1000;

/** OPA reads one character ahead, so the token before a bad character is the one it rejects. */
function blameBadCharacters(t: Tokens): Tokens {
	const everyBad = /[\0\ufeff]|\p{Surrogate}/gu;
	const out: Token[] = [];
	const add = (start: number, end: number, problem: string): void => {
		const last = out[out.length - 1];
		if (last !== undefined && last.start === start) last.problems = [...(last.problems ?? []), problem];
		else out.push({ start, end, kind: Kind.Illegal, note: 0, problems: [problem] });
	};
	let ti = 0;
	let ci = 0;
	// Merge: every token in order, and an illegal one for each bad character in a blank or a comment.
	const pushTokensBefore = (offset: number): void => {
		for (; ti < t.count - 1 && numberAt(t.starts, ti) < offset; ti++) out.push(tokenAt(t, ti));
	};
	let blamed = 0;
	for (let m = everyBad.exec(t.text); m !== null && blamed < maxBlamed; m = everyBad.exec(t.text)) {
		const offset = m.index;
		if (m[0] === "\ufeff" && offset === 0) continue;
		blamed++;
		const problem =
			m[0] === "\0"
				? "illegal null character"
				: m[0] === "\ufeff"
					? "illegal byte-order mark"
					: "illegal utf-8 character";
		const before = Math.max(0, offset - 1);
		pushTokensBefore(Math.max(offset, 1));
		while (ci < t.comments.length && (t.comments[ci]?.end as number) <= before) ci++;
		const comment = t.comments[ci];
		const last = out[out.length - 1];
		if (last !== undefined && before < last.end) {
			last.problems = [...(last.problems ?? []), problem];
			last.kind = Kind.Illegal;
		} else if (comment !== undefined && comment.start <= before) add(comment.start, comment.end, problem);
		else add(before, before + 1, problem);
	}
	pushTokensBefore(Number.POSITIVE_INFINITY);
	out.push(tokenAt(t, t.count - 1));
	return rebuilt(t, out);
}
