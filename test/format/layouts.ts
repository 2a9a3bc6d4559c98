/**
 * Modules laid out anew by chance: lines broken and joined, blank lines, indentation, trailing commas, and comments in
 * every place that a blank may stand in. Made from a module's text by its tokens alone, so some of what comes out does
 * not parse: both formatters must then refuse it. The same numbers give the same texts.
 */

/** A small generator of random numbers (mulberry32). */
export class Numbers {
	#state: number;

	constructor(seed: number) {
		this.#state = seed >>> 0;
	}

	/** From 0 up to but not including 1. */
	next(): number {
		this.#state = (this.#state + 0x6d2b79f5) >>> 0;
		let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
		t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
		return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
	}

	below(n: number): number {
		return Math.floor(this.next() * n);
	}

	/** Once in `n` times. */
	once(n: number): boolean {
		return this.below(n) === 0;
	}

	of<T>(choices: readonly [T, ...T[]]): T {
		return choices[this.below(choices.length)] ?? choices[0];
	}
}

const token = /\$?"(?:[^"\\\n]|\\.)*"|\$?`[^`]*`|#[^\n]*|[A-Za-z_][A-Za-z0-9_]*|\d[\d.eE]*|:=|[=!<>]=|[ \t\r\n]+|./gsu;

/** What changes are made, and how often: one in so many gaps. */
export interface Changes {
	readonly breaks: number;
	readonly comments: number;
	readonly blanks: number;
	readonly joins: number;
	readonly commas: number;
}

/** Gentle, rough and wild. */
export const changes: readonly [Changes, ...Changes[]] = [
	{ breaks: 40, comments: 30, blanks: 40, joins: 1000, commas: 20 },
	{ breaks: 12, comments: 1000, blanks: 30, joins: 15, commas: 5 },
	{ breaks: 15, comments: 12, blanks: 20, joins: 30, commas: 10 },
	{ breaks: 5, comments: 40, blanks: 10, joins: 10, commas: 4 },
	{ breaks: 1000, comments: 8, blanks: 50, joins: 1000, commas: 50 },
];

export function laidOutAnew(text: string, numbers: Numbers): string {
	const how = numbers.of(changes);
	const tokens = text.match(token) ?? [];
	let out = "";
	let n = 0;
	const comment = (): string =>
		numbers.once(30) ? "# METADATA" : numbers.once(6) ? "#" : numbers.once(4) ? `#c${n++}  ` : `# c${n++}`;
	tokens.forEach((t, i) => {
		const next = tokens[i + 1] ?? "";
		if (/^\s/.test(t)) {
			out += gap(t);
			return;
		}
		out += t;
		if (t.startsWith("#") || next === "" || /^\s/.test(next)) return;
		// Between tokens that touch.
		if (/^[({[,]$/.test(t) || /^[)}\],|]$/.test(next)) {
			if (/^[)}\]]$/.test(next) && numbers.once(how.commas * 4)) out += ",";
			if (numbers.once(how.breaks)) out += "\n\t\t";
			else if (numbers.once(how.comments * 3)) out += ` ${comment()}\n`;
			else if (numbers.once(how.blanks)) out += " ";
		}
	});
	return out;

	function gap(blank: string): string {
		if (blank.includes("\n")) {
			if (numbers.once(how.joins)) return numbers.once(2) ? "; " : " ";
			if (numbers.once(how.comments)) return ` ${comment()}${blank}`;
			if (numbers.once(how.comments)) return `${blank}${comment()}\n${numbers.once(3) ? "\n" : ""}\t`;
			if (numbers.once(how.blanks)) return `${blank}\n\n`;
			if (numbers.once(how.blanks)) return blank.replace(/\n+/, "\n");
			if (numbers.once(how.blanks)) return blank.replace(/\n/g, "\r\n");
			return blank;
		}
		if (numbers.once(how.breaks)) return numbers.of(["\n", "\n\t", "\n\n"]);
		if (numbers.once(how.comments)) return ` ${comment()}\n${numbers.of(["", "\t", "\n"])}`;
		if (numbers.once(how.blanks)) return numbers.of(["  ", "\t", "   "]);
		return blank;
	}
}
