/** What must not be shown: values of the input at given pointers, and whatever is made of them. */
import { objectEntries, RegoSet } from "../value/collections.ts";
import { isArray, isNumber, isObject, type Value } from "../value/value.ts";
import type { Explanation } from "./explanation.ts";
import { type Place, pathOf, pointerOf } from "./source.ts";

const mark = "<redacted>";
/** Values of the input that are looked at; in a larger one everything counts as redacted. */
const mostLookedAt = 200_000;

export class Redaction {
	readonly #is: ((pointer: string) => boolean) | undefined;
	/** Pointers that are redacted. */
	readonly #pointers: string[] = [];
	/** Texts that must not be shown anywhere. */
	readonly #secrets: string[] = [];
	#all = false;

	constructor(input: Value | undefined, is: ((pointer: string) => boolean) | undefined) {
		this.#is = is;
		if (is === undefined || input === undefined) return;
		const budget = { left: mostLookedAt };
		this.#find(input, "", false, budget);
		this.#all = budget.left < 0;
		this.#secrets.sort((a, b) => b.length - a.length);
	}

	#find(v: Value, pointer: string, within: boolean, budget: { left: number }): void {
		if (--budget.left < 0) return;
		const hidden = within || this.#is?.(pointer) === true;
		if (hidden && !within) this.#pointers.push(pointer);
		const below = (key: Value, x: Value): void => {
			if (hidden && typeof key === "string" && key.length > 3) this.#secrets.push(key);
			this.#find(x, `${pointer}${pointerOf([key])}`, hidden, budget);
		};
		if (typeof v === "string") {
			if (hidden && v !== "") this.#secrets.push(v);
		} else if (typeof v !== "object" || v === null || isNumber(v)) {
			if (hidden && v !== null && typeof v !== "boolean" && isNumber(v) && String(v).length > 3)
				this.#secrets.push(String(v));
		} else if (isArray(v)) for (const [i, x] of v.entries()) below(i, x);
		else if (v instanceof RegoSet) for (const m of v.sorted()) below(m, m);
		else if (isObject(v)) for (const [k, x] of objectEntries(v)) below(k, x);
	}

	/** Whether something made of these places is hidden. */
	hides(places: readonly Place[]): boolean {
		if (this.#is === undefined) return false;
		return this.#all || places.some((p) => this.hidesPath(pathOf(p)));
	}

	/** Whether what is at a path, above or below it, is hidden. */
	hidesPath(path: readonly Value[]): boolean {
		if (this.#is === undefined) return false;
		if (this.#all) return true;
		const pointer = pointerOf(path);
		for (let n = 0; n <= path.length; n++) if (this.#is(pointerOf(path.slice(0, n)))) return true;
		return this.#pointers.some((p) => p === pointer || p.startsWith(`${pointer}/`));
	}

	/** The explanation without any text that is hidden, however it came to be in it. */
	scrubbed(e: Explanation): Explanation {
		if (this.#is === undefined || (this.#secrets.length === 0 && !this.#all)) return e;
		const text = (s: string): string => {
			let out = s;
			for (const secret of this.#secrets) {
				if (secret.length < 3 ? out === secret : out.includes(secret)) out = out.split(secret).join(mark);
				const quoted = JSON.stringify(secret).slice(1, -1);
				if (quoted !== secret && out.includes(quoted)) out = out.split(quoted).join(mark);
			}
			return out;
		};
		const secretNumbers = new Set(this.#secrets);
		const visit = (v: unknown, key: string): unknown => {
			if (typeof v === "string") return shapeKeys.has(key) ? v : text(v);
			if (typeof v === "number") return valueKeys.has(key) && secretNumbers.has(String(v)) ? mark : v;
			if (Array.isArray(v)) return v.map((x) => visit(x, key));
			if (typeof v !== "object" || v === null) return v;
			return Object.fromEntries(Object.entries(v).map(([k, x]) => [text(k), visit(x, valueKeys.has(key) ? key : k)]));
		};
		const out = visit(e, "");
		if (!isExplanation(out)) throw new Error("an explanation has lost its shape");
		return out;
	}
}

/** Only texts have changed. */
function isExplanation(v: unknown): v is Explanation {
	return typeof v === "object" && v !== null && "schema" in v && "causes" in v;
}

/** Texts that are the explanation's own. */
const shapeKeys: ReadonlySet<string> = new Set(["schema", "kind", "op", "target"]);
const valueKeys: ReadonlySet<string> = new Set(["actual", "expected", "value", "decision", "index"]);
