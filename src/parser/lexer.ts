/**
 * Source text -> tokens, with chevrotain's lexer: offsets only, no definition checks at start, a
 * catch-all for characters no token starts with. The lexer is built at the first parse.
 *
 * Only tokens come from chevrotain. Rego's grammar depends on what was imported so far, on line
 * ends, on blanks before brackets, and on trying one reading of `{` after another; and OPA's error
 * messages follow from the exact order of those tries. So the grammar is our own recursive descent
 * (parser.ts and its neighbours) over the arrays made here.
 *
 * Texts with template strings use a second lexer that also tracks the braces of their holes.
 * Characters OPA rejects anywhere (NUL, a byte order mark inside, half a surrogate pair) are looked
 * for once per text; like OPA we blame the token they follow.
 */
import { createToken, type IToken, Lexer, type TokenType } from "chevrotain";
import { Kind, keywordKinds, longestKeyword } from "./token.ts";

/** Parallel arrays; the last token is Eof. */
export interface Tokens {
	readonly text: string;
	readonly count: number;
	readonly kinds: Uint8Array;
	readonly starts: Int32Array;
	readonly ends: Int32Array;
	readonly images: readonly string[];
	/** What is wrong with an Illegal token, by its index. */
	readonly problems: ReadonlyMap<number, readonly string[]>;
	/** Offsets of each comment, the `#` included, the line end not. */
	readonly comments: readonly { readonly start: number; readonly end: number }[];
}

/** More tokens than allowed. */
export class TooManyTokens extends Error {}

export function tokenize(text: string, maxTokens: number): Tokens {
	// Every token takes a character: only longer texts can have too many.
	const lexer = lexerFor(text, text.length > maxTokens);
	resetHoles();
	budget = maxTokens;
	const { tokens, groups } = lexer.tokenize(text);
	if (tokens.length > maxTokens) throw new TooManyTokens();
	if (text.charCodeAt(0) === 0xfeff) tokens.shift();
	if (foreignDigit.test(text)) joinForeignDigits(text, tokens);
	const n = tokens.length;
	const kinds = new Uint8Array(n + 1);
	const starts = new Int32Array(n + 1);
	const ends = new Int32Array(n + 1);
	const images = new Array<string>(n + 1);
	const problems = new Map<number, readonly string[]>();
	for (let i = 0; i < n; i++) {
		const t = tokens[i] as IToken;
		const image = t.image;
		images[i] = image;
		starts[i] = t.startOffset;
		ends[i] = t.startOffset + image.length;
		const lexed = kindOf[t.tokenTypeIdx] as number;
		switch (lexed) {
			case Kind.Ident:
				kinds[i] = image.length <= longestKeyword ? (keywordKinds.get(image) ?? lexed) : lexed;
				break;
			case Kind.String:
			case Kind.Template:
			case Kind.RawTemplate:
			case Kind.TemplateRest:
			case Kind.RawTemplateRest:
			case Kind.Number:
			case Kind.Illegal: {
				const found = lexed === Kind.Number ? numberProblems(image) : (t.payload as readonly string[] | undefined);
				if (found !== undefined && found.length > 0) problems.set(i, found);
				else if (lexed === Kind.Illegal) problems.set(i, illegalProblems(image));
				kinds[i] = problems.has(i) ? Kind.Illegal : lexed;
				break;
			}
			default:
				kinds[i] = lexed;
		}
	}
	kinds[n] = Kind.Eof;
	starts[n] = text.length;
	ends[n] = text.length;
	images[n] = "";
	const comments = (groups["comments"] ?? []).map((t) => ({
		start: t.startOffset,
		end: t.startOffset + t.image.length,
	}));
	const out = { text, count: n + 1, kinds, starts, ends, images, problems, comments };
	return badCharacter.test(text) ? blameBadCharacters(out) : out;
}

// --- what is wrong with a token ---------------------------------------------------------------

const goodNumber = /^[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/;

function numberProblems(image: string): readonly string[] | undefined {
	const last = image.charCodeAt(image.length - 1);
	if (last >= 48 && last <= 57 && (image.length < 3 || goodNumber.test(image))) return undefined;
	const problems: string[] = [];
	const m = /^[0-9]+(\.[0-9]*)?([eE][+-]?[0-9]*)?(.*)$/s.exec(image);
	if (m?.[1] === ".") problems.push("expected fraction");
	if (m?.[2] !== undefined && !/[0-9]$/.test(m[2])) problems.push("expected exponent");
	if (m?.[3] !== undefined && m[3] !== "") problems.push("illegal number format");
	return problems;
}

function illegalProblems(image: string): readonly string[] {
	if (image === "!") return ["illegal ! character"];
	if (image === "$") return ["illegal $ character"];
	return [];
}

/** Decimal digits of any script continue an identifier; chevrotain's patterns know no Unicode classes. */
const foreignDigit = /(?![0-9])\p{Nd}/u;

function joinForeignDigits(text: string, tokens: IToken[]): void {
	const digit = /(?![0-9])\p{Nd}/uy;
	let kept = 0;
	for (let i = 0; i < tokens.length; i++) {
		const t = tokens[i] as IToken;
		tokens[kept++] = t;
		if (kindOf[t.tokenTypeIdx] !== Kind.Ident) continue;
		let end = t.startOffset + t.image.length;
		while (tokens[i + 1]?.startOffset === end) {
			digit.lastIndex = end;
			const next = tokens[i + 1] as IToken;
			const isDigit = digit.test(text);
			const kind = kindOf[next.tokenTypeIdx];
			if (!isDigit && (end === t.startOffset + t.image.length || (kind !== Kind.Ident && kind !== Kind.Number))) break;
			end = isDigit ? digit.lastIndex : end + next.image.length;
			while (i + 1 < tokens.length && (tokens[i + 1]?.startOffset as number) < end) i++;
		}
		t.image = text.slice(t.startOffset, end);
	}
	tokens.length = kept;
}

const badCharacter = /[\0\ufeff]|\p{Surrogate}/u;

/** Bad characters looked at: far more than errors are reported. */
const maxBlamed = 1000;

/** OPA reads one character ahead, so the token before a bad character is the one it rejects. */
function blameBadCharacters(t: Tokens): Tokens {
	const everyBad = /[\0\ufeff]|\p{Surrogate}/gu;
	const added: { start: number; end: number; kind: number; problems: string[] }[] = [];
	const add = (start: number, end: number, kind: number, problem: readonly string[]) => {
		const last = added[added.length - 1];
		if (last !== undefined && last.start === start) last.problems.push(...problem);
		else added.push({ start, end, kind, problems: [...problem] });
	};
	let ti = 0;
	let ci = 0;
	// Merge: every token in order, and an illegal one for each bad character in a blank or a comment.
	const pushTokensBefore = (offset: number) => {
		while (ti < t.count - 1 && (t.starts[ti] as number) < offset) {
			added.push({
				start: t.starts[ti] as number,
				end: t.ends[ti] as number,
				kind: t.kinds[ti] as number,
				problems: [...(t.problems.get(ti) ?? [])],
			});
			ti++;
		}
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
		const last = added[added.length - 1];
		if (last !== undefined && before < last.end) {
			last.problems.push(problem);
			last.kind = Kind.Illegal;
		} else if (comment !== undefined && comment.start <= before)
			add(comment.start, comment.end, Kind.Illegal, [problem]);
		else add(before, before + 1, Kind.Illegal, [problem]);
	}
	pushTokensBefore(Number.POSITIVE_INFINITY);
	const n = added.length;
	const kinds = new Uint8Array(n + 1);
	const starts = new Int32Array(n + 1);
	const ends = new Int32Array(n + 1);
	const images = new Array<string>(n + 1).fill("");
	const problems = new Map<number, readonly string[]>();
	for (const [i, a] of added.entries()) {
		kinds[i] = a.kind;
		starts[i] = a.start;
		ends[i] = a.end;
		images[i] = t.text.slice(a.start, a.end);
		if (a.problems.length > 0) problems.set(i, a.problems);
	}
	kinds[n] = Kind.Eof;
	starts[n] = t.text.length;
	ends[n] = t.text.length;
	return { ...t, count: n + 1, kinds, starts, ends, images, problems };
}

// --- token definitions ------------------------------------------------------------------------

/** Kinds by chevrotain's token type index. */
const kindOf: number[] = [];
const lexers: Map<string, Lexer> = new Map();
let budget = Number.POSITIVE_INFINITY;

/** Most texts need neither the token budget nor the braces of template strings. */
function lexerFor(text: string, guarded: boolean): Lexer {
	const templates = /\$["`]/.test(text);
	const key = `${templates} ${guarded}`;
	let lexer = lexers.get(key);
	if (lexer === undefined) {
		lexer = newLexer(templates, guarded);
		lexers.set(key, lexer);
	}
	return lexer;
}

type Match = [string] & { payload?: readonly string[] };
type Custom = (text: string, offset: number, matched: IToken[]) => Match | null;

function matched(text: string, start: number, end: number, problems: readonly string[] = []): Match {
	const m: Match = [text.slice(start, end)];
	if (problems.length > 0) m.payload = problems;
	return m;
}

function newLexer(templates: boolean, guarded: boolean): Lexer {
	const define = (
		kind: number,
		name: string,
		pattern: RegExp | string | Custom,
		hint?: readonly (string | number)[],
	) => {
		const type = createToken({
			name,
			pattern: pattern as RegExp,
			line_breaks: false,
			...(hint === undefined ? {} : { start_chars_hint: [...hint] }),
		});
		kindOf[type.tokenTypeIdx as number] = kind;
		return type;
	};
	const punctuation: readonly (readonly [number, string])[] = [
		[Kind.Comma, ","],
		[Kind.Dot, "."],
		[Kind.LBrack, "["],
		[Kind.RBrack, "]"],
		[Kind.LParen, "("],
		[Kind.RParen, ")"],
		[Kind.Assign, ":="],
		[Kind.Colon, ":"],
		[Kind.Equal, "=="],
		[Kind.Unify, "="],
		[Kind.Neq, "!="],
		[Kind.Lte, "<="],
		[Kind.Gte, ">="],
		[Kind.Lt, "<"],
		[Kind.Gt, ">"],
		[Kind.Add, "+"],
		[Kind.Sub, "-"],
		[Kind.Mul, "*"],
		[Kind.Quo, "/"],
		[Kind.Rem, "%"],
		[Kind.And, "&"],
		[Kind.Or, "|"],
		[Kind.Semicolon, ";"],
	];
	const digits = [..."0123456789"];
	// One character of each of chevrotain's buckets: of its own up to 255, then of 255 characters each.
	const everything = Array.from({ length: 513 }, (_, i) => (i < 256 ? i : Math.min((i - 255) * 255 + 1, 0xffff)));
	const types: TokenType[] = [
		...(guarded ? [define(Kind.Illegal, "budget", overBudget, everything)] : []),
		createToken({ name: "blank", pattern: /[ \t\r\n]+/, group: Lexer.SKIPPED, line_breaks: false }),
		createToken({
			name: "comment",
			pattern: /#[^\n]*/,
			group: "comments",
			start_chars_hint: ["#"],
			line_breaks: false,
		}),
		define(Kind.Ident, "ident", /[A-Za-z_]\w*/, [...identifierStarts]),
		define(Kind.String, "string", /"[^"\\\n]*"/, ['"']),
		define(Kind.String, "escapedString", escapedString, ['"']),
		define(Kind.Number, "number", /[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]*)?(?:[A-Za-z_]\w*)?/, digits),
		define(Kind.String, "rawString", rawString, ["`"]),
		...punctuation.map(([kind, image]) => define(kind, image, image)),
		...(templates
			? [
					define(Kind.Template, "template", templateStart, ["$"]),
					define(Kind.RawTemplate, "rawTemplate", rawTemplateStart, ["$"]),
					define(Kind.LBrace, "{", openBrace, ["{"]),
					define(Kind.TemplateRest, "templateRest", templateRest, ["}"]),
					define(Kind.RawTemplateRest, "rawTemplateRest", rawTemplateRest, ["}"]),
					define(Kind.RBrace, "}", closeBrace, ["}"]),
				]
			: [define(Kind.LBrace, "{", "{"), define(Kind.RBrace, "}", "}")]),
		define(Kind.Illegal, "illegal", /./s, everything),
	];
	return new Lexer(types, { positionTracking: "onlyOffset", skipValidations: true, recoveryEnabled: false });
}

const identifierStarts = "_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/** Matches nothing; stops the lexer when the text has too many tokens. */
function overBudget(_text: string, _offset: number, tokens: IToken[]): null {
	if (tokens.length > budget) throw new TooManyTokens();
	return null;
}

// --- strings ----------------------------------------------------------------------------------

/** A string with escapes, or one that never ends. */
function escapedString(text: string, offset: number): Match {
	const problems: string[] = [];
	const end = scanQuoted(text, offset + 1, false, problems);
	return matched(text, offset, end, problems);
}

/** Offset after the closing quote, after the `{` of a hole, or of the line end that cut the string short. */
function scanQuoted(text: string, from: number, holes: boolean, problems: string[]): number {
	let i = from;
	for (;;) {
		const c = i < text.length ? text.charCodeAt(i) : -1;
		if (c === 10 || c === -1) {
			problems.push("non-terminated string");
			return Math.min(i, text.length);
		}
		i++;
		if (c === 34 || (holes && c === 123)) return i;
		if (c !== 92) continue;
		const escaped = i < text.length ? text[i] : undefined;
		// OPA skips three of the four digits unseen; the fourth is looked at like any other character.
		if (escaped === "u") i += 4;
		else if (escaped !== undefined && ('\\"/bfnrt'.includes(escaped) || (holes && escaped === "{"))) i++;
		else problems.push("illegal escape sequence");
	}
}

function rawString(text: string, offset: number): Match {
	const end = text.indexOf("`", offset + 1);
	return end < 0 ? matched(text, offset, text.length, ["non-terminated string"]) : matched(text, offset, end + 1);
}

// --- template strings -------------------------------------------------------------------------

/** Holes being read, innermost last: how many braces are open inside, and the kind of string. */
let holes: { depth: number; raw: boolean }[] = [];

function resetHoles(): void {
	holes = [];
}

function templateStart(text: string, offset: number): Match | null {
	return text[offset + 1] === '"' ? templatePart(text, offset, offset + 2) : null;
}

function rawTemplateStart(text: string, offset: number): Match | null {
	return text[offset + 1] === "`" ? rawTemplatePart(text, offset, offset + 2) : null;
}

function templatePart(text: string, start: number, from: number): Match {
	const problems: string[] = [];
	const end = scanQuoted(text, from, true, problems);
	if (text[end - 1] === "{" && end > from && !problems.includes("non-terminated string"))
		holes.push({ depth: 0, raw: false });
	return matched(text, start, end, problems);
}

function rawTemplatePart(text: string, start: number, from: number): Match {
	for (let i = from; i < text.length; i++) {
		const c = text.charCodeAt(i);
		if (c === 96) return matched(text, start, i + 1);
		if (c === 123) {
			holes.push({ depth: 0, raw: true });
			return matched(text, start, i + 1);
		}
		if (c === 92 && text.charCodeAt(i + 1) === 123) i++;
	}
	return matched(text, start, text.length, ["non-terminated string"]);
}

function openBrace(text: string, offset: number): Match {
	const hole = holes[holes.length - 1];
	if (hole !== undefined) hole.depth++;
	return matched(text, offset, offset + 1);
}

function closeBrace(text: string, offset: number): Match {
	const hole = holes[holes.length - 1];
	if (hole !== undefined) hole.depth--;
	return matched(text, offset, offset + 1);
}

function templateRest(text: string, offset: number): Match | null {
	const hole = holes[holes.length - 1];
	if (hole === undefined || hole.depth > 0 || hole.raw) return null;
	holes.pop();
	return templatePart(text, offset, offset + 1);
}

function rawTemplateRest(text: string, offset: number): Match | null {
	const hole = holes[holes.length - 1];
	if (hole === undefined || hole.depth > 0 || !hole.raw) return null;
	holes.pop();
	return rawTemplatePart(text, offset, offset + 1);
}
