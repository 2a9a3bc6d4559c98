/**
 * The syntax tree, in OPA's words. Nodes are plain, made by the factories below so that all of a
 * kind share one shape, and keep the offsets of their text in the module's source.
 *
 * What the parser leaves to the compiler: names are not resolved (a bare `foo` is a Var, `foo.bar`
 * a Ref whose first term is a Var), `x := 1` and `x = 1` and `x == 1` are calls of assign, eq and
 * equal, `some x in xs` is a SomeDecl holding a call of internal.member_2.
 */
import type { Source } from "../location.ts";
import type { Value } from "../value/value.ts";

export interface Span {
	/** Offset of the first UTF-16 unit. */
	readonly start: number;
	/** Offset after the last. */
	readonly end: number;
}

// --- terms ---------------------------------------------------------------------------------

/** null, booleans, numbers and strings. */
export interface Scalar extends Span {
	readonly kind: "scalar";
	readonly value: Value;
}

/** A name. Wildcards `_` are numbered by the parser: `$0`, `$1`, … per module. */
export interface Var extends Span {
	readonly kind: "var";
	readonly name: string;
	/** The term it stands for, of a variable that a stage has made. */
	readonly subject?: Term | undefined;
}

/**
 * `head.a[x]`: terms[0] is a var, call, array, object, set or comprehension; `.a` is a string scalar.
 * A bare `input` or `data` is a Ref of that one Var, as in OPA; any other bare name is a Var.
 */
export interface Ref extends Span {
	readonly kind: "ref";
	readonly terms: readonly Term[];
}

/** Function call as a term; operators are calls of OPA's names (`plus`, `equal`, `internal.member_2` …). */
export interface Call extends Span {
	readonly kind: "call";
	/** A Ref of var and string scalars, e.g. `io.jwt.decode`. */
	readonly operator: Ref;
	readonly args: readonly Term[];
	/** Written as an operator, not as `f(…)`: for printing. */
	readonly infix: boolean;
}

export interface ArrayTerm extends Span {
	readonly kind: "array";
	readonly items: readonly Term[];
}

export interface SetTerm extends Span {
	readonly kind: "set";
	readonly items: readonly Term[];
}

export interface ObjectTerm extends Span {
	readonly kind: "object";
	readonly entries: readonly (readonly [Term, Term])[];
	/** As they are written, where keys are there more than once. */
	readonly written?: readonly (readonly [Term, Term])[];
}

export interface ArrayComprehension extends Span {
	readonly kind: "array-comprehension";
	readonly term: Term;
	readonly body: Body;
}

export interface SetComprehension extends Span {
	readonly kind: "set-comprehension";
	readonly term: Term;
	readonly body: Body;
}

export interface ObjectComprehension extends Span {
	readonly kind: "object-comprehension";
	readonly key: Term;
	readonly value: Term;
	readonly body: Body;
}

/** `$"text {expr}"`: literal text and expressions in order. */
export interface TemplateString extends Span {
	readonly kind: "template-string";
	readonly parts: readonly (string | Expr)[];
	/** Written with backquotes. */
	readonly raw: boolean;
}

export type Term =
	| Scalar
	| Var
	| Ref
	| Call
	| ArrayTerm
	| SetTerm
	| ObjectTerm
	| ArrayComprehension
	| SetComprehension
	| ObjectComprehension
	| TemplateString;

// --- expressions ---------------------------------------------------------------------------

export type Body = readonly Expr[];

/** One literal of a body: `[not] what [with target as value]*`. */
export interface Expr extends Span {
	readonly kind: "expr";
	readonly negated: boolean;
	readonly what: ExprKind;
	readonly with: readonly With[];
}

export type ExprKind = TermExpr | SomeDecl | Every | Logical | Block;

/** A term in expression position; a Call here may be `assign`, `eq`, a void builtin such as print … */
export interface TermExpr {
	readonly kind: "term-expr";
	readonly term: Term;
}

/** `some x, y`: symbols are vars. `some k, v in xs`: one symbol, a call of internal.member_2 or _3. */
export interface SomeDecl extends Span {
	readonly kind: "some";
	readonly symbols: readonly Term[];
}

/** `every k, v in domain { body }`. */
export interface Every extends Span {
	readonly kind: "every";
	readonly key: Term | undefined;
	readonly value: Term;
	readonly domain: Term;
	readonly body: Body;
}

/** `left and right`, `left or right` (future.keywords.and/or): each side a body of one or more expressions. */
export interface Logical extends Span {
	readonly kind: "logical";
	readonly op: "and" | "or";
	readonly left: Body;
	readonly right: Body;
	/** The side was written in braces: a body of its own, which may declare variables. */
	readonly leftBraces: boolean;
	readonly rightBraces: boolean;
}

/**
 * `{ body }` as an operand of not/and/or. Under `future.keywords.not` every negated expression is a
 * negated Block, which is what gives it the improved meaning; `braces` tells how it was written.
 */
export interface Block extends Span {
	readonly kind: "block";
	readonly body: Body;
	readonly braces: boolean;
}

export interface With extends Span {
	readonly kind: "with";
	/** Ref or Var: input…, data…, or a function. */
	readonly target: Term;
	readonly value: Term;
}

// --- modules -------------------------------------------------------------------------------

/** The language a module is written in. */
export type RegoVersion = "v0" | "v1";

/** A parsed module. */
export interface Module {
	readonly kind: "module";
	readonly source: Source;
	readonly package: Package;
	readonly imports: readonly Import[];
	readonly rules: readonly Rule[];
	readonly annotations: readonly Annotations[];
	readonly comments: readonly Comment[];
	/** Some tree in it is higher than the stack bears at every stage. */
	readonly deep?: boolean;
	/** Version it was parsed as; `import rego.v1` in a v0 module makes it "v1" in effect. */
	readonly regoVersion: RegoVersion;
}

/** path[0] is the var `data`; the others are string scalars. */
export interface Package extends Span {
	readonly kind: "package";
	readonly path: Ref;
}

export interface Import extends Span {
	readonly kind: "import";
	/** A Ref or Var starting at data, input, future or rego. */
	readonly path: Term;
	/** `as alias`, or "". */
	readonly alias: string;
}

export interface Rule extends Span {
	readonly kind: "rule";
	readonly default: boolean;
	readonly head: Head;
	/** Never empty: a bodiless rule has the single expression `true`. */
	readonly body: Body;
	readonly else: Rule | undefined;
	/** Whether a body was written; false for `p := 1`, `default …` and constants. */
	readonly hasBody: boolean;
}

/**
 * `ref(args) := value` or `ref contains key`.
 *   complete      p, p := v, a.b.c := v
 *   object        p[x] := v, a.b[x].c := v (any var or call in the ref past the name)
 *   set           p contains k; v0 `p[k] { … }`
 *   function      f(x) := v
 */
export interface Head extends Span {
	readonly kind: "head";
	/** terms[0] is a Var naming the rule. For v0 `p[k]` sets the key is in `key`, not in the ref. */
	readonly ref: Ref;
	readonly args: readonly Term[] | undefined;
	/** Set exactly for partial set (multi-value) rules. */
	readonly key: Term | undefined;
	/** Absent for partial sets; `true` (a generated scalar) where nothing was written. */
	readonly value: Term | undefined;
	/** `:=` rather than `=` or nothing. */
	readonly assign: boolean;
}

export interface Comment extends Span {
	readonly kind: "comment";
	/** Text after `#`. */
	readonly text: string;
}

/** A `# METADATA` block: the YAML after it, checked against OPA's schema of annotations. */
export interface Annotations extends Span {
	readonly kind: "annotations";
	readonly scope: "rule" | "document" | "package" | "subpackages";
	readonly title: string;
	readonly description: string;
	readonly entrypoint: boolean;
	readonly organizations: readonly string[];
	readonly authors: readonly { readonly name: string; readonly email: string }[];
	readonly relatedResources: readonly { readonly ref: string; readonly description: string }[];
	readonly schemas: readonly AnnotationSchema[];
	readonly labels: readonly (readonly [string, Value])[];
	readonly compile: { readonly unknowns: readonly Ref[]; readonly maskRule: Ref | undefined } | undefined;
	readonly custom: Value | undefined;
	/** Offset of the package clause or rule it is attached to, or -1. */
	readonly target: number;
}

export interface AnnotationSchema {
	readonly path: Ref;
	/** `schema.…` reference, or an inline JSON schema. */
	readonly schema: Ref | undefined;
	readonly definition: Value | undefined;
}

// --- factories -----------------------------------------------------------------------------

export function scalar(value: Value, start: number, end: number): Scalar {
	return { kind: "scalar", value, start, end };
}

export function variable(name: string, start: number, end: number): Var {
	return { kind: "var", name, start, end };
}

export function ref(terms: readonly Term[], start: number, end: number): Ref {
	return { kind: "ref", terms, start, end };
}

export function call(operator: Ref, args: readonly Term[], infix: boolean, start: number, end: number): Call {
	return { kind: "call", operator, args, infix, start, end };
}

export function arrayTerm(items: readonly Term[], start: number, end: number): ArrayTerm {
	return { kind: "array", items, start, end };
}

export function setTerm(items: readonly Term[], start: number, end: number): SetTerm {
	return { kind: "set", items, start, end };
}

export function objectTerm(entries: readonly (readonly [Term, Term])[], start: number, end: number): ObjectTerm {
	return { kind: "object", entries, start, end };
}

/** The list of the many expressions that have no `with`. */
export const noWiths: readonly With[] = [];

export function expr(what: ExprKind, negated: boolean, withs: readonly With[], start: number, end: number): Expr {
	return { kind: "expr", negated, what, with: withs, start, end };
}

export function termExpr(term: Term): TermExpr {
	return { kind: "term-expr", term };
}

// --- names ---------------------------------------------------------------------------------

/** `$0`, `$1` …: an anonymous `_`. */
export function isWildcard(name: string): boolean {
	return name.charCodeAt(0) === 36;
}

/** Dotted name of a ref of var and string scalars (`io.jwt.decode`), or undefined when it is not one. */
export function dottedName(r: Ref): string | undefined {
	const head = r.terms[0];
	if (head === undefined || head.kind !== "var") return undefined;
	let out = head.name;
	for (const t of r.terms.slice(1)) {
		if (t.kind !== "scalar" || typeof t.value !== "string") return undefined;
		out += `.${t.value}`;
	}
	return out;
}

/** The name that the head of a rule begins with. */
export function ruleName(rule: Rule): string {
	const head = rule.head.ref.terms[0];
	return head?.kind === "var" ? head.name : "";
}

export function isRegoV1Import(i: Import): boolean {
	return i.path.kind === "ref" && i.path.terms.length === 2 && dottedName(i.path) === "rego.v1";
}
