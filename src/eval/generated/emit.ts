/**
 * Plans to JavaScript: one function per rule or function, statements as nested loops and labelled
 * blocks, failure as a jump. The emitted text closes over K (constants), B (builtins) and R (the
 * runtime), and never contains anything of the policy but quoted literals (see code.ts).
 * Here are the program and its functions; emit-function.ts writes the body of one, emit-statements.ts and
 * emit-scans.ts its statements, emit-expressions.ts what they compute.
 */

import { at, at as elementAt, got } from "../../at.ts";
import { constantOf } from "../../plan/constant-rule.ts";
import { indexRules } from "../../plan/index-rules.ts";
import type { PlanLocation } from "../../plan/plan.ts";
import { fewCalls } from "../call-site.ts";
import { known } from "../selector.ts";
import { type Code, join, js, name } from "./code.ts";
import { CallPaths } from "./emit-call-paths.ts";
import { FunctionEmitter } from "./emit-function.ts";
import { emitIndexed } from "./emit-indexed.ts";
import { References } from "./emit-references.ts";

/** Where a function stands in the text of its program. */
export interface EmittedFunction {
	readonly line: number;
	readonly lines: number;
	readonly location: PlanLocation;
}
export class ProgramEmitter extends References {
	readonly #calls: CallPaths = new CallPaths(this.plan.funcs);

	/**
	 * Text of everything reachable from the roots: declarations, then the functions, whose lines it tells.
	 * `entries`: the roots that will be asked for by themselves.
	 */
	program(roots: readonly number[], entries: readonly number[], lines: EmittedFunction[] = []): Code {
		for (const root of roots) this.rule(root);
		const functions: Code[] = [];
		const indexes: number[] = [];
		for (let i = this.wanted.shift(); i !== undefined; i = this.wanted.shift()) {
			functions.push(this.#function(i));
			indexes.push(i);
		}
		for (const [index, slot] of this.memo) functions.push(this.#memoised(index, slot));
		for (const index of this.byKey) functions.push(this.#keyed(index));
		functions.push(...entries.map((i) => this.#entry(i)));
		const head: Code[] = [js`const equal = R.${this.does("json-equality") ? js`same` : js`equal`};`];
		for (const k of [...this.constants]) head.push(js`const ${name("k", k)} = K[${k}];`);
		for (const b of this.calledBuiltins) head.push(js`const ${name("b", b)} = B[${b}].eval;`);
		for (const i of this.indexes.keys()) head.push(js`const ${name("i", i)} = R.index(${i});`);
		for (const i of this.rows.keys()) head.push(js`const ${name("r", i)} = R.rows(${i});`);
		for (let q = 0; q < this.memberSites; q++) head.push(js`const ${name("q", q)} = new MemberSite();`);
		this.sites.forEach((kind, z) => {
			head.push(js`const ${name("z", z)} = new ${kind}();`);
		});
		this.resultSites.forEach((kind, w) => {
			head.push(js`const ${name("w", w)} = new ${kind}();`);
		});
		for (const x of this.patterns) head.push(js`const ${name("x", x)} = R.pattern(K[${x}]);`);
		const table = [...this.memo].map(([i, slot]) => js`[${i}, ${name("m", i)}, ${slot}]`);
		const calls = [...this.seen].map((i) => js`[${i}, ${name("f", i)}]`);
		// With the value where nothing needs to be evaluated.
		const starts = entries.map((i) => {
			const constant = constantOf(at(this.plan.funcs, i));
			const value = constant === undefined ? js`` : js`, ${this.constant(constant)}`;
			return js`[${i}, ${name("e", i)}${value}]`;
		});
		let line = head.length + 2;
		for (const [at, f] of functions.slice(0, indexes.length).entries()) {
			const count = f.text.split("\n").length;
			lines.push({ line, lines: count, location: elementAt(this.plan.funcs, indexes[at] as number).location });
			line += count;
		}
		return join(
			[
				js`"use strict";`,
				js`const { dot, storedDot, missing, equalNumber, compareValues, scanKeys, scanValue, baseValue, whole, conflict, RegoSet, ObjectBuilder, ObjectCollector, insertEntry, isObjectOf, isCollection, MemberSite, PartResults, LastResults, CallSite, GroupedScan, Groups, regexMatch, lookup, join, U, C, Q } = R;`,
				...head,
				...functions,
				...this.extra,
				js`return { rules: [${join(table, ", ")}], funcs: [${join(calls, ", ")}], entries: [${join(starts, ", ")}] };`,
			],
			"\n",
		);
	}

	/**
	 * A rule as a whole evaluation. Nothing it evaluates asks for it again, so it is not memoised; and the
	 * context is made here, beside the call, so that where the rule only reads from it, it is never made.
	 */
	#entry(index: number): Code {
		const func = at(this.plan.funcs, index);
		const constant = constantOf(func);
		const context = this.does("lazy-context") ? js`new C(o, v, d)` : js`new C(o, v, d, new Q(o))`;
		const evaluated = this.dataOnly.has(index)
			? js`R.kept(${context}, ${index}, ${name("f", index)})`
			: js`${name("f", index)}(${context})`;
		const value = constant === undefined ? evaluated : this.constant(constant);
		return js`function ${name("e", index)}(o, v, d) { return ${value}; }`;
	}

	#memoised(index: number, slot: number): Code {
		const shadow = this.shadowed.has(index)
			? js`if (c.shadowed !== undefined && c.shadowed.has(${index})) return R.shadow(c, ${index});`
			: js``;
		return js`function ${name("m", index)}(c) {${shadow}
const v = c.memo[${slot}];
if (v !== undefined) return v === U ? undefined : v;
const w = ${this.dataOnly.has(index) ? js`R.kept(c, ${index}, ${name("f", index)})` : js`${name("f", index)}(c)`};
c.memo[${slot}] = w === undefined ? U : w;
return w;
}`;
	}

	/** A rule at keys: all of it may be known. */
	#keyed(index: number): Code {
		const slot = got(this.memo, index);
		const shadow = this.shadowed.has(index)
			? js`if (c.shadowed !== undefined && c.shadowed.has(${index})) return R.within(R.shadow(c, ${index}), k, 0);`
			: js``;
		return js`function ${name("y", index)}(c, k) {${shadow}
const v = c.memo[${slot}];
if (v !== undefined) return v === U ? undefined : R.within(v, k, 0);
return R.ruleAt(c, ${index}, k);
}`;
	}

	/** A function, which may be left to be evaluated from an empty stack. */
	#function(index: number): Code {
		if (!this.cuts.has(index)) return this.#counted(index, name("f", index));
		const params = Array.from({ length: at(this.plan.funcs, index).arity }, (_, i) => name("a", i));
		const [head, args] = [join([js`c`, ...params], ", "), join(params, ", ")];
		const whole = name("j", index);
		return js`function ${name("f", index)}(${head}) { return c.options.deep === undefined ? ${whole}(${head}) : c.options.deep.call(c, ${index}, [${args}], (c, a) => ${whole}(c, ...a)); }
${this.#counted(index, whole)}`;
	}

	#counted(index: number, f: Code): Code {
		const func = at(this.plan.funcs, index);
		const params = Array.from({ length: func.arity }, (_, i) => name("a", i));
		const head = join([js`c`, ...params], ", ");
		const emitter = new FunctionEmitter(this, func);
		const ruleIndex = indexRules(func, {
			constants: this.plan.constants,
			builtin: (i) => known(this.builtins[i], this.mockedBuiltins.has(i)),
		});
		const body = ruleIndex === undefined ? emitter.emit() : emitIndexed(this, index, func, emitter, ruleIndex);
		if (emitter.scope.maxDepth > 200) {
			this.deep.add(index);
			return js`function ${f}(${head}) { return R.interpret(c, ${index}, [${join(params, ", ")}]); }`;
		}
		if (func.kind !== "function" || !this.does("call-results") || this.#calls.from(index) < manyPaths) {
			return js`function ${f}(${head}) {\n${body}\n}`;
		}
		const [g, site] = [name("g", index), this.site(js`CallSite`)];
		return js`function ${f}(${head}) { return ++${site}.calls <= ${fewCalls} ? ${g}(${head}) : ${site}.call(c, ${g}, [${join(params, ", ")}]); }
function ${g}(${head}) {\n${body}\n}`;
	}
}

/** Functions below which there are fewer paths of calls are not worth counting their calls. */
const manyPaths = 64;
