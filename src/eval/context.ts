/**
 * The state of one query. A QueryState lives from the first rule to the answer: limits, caches,
 * prints, errors. An EvalContext is one layer of documents within it: `with` makes another layer
 * on top and hands it to the body, so nothing ever has to be restored.
 */
import type { BuiltinContext, HostPermissions } from "../builtins/define.ts";
import { RegoError } from "../errors.ts";
import type { Location } from "../location.ts";
import type { PlanLocation } from "../plan/plan.ts";
import type { PlainObject, Value } from "../value/value.ts";
import type { Answers } from "./awaited.ts";
import { CallResults, type Results } from "./call-results.ts";
import type { CallSite } from "./call-site.ts";
import type { DeepCalls } from "./deep-calls.ts";
import type { GroupedScan, Met } from "./grouped-scan.ts";
import type { Kept } from "./kept.ts";
import { KnownByKey } from "./known-by-key.ts";
import { listed } from "./listings.ts";
import { TakesLong } from "./patience.ts";

/** Marks a rule known to be undefined in the memo. */
export const UNDEFINED: unique symbol = Symbol.for("regoplan.undefined");

/** A value as it is remembered: null is one, too. */
export function orUndefined(v: Value | undefined): Value | typeof UNDEFINED {
	return v === undefined ? UNDEFINED : v;
}

export type Memo = (Value | typeof UNDEFINED | undefined)[];

/** What replaces a function under `with`. */
export type Mock =
	| { readonly kind: "func"; readonly index: number }
	| { readonly kind: "builtin"; readonly index: number }
	| { readonly kind: "value"; readonly value: Value | undefined };

/** Bounds on an evaluation; one that reaches them ends with an eval_cancel_error. */
export interface Limits {
	/** Work units (loop turns, calls, builtin work); default none. */
	readonly steps?: number;
	/** Wall-clock milliseconds; default none. */
	readonly timeMs?: number;
}

/** A line that a policy printed, and where. */
export interface PrintLine {
	readonly file: string;
	readonly row: number;
	readonly text: string;
}

/** What the world gives to nondeterministic builtins; injectable for tests and replay. */
export interface Host {
	readonly nowNs: () => bigint;
	readonly randomBytes: (length: number) => Uint8Array;
	readonly runtime: Value;
	readonly permissions: HostPermissions;
}

export interface QueryOptions {
	readonly host: Host;
	readonly limits: Limits | undefined;
	readonly strictBuiltinErrors: boolean;
	readonly locate: (loc: PlanLocation) => Location | undefined;
	/** UTF-16 units of text that prints may have; more ends the evaluation. Default as many as there are. */
	readonly maxPrintText?: number | undefined;
	/** Values of rules that depend on base data only, which other decisions of the policy left. */
	readonly kept?: Kept | undefined;
	/** Milliseconds after which the evaluation ends with TakesLong, unless it has asked the world for something. */
	readonly patience?: number | undefined;
	/**
	 * The state of an earlier evaluation of the same question, whose time, randomness and fetched documents are used
	 * again.
	 */
	readonly pinned?: QueryState | undefined;
	/** How functions are called where the stack has not sufficed. */
	readonly deep?: DeepCalls | undefined;
	/** Answers that builtins may wait for; absent in an evaluation that cannot wait. */
	readonly answers?: Answers | undefined;
}

/** How many evaluations there have been. */
let evaluations = 0;

export class QueryState implements BuiltinContext {
	/** A number that no other evaluation has. */
	readonly id: number = ++evaluations;
	#callResults: CallResults | undefined;
	// Made when first needed: most decisions need none of them.
	#queryCache: Map<string, unknown> | undefined;
	#prints: PrintLine[] | undefined;
	/** What prints may still have. */
	printLeft: number = Number.POSITIVE_INFINITY;
	#notes: string[] | undefined;
	#builtinErrors: RegoError[] | undefined;
	/** How many errors of builtins there were. */
	errorCount = 0;
	/** The builtin being called, for its error messages. */
	callName = "";
	callLoc: PlanLocation = -1;
	/**
	 * How often partial rules have yielded so far. An else branch compares it with the count before its rule: if it
	 * grew, the rule yielded.
	 */
	yields = 0;
	/** Whether step() has anything to check. */
	readonly limited: boolean;
	/** Remaining steps. */
	#budget = 0;
	#deadline = 0;
	#patienceEnds: number = Number.POSITIVE_INFINITY;
	#sinceClock = 0;
	#now: bigint | undefined;
	readonly options: QueryOptions;

	constructor(options: QueryOptions) {
		this.options = options;
		const { limits, maxPrintText } = options;
		const first = options.deep?.first(this);
		const pinned = options.pinned ?? first;
		if (maxPrintText !== undefined) this.printLeft = maxPrintText;
		if (pinned !== undefined && pinned !== this) {
			this.#now = pinned.nowNs();
			this.#queryCache = pinned.queryCache;
		}
		if (limits === undefined && options.patience === undefined) this.limited = false;
		else {
			const now = performance.now();
			this.limited = limits?.steps !== undefined || limits?.timeMs !== undefined || options.patience !== undefined;
			this.#budget = limits?.steps ?? Number.POSITIVE_INFINITY;
			this.#deadline = limits?.timeMs === undefined ? Number.POSITIVE_INFINITY : now + limits.timeMs;
			if (first !== undefined && first !== this) this.#deadline = first.#deadline;
			if (options.patience !== undefined) this.#patienceEnds = now + options.patience;
		}
	}

	/** What a function answered in a context, where it is called often (call-site.ts). */
	resultsOf(c: EvalContext, site: CallSite): Results {
		this.#callResults ??= new CallResults();
		return this.#callResults.of(c, site);
	}

	/** What a place in a program knows of the collection it last met. */
	metAt(site: GroupedScan): Met | undefined {
		return this.#met?.get(site);
	}

	meet(site: GroupedScan, met: Met): void {
		this.#met ??= new Map();
		this.#met.set(site, met);
	}

	#met: Map<GroupedScan, Met> | undefined;

	#later: (() => void)[] | undefined;

	/** Definitions of functions that are evaluated when what called them has gone on (with prints only). */
	get later(): (() => void)[] {
		this.#later ??= [];
		return this.#later;
	}

	get queryCache(): Map<string, unknown> {
		this.#queryCache ??= new Map();
		return this.#queryCache;
	}

	get prints(): readonly PrintLine[] {
		return this.#prints ?? [];
	}

	/** Messages of trace(). */
	get notes(): readonly string[] {
		return this.#notes ?? [];
	}

	/** Builtin errors that made something undefined. */
	get builtinErrors(): readonly RegoError[] {
		return this.#builtinErrors ?? [];
	}

	step(amount: number): void {
		if (!this.limited) return;
		this.#budget -= amount;
		if (this.#budget < 0) this.halt(`evaluation exceeded the limit of ${this.options.limits?.steps} steps`);
		this.#sinceClock += amount;
		if (this.#sinceClock >= 1024) {
			this.#sinceClock = 0;
			const now = performance.now();
			if (now > this.#deadline) this.cancel("timeout");
			// What has been fetched is not fetched again.
			if (now > this.#patienceEnds && this.#queryCache === undefined) throw new TakesLong();
		}
	}

	error(message: string): undefined {
		return this.#report("eval_builtin_error", message);
	}

	typeError(message: string): undefined {
		return this.#report("eval_type_error", message);
	}

	#quiet = false;
	#failedQuietly = false;

	/** What f gives, and whether a builtin failed in it, which is not reported. */
	quietly<T>(f: () => T | undefined): readonly [T | undefined, boolean] {
		const outer = this.#quiet;
		this.#quiet = true;
		this.#failedQuietly = false;
		try {
			const v = f();
			return [v, this.#failedQuietly];
		} catch (e) {
			if (e instanceof RegoError && e.code === "eval_builtin_error") return [undefined, true];
			throw e;
		} finally {
			this.#quiet = outer;
		}
	}

	#report(code: "eval_builtin_error" | "eval_type_error", message: string): undefined {
		if (this.#quiet) {
			this.#failedQuietly = true;
			return undefined;
		}
		const e = new RegoError(code, `${this.callName}: ${message}`, this.locate(this.callLoc));
		if (this.options.strictBuiltinErrors) throw e;
		this.#builtinErrors ??= [];
		this.errorCount++;
		// A loop over failing calls must not fill the memory.
		if (this.#builtinErrors.length < 1000) this.#builtinErrors.push(e);
		return undefined;
	}

	fail(message: string): never {
		throw new RegoError("eval_builtin_error", `${this.callName}: ${message}`, this.locate(this.callLoc));
	}

	get canWait(): boolean {
		return this.options.answers !== undefined;
	}

	awaited(key: string, ask: () => unknown): unknown {
		const { answers } = this.options;
		return answers === undefined ? ask() : answers.get(key, ask);
	}

	halt(message: string): never {
		throw new RegoError("eval_cancel_error", message, this.locate(this.callLoc));
	}

	cancel(reason: string): never {
		throw new RegoError(
			"eval_cancel_error",
			`caller cancelled query execution${reason === "" ? "" : `: ${reason}`}`,
			this.locate(this.callLoc),
		);
	}

	nowNs(): bigint {
		this.#now ??= this.options.host.nowNs();
		return this.#now;
	}

	randomBytes(length: number): Uint8Array {
		return this.options.host.randomBytes(length);
	}

	trace(message: string): void {
		this.#notes ??= [];
		this.#notes.push(message);
	}

	print(line: string): void {
		if (this.printLeft <= 0) this.halt("the prints are too long");
		const text = line.length > this.printLeft ? `${line.slice(0, this.printLeft)}…` : line;
		this.printLeft -= text.length;
		const at = this.locate(this.callLoc);
		this.#prints ??= [];
		this.#prints.push({ file: at?.file ?? "", row: at?.row ?? 0, text });
	}

	/** Forgets the prints from one on. */
	printsFrom(from: number): void {
		if (this.#prints !== undefined) this.#prints.length = from;
	}

	/** Prints of an evaluation that is not done again. */
	printAgain(lines: readonly PrintLine[]): void {
		if (lines.length === 0) return;
		this.#prints ??= [];
		this.#prints.push(...lines);
	}

	get runtime(): Value {
		return this.options.host.runtime;
	}

	get host(): HostPermissions {
		return this.options.host.permissions;
	}

	get location(): string {
		const at = this.locate(this.callLoc);
		return at === undefined ? "" : `${at.file}:${at.row}`;
	}

	locate(loc: PlanLocation): Location | undefined {
		return loc < 0 ? undefined : this.options.locate(loc);
	}
}

/**
 * Most decisions read the input and base data and need nothing else of this, so it is small, what it
 * holds beyond them is made when first asked for, and emitted entries (emit.ts) make it where the
 * compiler of the host can see that it never leaves the function.
 */
export class EvalContext {
	readonly input: Value | undefined;
	readonly data: PlainObject;
	readonly options: QueryOptions;
	/** Whether there is anything to count steps against. */
	readonly limited: boolean;
	#query: QueryState | undefined;
	#memo: Memo | undefined;
	#byKey: Map<number, KnownByKey> | undefined;
	readonly #layer: Layer | undefined;

	/** A layer is given the query it belongs to. */
	constructor(
		options: QueryOptions,
		input: Value | undefined,
		data: PlainObject,
		query: QueryState | undefined = undefined,
		layer: Layer | undefined = undefined,
	) {
		if (listed.used && layer === undefined) listed.evaluation++;
		this.options = options;
		this.input = input;
		this.data = data;
		this.limited = options.limits !== undefined || options.patience !== undefined;
		// The time of a limited evaluation runs from its beginning.
		this.#query = query ?? (options.limits === undefined ? undefined : new QueryState(options));
		this.#memo = undefined;
		this.#byKey = undefined;
		this.#layer = layer;
	}

	get query(): QueryState {
		this.#query ??= new QueryState(this.options);
		return this.#query;
	}

	/** The query's state for a call of a builtin, which is noted for its error messages. */
	calling(name: string, loc: PlanLocation): QueryState {
		const { query } = this;
		query.callName = name;
		query.callLoc = loc;
		return query;
	}

	get memo(): Memo {
		this.#memo ??= [];
		return this.#memo;
	}

	/** Values of a rule by their keys. */
	knownByKey(rule: number): KnownByKey {
		this.#byKey ??= new Map();
		let known = this.#byKey.get(rule);
		if (known === undefined) {
			known = new KnownByKey();
			this.#byKey.set(rule, known);
		}
		return known;
	}

	/**
	 * What is kept of other decisions, where no `with` has replaced anything but the input. An evaluation that
	 * counts its steps counts them all.
	 */
	get kept(): Kept | undefined {
		if (this.options.limits?.steps !== undefined) return undefined;
		const layer = this.#layer;
		if (layer !== undefined) {
			const { funcMocks, builtinMocks, shadowed, targets } = layer;
			if (funcMocks !== undefined || builtinMocks !== undefined || shadowed !== undefined) return undefined;
			if (targets.length > 0) return undefined;
		}
		return this.options.kept;
	}

	/** How many errors of builtins there were. */
	get errorCount(): number {
		return this.#query === undefined ? 0 : this.#query.errorCount;
	}

	/** The same documents, of which nothing is known yet. */
	again(): EvalContext {
		return new EvalContext(this.options, this.input, this.data, this.query, this.#layer);
	}

	/** The context this one was made on; itself at the bottom. */
	get outer(): EvalContext {
		return this.#layer?.outer ?? this;
	}

	get funcMocks(): ReadonlyMap<number, Mock> | undefined {
		return this.#layer?.funcMocks;
	}

	get builtinMocks(): ReadonlyMap<number, Mock> | undefined {
		return this.#layer?.builtinMocks;
	}

	/** Rules hidden by `with data… as`. */
	get shadowed(): ReadonlySet<number> | undefined {
		return this.#layer?.shadowed;
	}

	/** Paths given by `with data… as`, shortest first: rules at and below them do not exist. */
	get targets(): readonly (readonly string[])[] {
		return this.#layer?.targets ?? [];
	}
}

/** What a layer adds besides documents. */
export interface Layer {
	readonly outer: EvalContext;
	readonly funcMocks: ReadonlyMap<number, Mock> | undefined;
	readonly builtinMocks: ReadonlyMap<number, Mock> | undefined;
	readonly shadowed: ReadonlySet<number> | undefined;
	readonly targets: readonly (readonly string[])[];
}
