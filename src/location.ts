/**
 * Source texts and places in them. Nodes keep offsets (UTF-16 units); rows and columns are worked
 * out when something is printed. Rows and columns count from 1, columns in code points, as OPA's.
 */
import { at } from "./at.ts";

/** A text of Rego, and places in it. */
export class Source {
	/** File name as the user gave it; empty for a query. */
	readonly name: string;
	readonly text: string;
	#lineStarts: number[] | undefined;
	/** Second halves of surrogate pairs before each 1024 units. */
	#halves: number[] | undefined;

	constructor(name: string, text: string) {
		this.name = name;
		this.text = text;
	}

	#lines(): number[] {
		if (this.#lineStarts === undefined) {
			const starts = [0];
			for (let i = this.text.indexOf("\n"); i >= 0; i = this.text.indexOf("\n", i + 1)) starts.push(i + 1);
			this.#lineStarts = starts;
		}
		return this.#lineStarts;
	}

	/** Offsets of the starts of the lines. */
	get lineStarts(): readonly number[] {
		return this.#lines();
	}

	/** Row of an offset, from 1. */
	row(offset: number): number {
		const starts = this.#lines();
		let lo = 0;
		let hi = starts.length - 1;
		while (lo < hi) {
			const mid = (lo + hi + 1) >> 1;
			if (at(starts, mid) <= offset) lo = mid;
			else hi = mid - 1;
		}
		return lo + 1;
	}

	location(offset: number): Location {
		const row = this.row(offset);
		const start = at(this.#lines(), row - 1);
		const end = Math.max(start, Math.min(offset, this.text.length));
		const pairs = end - start < 1024 ? secondHalves(this.text, start, end) : this.#halvesIn(start, end);
		return { file: this.name, row, col: 1 + end - start - pairs };
	}

	/** As secondHalves, for lines that are so long that no place in them may cost their length. */
	#halvesIn(start: number, end: number): number {
		if (this.#halves === undefined) {
			const counts = [0];
			for (let i = 0, n = 0; i < this.text.length; i += 1024) {
				n += secondHalves(this.text, i, Math.min(i + 1024, this.text.length));
				counts.push(n);
			}
			this.#halves = counts;
		}
		const [from, to] = [start >> 10, end >> 10];
		const before = at(this.#halves, from) + secondHalves(this.text, from << 10, start);
		return at(this.#halves, to) + secondHalves(this.text, to << 10, end) - before;
	}

	/** Text of a row without its line end. */
	line(row: number): string {
		const starts = this.#lines();
		const start = starts[row - 1];
		if (start === undefined) return "";
		const next = starts[row];
		const end = next === undefined ? this.text.length : next - 1;
		return this.text.slice(start, this.text[end - 1] === "\r" ? end - 1 : end);
	}
}

/** A place in a source text. */
export interface Location {
	readonly file: string;
	/** From 1. */
	readonly row: number;
	/** From 1, in code points. */
	readonly col: number;
}

/** `file:row`, or `row:col` where there is no file: how OPA prefixes its messages. */
export function formatLocation(l: Location): string {
	return l.file === "" ? `${l.row}:${l.col}` : `${l.file}:${l.row}`;
}

/** How many code units within a text are second halves of surrogate pairs: a pair is one column. */
function secondHalves(text: string, start: number, end: number): number {
	let count = 0;
	for (let i = start; i < end; i++) {
		const unit = text.charCodeAt(i);
		if (unit >= 0xdc00 && unit <= 0xdfff) count++;
	}
	return count;
}
