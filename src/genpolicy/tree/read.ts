/**
 * Reads a tree by a table of known fields. In: a tree and the name of an object. Out: its value, and every problem
 * it has: unsupported fields, values of another type, fields that are missing.
 */
import { assertNever } from "../../value/value.ts";
import { fieldText, type Path, type Problems } from "../problem.ts";
import type { Shaped, Table } from "./shape.ts";
import { childOf, type Fields, type Scalar, type Tree } from "./tree.ts";

export interface ReadOptions {
	/** Called for a field that the object does not have. */
	readonly unsupported?: (object: string, field: string, path: Path) => void;
	/** Where in the document the tree stands: a List's item. */
	readonly path: Path;
	/** Shared by what is read together: a List's items, the documents of a file. */
	readonly budget?: ReadBudget;
}

const maxNodes = 500_000;
const maxTextLength = 32 << 20;

/** What reading may cost, aliases counted as often as they are used. Told once where it is used up. */
export class ReadBudget {
	nodes: number = maxNodes;
	textLength: number = maxTextLength;
	isUsedUp = false;
}

/** Undefined where the value cannot be read; problems of both kinds are added. */
export function readShape<T extends Table, Name extends keyof T & string>(
	table: T,
	name: Name,
	tree: Tree,
	problems: Problems,
	options: ReadOptions,
): Shaped<T, Name> | undefined {
	const reader = new Reader(table, problems, options.unsupported, options.budget ?? new ReadBudget());
	const value = reader.value(name, tree, options.path);
	return isShaped(value, table, name, reader.whole) ? value : undefined;
}

/** The table says the type of what the reader made by the table. */
function isShaped<T extends Table, Name extends keyof T>(
	_value: unknown,
	_table: T,
	_name: Name,
	whole: boolean,
): _value is Shaped<T, Name> {
	return whole;
}

const integers: Readonly<Record<string, readonly [bigint, bigint]>> = {
	i32: [-(2n ** 31n), 2n ** 31n - 1n],
	i64: [-(2n ** 63n), 2n ** 63n - 1n],
	u32: [0n, 2n ** 32n - 1n],
	u16: [0n, 2n ** 16n - 1n],
};

class Reader {
	/** Nothing was missing or of another type. */
	whole = true;
	private readonly table: Table;
	private readonly problems: Problems;
	private readonly unsupported: ReadOptions["unsupported"];
	private readonly budget: ReadBudget;

	constructor(table: Table, problems: Problems, unsupported: ReadOptions["unsupported"], budget: ReadBudget) {
		this.table = table;
		this.problems = problems;
		this.unsupported = unsupported;
		this.budget = budget;
	}

	value(what: string, tree: Tree, path: Path): unknown {
		if (--this.budget.nodes < 0) return this.stop(path, `more than ${maxNodes} fields and items, aliases counted`);
		if (what === "any") return undefined;
		if (what.startsWith("[")) return this.list(what.slice(1, -1), tree, path);
		if (what.startsWith("{")) return this.map(what.slice(1, -1), tree, path);
		if (Object.hasOwn(this.table, what)) return this.object(what, tree, path);
		return this.scalar(what, tree, path);
	}

	private object(name: string, tree: Tree, path: Path): unknown {
		if (tree.kind !== "fields") return this.wrongType("fields", tree, path);
		const known = this.table[name] ?? {};
		const found = new Map<string, unknown>();
		for (const { key, value } of tree.entries) {
			if (this.budget.isUsedUp) return undefined;
			const below = [...path, key];
			if (!Object.hasOwn(known, key)) {
				this.unsupported?.(name, key, below);
				continue;
			}
			const what = known[key] ?? "";
			if (!what.endsWith("!") && value.kind === "scalar" && value.type === "null") continue;
			found.set(key, this.value(what.replace(/!$/, ""), value, below));
		}
		this.missing(known, tree, path);
		// In the order of the table, whatever that of the file: what is printed again has one order.
		return Object.fromEntries(Object.keys(known).flatMap((key) => (found.has(key) ? [[key, found.get(key)]] : [])));
	}

	/** Fields that are missing are one problem: a document of another kind would have them all. */
	private missing(known: Readonly<Record<string, string>>, tree: Fields, path: Path): void {
		const absent = Object.keys(known).filter((k) => known[k]?.endsWith("!") && childOf(tree, k) === undefined);
		if (absent.length === 0) return;
		this.whole = false;
		const names = absent.map((k) => fieldText([...path, k]));
		const what = names.length === 1 ? `field ${names[0]} is missing` : `fields are missing: ${names.join(", ")}`;
		this.problems.error("missing-field", path, what, `Add ${absent.join(" and ")}.`);
	}

	private list(what: string, tree: Tree, path: Path): unknown {
		if (tree.kind !== "list") return this.wrongType("a list", tree, path);
		const made: unknown[] = [];
		for (const [i, item] of tree.items.entries()) {
			if (this.budget.isUsedUp) return undefined;
			made.push(this.value(what, item, [...path, i]));
		}
		return made;
	}

	private map(what: string, tree: Tree, path: Path): unknown {
		if (tree.kind !== "fields") return this.wrongType("fields", tree, path);
		const made = new Map<string, unknown>();
		for (const { key, value } of tree.entries) {
			if (this.budget.isUsedUp) return undefined;
			made.set(key, this.value(what, value, [...path, key]));
		}
		return made;
	}

	private scalar(what: string, tree: Tree, path: Path): unknown {
		if (tree.kind !== "scalar") return this.wrongType(typeNames[what] ?? what, tree, path);
		if (tree.type === "huge") return this.wrongType("a number of at most 64 bits", tree, path);
		switch (what) {
			case "text":
				this.budget.textLength -= tree.text.length;
				if (this.budget.textLength < 0)
					return this.stop(path, `more than ${maxTextLength >> 20} MiB of text, aliases counted`);
				return tree.text;
			case "bool":
				return tree.type === "bool" ? tree.text === "true" : this.wrongType("true or false", tree, path);
			default: {
				const range = integers[what];
				if (range === undefined) throw new Error(`the table has ${what}`);
				const n = tree.type === "int" ? BigInt(tree.text) : undefined;
				if (n === undefined || n < range[0] || n > range[1]) return this.wrongType(typeNames[what] ?? what, tree, path);
				return Number(n);
			}
		}
	}

	private wrongType(wanted: string, tree: Tree, path: Path): undefined {
		this.whole = false;
		const field = path.length === 0 ? "the document" : `field ${fieldText(path)}`;
		this.problems.error(
			"wrong-type",
			path,
			`${field} must be ${wanted}, and is ${describe(tree)}`,
			typeAdvice(wanted, tree),
		);
		return undefined;
	}

	private stop(path: Path, message: string): undefined {
		this.whole = false;
		if (!this.budget.isUsedUp) this.problems.error("too-large", path, `the file holds ${message}`);
		this.budget.isUsedUp = true;
		return undefined;
	}
}

const typeNames: Readonly<Record<string, string>> = {
	text: "a text",
	bool: "true or false",
	i32: "an integer of 32 bits",
	i64: "an integer of 64 bits",
	u32: "an integer from 0 to 4294967295",
	u16: "an integer from 0 to 65535",
};

/** The kind of value, never the value. */
function describe(tree: Tree): string {
	switch (tree.kind) {
		case "list":
			return "a list";
		case "fields":
			return "an object";
		case "scalar":
			return describeScalar(tree.type);
		default:
			return assertNever(tree);
	}
}

function describeScalar(type: Scalar["type"]): string {
	switch (type) {
		case "null":
			return "null";
		case "bool":
			return "true or false";
		case "int":
			return "an integer";
		case "float":
			return "a number";
		case "text":
			return "a text";
		case "huge":
			return "a number of more than 64 bits";
		default:
			return assertNever(type);
	}
}

function typeAdvice(wanted: string, tree: Tree): string | undefined {
	if (tree.kind !== "scalar") return undefined;
	if (tree.type === "huge") return "Put it in quotes if it is meant as text.";
	if (wanted.startsWith("an integer") && tree.type === "text") return "Write it without quotes.";
	if (wanted === "true or false" && tree.type === "text")
		return "Write true or false, in lower case and without quotes.";
	return undefined;
}
