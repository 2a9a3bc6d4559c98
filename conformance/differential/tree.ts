/**
 * Texts as trees, so that a failing program can be made smaller without parsing it: parts are strings,
 * nodes of a sort (a node may stand for another of its sort) and lists (elements may be left out).
 */
export type Sort = "term" | "statement" | "expression" | "rule" | "module" | "query";

export interface Node {
	readonly sort: Sort;
	readonly parts: readonly Part[];
}

export interface List {
	readonly items: readonly Node[];
	readonly separator: string;
	/** Fewest items that make sense. */
	readonly least: number;
	/** What to write for no items at all. */
	readonly empty?: string;
}

export type Part = string | Node | List;

export function node(sort: Sort, ...parts: readonly Part[]): Node {
	return { sort, parts };
}

export function list(items: readonly Node[], separator: string, least = 0, empty = ""): List {
	return { items, separator, least, empty };
}

export function render(part: Part): string {
	if (typeof part === "string") return part;
	if ("sort" in part) return part.parts.map(render).join("");
	if (part.items.length === 0) return part.empty ?? "";
	return part.items.map(render).join(part.separator);
}

/** Smaller trees, boldest first; each differs from the given one in one place. */
export function* smallerNodes(n: Node): Generator<Node> {
	// Instead of the node, one inside it of the same sort.
	for (const inner of nearest(n, n.sort)) yield inner;
	if (n.sort === "term" && n.parts.length > 0) {
		const text = render(n);
		if (text.length > 1) for (const simple of ["1", '"a"', "true"]) yield node("term", simple);
	}
	for (const [i, part] of n.parts.entries()) {
		for (const smaller of smallerParts(part)) yield { sort: n.sort, parts: n.parts.with(i, smaller) };
	}
}

function* smallerParts(part: Part): Generator<Part> {
	if (typeof part === "string") return;
	if ("sort" in part) yield* smallerNodes(part);
	else yield* smallerLists(part);
}

export function* smallerLists(l: List): Generator<List> {
	for (const items of fewer(l.items, l.least)) yield { ...l, items };
	for (const [i, item] of l.items.entries()) {
		for (const smaller of smallerNodes(item)) yield { ...l, items: l.items.with(i, smaller) };
	}
}

/** The list without a half, a quarter … a single item of it. */
export function* fewer<T>(items: readonly T[], least = 0): Generator<readonly T[]> {
	for (let size = Math.ceil(items.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
		for (let from = 0; from < items.length; from += size) {
			const left = [...items.slice(0, from), ...items.slice(from + size)];
			if (left.length >= least && left.length < items.length) yield left;
		}
	}
}

function* nearest(n: Node, sort: Sort): Generator<Node> {
	for (const part of n.parts) {
		if (typeof part === "string") continue;
		const inside = "sort" in part ? [part] : part.items;
		for (const inner of inside) {
			if (inner.sort === sort) yield inner;
			else yield* nearest(inner, sort);
		}
	}
}

/** The text of a rule or query, with `_` for what `some` and `every` declare and nothing uses: OPA refuses that. */
export function renderUsed(n: Node): string {
	const uses = new Map<string, number>();
	for (const [name] of render(n).matchAll(/\bv\d+\b/g)) uses.set(name, (uses.get(name) ?? 0) + 1);
	const blank = (s: string): string => s.replace(/\bv\d+\b/g, (name) => (uses.get(name) === 1 ? "_" : name));
	const write = (part: Part, declares: boolean): string => {
		if (typeof part === "string") return declares ? blank(part) : part;
		if (!("sort" in part)) {
			if (part.items.length === 0) return part.empty ?? "";
			return part.items.map((i) => write(i, declares)).join(part.separator);
		}
		const first = part.parts[0];
		const some = part.sort === "statement" && typeof first === "string" && /^(?:some|every) /.test(first);
		return part.parts.map((p) => write(p, some || (declares && part.sort !== "statement"))).join("");
	};
	return write(n, false);
}
