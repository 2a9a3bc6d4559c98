/**
 * A policy as OPA's evaluator sees it: definitions in a tree by their paths, each group with its index, and
 * which comprehensions are worth an index. Made from modules that have passed all checks.
 */

import { at, got } from "../at.ts";
import type { Builtin } from "../builtins/define.ts";
import type { Compilation } from "../compiler/compilation.ts";
import type { RuleState } from "../compiler/rule-state.ts";
import { isKnownDefined, type RuleNode } from "../compiler/rule-tree.ts";
import type { Every, SomeDecl } from "../parser/ast.ts";
import { ruleSpans } from "../parser/rule-spans.ts";
import { branchesOf } from "../plan/else-chain.ts";
import { nodeKey } from "../plan/node-key.ts";
import type { Value } from "../value/value.ts";
import { comprehensionIndices } from "./comprehension-index.ts";
import { FromSyntax } from "./from-syntax.ts";
import {
	type Body,
	builtinName,
	type Comprehension,
	constant,
	equation,
	isRoot,
	type Reference,
	type Rule,
	reference,
	type Term,
	variable,
	type With,
} from "./nodes.ts";
import { reorderBody } from "./reorder.ts";
import {
	append,
	changeBodiesIn,
	Dynamics,
	eachInnerBody,
	type Fresh,
	rewriteComprehensions,
	rewriteEquals,
	rewriteHead,
	rewritePrints,
	rewriteTestEqualities,
	rewriteWiths,
	TakeApart,
	Templates,
	withoutPrints,
} from "./rewrite.ts";
import { RuleIndex } from "./rule-index.ts";
import { syntaxOf } from "./text.ts";
import { type Arity, type Names, termVars } from "./vars.ts";

export interface ProgramOptions {
	readonly builtins: ReadonlyMap<string, Builtin>;
	/** Default "kept". */
	readonly prints?: "kept" | "erased";
	/** Sides of equations in tests become variables, so that a trace knows their values. */
	readonly tests?: boolean;
}

/** A node of the tree of documents that rules define. */
export class Node {
	readonly key: Value;
	readonly children: Map<string, Node> = new Map();
	readonly rules: Rule[] = [];
	readonly #program: Program;
	#index: RuleIndex | undefined;

	constructor(key: Value, program: Program) {
		this.key = key;
		this.#program = program;
	}

	child(key: Value): Node | undefined {
		return this.children.get(nodeKey(key));
	}

	/** Children in the order of their keys, but for OPA's own documents. */
	sorted: readonly Node[] = [];

	/** Undefined where there are no rules. */
	get index(): RuleIndex | undefined {
		if (this.rules.length === 0) return undefined;
		if (this.#index === undefined) {
			const rules = [...this.rules];
			// A rule with variables in its ref shares its group with all below.
			const open = rules.some((r) => r.path.some((t, i) => i > 0 && t.kind !== "value"));
			if (open) for (const c of this.sorted) rules.push(...c.all());
			this.#index = new RuleIndex(rules, (path) => this.#program.isVirtual(path));
		}
		return this.#index;
	}

	*all(): Generator<Rule> {
		yield* this.rules;
		for (const c of this.sorted) yield* c.all();
	}
}

export class Program {
	readonly builtins: ReadonlyMap<string, Builtin>;
	readonly tree: Node;
	/** All definitions, in the order of their modules. */
	readonly rules: readonly Rule[];
	/** Those of each module by its source's name, but for branches of `else`. */
	readonly modules: ReadonlyMap<string, readonly Rule[]>;
	readonly comprehensions: Map<Comprehension, readonly string[]> = new Map();
	/** Names in the source of variables that were renamed. */
	readonly sourceNames: ReadonlyMap<string, string>;
	readonly #compilation: Compilation;

	constructor(c: Compilation, options: ProgramOptions) {
		this.#compilation = c;
		this.builtins = options.builtins;
		this.sourceNames = c.names.sourceNames;
		const made = new Map<RuleState, Rule>();
		const hidden = (node: SomeDecl | Every): string => c.made?.key(node) ?? c.names.fresh();
		for (const m of c.modules) {
			const convert = new FromSyntax(m.source, { hidden });
			for (const first of m.rules) {
				let otherwise: Rule | undefined;
				for (const r of branchesOf(first).reverse()) {
					otherwise = ruleOf(c, r, first, convert, otherwise);
					made.set(r, otherwise);
				}
			}
		}
		const all = c.modules.flatMap((m) => m.all.map((s) => got(made, s)));
		this.modules = new Map(c.modules.map((m) => [m.source.name, m.rules.map((r) => got(made, r))]));
		this.#rewrite(all, options.tests === true, options.prints !== "erased");
		this.tree = this.#node(c.tree, made);
		this.rules = all;
		const arity = this.arity;
		for (const r of all) numbered(r.body);
		for (const r of all) {
			const candidates: Names = new Set(["data", "input"]);
			for (const t of r.args ?? []) termVars(t, candidates);
			comprehensionIndices(r.body, arity, candidates, this.comprehensions);
		}
	}

	#node(from: RuleNode, made: ReadonlyMap<RuleState, Rule>): Node {
		const node = new Node(from.key, this);
		for (const r of from.rules) node.rules.push(got(made, r));
		const children = from.sorted().map((c) => this.#node(c, made));
		for (const c of children) node.children.set(nodeKey(c.key), c);
		node.sorted = children;
		return node;
	}

	readonly arity: Arity = (operator) => {
		const name = builtinName(operator);
		const builtin = name === undefined ? undefined : this.builtins.get(name);
		if (builtin !== undefined) return builtin.args.length;
		const first = this.#statesAt(operator)?.[0];
		return first === undefined ? -1 : (first.head.args?.length ?? 0);
	};

	/** The node at a path of scalars, `data` first. */
	nodeAt(path: readonly Term[]): Node | undefined {
		let node = this.tree.child("data");
		for (let i = 1; i < path.length; i++) {
			const t = at(path, i);
			if (node === undefined || t.kind !== "value") return undefined;
			node = node.child(t.value);
		}
		return node;
	}

	/** Whether a path is of a rule, or of a package, or inside a rule's value. */
	isVirtual(path: readonly Term[]): boolean {
		const head = path[0];
		if (head?.kind !== "var" || head.name !== "data") return false;
		let node = this.tree.child("data");
		if (node === undefined) return false;
		for (let i = 1; i < path.length; i++) {
			const t = at(path, i);
			if (t.kind !== "value") return true;
			node = node.child(t.value);
			if (node === undefined) return false;
			if (node.rules.length > 0) return true;
		}
		return true;
	}

	isFunction(t: Term): boolean {
		if (t.kind !== "ref") return false;
		const name = builtinName(t);
		if (name !== undefined && this.builtins.has(name)) return true;
		return this.nodeAt(t.terms)?.rules.some((r) => r.args !== undefined) === true;
	}

	/** The function that a `with` puts in the place of another, or what it calls one; undefined for a value. */
	readonly #replacement = (w: With): Term | undefined => {
		const head = w.target.terms[0];
		if (isRoot(head, "input")) return undefined;
		let value = w.value;
		if (value.kind === "var" && this.builtins.has(value.name)) value = reference([value], value.place);
		if (value.kind !== "ref") return undefined;
		const isBuiltin = this.builtins.has(builtinName(value) ?? "");
		const rules = this.#statesAt(value);
		const takesArgs = (list: readonly RuleState[] | undefined): boolean => list?.some((r) => r.isFunction) === true;
		if (isRoot(head, "data")) {
			const replaces = takesArgs(this.#statesAt(w.target)) && (isBuiltin || rules !== undefined);
			return replaces || takesArgs(rules) ? value : undefined;
		}
		return isBuiltin || rules !== undefined ? value : undefined;
	};

	/** Rules at a path; undefined where nothing is. */
	#statesAt(t: Reference): readonly RuleState[] | undefined {
		const syntax = syntaxOf(t, (n) => n);
		return syntax.kind === "ref" ? this.#compilation.tree.find(syntax.terms)?.rules : undefined;
	}

	#rewrite(all: readonly Rule[], tests: boolean, prints: boolean): void {
		const c = this.#compilation;
		const fresh: Fresh = () => c.names.fresh();
		const heads = (r: Rule): readonly Term[] => [r.key, r.value, ...(r.args ?? [])].filter((t) => t !== undefined);
		const templates = new Templates(fresh, (t) => this.#isDefined(t));
		for (const r of all) {
			templates.body(r.body);
			if (r.args !== undefined) r.args = r.args.map(templates.term);
			if (r.key !== undefined) r.key = templates.term(r.key);
			if (r.value !== undefined) r.value = templates.term(r.value);
		}
		const printed = prints ? (b: Body) => rewritePrints(b, fresh) : withoutPrints;
		for (const r of all) {
			for (const t of heads(r)) changeBodiesIn(t, printed);
			r.body = printed(r.body);
		}
		const apart = new TakeApart(fresh);
		for (const r of all) {
			apart.head(r);
			r.body = apart.body(r.body);
		}
		for (const r of all) rewriteComprehensions(heads(r), r.body, fresh);
		for (const r of all) rewriteHead(r, fresh);
		for (const r of all) r.body = rewriteWiths(r.body, this.#replacement, fresh);
		for (const r of all) {
			const globals: Names = new Set(["data", "input"]);
			for (const t of r.args ?? []) termVars(t, globals);
			r.body = reorderBody(r.body, this.arity, globals);
		}
		for (const r of all) rewriteEquals(r.body);
		const dynamics = new Dynamics(fresh);
		for (const r of all) r.body = dynamics.body(r.body);
		if (tests) for (const r of all) if (r.name.startsWith("test_")) r.body = rewriteTestEqualities(r.body, fresh);
	}

	#isDefined(t: Term): boolean {
		const syntax = syntaxOf(t, (n) => n);
		return syntax.kind === "ref" && isKnownDefined(this.#compilation.tree, syntax);
	}

	/** A query in the same way; its own variables are numbered apart. */
	query(body: Body, names: () => Fresh): Body {
		const templates = new Templates(names(), (t) => this.#isDefined(t));
		templates.body(body);
		rewritePrints(body, names());
		let out = new TakeApart(names()).body(body);
		rewriteComprehensions([], out, names());
		out = rewriteWiths(out, this.#replacement, names());
		out = reorderBody(out, this.arity, new Set(["data", "input"]));
		out = new Dynamics(names()).body(out);
		numbered(out);
		comprehensionIndices(out, this.arity, new Set(["data", "input"]), this.comprehensions);
		return out;
	}
}

/** Each expression of a body, and of bodies in it, with its position. */
function numbered(b: Body): void {
	for (const [i, e] of b.entries()) {
		e.index = i;
		eachInnerBody(e, numbered);
	}
}

function ruleOf(
	c: Compilation,
	state: RuleState,
	first: RuleState,
	convert: FromSyntax,
	otherwise: Rule | undefined,
): Rule {
	const { rule, head, path } = state;
	const own = head.ref.terms;
	const spans = ruleSpans(rule, state.isElse, state.module.source.text);
	// A body that nobody wrote has other places; a metadata call may have given it more.
	let body = convert.body(rule.hasBody || state.body !== rule.body ? state.body : spans.body);
	// What is neither a scalar nor a variable in a ref has a variable of its own.
	const terms = path.map((t, i): Term => {
		const term = i === 0 ? variable("data", convert.place(t)) : convert.term(t);
		if (term.kind === "var" || t.kind === "scalar") return term;
		const name = c.made?.head(state, i - (path.length - own.length)) ?? c.names.fresh();
		const v = variable(name, term.place);
		body = append(body, [equation(v, term, term.place)]);
		return v;
	});
	const last = at(terms, terms.length - 1);
	const second = own.length === 2 ? own[1] : undefined;
	const keyed = second !== undefined && head.key === undefined && head.args === undefined;
	const isOpen = second !== undefined && last.kind === "var";
	const pairKey = keyed && (first.rule.hasBody ? isOpen : !rule.default) ? last : undefined;
	return {
		path: terms,
		packageLength: path.length - own.length,
		name: own.length === 1 && last.kind === "value" && typeof last.value === "string" ? last.value : "",
		default: rule.default,
		assign: head.assign,
		complete: head.key === undefined && terms.every((t, i) => i === 0 || t.kind === "value") && pairKey === undefined,
		pairKey,
		args: head.args?.length === 0 ? undefined : head.args?.map(convert.term),
		key: head.key === undefined ? undefined : convert.term(head.key),
		value: head.key === undefined ? (head.value === undefined ? constant(true) : convert.term(head.value)) : undefined,
		body,
		else: otherwise,
		place: convert.place(spans.rule),
		headPlace: convert.place(spans.head),
	};
}
