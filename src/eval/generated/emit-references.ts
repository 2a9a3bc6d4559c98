/** What a program's text refers to (constants, builtins, rules, places that remember), collected while it is emitted. */

import { at } from "../../at.ts";
import type { Builtin } from "../../builtins/define.ts";
import { apart } from "../../plan/else-chain.ts";
import type { RuleIndex } from "../../plan/index-rules.ts";
import type { Expression, PlanLocation, WithStmt } from "../../plan/plan.ts";
import { rulesAt } from "../../plan/rule-at.ts";
import type { Value } from "../../value/value.ts";
import type { ExecutablePlan } from "../backend.ts";
import { callsOfParts, type KeptBy } from "../policy-parts.ts";
import { type Code, js, name } from "./code.ts";
import type { EmitterChoices, Optimisation } from "./emit-choices.ts";
import { cutsOf } from "./emit-deep.ts";
import { mayBeAbove, type ReplacedPaths, replacedPaths } from "./emit-overlays.ts";
import { type RowTable, type Shape, slotOf } from "./emit-shapes.ts";

export class References {
	readonly plan: ExecutablePlan;
	readonly builtins: readonly Builtin[];
	readonly mockedFuncs: ReadonlySet<number>;
	readonly mockedBuiltins: ReadonlySet<number>;
	readonly shadowed: ReadonlySet<number>;
	readonly constants: Set<number> = new Set();
	readonly calledBuiltins: Set<number> = new Set();
	/** Constant regular expressions, by constant index of the pattern. */
	readonly patterns: Set<number> = new Set();
	readonly withs: WithStmt[] = [];
	protected readonly wanted: number[] = [];
	protected readonly seen: Set<number> = new Set();
	protected readonly memo: Map<number, number> = new Map();
	/** Rules that are asked for by key. */
	protected readonly byKey: Set<number> = new Set();
	readonly #replaced: ReplacedPaths;
	/** Functions of their keys. */
	readonly #keyedBy: ReadonlyMap<number, readonly number[]>;
	protected readonly dataOnly: ReadonlySet<number>;
	/** Functions whose bodies are too deep to emit: left to closures. */
	readonly deep: Set<number> = new Set();

	/** Functions at which chains of calls can be cut. */
	readonly cuts: ReadonlySet<number>;

	readonly maxDefinitions: number;

	readonly shareFrom: number;

	readonly #without: ReadonlySet<Optimisation>;

	constructor(plan: ExecutablePlan, builtins: readonly Builtin[], choices: EmitterChoices = {}) {
		this.maxDefinitions = choices.maxDefinitions ?? 1000;
		this.shareFrom = choices.shareFrom ?? 4;
		this.#without = choices.without ?? new Set();
		this.plan = plan;
		this.cuts = choices.cut === true ? cutsOf(plan) : new Set();
		this.builtins = builtins;
		this.mockedFuncs = new Set(plan.mockable.funcs);
		this.mockedBuiltins = new Set(plan.mockable.builtins);
		this.shadowed = new Set(plan.mockable.shadowed);
		this.#keyedBy = new Map(plan.keyed.map((k) => [k.rule, k.by]));
		this.dataOnly = new Set(plan.dataOnly);
		this.#replaced = replacedPaths([plan.funcs.map((f) => apart([...f.definitions, f.default])), plan.queries]);
	}

	/** Whether what is read may be an object of which a `with` replaces a part. */
	mayBeOverlay(e: Expression): boolean {
		return mayBeAbove(e, this.#replaced, (index) => this.value(index));
	}

	/** Whether an optimisation is wanted. */
	does(optimisation: Optimisation): boolean {
		return !this.#without.has(optimisation);
	}

	/** The function of an index; it will be emitted, too. */
	func(index: number): Code {
		if (!this.seen.has(index)) {
			this.seen.add(index);
			this.wanted.push(index);
		}
		return name("f", index);
	}

	/** Value of a rule group: memoised per context. */
	rule(index: number): Code {
		this.func(index);
		if (!this.memo.has(index)) this.memo.set(index, this.memo.size);
		return name("m", index);
	}

	/** Value of a rule group at keys. */
	ruleAt(index: number): Code {
		this.rule(index);
		if (!this.byKey.has(index)) {
			this.byKey.add(index);
			for (const func of this.#keyedBy.get(index) ?? []) this.func(func);
		}
		return name("y", index);
	}

	constant(index: number): Code {
		this.constants.add(index);
		return name("k", index);
	}

	value(index: number): Value {
		return at(this.plan.constants, index);
	}

	builtin(index: number): Code {
		this.calledBuiltins.add(index);
		return name("b", index);
	}

	pattern(index: number): Code {
		this.patterns.add(index);
		return name("x", index);
	}

	/** Whether calls of a builtin are worth keeping, and may be. */
	isKept(index: number): boolean {
		const b = this.builtins[index];
		return b !== undefined && !this.mockedBuiltins.has(index) && b.pure && b.keep;
	}

	protected memberSites = 0;

	memberSite(): Code {
		return name("q", this.memberSites++);
	}

	protected readonly resultSites: Code[] = [];
	#callsOfParts: ReturnType<typeof callsOfParts> | undefined;

	/** What the result of a call is kept by; undefined where it is not kept. */
	keptBy(e: Extract<Expression, { op: "builtin" }>): KeptBy | undefined {
		// Constants that differ by row are no constants.
		if (!this.does("policy-parts") || this.shape !== undefined) return undefined;
		this.#callsOfParts ??= callsOfParts(this.plan, {
			isKept: (b) => this.isKept(b) && this.builtins[b]?.shortcut?.kind !== "match",
			isText: (b) => this.builtins[b]?.result?.kind === "string",
			joins: (b) => this.builtins[b]?.shortcut?.kind === "join",
		});
		return this.#callsOfParts.get(e);
	}

	/** Where the results of one call are kept. */
	resultSite(by: KeptBy): Code {
		return name("w", this.resultSites.push(by.other === undefined ? js`PartResults` : js`LastResults`) - 1);
	}

	/** The shape that is being emitted, and the slots its text has used so far, in the order of its rows. */
	shape: Shape | undefined;
	usedSlots: number[] = [];

	/** The slot a constant index or a place stands for, as it is read. */
	slot(index: number): { readonly number: number; readonly code: Code } | undefined {
		const number = slotOf(index);
		if (number === undefined) return undefined;
		if (!this.usedSlots.includes(number)) this.usedSlots.push(number);
		return { number, code: name("s", number) };
	}

	/** A place, which may be a slot of a shape. */
	place(loc: PlanLocation): Code {
		return this.slot(loc)?.code ?? js`${loc}`;
	}

	/** Rows of the functions that definitions share, by group: `r12` in the text. */
	readonly rows: Map<number, RowTable> = new Map();
	/** Constants that rows hold. */
	readonly rowConstants: Set<number> = new Set();
	/** A rule index, by function: `i12` in the text. */
	readonly indexes: Map<number, RuleIndex> = new Map();
	/** Functions of single definitions of indexed groups. */
	readonly extra: Code[] = [];

	withStmt(stmt: WithStmt): number {
		return this.withs.push(stmt) - 1;
	}

	/** The rules that a document at or below a path may be made of: all of them, or at keys. */
	document(path: readonly string[]): void {
		for (const r of rulesAt(this.plan.tree, path)) {
			if (this.#keyedBy.has(r)) this.ruleAt(r);
			else this.rule(r);
		}
	}

	protected readonly sites: Code[] = [];

	/** A place that the evaluations of a program remember something of. */
	site(kind: Code): Code {
		return name("z", this.sites.push(kind) - 1);
	}
}
