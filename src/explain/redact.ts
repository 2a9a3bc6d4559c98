/** What must not be shown: values of the input at given pointers, and whatever is made of them. */
import { objectEntries, RegoSet } from "../value/collections.ts";
import { numberText } from "../value/number.ts";
import { isArray, isNumber, isObject, type Value } from "../value/value.ts";
import type { Explanation } from "./explanation.ts";
import { isWithin, type Place, pathOf, pointerOf } from "./source.ts";

const mark = "<redacted>";
/** Values of the input that are looked at; in a larger one everything counts as redacted. */
const mostLookedAt = 200_000;
/** Shortest text that is looked for in others. */
const shortest = 3;

export class Redaction {
	readonly #is: ((pointer: string) => boolean) | undefined;
	/** Pointers that are redacted. */
	readonly #pointers: string[] = [];
	/** Texts that must not be shown anywhere. */
	readonly #secrets: Set<string> = new Set();
	/** Numbers that must not be shown as values; short ones may stand in texts for something else. */
	readonly #numbers: Set<string> = new Set();
	#all = false;

	constructor(input: Value | undefined, is: ((pointer: string) => boolean) | undefined) {
		this.#is = is;
		if (is === undefined || input === undefined) return;
		const budget = { left: mostLookedAt };
		this.#find(input, "", false, budget);
		this.#all = budget.left < 0;
	}

	#find(v: Value, pointer: string, within: boolean, budget: { left: number }): void {
		if (--budget.left < 0) return;
		const hidden = within || this.#is?.(pointer) === true;
		if (hidden && !within) this.#pointers.push(pointer);
		const below = (key: Value, x: Value): void => {
			if (hidden && typeof key === "string" && key.length > 3) this.#secrets.add(key);
			this.#find(x, `${pointer}${pointerOf([key])}`, hidden, budget);
		};
		if (typeof v === "string") {
			if (hidden && v !== "") this.#secrets.add(v);
		} else if (typeof v !== "object" || v === null || isNumber(v)) {
			if (hidden && v !== null && typeof v !== "boolean" && isNumber(v)) {
				this.#numbers.add(numberText(v));
				if (numberText(v).length > 3) this.#secrets.add(numberText(v));
			}
		} else if (isArray(v)) for (const [i, x] of v.entries()) below(i, x);
		else if (v instanceof RegoSet) for (const m of v.sorted()) below(m, m);
		else if (isObject(v)) for (const [k, x] of objectEntries(v)) below(k, x);
	}

	/** Whether something made of these places is hidden. */
	hides(places: readonly Place[]): boolean {
		if (this.#is === undefined) return false;
		const isHidden = (p: Place): boolean =>
			(p.root === "input" && this.hidesPath(pathOf(p))) ||
			(p.root === "parameters" && this.hidesPath(["parameters", ...pathOf(p)]));
		return this.#all || places.some(isHidden);
	}

	/** Whether what is at a path, above or below it, is hidden. */
	hidesPath(path: readonly Value[]): boolean {
		if (this.#is === undefined) return false;
		if (this.#all) return true;
		const pointer = pointerOf(path);
		for (let n = 0; n <= path.length; n++) if (this.#is(pointerOf(path.slice(0, n)))) return true;
		return this.#pointers.some((p) => isWithin(p, pointer));
	}

	/** The explanation without any text that is hidden, however it came to be in it. */
	scrubbed(e: Explanation): Explanation {
		if (this.#is === undefined || (this.#secrets.size === 0 && this.#numbers.size === 0 && !this.#all)) return e;
		const secrets = this.#secrets;
		const numbers = this.#numbers;
		const hidden = spellings(secrets);
		const text = (s: string): string => {
			if (secrets.has(s)) return mark;
			let out = s;
			for (const secret of hidden) if (out.includes(secret)) out = out.split(secret).join(mark);
			return out;
		};
		const visit = (v: unknown, key: string): unknown => {
			if (typeof v === "string") return shapeKeys.has(key) ? v : text(v);
			if (typeof v === "number") return valueKeys.has(key) && numbers.has(String(v)) ? mark : v;
			if (Array.isArray(v)) return v.map((x) => visit(x, key));
			if (typeof v !== "object" || v === null) return v;
			return Object.fromEntries(Object.entries(v).map(([k, x]) => [text(k), visit(x, valueKeys.has(key) ? key : k)]));
		};
		const out = visit(e, "");
		if (!isExplanation(out)) throw new Error("an explanation has lost its shape");
		return out;
	}
}

/** How secrets may stand in a text, the longest first; the shortest are only hidden where they are all there is. */
function spellings(secrets: ReadonlySet<string>): readonly string[] {
	const out = new Set<string>();
	for (const s of secrets) {
		if (s.length < shortest) continue;
		const quoted = JSON.stringify(s).slice(1, -1);
		out.add(s).add(quoted);
		// As one text within another is written.
		if (quoted !== s) out.add(JSON.stringify(quoted).slice(1, -1));
	}
	return [...out].sort((a, b) => b.length - a.length);
}

/** Only texts have changed. */
function isExplanation(v: unknown): v is Explanation {
	return typeof v === "object" && v !== null && "schema" in v && "causes" in v;
}

/** Texts that are the explanation's own. */
const shapeKeys: ReadonlySet<string> = new Set(["schema", "kind", "op", "target"]);
const valueKeys: ReadonlySet<string> = new Set(["actual", "expected", "value", "decision", "index", "chosen"]);
