/** Statements of a plan as JavaScript: each encloses, or stands before, all that follows it. */

import { at as elementAt } from "../../at.ts";
import type { Block, Expression, Stmt, WithStmt } from "../../plan/plan.ts";
import { isLazyMock } from "../../plan/plan.ts";
import { assertNever } from "../../value/value.ts";
import { type Code, join, js } from "./code.ts";
import { type ExpressionEmitter, emitCondition } from "./emit-expressions.ts";
import type { References } from "./emit-references.ts";
import { ScanEmitter } from "./emit-scans.ts";
import { operand, type Scope } from "./emit-scope.ts";

/** What the end of a definition's path does. */
export type Sink =
	/** Return at once: every value would be the same. */
	| { readonly kind: "stop" }
	/** Keep the value in a variable; a second, different one is a conflict. */
	| { readonly kind: "keep"; readonly into: Code; readonly message: string; readonly location: number }
	| { readonly kind: "collect" };

/** An expression that only reads one value out of another: what it gives may be read again. */
function isRead(e: Expression): boolean {
	return e.op === "dot" || e.op === "base" || e.op === "input";
}

export class StatementEmitter {
	readonly program: References;
	readonly scope: Scope;
	readonly expressions: ExpressionEmitter;
	readonly #scans: ScanEmitter;
	#sink: Sink = { kind: "collect" };

	constructor(program: References, scope: Scope, expressions: ExpressionEmitter) {
		this.program = program;
		this.scope = scope;
		this.expressions = expressions;
		this.#scans = new ScanEmitter(program, scope, expressions);
	}

	/** A block, then whatever `end` emits. */
	block(block: Block, end: () => void): void {
		this.#block(block, 0, end);
	}

	/** The body of a definition: `sink` is what its value is for. */
	body(block: Block, sink: Sink): void {
		const outer = this.#sink;
		this.#sink = sink;
		this.#block(block, 0, () => {});
		this.#sink = outer;
	}

	/** Statements i … of a block, then whatever `end` emits: loops enclose all that follows them. */
	#block(block: Block, i: number, end: () => void): void {
		const { scope, expressions } = this;
		for (let at = i; at < block.length; at++) {
			const stmt = elementAt(block, at);
			const rest = (): void => this.#block(block, at + 1, end);
			switch (stmt.op) {
				case "let": {
					const local = expressions.local(stmt.local);
					const value = expressions.expression(stmt.value);
					scope.emit(js`${local} = ${value.code};`);
					if (!value.defined) scope.failIf(js`${local} === undefined`);
					if (this.program.does("known-types")) scope.learn(local, value, isRead(stmt.value));
					break;
				}
				case "test":
					emitCondition(expressions, stmt.value);
					break;
				case "not": {
					const label = scope.label();
					const fail = scope.fail;
					scope.nested(js`${label}: {`, js`break ${label};`, () => this.#block(stmt.body, 0, () => scope.emit(fail)));
					break;
				}
				case "once":
					this.#once(stmt.blocks);
					break;
				case "every":
					this.#every(stmt);
					break;
				case "scan": {
					this.#scans.scan(stmt, block, at, (next) => this.#block(block, next, end));
					return;
				}
				case "relation": {
					const results = scope.hold(
						expressions.expression({ op: "builtin", builtin: stmt.builtin, args: stmt.args, loc: stmt.loc }),
					);
					scope.failIf(js`!Array.isArray(${results.code})`);
					const i0 = scope.temp();
					const label = scope.label();
					scope.nested(
						js`${label}: for (${i0} = 0; ${i0} < ${results.code}.length; ${i0}++) {
if (c.limited) c.query.step(1);`,
						js`continue ${label};`,
						() => {
							scope.emit(js`${expressions.local(stmt.value)} = ${results.code}[${i0}];`);
							rest();
						},
						true,
					);
					return;
				}
				case "with":
					this.#with(stmt, rest);
					return;
				case "unpack-array": {
					const v = scope.hold(expressions.expression(stmt.value));
					scope.failIf(js`!Array.isArray(${v.code}) || ${v.code}.length !== ${stmt.elements.length}`);
					stmt.elements.forEach((local, n) => {
						expressions.bind(local, js`${v.code}[${n}]`);
					});
					break;
				}
				case "unpack-object": {
					const v = scope.hold(expressions.expression(stmt.value));
					scope.failIf(js`!isObjectOf(${v.code}, ${stmt.entries.length})`);
					for (const [key, local] of stmt.entries) {
						const x = scope.require(operand(js`dot(${v.code}, ${expressions.required(key).code})`));
						expressions.bind(local, x.code);
					}
					break;
				}
				case "print":
					throw new Error("prints are not for generated code");
				case "return":
					this.#return(expressions.required(stmt.value).code);
					return;
				case "yield-member": {
					const v = expressions.required(stmt.value);
					if (stmt.into === expressions.collector) scope.emit(js`c.query.yields++;`);
					expressions.add(stmt.into, v);
					break;
				}
				case "yield-entry":
					expressions.insert(stmt);
					break;
				case "yield-row":
					throw new Error("queries are not for generated code");
				default:
					assertNever(stmt, "statement");
			}
		}
		end();
	}

	#return(value: Code): void {
		const { scope } = this;
		const sink = this.#sink;
		if (sink.kind === "stop") scope.emit(js`return ${value};`);
		else if (sink.kind === "keep") {
			scope.emit(js`if (${sink.into} === undefined) ${sink.into} = ${value};
else if (!equal(${sink.into}, ${value})) throw conflict(c, ${sink.message}, ${this.program.place(sink.location)});`);
		}
	}

	/** Falls through on success of any block. */
	#once(blocks: readonly Block[]): void {
		const { scope } = this;
		const done = scope.label();
		const fail = scope.fail;
		scope.nested(js`${done}: {`, fail, () => {
			for (const block of blocks) {
				const label = scope.label();
				scope.nested(js`${label}: {`, js`break ${label};`, () =>
					this.#block(block, 0, () => scope.emit(js`break ${done};`)),
				);
			}
			scope.emit(fail);
		});
	}

	#every(stmt: Extract<Stmt, { op: "every" }>): void {
		const { scope, expressions } = this;
		const fail = scope.fail;
		const source = scope.require(scope.hold(expressions.expression(stmt.source)));
		scope.failIf(js`!isCollection(${source.code})`);
		const loop = scope.label();
		const keys = this.#scans.keys(source.code, false, stmt.source);
		const i = scope.temp();
		const n = js`(${keys} === null ? ${source.code}.length : ${keys}.length)`;
		scope.nested(
			js`${loop}: for (${i} = 0; ${i} < ${n}; ${i}++) {
if (c.limited) c.query.step(1);`,
			fail,
			() => {
				this.#scans.bindEntry(source.code, keys, i, stmt.key, stmt.value);
				const body = scope.label();
				scope.nested(js`${body}: {`, js`break ${body};`, () =>
					this.#block(stmt.body, 0, () => scope.emit(js`continue ${loop};`)),
				);
				scope.emit(fail);
			},
			true,
		);
	}
	#with(stmt: WithStmt, rest: () => void): void {
		const { scope, expressions } = this;
		const values = stmt.replacements.map((r) => {
			if (!("by" in r)) return expressions.required(r.value).code;
			if (!("value" in r.by)) return js`undefined`;
			return (isLazyMock(r) ? expressions.expression(r.by.value) : expressions.required(r.by.value)).code;
		});
		const outer = scope.ctx;
		const inner = scope.temp();
		scope.emit(js`${inner} = R.layer(${outer}, ${this.program.withStmt(stmt)}, [${join(values, ", ")}]);`);
		scope.ctx = inner;
		const label = scope.label();
		// A block of its own: what was read under the replacements is forgotten after it.
		scope.nested(js`${label}: {`, scope.fail, () =>
			this.#block(stmt.body, 0, () => {
				scope.ctx = outer;
				rest();
				scope.ctx = inner;
			}),
		);
		scope.ctx = outer;
	}
}
