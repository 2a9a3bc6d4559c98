/**
 * The state of one query. A QueryState lives from the first rule to the answer: limits, caches,
 * prints, errors. An EvalContext is one layer of documents within it: `with` makes another layer
 * on top and hands it to the body, so nothing ever has to be restored.
 */
import type { BuiltinContext, HostPermissions } from "../builtins/define.ts";
import type { PlanLocation } from "../compiler/plan.ts";
import { RegoError } from "../errors.ts";
import type { Location } from "../location.ts";
import type { PlainObject, Value } from "../value/value.ts";

/** Marks a rule known to be undefined in the memo. */
export const UNDEFINED: unique symbol = Symbol.for("regoplan.undefined");

export type Memo = (Value | typeof UNDEFINED | undefined)[];

/** What replaces a function under `with`. */
export type Mock =
	| { readonly kind: "func"; readonly index: number }
	| { readonly kind: "builtin"; readonly index: number }
	| { readonly kind: "value"; readonly value: Value | undefined };

export interface Limits {
	/** Work units (loop turns, calls, builtin work); default none. */
	readonly steps?: number;
	/** Wall-clock milliseconds; default none. */
	readonly timeMs?: number;
}

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
	/** An earlier evaluation of the same question: its time, randomness and fetched documents are used again. */
	readonly pinned?: QueryState | undefined;
}

export class QueryState implements BuiltinContext {
	// Made when first needed: most decisions need none of them.
	#queryCache: Map<string, unknown> | undefined;
	#prints: PrintLine[] | undefined;
	#notes: string[] | undefined;
	#builtinErrors: RegoError[] | undefined;
	/** The builtin being called, for its error messages. */
	callName = "";
	callLoc: PlanLocation = -1;
	/** Successes of partial rules so far: tells an else branch whether its rule yielded. */
	yields = 0;
	/** Whether step() has anything to check. */
	readonly limited: boolean;
	/** Remaining steps. */
	#budget = 0;
	#deadline = 0;
	#sinceClock = 0;
	#now: bigint | undefined;
	readonly #options: QueryOptions;

	constructor(options: QueryOptions) {
		this.#options = options;
		const { limits, pinned } = options;
		if (pinned !== undefined) {
			this.#now = pinned.nowNs();
			this.#queryCache = pinned.queryCache;
		}
		if (limits === undefined) this.limited = false;
		else {
			this.limited = limits.steps !== undefined || limits.timeMs !== undefined;
			this.#budget = limits.steps ?? Number.POSITIVE_INFINITY;
			this.#deadline = limits.timeMs === undefined ? Number.POSITIVE_INFINITY : performance.now() + limits.timeMs;
		}
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
		if (this.#budget < 0) this.halt(`evaluation exceeded the limit of ${this.#options.limits?.steps} steps`);
		this.#sinceClock += amount;
		if (this.#sinceClock >= 1024) {
			this.#sinceClock = 0;
			if (performance.now() > this.#deadline) this.cancel("timeout");
		}
	}

	error(message: string): undefined {
		return this.#report("eval_builtin_error", message);
	}

	typeError(message: string): undefined {
		return this.#report("eval_type_error", message);
	}

	#report(code: "eval_builtin_error" | "eval_type_error", message: string): undefined {
		const e = new RegoError(code, `${this.callName}: ${message}`, this.locate(this.callLoc));
		if (this.#options.strictBuiltinErrors) throw e;
		this.#builtinErrors ??= [];
		// A loop over failing calls must not fill the memory.
		if (this.#builtinErrors.length < 1000) this.#builtinErrors.push(e);
		return undefined;
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
		this.#now ??= this.#options.host.nowNs();
		return this.#now;
	}

	randomBytes(length: number): Uint8Array {
		return this.#options.host.randomBytes(length);
	}

	trace(message: string): void {
		this.#notes ??= [];
		this.#notes.push(message);
	}

	print(line: string): void {
		const at = this.locate(this.callLoc);
		this.#prints ??= [];
		this.#prints.push({ file: at?.file ?? "", row: at?.row ?? 0, text: line });
	}

	get runtime(): Value {
		return this.#options.host.runtime;
	}

	get host(): HostPermissions {
		return this.#options.host.permissions;
	}

	get location(): string {
		const at = this.locate(this.callLoc);
		return at === undefined ? "" : `${at.file}:${at.row}`;
	}

	locate(loc: PlanLocation): Location | undefined {
		return loc < 0 ? undefined : this.#options.locate(loc);
	}
}

export class EvalContext {
	readonly query: QueryState;
	readonly input: Value | undefined;
	readonly data: PlainObject;
	readonly memo: Memo;
	/** The layer this one was made on; itself at the bottom. */
	readonly outer: EvalContext;
	readonly funcMocks: ReadonlyMap<number, Mock> | undefined;
	readonly builtinMocks: ReadonlyMap<number, Mock> | undefined;
	/** Rules hidden by `with data… as`. */
	readonly shadowed: ReadonlySet<number> | undefined;
	/** Paths given by `with data… as`, shortest first: rules at and below them do not exist. */
	readonly targets: readonly (readonly string[])[];

	constructor(
		query: QueryState,
		input: Value | undefined,
		data: PlainObject,
		memo: Memo,
		outer?: EvalContext,
		layer?: Layer,
	) {
		this.query = query;
		this.input = input;
		this.data = data;
		this.memo = memo;
		this.outer = outer ?? this;
		this.funcMocks = layer?.funcMocks;
		this.builtinMocks = layer?.builtinMocks;
		this.shadowed = layer?.shadowed;
		this.targets = layer?.targets ?? [];
	}
}

/** What a layer adds besides documents. */
export interface Layer {
	readonly funcMocks: ReadonlyMap<number, Mock> | undefined;
	readonly builtinMocks: ReadonlyMap<number, Mock> | undefined;
	readonly shadowed: ReadonlySet<number> | undefined;
	readonly targets: readonly (readonly string[])[];
}
