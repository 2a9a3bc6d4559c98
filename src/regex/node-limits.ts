/**
 * Go's limits on the depth and size of a pattern, counted in the nodes its parser allocates: which
 * patterns are too large must not differ. Sizes and heights are only measured once cheap bounds say
 * that they might matter.
 */
import { RegexSyntaxError } from "./syntax-error.ts";
import type { Node } from "./tree.ts";

const maxHeight = 1000;
/** In instructions: 128 MiB of 40 bytes. */
const maxSize = Math.floor((128 << 20) / 40);
/** Range ends in all classes together. */
const maxClassRunes = (128 << 20) / 4;

export class NodeLimits {
	readonly #source: string;
	/** Nodes Go would have allocated, and those it would have free again. */
	allocated = 0;
	free = 0;
	#classRunes = 0;
	/** Product of all counted repetitions seen. */
	#repeats = 1;
	#sizes: Map<Node, number> | undefined;
	#heights: Map<Node, number> | undefined;

	constructor(source: string) {
		this.#source = source;
	}

	allocate(): void {
		if (this.free > 0) this.free--;
		else this.allocated++;
	}

	release(n: Node): void {
		this.free++;
		this.#sizes?.delete(n);
		this.#heights?.delete(n);
	}

	countClass(ranges: readonly number[]): void {
		this.#classRunes += ranges.length;
	}

	/** Throws RegexSyntaxError when n, just put on the stack, is too much. */
	check(n: Node, stack: readonly { readonly op: string }[]): void {
		if (this.#classRunes > maxClassRunes) throw new RegexSyntaxError("expression too large", this.#source);
		this.#checkSize(n, stack);
		if (this.allocated < maxHeight) return;
		if (this.#heights === undefined) {
			this.#heights = new Map();
			for (const item of stack) if (isNode(item)) this.#checkHeight(item);
		}
		this.#checkHeight(n);
	}

	#checkHeight(n: Node): void {
		if (this.#height(n, true) > maxHeight) throw new RegexSyntaxError("expression nests too deeply", this.#source);
	}

	#height(n: Node, force: boolean): number {
		const heights = this.#heights as Map<Node, number>;
		const known = force ? undefined : heights.get(n);
		if (known !== undefined) return known;
		let h = 1;
		for (const sub of children(n)) h = Math.max(h, 1 + this.#height(sub, false));
		heights.set(n, h);
		return h;
	}

	#checkSize(n: Node, stack: readonly { readonly op: string }[]): void {
		if (this.#sizes === undefined) {
			if (n.op === "repeat" && n.counted) {
				const times = Math.max(1, n.max === -1 ? n.min : n.max);
				this.#repeats = times > maxSize / this.#repeats ? maxSize : this.#repeats * times;
			}
			if (this.allocated < Math.floor(maxSize / this.#repeats)) return;
			this.#sizes = new Map();
			for (const item of stack) if (isNode(item)) this.#checkSize(item, stack);
		}
		if (this.#size(n, true) > maxSize) throw new RegexSyntaxError("expression too large", this.#source);
	}

	#size(n: Node, force: boolean): number {
		const sizes = this.#sizes as Map<Node, number>;
		const known = force ? undefined : sizes.get(n);
		if (known !== undefined) return known;
		const size = Math.max(1, this.#ownSize(n));
		sizes.set(n, size);
		return size;
	}

	#ownSize(n: Node): number {
		switch (n.op) {
			case "literal":
				return n.runes.length;
			case "capture":
				return 2 + this.#size(n.sub, false);
			case "repeat": {
				const sub = this.#size(n.sub, false);
				if (n.max === -1) return n.min === 0 ? 2 + sub : 1 + n.min * sub;
				return n.max * sub + (n.max - n.min);
			}
			case "concat":
			case "alternate": {
				let size = n.op === "alternate" ? n.subs.length - 1 : 0;
				for (const sub of n.subs) size += this.#size(sub, false);
				return size;
			}
			default:
				return 1;
		}
	}
}

/** The parser's stack also holds marks for open groups and alternatives. */
function isNode(item: { readonly op: string }): item is Node {
	return item.op !== "group" && item.op !== "bar";
}

/** The nodes directly below n. */
export function children(n: Node): readonly Node[] {
	switch (n.op) {
		case "concat":
		case "alternate":
			return n.subs;
		case "capture":
		case "repeat":
			return [n.sub];
		default:
			return [];
	}
}
