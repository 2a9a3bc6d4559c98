/**
 * The body of one function of a program: its definitions one after the other, and what becomes of their values: the
 * first is the answer, or all must agree, or all are collected.
 */
import { apart, branchesOf } from "../../plan/else-chain.ts";
import type { RuleIndex } from "../../plan/index-rules.ts";
import type { Definition, Func } from "../../plan/plan.ts";
import { conflictMessage } from "../frame.ts";
import { type Code, join, js, name } from "./code.ts";
import { ExpressionEmitter } from "./emit-expressions.ts";
import type { References } from "./emit-references.ts";
import { repeatedCalls } from "./emit-reuse.ts";
import { Scope } from "./emit-scope.ts";
import { type Sink, StatementEmitter } from "./emit-statements.ts";

export class FunctionEmitter {
	readonly program: References;
	readonly func: Func;
	readonly scope: Scope = new Scope(js`c`, js`return undefined;`);
	readonly expressions: ExpressionEmitter;
	readonly #statements: StatementEmitter;
	#definitions = 0;

	constructor(program: References, func: Func) {
		this.program = program;
		this.func = func;
		this.expressions = new ExpressionEmitter(program, this.scope, func.arity, (block, end) =>
			this.#statements.block(block, end),
		);
		this.#statements = new StatementEmitter(program, this.scope, this.expressions);
	}

	/** An emitter of the same program, for a function of its own. */
	another(func: Func): FunctionEmitter {
		return new FunctionEmitter(this.program, func);
	}

	/** What these definitions call more than once is kept. */
	#keepCalls(definitions: readonly Definition[]): void {
		const { program, func, expressions } = this;
		if (!program.does("kept-calls")) return;
		expressions.repeated = repeatedCalls(apart(definitions), func.arity, (b) => program.isKept(b));
	}

	emit(): Code {
		const { func, scope } = this;
		this.#keepCalls([...func.definitions, ...(func.default === undefined ? [] : [func.default])]);
		// Rules are evaluated once; calls may double at every level.
		if (func.kind === "function") scope.emit(js`if (c.limited) c.query.step(1);`);
		if (func.kind === "set" || func.kind === "object") this.#collecting();
		else if (func.sameValue === true) {
			for (const d of func.definitions) this.#stopping(d);
			this.#fallback();
		} else {
			const r = scope.temp();
			const message = conflictMessage(func);
			for (const d of func.definitions) {
				if (d.else === undefined) this.#keeping(d, r, message);
				else {
					const own = scope.temp();
					scope.emit(js`${own} = undefined;`);
					// A conflict is where the branch stands that has the value.
					this.#elseChain(d, own, message, (location) =>
						scope.emit(js`if (${own} !== undefined) {
if (${r} === undefined) ${r} = ${own};
else if (!equal(${r}, ${own})) throw conflict(c, ${message}, ${this.program.place(location)});
}`),
					);
				}
			}
			if (func.default === undefined) scope.emit(js`return ${r};`);
			else {
				scope.emit(js`if (${r} !== undefined) return ${r};`);
				this.#fallback();
			}
		}
		return scope.finish();
	}

	/** The body of a function for one definition of an indexed group. */
	emitOne(d: Definition): Code {
		const { func, scope } = this;
		this.#keepCalls([d]);
		if (func.kind === "set" || func.kind === "object") this.#collectDefinition(d, name("n", 0));
		else if (func.sameValue === true) this.#stopping(d);
		else {
			const r = scope.temp();
			this.#elseChain(d, r, conflictMessage(func));
			scope.emit(js`return ${r};`);
		}
		scope.emit(js`return undefined;`);
		return scope.finish();
	}

	/** The body of an indexed group: `call` gives the call of one definition. */
	emitIndexed(index: number, ruleIndex: RuleIndex, call: (i: Code) => Code): Code {
		const { func, scope, expressions } = this;
		const list = scope.temp();
		const i = scope.temp();
		const found = scope.temp();
		expressions.locals = (local) => name("a", local);
		if (ruleIndex.kind === "conditions") {
			const args = Array.from({ length: func.arity }, (_, a) => name("a", a));
			scope.emit(js`${list} = ${name("i", index)}.select(c, [${join(args, ", ")}]);`);
		} else {
			scope.emit(js`${list} = undefined;`);
			const label = scope.label();
			scope.nested(js`${label}: {`, js`break ${label};`, () => {
				const v = expressions.required(ruleIndex.on);
				const found = js`lookup(${name("i", index)}, ${v.code})`;
				// Strings are their own keys where no other key could be taken for one.
				const plain = [...ruleIndex.byKey.keys()].every((k) => typeof k !== "string" || k.charCodeAt(0) !== 0);
				const direct = js`typeof ${v.code} === "string" ? ${name("i", index)}.byKey.get(${v.code}) : ${found}`;
				scope.emit(js`${list} = ${plain ? direct : found};`);
			});
			scope.emit(js`if (${list} === undefined) ${list} = ${name("i", index)}.rest;`);
		}
		const loop = js`for (${i} = 0; ${i} < ${list}.length; ${i}++)`;
		const one = call(js`${list}[${i}]`);
		if (func.kind === "set" || func.kind === "object") {
			const isSet = func.kind === "set";
			scope.declare(name("n", 0));
			scope.emit(isSet ? js`${name("n", 0)} = new RegoSet();` : js`${name("n", 0)} = new ObjectCollector();`);
			scope.emit(js`${loop} ${one};`);
			scope.emit(this.#finished(name("n", 0)));
			return scope.finish();
		}
		if (func.sameValue === true) {
			scope.emit(js`${loop} {
${found} = ${one};
if (${found} !== undefined) return ${found};
}`);
		} else {
			const r = scope.temp();
			scope.emit(js`${r} = undefined;
${loop} {
${found} = ${one};
if (${found} === undefined) continue;
if (${r} === undefined) ${r} = ${found};
else if (!equal(${r}, ${found})) throw conflict(c, ${conflictMessage(func)}, R.locationOf(${index}, ${list}[${i}]));
}
if (${r} !== undefined) return ${r};`);
		}
		this.#fallback();
		return scope.finish();
	}

	#fallback(): void {
		const d = this.func.default;
		if (d !== undefined) this.#definition(d, { kind: "stop" });
		this.scope.emit(js`return undefined;`);
	}

	#stopping(d: Definition): void {
		for (const x of branchesOf(d)) this.#definition(x, { kind: "stop" });
	}

	#keeping(d: Definition, into: Code, message: string): void {
		this.#definition(d, { kind: "keep", into, message, location: d.location });
	}

	/** `after` follows each branch, with its place. */
	#elseChain(d: Definition, into: Code, message: string, after?: (location: number) => void): void {
		const branch = (b: Definition): void => {
			this.#keeping(b, into, message);
			after?.(b.location);
		};
		if (d.else === undefined) {
			branch(d);
			return;
		}
		// One after the other, not inside each other: there may be many.
		const { scope } = this;
		const label = scope.label();
		scope.nested(js`${label}: {`, scope.fail, () => {
			branchesOf(d).forEach((b, i) => {
				if (i > 0) scope.emit(js`if (${into} !== undefined) break ${label};`);
				branch(b);
			});
		});
	}

	#collecting(): void {
		const { func, scope } = this;
		const x = scope.temp();
		const isSet = func.kind === "set";
		scope.emit(isSet ? js`${x} = new RegoSet();` : js`${x} = new ObjectCollector();`);
		for (const d of func.definitions) this.#collectDefinition(d, x);
		scope.emit(this.#finished(x));
	}

	/** Returns what was collected: of a function of keys, what is at them. */
	#finished(collector: Code): Code {
		const all = this.func.kind === "set" ? collector : js`${collector}.finish()`;
		if (this.func.arity === 0) return js`return ${all};`;
		const keys = Array.from({ length: this.func.arity }, (_, i) => name("a", i));
		return js`return R.within(${all}, [${join(keys, ", ")}], 0);`;
	}

	#collectDefinition(d: Definition, into: Code): void {
		const { scope } = this;
		if (d.else === undefined) {
			this.#definition(d, { kind: "collect" }, into);
			return;
		}
		const before = scope.temp();
		const label = scope.label();
		scope.emit(js`${before} = c.query.yields;`);
		scope.nested(js`${label}: {`, scope.fail, () => {
			branchesOf(d).forEach((b, i) => {
				if (i > 0) scope.emit(js`if (c.query.yields !== ${before}) break ${label};`);
				this.#definition(b, { kind: "collect" }, into);
			});
		});
	}

	#definition(d: Definition, sink: Sink, collector?: Code): void {
		const { scope, expressions } = this;
		const prefix = this.#definitions++;
		expressions.locals = (local) => {
			if (local < this.func.arity) return name("a", local);
			return local === d.result && collector !== undefined ? collector : name("l", prefix, local);
		};
		for (let i = this.func.arity; i < d.locals; i++) {
			if (!(i === d.result)) scope.declare(name("l", prefix, i));
		}
		expressions.isParameter = (local) => local < this.func.arity;
		expressions.collector = d.result;
		const label = scope.label();
		scope.nested(js`${label}: {`, js`break ${label};`, () => this.#statements.body(d.body, sink));
	}
}
