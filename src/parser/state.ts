/**
 * The parser's place in the token arrays, and everything that trying a reading and going back to an
 * earlier place has to undo: errors, hints, the number of the next wildcard.
 *
 * Errors are kept light (offset and text) because most are made by readings that are then given up;
 * rows and columns are worked out for those that remain. `depth` counts the constructs we are
 * inside of and `height` how deep the tree of the last term is, so that both nesting and long
 * operator chains stay within one limit.
 *
 * Reading is recursive, and the stack bears much less nesting than that limit. Where a text goes too deep, a
 * term half the way down is read on its own, from an empty stack, and kept; then what is around it is read again,
 * which now goes past it (`readDeep`). So the stack never holds more than `maxLevels` of nesting.
 */

import { at } from "../at.ts";
import { isOverflow } from "../stack.ts";
import type { Body, Term } from "./ast.ts";
import * as Kind from "./kinds.ts";
import type { Language } from "./language.ts";
import type { LogicalReader } from "./logical.ts";
import { isKeywordKind, kindNames } from "./token.ts";
import type { Tokens } from "./token-store.ts";

export interface ParseProblem {
	readonly offset: number;
	readonly message: string;
	/** OPA's parser shows the source line; its checks of whole modules do not. */
	readonly showLine: boolean;
}

export interface Mark {
	readonly index: number;
	readonly kind: number;
	readonly errors: number;
	readonly hints: readonly string[];
	readonly wildcards: number;
}

/** Thrown where nesting gets too deep for the stack: a term to be read on its own before all that is around it. */
class DeepTerm {
	readonly place: Place;

	constructor(place: Place) {
		this.place = place;
	}
}

/** Thrown where nesting goes beyond the limits. It ends the statement: what is too deep read so is so in any other way. */
class TooDeep extends Error {}

/** All that reading depends on, at the first token of a term or statement. */
interface Place extends Mark {
	readonly attempts: number;
	readonly listed: number;
	/** Levels of nesting around it. */
	readonly outside: number;
	readonly bodies: number;
}

/** Levels of nesting that are read on one stack: some hundred kilobytes of it. */
const maxLevels = 600;

const none = Number.POSITIVE_INFINITY;

/** Nested bodies (of comprehensions, `every`, blocks): these are on the stack of every later walk. */
const maxBodies = 200;

/** Trees that are higher are made flat before they are compiled. */
export const plainHeight = 500;

/** Tokens that are read again for the sake of deep terms, in all: text made to be read again and again is refused. */
const maxReread = 10_000_000;

export interface Opening {
	readonly index: number;
	readonly errors: number;
}

/** What reading a bracketed construct gave, kept so that going back never means reading it again. */
interface Reading<T> {
	readonly value: T | undefined;
	readonly index: number;
	readonly kind: number;
	readonly errors: readonly ParseProblem[];
	readonly hints: readonly string[];
	readonly wildcards: number;
	readonly height: number;
}

export class ParserState {
	readonly tokens: Tokens;
	readonly text: string;
	readonly #kinds: Uint8Array;
	readonly #starts: Int32Array;
	readonly #ends: Int32Array;
	readonly #lastIndex: number;
	/** Words of the text by their hashes, so that equal ones are mostly one string. */
	readonly #words: (string | undefined)[];
	readonly version: "v0" | "v1";
	readonly language: Language;
	readonly maxDepth: number;
	readonly isBuiltin: (name: string) => boolean;
	/** Which of the soft keywords are keywords, by kind. */
	readonly active: Uint8Array;
	/** Reads operands of `and` and `or`; where there is none, none of these words is left in the text (imports.ts). */
	readonly logical: LogicalReader | undefined;
	/** `not { … }` is a body (future.keywords.not). */
	notBodies = false;
	index = 0;
	/** Kind of the current token as the grammar sees it: soft keywords not in force are identifiers. */
	kind = 0;
	errors: ParseProblem[] = [];
	/** How many errors there were before the statements that are read as if there had been none. */
	earlierErrors = 0;
	hints: readonly string[] = [];
	wildcards = 0;
	depth = 0;
	height = 0;
	/** The highest tree so far. */
	tallest = 0;
	/** Levels around the term that is read on its own. */
	#outside = 0;
	/** Bodies we are inside of. */
	#inBodies = 0;
	/** Where the term begins that is read at half of the levels a stack bears. */
	#halfway: Place | undefined;
	#halfwayDepth = none;
	readonly #deep: Map<number, Reading<Term>> = new Map();
	#reread = 0;
	/** Reading is a guess at what was meant: it may not begin anew. */
	#guessing = false;
	/** The token before which there was a blank where none may be. */
	#wrongBlank = -1;
	/** The keyword that was last found to begin a reference. */
	#refHead = -1;
	/** Where a term was looked for last that is none, and what was said of it. */
	#noTerm: { readonly index: number; readonly depth: number; readonly error: ParseProblem } | undefined;
	/** How many attempts that may be given up we are inside of. */
	attempts = 0;
	/** Elements of the lists being read, those of the innermost last; past `listed` is what earlier ones left. */
	readonly #elements: unknown[] = [];
	listed = 0;
	readonly #terms: Map<number, Reading<Term>> = new Map();
	readonly #bodies: Map<number, Reading<Body>> = new Map();

	constructor(
		tokens: Tokens,
		options: {
			readonly version: "v0" | "v1";
			readonly language: Language;
			readonly maxDepth: number;
			readonly isBuiltin: (name: string) => boolean;
			readonly active: Uint8Array;
			readonly logical: LogicalReader | undefined;
		},
	) {
		this.tokens = tokens;
		this.logical = options.logical;
		this.text = tokens.text;
		this.#kinds = tokens.kinds;
		this.#starts = tokens.starts;
		this.#ends = tokens.ends;
		this.#lastIndex = tokens.count - 1;
		this.#words = new Array(wordSlots(tokens.count));
		this.version = options.version;
		this.language = options.language;
		this.maxDepth = options.maxDepth;
		this.isBuiltin = options.isBuiltin;
		this.active = options.active;
		this.#read(0);
	}

	// --- tokens ------------------------------------------------------------------------------

	advance(): void {
		if (this.index < this.#lastIndex) this.#read(this.index + 1);
	}

	/** Jump to a token, for resynchronising. */
	goTo(index: number): void {
		this.#forget();
		this.#read(Math.min(index, this.#lastIndex));
	}

	#read(index: number): void {
		this.index = index;
		const kind = this.kindAt(index);
		this.kind = kind;
		if (kind === Kind.Illegal) this.#reportIllegal();
	}

	#reportIllegal(): void {
		for (const problem of this.tokens.problems.get(this.index) ?? []) this.error(this.start, problem);
	}

	kindAt(index: number): number {
		const kind = this.#kinds[index] as number;
		return kind >= Kind.In && kind <= Kind.LogicalOr && this.active[kind] === 0 ? Kind.Ident : kind;
	}

	get start(): number {
		return this.#starts[this.index] as number;
	}

	get end(): number {
		return this.#ends[this.index] as number;
	}

	/** Where the token before the current one ends. */
	get lastEnd(): number {
		return this.index === 0 ? 0 : (this.#ends[this.index - 1] as number);
	}

	/** Text of the current token. */
	get lit(): string {
		return this.text.slice(this.start, this.end);
	}

	/** As `lit`, of a word: most likely the very string that it was the last time. */
	get word(): string {
		const { start, end } = this;
		const words = this.#words;
		const slot = (this.tokens.notes[this.index] as number) & (words.length - 1);
		const known = words[slot];
		if (known !== undefined && known.length === end - start && this.text.startsWith(known, start)) return known;
		const word = this.text.slice(start, end);
		words[slot] = word;
		return word;
	}

	/** Whether the current token, a quoted string, has escapes. */
	get escaped(): boolean {
		return this.tokens.notes[this.index] === 1;
	}

	/** Whether nothing separates the current token from the one before. */
	get adjoins(): boolean {
		return this.index > 0 && this.#ends[this.index - 1] === this.#starts[this.index];
	}

	/** Offset of the first blank between the token before and this one, past comments. */
	get blankBefore(): number {
		const at = this.lastEnd;
		const lineEnd = this.text.charCodeAt(at) === 35 ? this.text.indexOf("\n", at) : at;
		return lineEnd < 0 ? this.text.length : lineEnd;
	}

	/** Kind of the token that follows the current one without a blank. */
	adjoiningNext(): number {
		const i = this.index;
		if (i >= this.#lastIndex || this.#ends[i] !== this.#starts[i + 1]) return Kind.Whitespace;
		return this.kindAt(i + 1);
	}

	/** Whether a line ended between the token before and this one. */
	get newline(): boolean {
		const end = this.start;
		for (let i = this.lastEnd; i < end; i++) if (this.text.charCodeAt(i) === 10) return true;
		return false;
	}

	/** A keyword directly followed by `.` or `[` is the start of a reference: reads it as an identifier. */
	keywordAsRefHead(): boolean {
		if (!isKeywordKind(this.kind) || !this.language.keywordsInRefs) return false;
		const next = this.adjoiningNext();
		if (next !== Kind.Dot && next !== Kind.LBrack) return false;
		this.kind = Kind.Ident;
		this.#refHead = this.index;
		return true;
	}

	/** Of `[b | some.a, c]`, which is no comprehension, the reference is read again where none may begin: it stays one. */
	keywordAgain(): boolean {
		if (this.#refHead !== this.index || !isKeywordKind(this.kind)) return false;
		this.kind = Kind.Ident;
		return true;
	}

	/** Number of the next anonymous variable, as its name. */
	wildcard(): string {
		return `$${this.wildcards++}`;
	}

	get logicalActive(): boolean {
		return this.active[Kind.LogicalAnd] === 1 || this.active[Kind.LogicalOr] === 1;
	}

	/** Runs with every future keyword in force, to find out whether a hint about an import would help. */
	withFutureKeywords<T>(run: () => T): T | undefined {
		const before = Uint8Array.from(this.active);
		const { depth } = this;
		const bodies = this.#inBodies;
		// What was read ended before words that were no keywords then.
		this.#forget();
		this.active.fill(1);
		this.kind = this.kindAt(this.index);
		this.#guessing = true;
		try {
			return run();
		} catch (e) {
			if (!(e instanceof TooDeep)) throw e;
			return undefined;
		} finally {
			this.#guessing = false;
			this.depth = depth;
			this.#inBodies = bodies;
			this.active.set(before);
			this.#forget();
		}
	}

	// --- errors ------------------------------------------------------------------------------

	error(offset: number, message: string): void {
		const hints = this.hints;
		const note =
			hints.length === 0 ? "" : hints.length === 1 ? ` (hint: ${hints[0]})` : ` (hints: ${hints.join(", ")})`;
		this.hints = [];
		this.errors.push({ offset, message: message + note, showLine: true });
	}

	/** An error at the current token, or at the blank before it where that is what does not belong. */
	errorHere(message: string): void {
		this.error(this.#wrongBlank === this.index ? this.blankBefore : this.start, message);
	}

	/** The current token does not belong here. */
	unexpected(note = ""): void {
		const kind = this.#wrongBlank === this.index ? Kind.Whitespace : this.kind;
		if (kind === Kind.Illegal) {
			this.errorHere("illegal token");
			return;
		}
		const what = isKeywordKind(kind) ? "keyword" : "token";
		this.errorHere(`unexpected ${this.#tokenName(kind)} ${what}${note === "" ? "" : `: ${note}`}`);
	}

	/** No term begins here: said once, where it is looked for as an operand of `1 <=`, and then as the next expression. */
	noTerm(): void {
		const { index, depth } = this;
		const known = this.#noTerm;
		if (known?.index === index && known.depth === depth && this.errors.includes(known.error)) return;
		this.unexpected();
		this.#noTerm = { index, depth, error: this.errors.at(-1) as ParseProblem };
	}

	/** The lexer makes one token of a template string up to its first hole, or to its end. */
	#tokenName(kind: number): string {
		const name = kindNames[kind] ?? "";
		const whole = (kind === Kind.Template || kind === Kind.RawTemplate) && !this.lit.endsWith("{");
		return whole ? name.replace("part", "end") : name;
	}

	/** The blank before the current token does not belong here: to OPA's parser it is the current token from now on. */
	unexpectedBlank(note: string): void {
		// A comment is no blank: at the end of the text there may be nothing behind it.
		if (this.blankBefore < this.text.length) this.#wrongBlank = this.index;
		this.unexpected(note);
	}

	hint(text: string): void {
		this.hints = [...this.hints, text];
	}

	// --- nesting -----------------------------------------------------------------------------

	/** Counts nesting, by what it takes of the stack. */
	enter(levels = 1): void {
		const depth = this.depth + levels;
		if (this.#outside + depth > this.maxDepth || (this.#guessing && depth > 2 * maxLevels)) throw new TooDeep();
		this.depth = depth;
	}

	leave(levels = 1): void {
		this.depth -= levels;
	}

	/** As enter, for a body: how deep these nest is bounded more closely. */
	enterBody(): void {
		if (this.#inBodies >= maxBodies) throw new TooDeep();
		this.enter();
		this.#inBodies++;
	}

	leaveBody(): void {
		this.#inBodies--;
		this.leave();
	}

	/** As enter, for a term. Where the stack has too much of nesting, the term at half of it is read first. */
	enterTerm(): void {
		const { depth } = this;
		if (depth <= this.#halfwayDepth) this.#halfwayDepth = none;
		if (depth >= maxLevels / 2 && this.#halfwayDepth === none) {
			this.#halfwayDepth = depth;
			this.#halfway = this.#place();
		}
		if (depth >= maxLevels && this.#halfway !== undefined && !this.#guessing) throw new DeepTerm(this.#halfway);
		this.enter();
	}

	#place(): Place {
		// Written out: every statement has one, and spreading a mark into it costs more than to read a short statement.
		return {
			index: this.index,
			kind: this.kind,
			errors: this.errors.length,
			hints: this.hints,
			wildcards: this.wildcards,
			attempts: this.attempts,
			listed: this.listed,
			outside: this.#outside + this.depth,
			bodies: this.#inBodies,
		};
	}

	#goBack(place: Place): void {
		this.restore(place);
		this.attempts = place.attempts;
		this.listed = place.listed;
		this.depth = 0;
		this.#outside = place.outside;
		this.#inBodies = place.bodies;
		this.#halfwayDepth = none;
		this.#guessing = false;
	}

	/** Reads something, however deep terms in it are nested; `term` is how one is read. */
	readDeep<T>(read: () => T, term: () => Term | undefined): T | undefined {
		const outer = this.#place();
		const waiting: Place[] = [];
		for (;;) {
			const place = waiting.at(-1);
			try {
				if (place === undefined) return read();
				const errors = this.errors.length;
				const value = term();
				this.#remember(this.#deep, { index: deepKey(place), errors }, value);
				waiting.pop();
			} catch (e) {
				if (!isOverflow(e) && !(e instanceof DeepTerm) && !(e instanceof TooDeep)) throw e;
				this.#reread += this.index - (place ?? outer).index;
				if (!(e instanceof DeepTerm) || this.#reread > maxReread) {
					const { start } = this;
					this.#goBack(outer);
					this.error(start, "max parsing recursion depth exceeded");
					return undefined;
				}
				waiting.push(e.place);
			}
			this.#goBack(waiting.at(-1) ?? outer);
		}
	}

	/** Goes past a term that had to be read on its own; undefined where there is none. */
	recallDeep(): Reading<Term> | undefined {
		if (this.#guessing) return undefined;
		return this.#recall(this.#deep, deepKey(this));
	}

	/** Records the height of a node over children of the given heights. `own`: levels entered for the node itself. */
	grow(height: number, own = 0): void {
		this.height = height + 1;
		if (height >= this.tallest) this.tallest = height + 1;
		if (this.#outside + this.depth - own + this.height > this.maxDepth) throw new TooDeep();
	}

	// --- lists -------------------------------------------------------------------------------

	/** Adds an element to the list being read, which began where `listed` was. */
	list(element: unknown): void {
		const at = this.listed++;
		if (at === this.#elements.length) this.#elements.push(element);
		else this.#elements[at] = element;
	}

	/** Ends the list that began at `from`. An array that is pushed to takes more memory than it needs. */
	takeList<T>(from: number): T[] {
		const all = this.#elements as T[];
		const end = this.listed;
		this.listed = from;
		switch (end - from) {
			case 0:
				return [];
			case 1:
				return [at(all, from)];
			case 2:
				return [at(all, from), at(all, from + 1)];
			case 3:
				return [at(all, from), at(all, from + 1), at(all, from + 2)];
			default:
				return all.slice(from, end);
		}
	}

	/** Gives up the list that began at `from`. */
	dropList(from: number): undefined {
		this.listed = from;
		return undefined;
	}

	// --- attempts ----------------------------------------------------------------------------

	mark(): Mark {
		return {
			index: this.index,
			kind: this.kind,
			errors: this.errors.length,
			hints: this.hints,
			wildcards: this.wildcards,
		};
	}

	restore(m: Mark): void {
		this.index = m.index;
		this.kind = m.kind;
		this.errors.length = m.errors;
		this.hints = m.hints;
		this.wildcards = m.wildcards;
	}

	/** Where a bracketed construct opens, for remembering what it gave; undefined when nobody will come back. */
	opening(): Opening | undefined {
		return this.attempts === 0 ? undefined : { index: this.index, errors: this.errors.length };
	}

	/** Goes past a term read before at the current token; undefined when there is none. */
	recallTerm(): Reading<Term> | undefined {
		return this.#recall(this.#terms);
	}

	rememberTerm(opening: Opening, value: Term | undefined): void {
		this.#remember(this.#terms, opening, value);
	}

	/** As recallTerm, for a braced body. */
	recallBody(): Reading<Body> | undefined {
		return this.#recall(this.#bodies);
	}

	rememberBody(opening: Opening, value: Body | undefined): void {
		this.#remember(this.#bodies, opening, value);
	}

	#recall<T>(readings: ReadonlyMap<number, Reading<T>>, key: number = this.index): Reading<T> | undefined {
		const old = readings.size === 0 ? undefined : readings.get(key);
		if (old === undefined) return undefined;
		this.index = old.index;
		this.kind = old.kind;
		for (const e of old.errors) this.errors.push(e);
		this.hints = old.hints;
		this.wildcards = old.wildcards;
		this.height = old.height;
		return old;
	}

	#remember<T>(readings: Map<number, Reading<T>>, opening: Opening, value: T | undefined): void {
		const { index, kind, hints, wildcards, height } = this;
		readings.set(opening.index, {
			value,
			index,
			kind,
			errors: this.errors.slice(opening.errors),
			hints,
			wildcards,
			height,
		});
	}

	/** Begins a statement: forgets what earlier ones left to come back to. */
	beginStatement(): void {
		this.#forget();
		if (this.#deep.size > 0) this.#deep.clear();
		this.attempts = 0;
		this.depth = 0;
		this.#outside = 0;
		this.#inBodies = 0;
		this.listed = 0;
		this.#halfwayDepth = none;
	}

	#forget(): void {
		// Clearing a map makes a new table, even of one that is empty.
		if (this.#terms.size > 0) this.#terms.clear();
		if (this.#bodies.size > 0) this.#bodies.clear();
	}
}

/** A token and what it was taken for: a keyword may be a name. */
function deepKey(place: { readonly index: number; readonly kind: number }): number {
	return place.index * 256 + place.kind;
}

/** A power of two: places for the words of so many tokens. */
function wordSlots(tokens: number): number {
	let slots = 16;
	while (slots < tokens >> 4 && slots < 4096) slots *= 2;
	return slots;
}
