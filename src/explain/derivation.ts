/** Why something holds: the statements of one way in which it does, and the places in the input that they read. */
import type { EvalContext } from "../eval/context.ts";
import type { Block, Definition, Expression } from "../plan/plan.ts";
import { type Blame, type Leaf, noBlame } from "./blame.ts";
import { type Argument, type End, frameFor } from "./definitions.ts";
import { Frame } from "./frame.ts";
import { makerOf } from "./makers.ts";
import type { Relaxer } from "./relaxer.ts";
import { inputsOf, policiesOf, type Traced } from "./source.ts";

/** Statements told at most, members of a collection, and definitions that are compared. */
const most = { leaves: 60, members: 8, definitions: 64 };

export class Derivation {
	readonly #r: Relaxer;
	readonly #c: EvalContext;
	#leaves: Leaf[] = [];

	constructor(r: Relaxer, c: EvalContext) {
		this.#r = r;
		this.#c = c;
	}

	of(e: Expression): Blame {
		this.#expression(this.#c, new Frame(0), e);
		return { ...noBlame, leaves: this.#leaves };
	}

	#expression(c: EvalContext, f: Frame, e: Expression): void {
		if (this.#leaves.length >= most.leaves || this.#r.chain.length > 60) return;
		const made = makerOf(c, f, e);
		const x = made.e;
		switch (x.op) {
			case "rule":
				this.#func(made.c, x.func, []);
				return;
			case "call": {
				const args: Argument[] = [];
				for (const a of x.args) {
					const value = this.#r.exact(made.c, made.f, a);
					if (value === undefined) return;
					args.push({ value, via: makerOf(made.c, made.f, a) });
				}
				this.#func(made.c, x.func, args);
				return;
			}
			case "equal":
				this.#leaf(made.c, made.f, [x.left, x.right]);
				this.#inside(made.c, made.f, [x.left, x.right]);
				return;
			case "builtin":
				this.#leaf(made.c, made.f, x.args);
				this.#inside(made.c, made.f, x.args);
				return;
			case "dot":
				this.#leaf(made.c, made.f, [x]);
				this.#inside(made.c, made.f, [x.value]);
				return;
			default:
				this.#leaf(made.c, made.f, [x]);
		}
	}

	/** Rules and calls that operands are made of. */
	#inside(c: EvalContext, f: Frame, operands: readonly Expression[]): void {
		for (const o of operands) {
			const { e } = makerOf(c, f, o);
			if (e.op === "rule" || e.op === "call") this.#expression(c, f, o);
		}
	}

	#leaf(c: EvalContext, f: Frame, operands: readonly Expression[]): void {
		const known = operands.flatMap((o): Traced[] => {
			const v = this.#r.exact(c, f, o);
			return v === undefined ? [] : [v];
		});
		const inputs = known.flatMap((k) => inputsOf(k.from));
		if (inputs.length === 0) return;
		const policies = known.flatMap((k) => policiesOf(k.from));
		const actual = known.find((k) => inputsOf(k.from).length > 0)?.value;
		const other = known.find((k) => inputsOf(k.from).length === 0)?.value;
		this.#leaves.push(...this.#r.leaf({ kind: "holds", inputs, policies, actual, expected: other }).leaves);
	}

	#func(c: EvalContext, index: number, args: readonly Argument[]): void {
		const func = this.#r.p.func(index);
		const isCollection = func.kind === "set" || func.kind === "object";
		if (func.arity > 0 && isCollection) return;
		this.#r.chain.push(index);
		const before = this.#leaves;
		let best: readonly Leaf[] | undefined;
		try {
			for (const first of func.definitions.slice(0, most.definitions)) {
				for (let d: Definition | undefined = first; d !== undefined; d = d.else) {
					this.#leaves = [];
					const holds = this.#definition(c, d, args, isCollection);
					const found = this.#leaves;
					this.#leaves = before;
					if (!holds) continue;
					if (isCollection) this.#leaves.push(...found);
					// The way that reads the least.
					else if (best === undefined || found.length < best.length) best = found;
					break;
				}
			}
			if (best !== undefined) this.#leaves.push(...best);
		} finally {
			this.#r.chain.pop();
		}
	}

	/** One definition, on the frame of its first successes. */
	#definition(c: EvalContext, d: Definition, args: readonly Argument[], many: boolean): boolean {
		const paths: { readonly c: EvalContext; readonly f: Frame }[] = [];
		const f = frameFor(d, args);
		const end: End = {
			into: many ? d.result : -1,
			exact: (x, g, s) => {
				const v = s === undefined ? undefined : this.#r.exact(x, g, s.value);
				if (v !== undefined) paths.push({ c: x, f: g.copy() });
				return v !== undefined && paths.length >= (many ? most.members : 1) ? v : undefined;
			},
			blame: () => noBlame,
		};
		this.#r.holds(c, f, d.body, 0, end);
		for (const p of paths) this.#block(p.c, p.f, d.body);
		return paths.length > 0;
	}

	#block(c: EvalContext, f: Frame, block: Block): void {
		for (const s of block) {
			if (s.op !== "print") this.#r.loc = s.loc;
			switch (s.op) {
				case "test":
					this.#expression(c, f, s.value);
					break;
				case "let":
					if (s.value.op === "call" || s.value.op === "rule") this.#expression(c, f, s.value);
					break;
				case "every": {
					this.#leaf(c, f, [s.source]);
					break;
				}
				case "return":
					if (s.value.op !== "const") this.#expression(c, f, s.value);
					break;
				default:
			}
		}
	}
}
