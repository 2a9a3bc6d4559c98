/**
 * ResolveRefs: every name that stands for a rule of the package or an import becomes its full
 * reference, except where a variable of that name is declared. Also here: the checks of imports and
 * of the names `data` and `input`.
 */
import { at as elementAt } from "../../at.ts";
import type { Body, Call, Expr, ExprKind, Import, Ref, Term, Var } from "../../parser/ast.ts";
import { call as makeCall, expr as makeExpr, ref, scalar, termExpr, variable } from "../../parser/ast.ts";
import { type Visitor, walkBody, walkTerm } from "../../parser/walk.ts";
import { assertNever } from "../../value/value.ts";
import type { Compilation } from "../compilation.ts";
import type { ModuleState, RuleFeatures, RuleState } from "../rule-state.ts";
import {
	assignName,
	callOf,
	internalPrintName,
	isCallOf,
	isReserved,
	operatorName,
	printName,
	rootName,
} from "../syntax/calls.ts";
import { showImport } from "../syntax/show.ts";
import { mapBody, mapEntries, mapTerms, mapWiths } from "../syntax/transform.ts";
import { allVars, type Names } from "../syntax/vars.ts";

/** A name usable in a module without declaration, and the path it stands for. */
interface Global {
	readonly path: readonly Term[];
	used: boolean;
}

type Globals = ReadonlyMap<string, Global>;

export function resolveRefs(c: Compilation): void {
	const exported = exportedNames(c.modules);
	for (const m of c.modules) {
		const globals = moduleGlobals(m.packagePath, exported.get(packageKey(m.packagePath)), m.imports);
		for (const r of m.all) resolveRule(c, globals, r);
		if (c.options.strict) checkUnusedImports(c, m, globals);
	}
}

/** Resolves a query's body in the context of a package and imports. */
export function resolveQuery(
	c: Compilation,
	body: Body,
	packagePath: readonly Term[] | undefined,
	imports: readonly Import[],
	features: RuleFeatures,
): Body {
	const names = packagePath === undefined ? undefined : exportedNames(c.modules).get(packageKey(packagePath));
	const globals = moduleGlobals(packagePath ?? [], names, imports);
	return new Resolver(c, globals, features).scoped(declaredVars(body), (r) => r.body(body));
}

function packageKey(path: readonly Term[]): string {
	return JSON.stringify(path.map((t) => (t.kind === "scalar" ? t.value : "data")));
}

/** Names of the rules of each package, over all of its modules. */
function exportedNames(modules: readonly ModuleState[]): Map<string, Set<string>> {
	const out = new Map<string, Set<string>>();
	for (const m of modules) {
		const key = packageKey(m.packagePath);
		let names = out.get(key);
		if (names === undefined) {
			names = new Set();
			out.set(key, names);
		}
		for (const r of m.rules) names.add((r.head.ref.terms[0] as Var).name);
	}
	return out;
}

function moduleGlobals(
	packagePath: readonly Term[],
	names: ReadonlySet<string> | undefined,
	imports: readonly Import[],
): Globals {
	const out = new Map<string, Global>();
	for (const name of names ?? []) {
		out.set(name, { path: [...packagePath, { kind: "scalar", value: name, start: 0, end: 0 }], used: false });
	}
	for (const i of imports) {
		if (isLanguageImport(i)) continue;
		out.set(importName(i), { path: i.path.kind === "ref" ? i.path.terms : [i.path], used: false });
	}
	return out;
}

function isLanguageImport(i: Import): boolean {
	const root = i.path.kind === "ref" ? i.path.terms[0] : i.path;
	return root?.kind === "var" && (root.name === "future" || root.name === "rego");
}

/** The name an import introduces. */
function importName(i: Import): string {
	if (i.alias !== "") return i.alias;
	const last = i.path.kind === "ref" ? i.path.terms.at(-1) : i.path;
	if (last?.kind === "var") return last.name;
	return last?.kind === "scalar" && typeof last.value === "string" ? last.value : "";
}

function checkUnusedImports(c: Compilation, m: ModuleState, globals: Globals): void {
	for (const i of m.imports) {
		if (isLanguageImport(i)) continue;
		if (globals.get(importName(i))?.used === false) {
			c.fail("rego_compile_error", `${showImport(i)} unused`, m.source, i.start);
		}
	}
}

function resolveRule(c: Compilation, globals: Globals, r: RuleState): void {
	const args = r.head.args ?? [];
	const argNames: Names = new Set();
	for (const a of args) {
		const shadowed = patternNames(a, argNames);
		if (shadowed !== undefined) {
			const message = `args must not shadow ${shadowed} (use a different variable name)`;
			c.fail("rego_compile_error", message, r.module.source, r.rule.start);
			return;
		}
	}
	const resolver = new Resolver(c, globals, r.has);
	resolver.push(argNames);
	resolver.push(declaredVars(r.body));
	resolver.noteConstants(args);
	const head = r.head;
	const name = elementAt(head.ref.terms, 0);
	const rest = head.ref.terms.slice(1);
	const parts = mapTerms(rest, resolver.term);
	const ref = parts === rest || rest.length === 0 ? head.ref : { ...head.ref, terms: [name, ...parts] };
	const key = head.key === undefined ? undefined : resolver.term(head.key);
	const value = head.value === undefined ? undefined : resolver.term(head.value);
	if (ref !== head.ref || key !== head.key || value !== head.value) r.setHead({ ...head, ref, key, value });
	r.body = resolver.ruleBody(r.body);
}

/**
 * Adds the variables an argument pattern binds; gives the root document it names by itself, which is
 * not allowed.
 */
function patternNames(t: Term, out: Names): string | undefined {
	const each = (terms: Iterable<Term>): string | undefined => {
		for (const x of terms) {
			const shadowed = patternNames(x, out);
			if (shadowed !== undefined) return shadowed;
		}
		return undefined;
	};
	const root = rootName(t);
	if (root !== undefined) return root;
	switch (t.kind) {
		case "var":
			out.add(t.name);
			return undefined;
		case "ref": {
			const head = elementAt(t.terms, 0);
			if (head.kind === "var") {
				out.add(head.name);
				return each(t.terms.slice(1));
			}
			return each(t.terms);
		}
		case "array":
			return each(t.items);
		case "object":
			return each(t.entries.map((e) => e[1]));
		default:
			return undefined;
	}
}

/** Variables declared in a body by `:=` and `some`, bodies of every, not, and, or included. */
export function declaredVars(b: Body): Names {
	const out: Names = new Set();
	for (const e of b) addDeclared(e, out);
	return out;
}

export function addDeclared(e: Expr, out: Names): void {
	const w = e.what;
	switch (w.kind) {
		case "term-expr": {
			const call = callOf(e);
			if (call !== undefined && isCallOf(call, assignName) && call.args.length === 2)
				allVars(elementAt(call.args, 0), out);
			return;
		}
		case "some":
			for (const s of w.symbols) {
				if (s.kind === "var") out.add(s.name);
				else if (s.kind === "call") for (const pattern of s.args.slice(0, -1)) allVars(pattern, out);
			}
			return;
		case "every":
			for (const x of w.body) addDeclared(x, out);
			return;
		case "logical":
			for (const x of w.left) addDeclared(x, out);
			for (const x of w.right) addDeclared(x, out);
			return;
		case "block":
			for (const x of w.body) addDeclared(x, out);
			return;
		default:
			assertNever(w, "expression");
	}
}

/** A call of print, however it is spelled. */
function isVoid(t: Call): boolean {
	const head = elementAt(t.operator.terms, 0);
	if (head.kind !== "var" || (head.name !== printName && head.name !== "internal")) return false;
	return head.name === printName || operatorName(t.operator) === internalPrintName;
}

class Resolver {
	readonly #c: Compilation;
	readonly #globals: Globals;
	readonly #features: RuleFeatures;
	/** Declared names, innermost scope last. */
	readonly #scopes: Names[] = [];
	/** Anything but scalars met so far: tells constant composites from others. */
	#dynamic = 0;
	/** Bodies and template strings around what is being resolved: 1 is a rule's own body; a head counts as one, too. */
	#within = 1;

	constructor(c: Compilation, globals: Globals, features: RuleFeatures) {
		this.#c = c;
		this.#globals = globals;
		this.#features = features;
	}

	push(names: Names): void {
		if (names.size > 0) this.#scopes.push(names);
	}

	scoped<T>(names: Names, f: (r: Resolver) => T): T {
		if (names.size === 0) return f(this);
		this.#scopes.push(names);
		const out = f(this);
		this.#scopes.pop();
		return out;
	}

	#global(name: string): Global | undefined {
		const g = this.#globals.get(name);
		if (g === undefined) return undefined;
		for (const s of this.#scopes) if (s.has(name)) return undefined;
		g.used = true;
		return g;
	}

	/** Patterns of arguments are not resolved, but features in them count. */
	noteConstants(args: readonly Term[]): void {
		for (const a of args) this.#noteVars(a);
	}

	#noteVars(t: Term): void {
		if (t.kind === "var") this.#noteVar(t.name);
		else if (t.kind === "array" || t.kind === "set") for (const x of t.items) this.#noteVars(x);
		else if (t.kind === "object") for (const x of t.entries.flat()) this.#noteVars(x);
		else if (t.kind === "ref") for (const x of t.terms) this.#noteVars(x);
		else if (t.kind === "call") for (const x of t.args) this.#noteVars(x);
		else if (t.kind !== "scalar") {
			this.#features.prints = true;
			this.#features.innerPrints = true;
		}
	}

	#noteVar(name: string): void {
		this.#dynamic++;
		if (name.charCodeAt(0) === 95 && name.startsWith("__local")) this.#c.names.avoid(name);
		else if (this.#c.builtins.has(name)) this.#features.builtinVars = true;
	}

	readonly term = (t: Term): Term => {
		switch (t.kind) {
			case "scalar":
				return t;
			case "var": {
				this.#noteVar(t.name);
				const g = this.#global(t.name);
				return g === undefined ? t : globalTerm(g, t.start, t.end);
			}
			case "ref":
				return this.#ref(t);
			case "call":
				if (isVoid(t)) this.#features.voidCalls = true;
				return this.#call(t);
			case "array":
			case "set": {
				const before = this.#dynamic;
				const items = mapTerms(t.items, this.term);
				if (before === this.#dynamic) this.#c.constants.add(t);
				return items === t.items ? t : { ...t, items };
			}
			case "object": {
				const before = this.#dynamic;
				const entries = mapEntries(t.entries, this.term, this.term);
				if (before === this.#dynamic) this.#c.constants.add(t);
				return entries === t.entries ? t : { ...t, entries };
			}
			case "array-comprehension":
			case "set-comprehension":
				this.#dynamic++;
				return this.scoped(declaredVars(t.body), () => {
					const term = this.term(t.term);
					const body = this.body(t.body);
					return term === t.term && body === t.body ? t : { ...t, term, body };
				});
			case "object-comprehension":
				this.#dynamic++;
				return this.scoped(declaredVars(t.body), () => {
					const key = this.term(t.key);
					const value = this.term(t.value);
					const body = this.body(t.body);
					return key === t.key && value === t.value && body === t.body ? t : { ...t, key, value, body };
				});
			case "template-string": {
				this.#dynamic++;
				this.#features.templates = true;
				this.#within++;
				let changed = false;
				const parts = t.parts.map((p) => {
					if (typeof p === "string") return p;
					const hole = p.what.kind === "term-expr" ? p.what.term : undefined;
					if (hole?.kind === "call" && isVoid(hole)) this.#features.voidCalls = true;
					const next = this.expr(p);
					if (next !== p) changed = true;
					return next;
				});
				this.#within--;
				return changed ? { ...t, parts } : t;
			}
			default:
				return assertNever(t, "term");
		}
	};

	#call(t: Call): Call {
		this.#dynamic++;
		const operator = this.#operator(t.operator);
		const args = mapTerms(t.args, this.term);
		return operator === t.operator && args === t.args ? t : makeCall(operator, args, t.infix, t.start, t.end);
	}

	/** Names inside brackets become references of their own; the first takes the path's place. */
	#ref(t: Ref): Ref {
		this.#dynamic++;
		const head = elementAt(t.terms, 0);
		if (head.kind === "var") {
			this.#noteVar(head.name);
			const g = this.#global(head.name);
			if (g !== undefined) {
				const terms = pathAt(g, head, t.terms);
				for (let i = g.path.length; i < terms.length; i++) terms[i] = this.term(elementAt(terms, i));
				return ref(terms, t.start, t.end);
			}
		}
		const terms = mapTerms(t.terms, this.term);
		return terms === t.terms ? t : ref(terms, t.start, t.end);
	}

	#operator(op: Ref): Ref {
		const head = elementAt(op.terms, 0);
		if (head.kind !== "var") return op;
		if (head.name === printName) {
			this.#features.prints = true;
			if (this.#within !== 1) this.#features.innerPrints = true;
		} else if (head.name === "rego") this.#features.metadata = true;
		const g = this.#global(head.name);
		if (g === undefined) return op;
		return ref(pathAt(g, head, op.terms), op.start, op.end);
	}

	body(b: Body): Body {
		this.#within++;
		const out = mapBody(b, this.expr);
		this.#within--;
		return out;
	}

	/** A rule's own body, after its head. */
	ruleBody(b: Body): Body {
		this.#within = 0;
		return this.body(b);
	}

	readonly expr = (e: Expr): Expr => {
		const what = this.#what(e.what);
		if (e.with.length > 0) this.#features.withs = true;
		const withs = mapWiths(e.with, this.term, this.term);
		return what === e.what && withs === e.with ? e : makeExpr(what, e.negated, withs, e.start, e.end);
	};

	#what(w: ExprKind): ExprKind {
		switch (w.kind) {
			case "term-expr": {
				if (w.term.kind === "call" && isCallOf(w.term, assignName)) {
					const target = w.term.args[0];
					if (target !== undefined && rootName(target) !== undefined) this.#features.rootAssigned = true;
				}
				const term = w.term.kind === "call" ? this.#call(w.term) : this.term(w.term);
				return term === w.term ? w : termExpr(term);
			}
			case "some": {
				// Only `some … in` has anything to resolve; plain symbols are the declared variables themselves.
				const symbols = mapTerms(w.symbols, (s) => (s.kind === "call" ? this.term(s) : s));
				for (const s of w.symbols) if (s.kind === "var") this.#noteVar(s.name);
				return symbols === w.symbols ? w : { ...w, symbols };
			}
			case "every": {
				const locals: Names = new Set();
				if (w.key !== undefined) allVars(w.key, locals);
				allVars(w.value, locals);
				return this.scoped(locals, () => {
					const domain = this.term(w.domain);
					const body = this.body(w.body);
					return domain === w.domain && body === w.body ? w : { ...w, domain, body };
				});
			}
			case "logical": {
				const left = this.body(w.left);
				const right = this.body(w.right);
				return left === w.left && right === w.right ? w : { ...w, left, right };
			}
			case "block": {
				const body = this.body(w.body);
				return body === w.body ? w : { ...w, body };
			}
			default:
				return assertNever(w, "expression");
		}
	}
}

function globalTerm(g: Global, start: number, end: number): Term {
	return ref(
		g.path.map((p) => at(p, start, end)),
		start,
		end,
	);
}

/** A name's full path, at the place of the name, and what follows the name in a reference. */
function pathAt(g: Global, name: Term, terms: readonly Term[]): Term[] {
	const out = g.path.map((p) => at(p, name.start, name.end));
	for (let i = 1; i < terms.length; i++) out.push(elementAt(terms, i));
	return out;
}

/** A part of a path at another place. */
function at(t: Term, start: number, end: number): Term {
	if (t.kind === "scalar") return scalar(t.value, start, end);
	return t.kind === "var" ? variable(t.name, start, end) : { ...t, start, end };
}

/** CheckKeywordOverrides: in v1 and in strict mode nothing may be called `data` or `input`. */
export function checkKeywordOverrides(c: Compilation): void {
	for (const m of c.modules) {
		if (!c.options.strict && !m.v1) continue;
		for (const r of m.rules) {
			const name = (r.head.ref.terms[0] as Var).name;
			if (isReserved(name)) {
				const message = `rules must not shadow ${name} (use a different rule name)`;
				c.fail("rego_compile_error", message, m.source, r.rule.start);
			}
		}
		for (const r of m.all) {
			if (!r.has.rootAssigned) continue;
			checkHeadAssignments(c, r);
			walkBody(r.body, checkingAssignments(c, m.source));
		}
	}
}

function checkHeadAssignments(c: Compilation, r: RuleState): void {
	const visitor = checkingAssignments(c, r.module.source);
	for (const t of [...r.head.ref.terms.slice(1), r.head.key, r.head.value]) {
		if (t !== undefined) walkTerm(t, visitor);
	}
}

/** Assignments can hide in comprehensions and template strings. */
function checkingAssignments(c: Compilation, source: ModuleState["source"]): Visitor {
	return {
		term: (t) => !c.constants.has(t),
		literal: (e) => {
			const call = e.what.kind === "term-expr" ? callOf(e) : undefined;
			const target = call !== undefined && isCallOf(call, assignName) ? call.args[0] : undefined;
			const name = target === undefined ? undefined : rootName(target);
			if (name !== undefined) {
				const message = `variables must not shadow ${name} (use a different variable name)`;
				c.fail("rego_compile_error", message, source, e.start);
			}
			return true;
		},
	};
}

/** CheckDuplicateImports: no two imports of a v1 module (any module, in strict mode) introduce one name. */
export function checkDuplicateImports(c: Compilation): void {
	for (const m of c.modules) {
		if (!c.options.strict && !m.v1) continue;
		const seen = new Map<string, Import>();
		for (const i of m.imports) {
			const name = importName(i);
			const first = seen.get(name);
			if (first === undefined) seen.set(name, i);
			else c.fail("rego_compile_error", `import must not shadow ${showImport(first)}`, m.source, i.start);
		}
	}
}
