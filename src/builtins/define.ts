/**
 * How a builtin is declared: one entry with OPA's name, category, signature and our one-sentence
 * description, and its body. The types of the body's operands follow from the signature, operand
 * checks and OPA's operand errors are derived from it, and so are the type checker's table,
 * capabilities and docs/builtins.md.
 *
 * A body receives checked operands and a BuiltinContext. It returns a value, or `undefined` for
 * "no result", or reports an error with `return ctx.error(…)`: that aborts under strict builtin
 * errors and is undefined otherwise, without an exception either way in the common, non-strict case.
 * Bodies never mutate operands.
 */
import { at } from "../at.ts";
import type { RegoSet } from "../value/collections.ts";
import {
	anyOf,
	anyType,
	arrayOf,
	booleanType,
	mapOf,
	nullType,
	numberType,
	objectOf,
	setOf,
	stringType,
	type Type,
	tuple,
} from "../value/types.ts";
import { isNumber, type NumberValue, type ObjectValue, type TypeName, typeName, type Value } from "../value/value.ts";
import type { AsyncHttpTransport, HttpCache, HttpTransport } from "./http/transport.ts";

declare const carried: unique symbol;

/** A static type that remembers, for TypeScript, which values it admits. */
export type TypeOf<V extends Value> = Type & { readonly [carried]?: V };

/** Constructors for signatures. */
export const t = {
	any: anyType as TypeOf<Value>,
	null: nullType as TypeOf<null>,
	boolean: booleanType as TypeOf<boolean>,
	number: numberType as TypeOf<NumberValue>,
	string: stringType as TypeOf<string>,
	array: <V extends Value>(of: TypeOf<V>): TypeOf<readonly V[]> => arrayOf(of) as TypeOf<readonly V[]>,
	/** Fixed elements, then `dynamic` ones. */
	tuple: (items: readonly Type[], dynamic?: Type): TypeOf<readonly Value[]> =>
		tuple(items, dynamic) as TypeOf<readonly Value[]>,
	set: (of: Type): TypeOf<RegoSet> => setOf(of) as TypeOf<RegoSet>,
	/** Any number of entries of these types. */
	map: (key: Type, value: Type): TypeOf<ObjectValue> => mapOf(key, value) as TypeOf<ObjectValue>,
	/** Named properties, then `dynamic` ones. */
	object: (
		props: readonly (readonly [string, Type])[],
		dynamic?: { readonly key: Type; readonly value: Type },
	): TypeOf<ObjectValue> =>
		objectOf(
			props.map(([key, value]) => ({ key, value })),
			dynamic,
		) as TypeOf<ObjectValue>,
	union: <T extends readonly TypeOf<Value>[]>(...of: T): TypeOf<ValueOf<T[number]>> =>
		anyOf(...of) as TypeOf<ValueOf<T[number]>>,
};

export type ValueOf<T> = T extends { readonly [carried]?: infer V } ? (V extends Value ? V : never) : Value;

/** One operand: name, type, and optionally a description for the docs. */
export type Arg = readonly [name: string, type: TypeOf<Value>, doc?: string];

type Operands<A extends readonly Arg[]> = { [I in keyof A]: ValueOf<A[I][1]> };

/** What a body may use of the world. Everything nondeterministic is fixed within one query. */
export interface BuiltinContext {
	/**
	 * Report a builtin error (`eval_builtin_error: <name>: <message>`). Returns undefined; throws under
	 * strict builtin errors.
	 */
	error(message: string): undefined;
	/** As error, with code eval_type_error: an operand of the wrong type. */
	typeError(message: string): undefined;
	/** Abort the whole query with a builtin error, whatever the mode. */
	fail(message: string): never;
	/** Whether this evaluation can wait for answers (evaluateAsync, decideAsync). */
	readonly canWait: boolean;
	/**
	 * What `ask` answers. In an evaluation that can wait it is asked once for each key, and a promise is waited
	 * for: the evaluation is then begun again. In others it is just called.
	 */
	awaited(key: string, ask: () => unknown): unknown;
	/** Abort the whole query whatever the mode (limits, cancellation). */
	halt(message: string): never;
	/** Nanoseconds since the epoch, one instant for the whole query. */
	nowNs(): bigint;
	/** Uniform random bytes; injectable. */
	randomBytes(length: number): Uint8Array;
	/** Values kept for this query, keyed by builtin and operands: nondeterministic results, compiled globs … */
	readonly queryCache: Map<string, unknown>;
	/** Append to the query's trace notes. */
	trace(message: string): void;
	/** Hand a print line (already joined) to the print hook. */
	print(line: string): void;
	/** Count work against the step limit: call in loops over attacker-sized data. */
	step(amount: number): void;
	/** What `opa.runtime()` returns. */
	readonly runtime: Value;
	/** Host permissions, e.g. http.send. Absent means refused. */
	readonly host: HostPermissions;
	/** Row and file of the call, where known (rego.metadata, error texts). */
	readonly location: string;
}

/** What a body may look at besides its operands, or change: members of its context. */
export type World =
	| "canWait"
	| "awaited"
	| "nowNs"
	| "randomBytes"
	| "trace"
	| "print"
	| "runtime"
	| "host"
	| "location";

/** What remains for a body that is pure: errors, limits, and what is kept for the query. */
export type PureContext = Omit<BuiltinContext, World>;

/** The context of what reads these. */
export type ContextWith<W extends World> = PureContext & Pick<BuiltinContext, W>;

/** The context of a body that reads these. Of the bodies that do not say what they read, all of it. */
type ContextOf<P extends boolean, W extends readonly World[]> = P extends true
	? PureContext
	: readonly World[] extends W
		? BuiltinContext
		: ContextWith<W[number]>;

/**
 * How a call may be written out in emitted text, in place of a call of the body: for the operands that it is usually
 * given, with the same results. What each kind says is in eval/generated/emit-builtins.ts.
 */
export type Shortcut =
	/** `x[method](y)`, of two strings. */
	| { readonly kind: "string-test"; readonly method: "startsWith" | "endsWith" | "includes" }
	/** `x operator y`, in OPA's order of values. */
	| { readonly kind: "comparison"; readonly operator: "<" | "<=" | ">" | ">=" }
	/** `x operator y`, of two numbers. */
	| { readonly kind: "arithmetic"; readonly operator: "+" | "-" }
	/** Whether x is of a type. */
	| { readonly kind: "type-test"; readonly type: "null" | "string" | "boolean" | "array" }
	/** `x != y` */
	| { readonly kind: "unequal" }
	/** The number of elements. */
	| { readonly kind: "length" }
	/** `x in y` */
	| { readonly kind: "member" }
	/** The strings of y, x between them. */
	| { readonly kind: "join" }
	/** Whether the regular expression x matches in y. */
	| { readonly kind: "match" };

/** What policies may reach outside; what is absent is refused. */
export interface HostPermissions {
	/** Synchronous transport for http.send; absent when the embedder did not allow it. */
	readonly httpSend?: HttpTransport | undefined;
	/** Transport for http.send in evaluateAsync and decideAsync, which block no thread; preferred there. */
	readonly httpSendAsync?: AsyncHttpTransport | undefined;
	/** Responses that http.send may keep between queries; absent means it keeps none. */
	readonly httpCache?: HttpCache | undefined;
	/** Synchronous host name lookup for net.lookup_ip_addr. */
	readonly lookupIpAddr?: ((name: string) => readonly string[]) | undefined;
}

/** The body as the engine calls it: operands unchecked, arity fixed. */
export type BuiltinBody = (ctx: BuiltinContext, ...operands: Value[]) => Value | undefined;

/** A builtin as define() makes it: its declaration and its body. */
export interface Builtin {
	readonly name: string;
	readonly category: string;
	/** Which entry of the package has it, `regoplan/builtins/<module>`; "" for an embedder's own. */
	readonly module: string;
	readonly doc: string;
	readonly args: readonly Arg[];
	/** Type of any number of further operands (`print`). */
	readonly variadic: Type | undefined;
	readonly result: Type | undefined;
	/** What the result is called where a call does not fit: `want: (x: number, y: number)`. */
	readonly resultName: string | undefined;
	readonly resultDoc: string;
	/** Operator spelling, e.g. `+`. */
	readonly infix: string | undefined;
	/** Rejected in v1 and strict mode. */
	readonly deprecated: boolean;
	/** Result depends on more than the operands; cached within a query. */
	readonly nondeterministic: boolean;
	/** Same result for the same operands, and nothing else happens: calls may be made ahead of time, or once. */
	readonly pure: boolean;
	/** What one that is not pure looks at, or changes. */
	readonly reads: readonly World[];
	/** Has a result for all operands. */
	readonly total: boolean;
	/** A call costs more than finding out whether its result is at hand. */
	readonly keep: boolean;
	readonly shortcut: Shortcut | undefined;
	/** What it needs that not every host has, for the documentation. */
	readonly needs: string;
	/** Produces any number of results (`walk`): eval returns an array of them. */
	readonly relation: boolean;
	/** First OPA version that had it. */
	readonly since: string;
	/** A plain function of an embedder's: a call has as many operands as it takes, and never one more for its result. */
	readonly plain?: true;
	/** Operand checks, then the body. */
	readonly eval: BuiltinBody;
	/** The body alone, for callers that know the operand types. */
	readonly unchecked: BuiltinBody;
}

/** What a body gives: a value of the declared type, as far as TypeScript can tell; anything where none is declared. */
type ResultOf<R> = R extends TypeOf<Value> ? ValueOf<R> : Value;

/**
 * A builtin as its author describes it to define(): OPA's name, signature, documentation, body, and how it may be
 * used.
 */
export interface BuiltinSpec<
	A extends readonly Arg[],
	R extends TypeOf<Value> | undefined,
	P extends boolean,
	W extends readonly World[],
> {
	/** Under which heading of the documentation it stands. Built modules for browsers have no documentation. */
	readonly category?: string;
	readonly args: A;
	readonly variadic?: Type;
	readonly result: R;
	readonly resultName?: string;
	readonly resultDoc?: string;
	readonly doc?: string;
	readonly infix?: string;
	readonly deprecated?: boolean;
	readonly nondeterministic?: boolean;
	/** Same result for the same operands, and nothing else happens. What is not declared pure is always called. */
	readonly pure?: P;
	/** What a builtin that is not pure looks at besides its operands, or changes. Default: anything. */
	readonly reads?: W;
	readonly total?: boolean;
	readonly keep?: boolean;
	readonly shortcut?: Shortcut | undefined;
	readonly needs?: string;
	readonly relation?: boolean;
	readonly since?: string;
	/**
	 * Leave operands unchecked: the body's own errors are OPA's (for builtins whose operand errors do
	 * not follow the common wording, and `*.is_valid`, which answer false).
	 */
	readonly unchecked?: boolean;
	readonly eval: (ctx: ContextOf<P, W>, ...operands: Operands<A>) => ResultOf<R> | undefined;
}

/** A result that OPA gives though its declaration, which is ours, says another type. */
export function undeclared(v: Value): never {
	return v as never;
}

/** Declares a builtin: operands follow from the signature, and are checked against it before the body sees them. */
export function define<
	const A extends readonly Arg[],
	R extends TypeOf<Value> | undefined,
	P extends boolean = false,
	const W extends readonly World[] = readonly World[],
>(name: string, spec: BuiltinSpec<A, R, P, W>): Builtin {
	// The operand checks below establish what the signature promises the body.
	const body = spec.eval as unknown as BuiltinBody;
	return {
		name,
		category: spec.category ?? "",
		module: "",
		doc: spec.doc ?? "",
		args: spec.args,
		variadic: spec.variadic,
		result: spec.result,
		resultName: spec.resultName,
		resultDoc: spec.resultDoc ?? "",
		infix: spec.infix,
		deprecated: spec.deprecated ?? false,
		nondeterministic: spec.nondeterministic ?? false,
		pure: spec.pure ?? false,
		reads: spec.reads ?? [],
		total: spec.total ?? false,
		keep: spec.keep ?? false,
		shortcut: spec.shortcut,
		needs: spec.needs ?? "",
		relation: spec.relation ?? false,
		since: spec.since ?? "",
		eval: spec.unchecked === true ? body : checked(spec.args, body),
		unchecked: body,
	};
}

/** Builtins of ours, told by the entry of the package that has them: whoever knows it may take shortcuts. */
export function ofModule(module: string, list: readonly Builtin[]): readonly Builtin[] {
	// In place: copying would read what stand-ins load late (lazy.ts).
	for (const b of list as readonly { module: string }[]) b.module = module;
	return list;
}

/** Wraps a body with the operand checks its signature implies, one wrapper per arity (no rest arrays). */
function checked(args: readonly Arg[], body: BuiltinBody): BuiltinBody {
	const checks = args.map((a, i) => operandCheck(a[1], i + 1));
	if (checks.every((c) => c === undefined)) return body;
	const [c0, c1, c2] = checks;
	switch (args.length) {
		case 1:
			return (ctx, a) => {
				const e = c0?.(a);
				return e === undefined ? body(ctx, a) : ctx.typeError(e);
			};
		case 2:
			return (ctx, a, b) => {
				const e = c0?.(a) ?? c1?.(b);
				return e === undefined ? body(ctx, a, b) : ctx.typeError(e);
			};
		case 3:
			return (ctx, a, b, c) => {
				const e = c0?.(a) ?? c1?.(b) ?? c2?.(c);
				return e === undefined ? body(ctx, a, b, c) : ctx.typeError(e);
			};
		default:
			return (ctx, ...operands) => {
				for (let i = 0; i < checks.length; i++) {
					const e = checks[i]?.(at(operands, i));
					if (e !== undefined) return ctx.typeError(e);
				}
				return body(ctx, ...operands);
			};
	}
}

type OperandCheck = (v: Value) => string | undefined;

/** A check for the outermost kind of a type, with OPA's wording; undefined for `any`. */
function operandCheck(type: Type, position: number): OperandCheck | undefined {
	const names = kindNames(type);
	if (names === undefined) return undefined;
	const only = names.length === 1 ? names[0] : undefined;
	if (only === "string") return (v) => (typeof v === "string" ? undefined : operandTypeError(position, v, names));
	if (only === "number") {
		return (v) => (typeof v === "number" || isNumber(v) ? undefined : operandTypeError(position, v, names));
	}
	return (v) => (names.includes(typeName(v)) ? undefined : operandTypeError(position, v, names));
}

/** The value kinds a type admits, in declaration order; undefined for any. */
function kindNames(type: Type): readonly TypeName[] | undefined {
	switch (type.kind) {
		case "any": {
			if (type.of.length === 0) return undefined;
			const out: TypeName[] = [];
			for (const m of type.of) {
				const names = kindNames(m);
				if (names === undefined) return undefined;
				for (const n of names) if (!out.includes(n)) out.push(n);
			}
			return out;
		}
		case "function":
		case "recursive":
		case "unknown":
			return undefined;
		default:
			return [type.kind];
	}
}

/** `operand 1 must be number but got string` / `operand 1 must be one of {array, set} but got …`. */
export function operandTypeError(position: number, got: Value, expected: readonly string[]): string {
	const want = expected.length === 1 ? expected[0] : `one of {${expected.join(", ")}}`;
	return `operand ${position} must be ${want} but got ${typeName(got)}`;
}

/** `operand 1 must be array of strings but got array containing number`. */
export function operandElementError(
	position: number,
	composite: Value,
	got: Value,
	expected: readonly string[],
): string {
	const kind = typeName(composite);
	const want = expected.length === 1 ? `${expected[0]}s` : `(any of) {${expected.join(", ")}}`;
	return `operand ${position} must be ${kind} of ${want} but got ${kind} containing ${typeName(got)}`;
}
