/**
 * Types of bodies, expression by expression. OPA checks bodies from which nested calls and references
 * have been taken out, each into a variable of its own; here that happens on the way: what is nested is
 * checked first, and a Generated variable with its type stands for it in what is around it.
 *
 * As in OPA, only the expressions of a body itself are checked in full. In the bodies of `every`, `and`,
 * `or` and `not { … }` references and comprehensions are looked at, calls and equations are not.
 */

import { at, at as elementAt, last } from "../../at.ts";
import type { Builtin } from "../../builtins/define.ts";
import type { RegoError } from "../../errors.ts";
import type { Location, Source } from "../../location.ts";
import type {
	ArrayComprehension,
	ArrayTerm,
	Body,
	Call,
	Expr,
	ObjectComprehension,
	ObjectTerm,
	Ref,
	SetComprehension,
	SetTerm,
	SomeDecl,
	TemplateString,
	Term,
	With,
} from "../../parser/ast.ts";
import { arrayTerm, call, expr, ref, setTerm, termExpr, variable } from "../../parser/ast.ts";
import { printRef } from "../../parser/print.ts";
import { itemsInOrder, sortedEntries, sortedItems } from "../../parser/term-order.ts";
import { isAny, union } from "../../value/type-algebra.ts";
import {
	anyType,
	arrayOf,
	type FunctionType,
	isPartial,
	mapOf,
	objectOf,
	type Property,
	setOf,
	stringType,
	type Type,
	tuple,
	unknownType,
} from "../../value/types.ts";
import { assertNever } from "../../value/value.ts";
import { assignName, eqName, internalPrintName, isReserved, operatorName, rootOf } from "../syntax/calls.ts";
import { constantValue, isGround } from "../syntax/constant-value.ts";
import { mapEntries } from "../syntax/transform.ts";
import { allVars, plainVar, requiresEval } from "../syntax/vars.ts";
import type { TypeDetails } from "./all-details.ts";
import { TypeNode } from "./documents.ts";
import { jsonKey, type Literals, scalarType, setOfTypes } from "./literals.ts";
import { asWritten, type Problem, Problems } from "./problems.ts";
import { ReferenceChecker } from "./references.ts";
import type { ResolvedPlaces } from "./resolved-places.ts";
import { Generated, Names, type Scope } from "./scope.ts";
import { type NamedType, signatureOf } from "./signatures.ts";
import { Unifier, unifies } from "./unify.ts";

export interface CheckerSettings {
	readonly builtins: ReadonlyMap<string, Builtin>;
	/** Queries keep `==` a call of `equal`, which takes anything. */
	readonly query: boolean;
	/** Names in the source of renamed variables. */
	readonly localNames: ReadonlyMap<string, string>;
	readonly places: ResolvedPlaces;
	/** Makes the details of errors; without it they have none. */
	readonly details: TypeDetails | undefined;
	readonly literals: Literals;
	/** Paths of the rules that a reference may mean and of those that depend on them. */
	readonly dependents: (target: Ref) => readonly (readonly Term[])[];
}

/*
 * A policy has thousands of terms, and most have nothing in them to check. So what is called for each term
 * makes no closures and no lists of its own: a function with a closure in it makes room for what that
 * captures whenever it is called, even if the closure is never made.
 */
const noWiths: readonly With[] = [];
const noErrors: readonly RegoError[] = [];

type Comprehension = ArrayComprehension | SetComprehension | ObjectComprehension;

const templateStringName = "internal.template_string";

/** What of the expressions at hand is checked. */
type Looking = "all" | "comprehensions" | "references";

/** What a term is taken apart for: its calls, or its references and comprehensions. */
type TakingApart = "calls" | "dynamic";

export class TypeChecker {
	readonly #settings: CheckerSettings;
	readonly #names: Names;
	readonly #unifier: Unifier;
	readonly #problems: Problems;
	readonly #references: ReferenceChecker;
	/** Types of the comprehensions met so far. */
	readonly #comprehensions: Map<Comprehension, Type> = new Map();
	/** Rules that a replaced document may change, by the document's text. */
	readonly #relaxed: Map<string, TypeNode | undefined> = new Map();
	readonly #base: Scope;
	readonly #literals: Literals;
	#source: Source;
	#errors: RegoError[] = [];
	/** Errors inside the comprehensions of the expression at hand: those of the last wrong one. */
	#closureErrors: readonly RegoError[] = noErrors;
	#looking: Looking = "all";

	constructor(source: Source, base: Scope, settings: CheckerSettings) {
		this.#source = source;
		this.#base = base;
		this.#settings = settings;
		this.#names = new Names(settings.builtins);
		this.#literals = settings.literals;
		this.#problems = new Problems(settings.details);
		this.#unifier = new Unifier(this.typeOf, this.#literals);
		this.#references = new ReferenceChecker(this.#names, this.typeOf, this.#unifier, {
			locate: (r) => this.#source.location(settings.places.offset(this.#source, r)),
			asWritten: (r) => asWritten(r, settings.localNames),
			problems: this.#problems,
		});
	}

	/** Checks a body and terms that are evaluated after it. */
	check(source: Source, scope: Scope, body: Body, terms: readonly Term[]): CheckedBody {
		this.#source = source;
		return this.#body(scope, body, terms);
	}

	/** The expression with a variable for its value, if it has one and does not name it. */
	captured(e: Expr): Expr {
		const t = e.what.kind === "term-expr" ? e.what.term : undefined;
		if (t === undefined || e.negated) return e;
		if (t.kind !== "call") return { ...e, what: termExpr(equation(new Generated(t, undefined), t)) };
		const name = operatorName(t.operator);
		if (name === eqName || name === assignName) return e;
		const type = this.#names.operator(this.#base, t.operator);
		if (type.kind !== "function" || type.result === undefined || type.args.length !== t.args.length) return e;
		return { ...e, what: termExpr({ ...t, args: [...t.args, new Generated(t, undefined)] }) };
	}

	/** A composite of scalars. */
	#isLiteral(t: Term): boolean {
		return isComposite(t) && this.#literals.type(t) !== undefined;
	}

	#body(scope: Scope, body: Body, terms: readonly Term[]): CheckedBody {
		const outerErrors = this.#errors;
		const outerClosures = this.#closureErrors;
		const outerLooking = this.#looking;
		this.#errors = [];
		this.#closureErrors = noErrors;
		this.#looking = "all";
		for (const e of body) {
			this.#expr(scope, e);
			this.#flushClosures();
		}
		let rests: Term[] | undefined;
		for (let i = 0; i < terms.length; i++) {
			const t = at(terms, i);
			let rest = this.#calls(scope, noWiths, t);
			if (!this.#isLiteral(rest) && requiresEval(rest)) rest = this.#bind(scope, noWiths, rest, rest);
			this.#flushClosures();
			if (rest === t) continue;
			rests ??= terms.slice();
			rests[i] = rest;
		}
		const errors = this.#errors;
		this.#errors = outerErrors;
		this.#closureErrors = outerClosures;
		this.#looking = outerLooking;
		return { errors, terms: rests ?? terms };
	}

	#flushClosures(): boolean {
		if (this.#closureErrors.length === 0) return false;
		this.#errors.push(...this.#closureErrors);
		this.#closureErrors = noErrors;
		return true;
	}

	// --- expressions ---------------------------------------------------------------------------

	#expr(outside: Scope, e: Expr): void {
		const withs = e.with.length === 0 ? e.with : this.#withs(outside, e.with);
		// OPA lets modifiers change the types of what they stand at, not of what is within its bodies.
		const scope = withs.length === 0 || this.#looking !== "all" ? outside : this.#replacing(outside, withs);
		const w = e.what;
		switch (w.kind) {
			case "term-expr":
				if (w.term.kind === "call") this.#callExpr(scope, withs, w.term, e.start);
				// `true` alone is all that is left of a `print`.
				else if (w.term.kind !== "scalar" || withs.length > 0) this.#termExpr(scope, withs, w.term);
				return;
			case "some":
				this.#some(scope, withs, w, e.start);
				return;
			case "every":
				this.#bind(scope, withs, this.#calls(scope, withs, w.domain), w.domain);
				this.#inside(scope, withs, [w.body]);
				return;
			case "logical":
				this.#inside(scope, withs, [w.left, w.right]);
				return;
			case "block":
				this.#inside(scope, noWiths, [w.body]);
				return;
			default:
				assertNever(w, "expression");
		}
	}

	/**
	 * Bodies of which only comprehensions and references are looked at: first all of the ones, then all of
	 * the others, so that comprehensions do not know the types that references give to variables.
	 */
	#inside(scope: Scope, withs: readonly With[], bodies: readonly Body[]): void {
		if (this.#looking === "all") {
			this.#insideFor("comprehensions", scope, noWiths, bodies);
			this.#insideFor("references", scope, withs, bodies);
			this.#looking = "all";
		} else this.#insideFor(this.#looking, scope, withs, bodies);
	}

	#insideFor(looking: Looking, scope: Scope, withs: readonly With[], bodies: readonly Body[]): void {
		this.#looking = looking;
		for (const body of bodies) for (const e of body) this.#expr(scope, e);
		for (const w of withs) {
			this.#visit(scope, w.target);
			this.#visit(scope, w.value);
		}
	}

	#termExpr(scope: Scope, withs: readonly With[], t: Term): void {
		const rest = this.#dynamicParts(scope, withs, this.#calls(scope, withs, t));
		const broken = this.#closed(this.#visit(scope, rest));
		if (this.#looking !== "all") return;
		this.#report(this.#checkWiths(scope, withs), broken);
	}

	#some(scope: Scope, withs: readonly With[], w: SomeDecl, at: number): void {
		const member = w.symbols[0];
		if (member?.kind !== "call") return;
		const value = member.args.at(-2) as Term;
		const container = last(member.args);
		const key =
			member.args.length === 3 ? elementAt(member.args, 0) : unnamedKey(value, container, this.#settings.localNames);
		const path = container.kind === "ref" ? container.terms.concat(key) : [container, key];
		const element = ref(path, container.start, container.end);
		this.#equation(scope, withs, value, element, at);
	}

	#equation(scope: Scope, withs: readonly With[], a0: Term, b0: Term, at: number): void {
		const a1 = this.#calls(scope, withs, a0);
		const b1 = this.#calls(scope, withs, b0);
		const a = this.#dynamicParts(scope, withs, a1);
		const b = this.#dynamicParts(scope, withs, b1);
		this.#checkEquation(scope, withs, a, b, at);
	}

	#callExpr(scope: Scope, withs: readonly With[], t: Call, at: number): void {
		const name = operatorName(t.operator);
		if (t.args.length === 2 && this.#isEquation(name)) {
			this.#equation(scope, withs, elementAt(t.args, 0), elementAt(t.args, 1), at);
			return;
		}
		const operands = name === internalPrintName ? printedArgs(t) : t.args;
		this.#checkCall(scope, withs, t.operator, name, this.#each("calls", scope, withs, operands), at);
	}

	#isEquation(name: string | undefined): boolean {
		return name === eqName || name === assignName || (name === "equal" && !this.#settings.query);
	}

	/** An equation whose sides hold no calls, and no references but whole sides. */
	#checkEquation(scope: Scope, withs: readonly With[], a: Term, b: Term, at: number): void {
		const brokenA = this.#visit(scope, a);
		const knownA = a.kind === "ref" ? this.#references.type : undefined;
		const brokenB = this.#visit(scope, b);
		const knownB = b.kind === "ref" ? this.#references.type : undefined;
		const broken = this.#closed(brokenA || brokenB);
		if (this.#looking !== "all") return;
		const wrongWith = this.#checkWiths(scope, withs);
		if (wrongWith !== undefined) {
			this.#report(wrongWith, broken);
			return;
		}
		const typeA = knownA ?? this.typeOf(scope, a);
		const typeB = knownB ?? this.typeOf(scope, b);
		if (this.#unifier.equation(scope, a, typeA, b, typeB)) return;
		if (broken && (isPartial(typeA) || isPartial(typeB))) return;
		this.#errors.push(this.#problems.match(typeA, typeB, this.#source.location(at)));
	}

	/** A call whose operands hold no calls. */
	#checkCall(
		scope: Scope,
		withs: readonly With[],
		operator: Ref,
		name: string | undefined,
		operands: readonly Term[],
		at: number,
	): void {
		const args = this.#each("dynamic", scope, withs, operands);
		if (this.#looking !== "all") return;
		const problem = this.#checkWiths(scope, withs) ?? this.#callProblem(scope, operator, name, args, at);
		this.#report(problem, false);
	}

	#callProblem(
		scope: Scope,
		operator: Ref,
		name: string | undefined,
		args: readonly Term[],
		at: number,
	): Problem | undefined {
		const type = this.#names.called(scope, operator, name);
		if (isAny(type)) return undefined;
		// Names are known to be functions by now: a `with` has put something else here.
		if (type.kind !== "function") return this.#problems.undefinedFunction(printRef(operator), this.#placeOf(at));
		const result = type.result;
		const count = type.args.length + (result === undefined || name === eqName ? 0 : 1);
		let problem: string | undefined;
		if (args.length > count && type.variadic === undefined) problem = "too many arguments";
		else if (args.length < type.args.length) problem = "too few arguments";
		let have = this.#typesOf(scope, args);
		for (let i = 0; i < args.length && problem === undefined; i++) {
			const wanted = type.args[i] ?? (i < count ? result : type.variadic) ?? unknownType;
			const known = elementAt(have, i);
			if (!isPartial(known)) {
				if (!unifies(known, wanted)) problem = "invalid argument(s)";
				// Only variables in it could still learn something.
				if (problem !== undefined || !isComposite(elementAt(args, i))) continue;
			}
			if (!this.#unifier.term(scope, elementAt(args, i), wanted, false)) {
				problem = "invalid argument(s)";
				// With what was found out of the variables before.
				have = this.#typesOf(scope, args);
			}
		}
		if (problem === undefined) return undefined;
		const want = this.#want(type, name);
		return this.#problems.argument(printRef(operator), problem, have, want, type.variadic, this.#placeOf(at));
	}

	#placeOf(at: number): Location | undefined {
		return at < 0 ? undefined : this.#source.location(at);
	}

	/** The operands a function takes, and its result, as they are shown. */
	#want(type: FunctionType, name: string | undefined): readonly NamedType[] {
		const b = name === undefined ? undefined : this.#settings.builtins.get(name);
		if (b !== undefined && name !== eqName) return signatureOf(b).want;
		const args = type.args.map((t) => ({ name: undefined, type: t }));
		if (type.result === undefined || name === eqName) return args;
		return [...args, { name: undefined, type: type.result }];
	}

	// --- with ----------------------------------------------------------------------------------

	/** Values of `with` are evaluated before, and outside of, the expression. */
	#withs(scope: Scope, withs: readonly With[]): readonly With[] {
		return withs.map((w) => {
			let value = this.#calls(scope, [], w.value);
			if (requiresEval(value) && !this.#namesFunction(scope, w)) value = this.#bind(scope, [], value, value);
			return value === w.value ? w : { ...w, value };
		});
	}

	/** The value is a function, which is not evaluated: it replaces another, or hides a document. */
	#namesFunction(scope: Scope, w: With): boolean {
		if (this.#functionAt(scope, w.value) === undefined) return false;
		return (
			this.#functionAt(scope, w.target) !== undefined || (rootOf(w.target) === "data" && rootOf(w.value) === "data")
		);
	}

	#functionAt(scope: Scope, t: Term): FunctionType | undefined {
		const type = t.kind === "ref" || t.kind === "var" ? this.#names.operator(scope, asRef(t)) : unknownType;
		return type.kind === "function" ? type : undefined;
	}

	#checkWiths(scope: Scope, withs: readonly With[]): Problem | undefined {
		for (const w of withs) {
			const target = this.#functionAt(scope, w.target);
			const value = target === undefined ? undefined : this.#functionAt(scope, w.value);
			if (target === undefined || value === undefined || unifies(target, value)) continue;
			const operator = asRef(w.target);
			const args = this.#want({ ...target, result: undefined }, operatorName(operator)).slice(0, target.args.length);
			const at = this.#source.location(w.start);
			return this.#problems.argument(printRef(operator), "arity mismatch", value.args, args, target.variadic, at);
		}
		return undefined;
	}

	/**
	 * The scope of an expression with `with`s: what is replaced may have the replacement's type as well,
	 * and rules that depend on it may have any.
	 */
	#replacing(scope: Scope, withs: readonly With[]): Scope {
		let out = scope;
		const documents = new TypeNode(undefined);
		let replaced = false;
		for (const w of withs) {
			const target = asRef(w.target);
			const type = this.#names.operator(scope, target);
			const isFunction = type.kind === "function";
			const relaxed = this.#relaxedBy(target, isFunction);
			if (relaxed !== undefined) out = out.replacing(relaxed);
			if (isFunction) continue;
			const ground = target.terms.findIndex((t, i) => i > 0 && !isGround(t));
			const valueType = ground < 0 ? this.typeOf(scope, w.value) : unknownType;
			const value = type === unknownType || valueType === unknownType ? unknownType : union(type, valueType);
			documents.put(ground < 0 ? target.terms : target.terms.slice(0, ground), value === unknownType ? anyType : value);
			replaced = true;
		}
		return replaced ? out.replacing(documents) : out;
	}

	#relaxedBy(target: Ref, isFunction: boolean): TypeNode | undefined {
		if (rootOf(target) !== "data") return undefined;
		const text = printRef(target);
		const key = isFunction ? `f:${text}` : text;
		if (this.#relaxed.has(key)) return this.#relaxed.get(key);
		let tree: TypeNode | undefined;
		for (const path of this.#settings.dependents(target)) {
			if (isFunction && printRef(ref(path, 0, 0)) === text) continue;
			tree ??= new TypeNode(undefined);
			tree.put(path, anyType);
		}
		this.#relaxed.set(key, tree);
		return tree;
	}

	// --- taking terms apart ----------------------------------------------------------------------

	/** The term with its calls checked and replaced by variables. */
	#calls(scope: Scope, withs: readonly With[], t: Term): Term {
		switch (t.kind) {
			case "scalar":
			case "var":
			case "array-comprehension":
			case "set-comprehension":
			case "object-comprehension":
				return t;
			case "call": {
				const args: Term[] = new Array(t.args.length + 1);
				for (let i = 0; i < t.args.length; i++) args[i] = this.#calls(scope, withs, at(t.args, i));
				const out = new Generated(t, t);
				args[t.args.length] = out;
				this.#checkCall(scope, withs, t.operator, operatorName(t.operator), args, t.start);
				return out;
			}
			case "template-string": {
				const out = new Generated(t, t);
				const operator = templateOperator(t);
				this.#checkCall(scope, withs, operator, templateStringName, [templateParts(t), out], t.start);
				return out;
			}
			case "ref": {
				if (isPlain(t)) return t;
				const terms = this.#each("calls", scope, withs, t.terms);
				const head = at(terms, 0);
				if (head.kind === "var" || head.kind === "ref" || head.kind === "scalar") return withTerms(t, terms);
				const subject = new Generated(head, t.terms[0]);
				this.#checkEquation(scope, withs, subject, this.#dynamicParts(scope, withs, head), head.start);
				return ref([subject, ...terms.slice(1)], t.start, t.end);
			}
			case "array":
			case "set":
			case "object":
				return this.#composite("calls", scope, withs, t);
			default:
				return assertNever(t, "term");
		}
	}

	/** Takes a term apart: as #calls does, or as #dynamic does. */
	#taken(how: TakingApart, scope: Scope, withs: readonly With[], t: Term): Term {
		return how === "calls" ? this.#calls(scope, withs, t) : this.#dynamic(scope, withs, t);
	}

	#composite(how: TakingApart, scope: Scope, withs: readonly With[], t: ArrayTerm | ObjectTerm | SetTerm): Term {
		if (this.#isLiteral(t) || isInert(t)) return t;
		if (t.kind === "object") return this.#object(how, scope, withs, t);
		// What is taken apart second has variables for its calls, which are not told apart by their names.
		const inOrder = t.kind !== "set" ? t.items : how === "calls" ? sortedItems(t) : itemsInOrder(t);
		const items = this.#each(how, scope, withs, inOrder);
		return items === inOrder ? t : { ...t, items };
	}

	#object(how: TakingApart, scope: Scope, withs: readonly With[], t: ObjectTerm): ObjectTerm {
		return mapObject(t, (x) => this.#taken(how, scope, withs, x));
	}

	/** Terms of which each is taken apart. */
	#each(how: TakingApart, scope: Scope, withs: readonly With[], terms: readonly Term[], from = 0): readonly Term[] {
		let out: Term[] | undefined;
		for (let i = from; i < terms.length; i++) {
			const t = at(terms, i);
			const next = this.#taken(how, scope, withs, t);
			if (next === t) continue;
			out ??= terms.slice();
			out[i] = next;
		}
		return out ?? terms;
	}

	/** The term with references and comprehensions in it checked and replaced, itself included. */
	#dynamic(scope: Scope, withs: readonly With[], t: Term): Term {
		switch (t.kind) {
			case "ref":
			case "array-comprehension":
			case "set-comprehension":
			case "object-comprehension":
				return this.#bind(scope, withs, t, t);
			case "array":
			case "set":
			case "object":
				return this.#composite("dynamic", scope, withs, t);
			default:
				return isDocument(t) ? this.#bind(scope, withs, t, t) : t;
		}
	}

	/** As #dynamic, but a reference or comprehension that is the term stays. */
	#dynamicParts(scope: Scope, withs: readonly With[], t: Term): Term {
		if (t.kind !== "ref") return isClosure(t) || isDocument(t) ? t : this.#dynamic(scope, withs, t);
		if (isPlain(t)) return t;
		return withTerms(t, this.#each("dynamic", scope, withs, t.terms, 1));
	}

	/** A variable equal to a term without calls. */
	#bind(scope: Scope, withs: readonly With[], t: Term, subject: Term): Generated {
		const out = new Generated(t, subject);
		this.#checkEquation(scope, withs, out, this.#dynamicParts(scope, withs, t), t.start);
		return out;
	}

	/** Checks the reference or comprehension that a term is; true if the reference is wrong. */
	#visit(scope: Scope, t: Term): boolean {
		if (!isClosure(t)) return this.#looking !== "comprehensions" && this.#reference(scope, t);
		if (this.#looking !== "references") this.#comprehension(scope, t);
		return false;
	}

	/** After visits: whether something was wrong, in their comprehensions or, as given, else. */
	#closed(broken: boolean): boolean {
		// Inside `every` and its like the comprehensions of all of it are one lot.
		return (this.#looking === "all" && this.#flushClosures()) || broken;
	}

	#reference(scope: Scope, t: Term): boolean {
		if (t.kind !== "ref") return false;
		const error = this.#references.check(scope, t);
		if (error === undefined) return false;
		this.#errors.push(error);
		return true;
	}

	#comprehension(scope: Scope, t: Comprehension): void {
		const terms = t.kind === "object-comprehension" ? [t.key, t.value] : [t.term];
		const inner = scope.body();
		const { errors, terms: rests } = this.#body(inner, t.body, terms);
		if (errors.length > 0) {
			this.#closureErrors = errors;
			this.#comprehensions.set(t, unknownType);
			return;
		}
		const [first, second] = rests.map((x) => this.typeOf(inner, x)) as [Type, Type | undefined];
		const type =
			t.kind === "array-comprehension"
				? arrayOf(first)
				: t.kind === "set-comprehension"
					? setOf(first)
					: mapOf(first, second as Type);
		this.#comprehensions.set(t, type);
	}

	/** Reports an error unless what went wrong before explains it. */
	#report(e: Problem | undefined, broken: boolean): void {
		if (e !== undefined && !(broken && e.unknown)) this.#errors.push(e.error);
	}

	// --- types of terms --------------------------------------------------------------------------

	readonly typeOf = (scope: Scope, t: Term): Type => {
		switch (t.kind) {
			case "scalar":
				return scalarType(t.value);
			case "var":
				return this.#names.variable(scope, t);
			case "ref":
				return this.#names.reference(scope, t.terms);
			case "array":
				return this.#literals.type(t) ?? tuple(this.#typesOf(scope, t.items));
			case "set":
				return this.#literals.type(t) ?? setOfTypes(this.#typesOf(scope, t.items));
			case "object":
				return this.#literals.type(t) ?? this.#objectType(scope, t);
			case "array-comprehension":
			case "set-comprehension":
			case "object-comprehension":
				return this.#comprehensions.get(t) ?? unknownType;
			case "template-string":
				return stringType;
			case "call":
				return unknownType;
			default:
				return assertNever(t, "term");
		}
	};

	#typesOf(scope: Scope, terms: readonly Term[]): Type[] {
		const out: Type[] = new Array(terms.length);
		for (let i = 0; i < terms.length; i++) out[i] = this.typeOf(scope, at(terms, i));
		return out;
	}

	#objectType(scope: Scope, t: ObjectTerm): Type {
		const props: Property[] = [];
		const computed: (readonly [Term, Term])[] = [];
		for (const entry of t.entries) {
			const key = constantValue(entry[0]);
			if (key !== undefined) props.push({ key: jsonKey(key), value: this.typeOf(scope, entry[1]) });
			else computed.push(entry);
		}
		// Of several keys that are computed OPA looks at the last, in the order of the variables that they are by now.
		const [k, v] = (computed.length < 2 ? computed : sortedEntries({ ...t, entries: computed })).at(-1) ?? [];
		if (k === undefined || v === undefined) return objectOf(props, undefined);
		return objectOf(props, { key: this.typeOf(scope, k), value: this.typeOf(scope, v) });
	}
}

export interface CheckedBody {
	readonly errors: readonly RegoError[];
	/** What is left of the terms given: nothing that needs evaluation. */
	readonly terms: readonly Term[];
}

/** A reference with nothing in it to take apart. */
function isPlain(t: Ref): boolean {
	for (const x of t.terms) if (x.kind !== "scalar" && x.kind !== "var") return false;
	return true;
}

function isComposite(t: Term): t is ArrayTerm | ObjectTerm | SetTerm {
	return t.kind === "array" || t.kind === "object" || t.kind === "set";
}

/** A term with nothing in it to take apart: variables that are no documents, and scalars. */
function isInert(t: Term): boolean {
	switch (t.kind) {
		case "scalar":
			return true;
		case "var":
			return !isReserved(t.name);
		case "array":
		case "set":
			for (const x of t.items) if (!isInert(x)) return false;
			return true;
		case "object":
			for (const [k, v] of t.entries) if (!isInert(k) || !isInert(v)) return false;
			return true;
		default:
			return false;
	}
}

function withTerms(t: Ref, terms: readonly Term[]): Ref {
	return terms === t.terms ? t : ref(terms, t.start, t.end);
}

function isClosure(t: Term): t is Comprehension {
	return t.kind === "array-comprehension" || t.kind === "set-comprehension" || t.kind === "object-comprehension";
}

function isDocument(t: Term): boolean {
	return t.kind === "var" && isReserved(t.name);
}

function asRef(t: Term): Ref {
	return t.kind === "ref" ? t : ref([t], t.start, t.end);
}

/**
 * The key of `some x in xs`, under OPA's name: the number before those of the variables declared with it, itself
 * among them.
 */
function unnamedKey(pattern: Term, at: Term, localNames: ReadonlyMap<string, string>): Generated {
	let names: Iterable<string>;
	if (pattern.kind === "var") names = [pattern.name];
	else {
		const found: Set<string> = new Set();
		allVars(pattern, found);
		names = found;
	}
	let first = Number.POSITIVE_INFINITY;
	let prefix = "";
	for (const name of names) {
		const m = /^(__local\D*)(\d+)__$/.exec(name);
		if (m === null || Number(m[2]) >= first) continue;
		first = Number(m[2]);
		prefix = m[1] as string;
	}
	if (prefix === "" || first === 0) return new Generated(at, undefined, undefined);
	const before = `${prefix}${first - 1}__`;
	const source = localNames.get(before);
	return new Generated(at, undefined, source?.startsWith("__local") === true ? source : before);
}

/** OPA prints sets: empty ones for undefined arguments. A call that was written like that stays what it is. */
function printedArgs(t: Call): readonly Term[] {
	if (!t.infix) return t.args;
	return [arrayTerm(t.args.map(valuesSet), t.start, t.end)];
}

function templateParts(t: TemplateString): Term {
	const parts = t.parts.map((p): Term => {
		if (typeof p === "string") return { kind: "scalar", value: p, start: t.start, end: t.end };
		if (p.what.kind !== "term-expr") return setTerm([], p.start, p.end);
		const term = p.what.term;
		if (plainVar(p) !== undefined) return setTerm([term], p.start, p.end);
		// OPA does not know the place of a call that is a part.
		return valuesSet(term.kind === "call" ? { ...term, start: -1 } : term, p.with);
	});
	return arrayTerm(parts, t.start, t.end);
}

function templateOperator(t: TemplateString): Ref {
	return ref(
		[variable("internal", t.start, t.end), { kind: "scalar", value: "template_string", start: t.start, end: t.end }],
		t.start,
		t.end,
	);
}

/** `{x | x = term}`: a set of the term's value, or an empty one. */
function valuesSet(t: Term, withs: readonly With[] | number = []): Term {
	const local = new Generated(t, undefined);
	const body = [expr(termExpr(equation(local, t)), false, typeof withs === "number" ? [] : withs, t.start, t.end)];
	return { kind: "set-comprehension", term: local, body, start: t.start, end: t.end };
}

function equation(a: Term, b: Term): Call {
	const { start, end } = b;
	return call(ref([variable(eqName, start, end)], start, end), [a, b], true, start, end);
}

/** The object with its keys and values mapped in order of keys, as OPA: a variable takes the first type it is given. */
function mapObject(t: ObjectTerm, each: (x: Term) => Term): ObjectTerm {
	const sorted = sortedEntries(t);
	const entries = mapEntries(sorted, each, each);
	return entries === sorted ? t : { ...t, entries };
}
