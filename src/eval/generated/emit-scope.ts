/**
 * Where emitted statements go: the text so far, the names declared, what to do on failure, which
 * context variable is current, and which values are already at hand.
 */
import { type Code, join, js, name } from "./code.ts";

/** An emitted expression. */
export interface Operand {
	readonly code: Code;
	/** Known to be a value. */
	readonly defined: boolean;
	/** A name or a literal: may be repeated without repeating work. */
	readonly simple: boolean;
	/** Known to be a JS boolean (so neither undefined nor anything else). */
	readonly boolean?: boolean;
	/** Known to be a string. */
	readonly string?: boolean;
	/** A scalar literal's value, for choosing how to compare. */
	readonly literal?: string | number | boolean | null;
	/** Known to be part of base data or of a constant. */
	readonly stable?: boolean;
	/** Known to be the object that has nothing. */
	readonly emptyObject?: boolean;
	/** The members of a short constant array of strings, booleans and nulls: compared one by one. */
	readonly members?: readonly (string | boolean | null)[];
}

export class Scope {
	readonly #lines: Code[] = [];
	readonly #names: Code[] = [];
	#temps = 0;
	#labels = 0;
	/** What ends the current path. */
	fail: Code;
	/** The current EvalContext variable. */
	ctx: Code;
	/** Whether the order of iteration can be observed here. */
	ordered = false;
	/** Expressions already in a variable, by text. */
	#available: Map<string, Operand> = new Map();
	/** Nesting of loops and blocks: very deep bodies are left to closures. */
	depth = 0;
	/** Loops around the current place. */
	loops = 0;
	maxDepth = 0;

	constructor(ctx: Code, fail: Code) {
		this.ctx = ctx;
		this.fail = fail;
	}

	emit(line: Code): void {
		this.#lines.push(line);
	}

	/** A new variable. */
	temp(): Code {
		const t = name("t", this.#temps++);
		this.#names.push(t);
		return t;
	}

	declare(n: Code): void {
		this.#names.push(n);
	}

	label(): Code {
		return name("L", this.#labels++);
	}

	/** Emits `open … }`, with failures inside going to `fail`; values computed inside are
	 * forgotten. `loop`: the block repeats. */
	nested(open: Code, fail: Code, inside: () => void, loop = false): void {
		const outerFail = this.fail;
		const outerAvailable = this.#available;
		this.fail = fail;
		this.#available = new Map(outerAvailable);
		this.depth++;
		if (loop) this.loops++;
		this.maxDepth = Math.max(this.maxDepth, this.depth);
		this.emit(open);
		inside();
		this.emit(js`}`);
		this.depth--;
		if (loop) this.loops--;
		this.#available = outerAvailable;
		this.fail = outerFail;
	}

	failIf(condition: Code): void {
		this.emit(js`if (${condition}) ${this.fail}`);
	}

	/** Keeps the operand in a variable, unless it is one. */
	hold(o: Operand): Operand {
		if (o.simple) return o;
		const known = this.#available.get(o.code.text);
		if (known !== undefined) return known;
		const t = this.temp();
		this.emit(js`${t} = ${o.code};`);
		const held: Operand = { ...o, code: t, simple: true };
		return held;
	}

	/** As hold, for reads that can be shared: the same text later gives the same variable. */
	share(o: Operand): Operand {
		const held = this.hold(o);
		this.#available.set(o.code.text, held);
		return held;
	}

	/** Fails when the operand is undefined. */
	require(o: Operand): Operand {
		if (o.defined) return o;
		const text = o.code.text;
		const held = this.hold(o);
		if (held.defined) return held;
		this.failIf(js`${held.code} === undefined`);
		const known: Operand = { ...held, defined: true };
		this.#available.set(text, known);
		return known;
	}

	/** A variable already known to be defined on this path. */
	known(o: Operand): Operand {
		return this.#available.get(o.code.text) ?? o;
	}

	/**
	 * A local of the plan has been given a value, which is defined. `readable`: the value's text gives the
	 * same again.
	 */
	learn(local: Code, value: Operand, readable: boolean): void {
		const { string, boolean } = value;
		const known = operand(local, {
			defined: true,
			simple: true,
			...(string === true ? { string } : {}),
			// Undefined is no boolean, but that has been ruled out.
			...(boolean === true ? { boolean } : {}),
		});
		this.#available.set(local.text, known);
		if (readable && !value.simple) this.#available.set(value.code.text, known);
	}

	/** What is known of a local of the plan, which one statement writes: as far as nothing is, that it is defined. */
	learned(local: Code): Operand {
		return this.#available.get(local.text) ?? operand(local, { defined: true, simple: true });
	}

	finish(): Code {
		const names = this.#names.length === 0 ? [] : [js`let ${join(this.#names, ", ")};`];
		return join([...names, ...this.#lines], "\n");
	}
}

export function operand(code: Code, options: Partial<Operand> = {}): Operand {
	return { code, defined: false, simple: false, ...options };
}

/** A scalar as text where it is exact. */
export function literal(v: string | number | boolean | null): Operand {
	return {
		// A number may stand before a dot.
		code: typeof v === "number" ? js`(${v})` : js`${v}`,
		defined: true,
		simple: true,
		literal: v,
		...(typeof v === "string" ? { string: true } : {}),
	};
}
