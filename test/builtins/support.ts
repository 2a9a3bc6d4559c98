/**
 * Runs builtins outside the engine. `call` answers what a policy would see: the value, undefined, or
 * under strict errors the message with its code. `table` turns rows into tests; operands and wanted
 * values are Rego-like JSON texts parsed by `v`, so that spellings of numbers survive.
 */
import { expect, test } from "vitest";
import type { Builtin, BuiltinContext } from "../../src/builtins/define.ts";
import { LimitError } from "../../src/limit-error.ts";
import { RegoObject, RegoSet } from "../../src/value/collections.ts";
import { parseJson } from "../../src/value/json.ts";
import { termText } from "../../src/value/term-text.ts";
import { isArray, isObject, isSet, type Value } from "../../src/value/value.ts";

export class TestBuiltinError extends Error {
	readonly code: string;

	constructor(code: string, message: string) {
		super(message);
		this.code = code;
	}
}

export interface TestContext extends BuiltinContext {
	readonly notes: string[];
	readonly printed: string[];
	steps: number;
}

export interface ContextOptions {
	readonly strict?: boolean;
	/** Halts once more steps are taken. */
	readonly maxSteps?: number;
}

export function testContext(options: ContextOptions = {}): TestContext {
	const fail = (code: string, message: string): undefined => {
		if (options.strict === true) throw new TestBuiltinError(code, message);
		return undefined;
	};
	const ctx: TestContext = {
		notes: [],
		printed: [],
		steps: 0,
		error: (message) => fail("eval_builtin_error", message),
		typeError: (message) => fail("eval_type_error", message),
		fail: (message) => {
			throw new TestBuiltinError("eval_builtin_error", message);
		},
		canWait: false,
		awaited: (_key, ask) => ask(),
		halt: (message) => {
			throw new TestBuiltinError("halt", message);
		},
		nowNs: () => 1_700_000_000_000_000_000n,
		randomBytes: (length) => new Uint8Array(length),
		queryCache: new Map(),
		trace: (message) => void ctx.notes.push(message),
		print: (line) => void ctx.printed.push(line),
		step: (amount) => {
			ctx.steps += amount;
			if (ctx.steps > (options.maxSteps ?? Number.POSITIVE_INFINITY)) ctx.halt("step limit");
		},
		runtime: {},
		host: {},
		location: "test.rego:1",
	};
	return ctx;
}

export interface Outcome {
	readonly value?: Value | undefined;
	readonly code?: string;
	readonly message?: string;
}

export function call(b: Builtin, args: readonly Value[], options: ContextOptions = {}): Outcome {
	try {
		return { value: b.eval(testContext({ strict: true, ...options }), ...args) };
	} catch (e) {
		if (e instanceof TestBuiltinError) return { code: e.code, message: e.message };
		// What ends a query (src/eval/runtime.ts).
		if (e instanceof LimitError || e instanceof RangeError) return { code: "halt", message: e.message };
		throw e;
	}
}

/** A value from JSON, in which `{"$set": [...]}` is a set and `{"$object": [[k, v]]}` an object with any keys. */
export function v(text: string): Value {
	return untag(parseJson(text));
}

function untag(x: Value): Value {
	if (isArray(x)) return x.map(untag);
	if (!isObject(x) || x instanceof RegoObject) return x;
	const set = x["$set"];
	if (set !== undefined) return RegoSet.of((set as readonly Value[]).map(untag));
	const entries = x["$object"];
	if (entries !== undefined) {
		const out = new RegoObject();
		for (const [k, item] of entries as readonly (readonly [Value, Value])[]) out.set(untag(k), untag(item));
		return out;
	}
	const out: { [key: string]: Value } = Object.create(null);
	for (const k of Object.keys(x)) {
		Object.defineProperty(out, k, {
			value: untag(x[k] as Value),
			enumerable: true,
			writable: true,
			configurable: true,
		});
	}
	return out;
}

/** The text by which results are compared: spellings of numbers count, order of sets does not. */
export function shown(x: Value | undefined): string {
	return x === undefined ? "undefined" : termText(x);
}

export interface Row {
	readonly note?: string;
	readonly args: readonly string[];
	/** Wanted value as termText prints it (OPA's own notation), or "undefined". */
	readonly want?: string;
	/** `code: message` under strict errors; without them the result is undefined. */
	readonly wantError?: string;
}

export function table(builtins: readonly Builtin[], name: string, rows: readonly Row[]): void {
	const b = builtins.find((x) => x.name === name);
	if (b === undefined) throw new Error(`no builtin ${name}`);
	for (const row of rows) {
		test(`${name}(${row.args.join(", ")})${row.note === undefined ? "" : ` ${row.note}`}`, () => {
			const args = row.args.map(v);
			const before = args.map(shown);
			const got = call(b, args);
			if (row.wantError === undefined) {
				expect(got.code === undefined ? shown(got.value) : `${got.code}: ${got.message}`).toBe(row.want);
			} else {
				expect(`${got.code}: ${got.message}`).toBe(row.wantError);
				if (got.code !== "halt") expect(b.eval(testContext(), ...args)).toBeUndefined();
			}
			expect(args.map(shown)).toEqual(before);
		});
	}
}

/** Sets inside a value, for tests that must look at members. */
export function members(x: Value | undefined): readonly Value[] {
	return x !== undefined && isSet(x) ? x.sorted() : [];
}
