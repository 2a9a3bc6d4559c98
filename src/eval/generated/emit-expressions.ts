/** Expressions of a plan as JavaScript, and conditions: tests that jump on failure. */

import { at } from "../../at.ts";
import type { Block, Expression, Local, YieldEntryStmt } from "../../plan/plan.ts";
import { isStable, writtenFirst } from "../../plan/stable.ts";
import { isPlainName } from "../../value/access.ts";
import { assertNever, type Value } from "../../value/value.ts";
import { isEmptyObject } from "../listings.ts";
import { type Code, join, js, member } from "./code.ts";
import { emitBuiltin } from "./emit-builtins.ts";
import { equality } from "./emit-equality.ts";
import type { References } from "./emit-references.ts";
import { callText } from "./emit-reuse.ts";
import { literal, type Operand, operand, type Scope } from "./emit-scope.ts";

export class ExpressionEmitter {
	readonly program: References;
	readonly scope: Scope;
	/** Names of the definition's locals. */
	locals: (local: Local) => Code = () => js`undefined`;
	/** The definition's own collector, or -1. */
	collector: Local = -1;
	/** Texts of the calls that are made once (emit-reuse.ts), and the variables of their results. */
	repeated: ReadonlySet<string> = new Set();
	readonly #kept: Map<string, Code> = new Map();
	readonly #arity: number;
	readonly #block: (block: Block, end: () => void) => void;
	/** Collectors of comprehensions, by local: how to add to them. */
	readonly #into: Map<Local, "array" | "set" | "object" | "count"> = new Map();

	constructor(program: References, scope: Scope, arity: number, block: (block: Block, end: () => void) => void) {
		this.program = program;
		this.scope = scope;
		this.#arity = arity;
		this.#block = block;
	}

	/** The variable that keeps the result of a call; undefined where it is not kept. */
	kept(e: Extract<Expression, { op: "builtin" }>): Code | undefined {
		// In the body of a `with`, the documents are others.
		if (this.repeated.size === 0 || this.scope.ctx.text !== "c") return undefined;
		const text = callText(e, this.#arity);
		if (text === undefined || !this.repeated.has(text)) return undefined;
		const known = this.#kept.get(text) ?? this.scope.temp();
		this.#kept.set(text, known);
		return known;
	}

	local(local: Local): Code {
		return this.locals(local);
	}

	/** A local gets a value, where it is one: what nobody asks for has none. */
	bind(local: Local, value: Code): void {
		if (local >= 0) this.scope.emit(js`${this.local(local)} = ${value};`);
	}

	/** Parameters of the function: the first locals. */
	isParameter: (local: Local) => boolean = () => false;

	/** The expression as an operand known to be defined: fails otherwise. */
	required(e: Expression): Operand {
		return this.scope.require(this.expression(e));
	}

	/** As required, and cheap to repeat. */
	held(e: Expression): Operand {
		return this.scope.hold(this.required(e));
	}

	expression(e: Expression): Operand {
		const read = isStable(e) ? { ...this.#read(e), stable: true } : this.#read(e);
		return this.program.mayBeOverlay(e) ? operand(js`whole(${this.scope.hold(read).code})`) : read;
	}

	/** As expression; what it gives is only stepped into. */
	#read(e: Expression): Operand {
		const { program, scope } = this;
		switch (e.op) {
			case "const":
				return this.#constant(e.index);
			case "local":
				return scope.learned(this.local(e.local));
			case "input":
				return scope.known(operand(js`${scope.ctx}.input`));
			case "base": {
				const whole = js`baseValue(${scope.ctx}, [${join(
					e.path.map((p) => js`${p}`),
					", ",
				)}])`;
				if (!e.path.every(isPlainName)) return operand(whole);
				let code = js`${scope.ctx}.data`;
				for (const p of e.path) code = member(code, p);
				// A `with` may have put an object with keys of other types in its place.
				return scope.known(operand(js`(${code} ?? ${whole})`));
			}
			case "dot":
				return this.#dot(e);
			case "rule":
				return operand(js`${program.rule(e.func)}(${scope.ctx})`);
			case "rule-at": {
				const keys = e.keys.map((k) => this.required(k).code);
				return operand(js`${program.ruleAt(e.func)}(${scope.ctx}, [${join(keys, ", ")}])`);
			}
			case "document":
				program.document(e.path);
				return operand(
					js`R.document(${scope.ctx}, [${join(
						e.path.map((p) => js`${p}`),
						", ",
					)}])`,
				);
			case "document-keys":
			case "document-dot": {
				program.document(e.path);
				const path = [...e.path.map((p) => js`${p}`), ...e.keys.map((k) => this.required(k).code)];
				const list = js`[${join(path, ", ")}]`;
				if (e.op === "document-keys") return operand(js`R.documentKeys(${scope.ctx}, ${list})`, { defined: true });
				return operand(js`R.document(${scope.ctx}, ${list})`);
			}
			case "call": {
				const args = e.args.map((a) => this.required(a).code);
				const direct = js`${program.func(e.func)}(${join([scope.ctx, ...args], ", ")})`;
				if (!program.mockedFuncs.has(e.func)) return operand(direct);
				return operand(
					js`(${scope.ctx}.funcMocks === undefined ? ${direct} : R.callFunc(${scope.ctx}, ${e.func}, [${join(args, ", ")}], ${program.place(e.loc)}))`,
				);
			}
			case "builtin":
				return emitBuiltin(this, e);
			case "equal": {
				const left = this.required(e.left);
				const right = this.required(e.right);
				const [a, b] = writtenFirst(e.left, e.right, [left, right]);
				return operand(equality(scope, a, b), { defined: true, boolean: true });
			}
			case "array":
				return operand(
					js`[${join(
						e.items.map((i) => this.required(i).code),
						", ",
					)}]`,
					{ defined: true },
				);
			case "set":
				return operand(
					js`RegoSet.of([${join(
						e.items.map((i) => this.required(i).code),
						", ",
					)}])`,
					{ defined: true },
				);
			case "object":
				return this.#object(e);
			case "collect":
				return this.#collect(e);
			default:
				assertNever(e, "expression");
		}
	}

	#constant(index: number): Operand {
		const slot = this.program.slot(index);
		if (slot !== undefined) {
			const kind = this.program.shape?.kinds.get(slot.number);
			return { code: slot.code, defined: true, simple: true, ...(typeof kind === "string" ? { string: true } : {}) };
		}
		const v = this.program.value(index);
		if (v === null || typeof v === "boolean") return literal(v);
		if (typeof v === "number" && Number.isSafeInteger(v)) return literal(v);
		if (typeof v === "string" && v.length <= 256) return literal(v);
		return {
			code: this.program.constant(index),
			defined: true,
			simple: true,
			...(typeof v === "string" ? { string: true } : {}),
			...(isEmptyObject(v, false) ? { emptyObject: true } : {}),
			...(isShortList(v) && this.program.does("short-lists") ? { members: v } : {}),
		};
	}

	#dot(e: Extract<Expression, { op: "dot" }>): Operand {
		const { scope } = this;
		const step = e.stored === true ? js`storedDot` : js`dot`;
		if (e.key.op === "const") {
			const key = this.program.value(e.key.index);
			if (typeof key === "string" && isPlainName(key)) {
				const value = scope.share(this.#read(e.value));
				return scope.known(operand(js`(${member(value.code, key)} ?? missing(${value.code}, ${key}))`));
			}
			const value = scope.hold(this.#read(e.value));
			if (typeof key === "number" && Number.isSafeInteger(key) && key >= 0) {
				return operand(js`(Array.isArray(${value.code}) ? ${value.code}[${key}] : ${step}(${value.code}, ${key}))`);
			}
			return operand(js`${step}(${value.code}, ${this.#constant(e.key.index).code})`);
		}
		const value = scope.require(this.#read(e.value));
		return operand(js`${step}(${value.code}, ${this.required(e.key).code})`);
	}

	#object(e: Extract<Expression, { op: "object" }>): Operand {
		const names = e.entries.map(([k]) => (k.op === "const" ? this.program.value(k.index) : undefined));
		const plain =
			names.every((n): n is string => typeof n === "string" && n !== "__proto__") &&
			new Set(names).size === names.length;
		if (plain) {
			const entries = e.entries.map(([, v], i) => js`${at(names, i)}: ${this.required(v).code}`);
			return operand(js`({${join(entries, ", ")}})`, { defined: true });
		}
		const builder = this.scope.temp();
		this.scope.emit(js`${builder} = new ObjectBuilder();`);
		for (const [k, v] of e.entries) {
			const key = this.required(k).code;
			const value = this.required(v).code;
			this.scope.emit(js`${builder}.set(${key}, ${value});`);
		}
		return operand(js`${builder}.finish()`, { defined: true });
	}

	/** The length of an array comprehension that nothing else asks for. */
	counting(e: Extract<Expression, { op: "collect" }>): Operand {
		return this.#collect(e, "count");
	}

	/** The counter that gets one for each value of a scan, where that is all a block does from `at` on. */
	counted(block: Block, at: number, value: Local): Code | undefined {
		const only = block.length === at + 1 ? block[at] : undefined;
		if (only?.op !== "yield-member" || this.#into.get(only.into) !== "count") return undefined;
		return only.value.op === "local" && only.value.local === value ? this.local(only.into) : undefined;
	}

	#collect(e: Extract<Expression, { op: "collect" }>, how: "array" | "set" | "object" | "count" = e.into): Operand {
		const { scope } = this;
		const into = this.local(e.target);
		scope.emit(js`${into} = ${starts[how]};`);
		this.#into.set(e.target, how);
		const ordered = scope.ordered;
		scope.ordered = how === "array";
		const label = scope.label();
		scope.nested(js`${label}: {`, js`break ${label};`, () => this.#block(e.body, () => {}));
		scope.ordered = ordered;
		const result = scope.temp();
		scope.emit(e.into === "object" ? js`${result} = ${into}.finish();` : js`${result} = ${into};`);
		return operand(result, { defined: true, simple: true });
	}

	/** Adds a member to the array or set being collected. */
	add(into: Local, value: Operand): void {
		const target = this.local(into);
		const how = this.#into.get(into);
		if (how === "count") this.scope.emit(js`${target}++;`);
		else this.scope.emit(how === "array" ? js`${target}.push(${value.code});` : js`${target}.add(${value.code});`);
	}

	/** Inserts an entry into the object being collected. */
	insert(stmt: YieldEntryStmt): void {
		const { scope } = this;
		const path = stmt.path.map((p) => this.held(p).code);
		const value = this.required(stmt.value).code;
		const target = this.local(stmt.into);
		const ok =
			this.#into.get(stmt.into) === "object"
				? js`insertEntry(${target}, ${at(path, 0)}, ${value})`
				: js`(c.query.yields++, ${target}.insert([${join(path, ", ")}], ${value}, ${stmt.member}))`;
		scope.emit(js`if (!${ok}) throw conflict(c, ${"object keys must be unique"}, ${this.program.place(stmt.loc)});`);
	}
}

/** What a comprehension begins with. */
const starts = { array: js`[]`, set: js`new RegoSet()`, object: js`new ObjectBuilder()`, count: js`0` };

function isShortList(v: Value): v is readonly (string | boolean | null)[] {
	return Array.isArray(v) && v.length <= 8 && v.every((x) => x === null || /^(?:string|boolean)$/.test(typeof x));
}

/** Fails unless the expression is defined and not false. */
export function emitCondition(x: ExpressionEmitter, e: Expression): void {
	const { scope, program } = x;
	if (e.op === "const") {
		const v: Value = program.value(e.index);
		if (v === false) scope.emit(js`if (true) ${scope.fail}`);
		return;
	}
	const o = x.expression(e);
	if (o.boolean === true) {
		scope.failIf(js`!${o.code}`);
		return;
	}
	const held = scope.share(o);
	if (held.defined) scope.failIf(js`${held.code} === false`);
	else scope.failIf(js`${held.code} === undefined || ${held.code} === false`);
}
