/** Loops over collections: plain ones, and those that group the entries or make reads beforehand. */
import { type Grouping, groupingAt, isMadeOf } from "../../plan/groups.ts";
import { type Counts, countWrites } from "../../plan/locals.ts";
import type { Block, Expression, ScanStmt, Stmt } from "../../plan/plan.ts";
import { isStable } from "../../plan/stable.ts";
import { isPlainName } from "../../value/access.ts";
import type { Value } from "../../value/value.ts";
import { isPureOwn } from "../grouped-scan.ts";
import { type Code, join, js } from "./code.ts";
import type { ExpressionEmitter } from "./emit-expressions.ts";
import { fixedReads } from "./emit-hoist.ts";
import type { References } from "./emit-references.ts";
import { operand, type Scope } from "./emit-scope.ts";
import { slotOf } from "./emit-shapes.ts";

/** A scan whose next statement compares a read of the entry with a value from outside. */
interface Group {
	readonly inner: Expression;
	readonly outer: Expression;
}

function groupOf(scan: ScanStmt, next: Stmt | undefined, x: ExpressionEmitter): Group | undefined {
	if (next?.op !== "test" || next.value.op !== "equal" || scan.value < 0) return undefined;
	// The source must be the same in every turn of the loops around: no locals but parameters.
	if (!readsOnly(scan.source, (l) => x.isParameter(l))) return undefined;
	const { left, right } = next.value;
	const ofEntry = (e: Expression): boolean =>
		readsOnly(e, (l) => l === scan.value || l === scan.key) && !readsOnly(e, () => false);
	const outside = (e: Expression): boolean => readsOnly(e, (l) => l !== scan.value && l !== scan.key);
	if (ofEntry(left) && outside(right)) return { inner: left, outer: right };
	if (ofEntry(right) && outside(left)) return { inner: right, outer: left };
	return undefined;
}

/** Whether an expression only reads: input, data, constants and the locals allowed. */
function readsOnly(e: Expression, local: (l: number) => boolean): boolean {
	return isMadeOf(e, { local, documents: true, arrays: false, builtin: () => false });
}

export class ScanEmitter {
	readonly program: References;
	readonly scope: Scope;
	readonly expressions: ExpressionEmitter;

	constructor(program: References, scope: Scope, expressions: ExpressionEmitter) {
		this.program = program;
		this.scope = scope;
		this.expressions = expressions;
	}

	/** The scan at a place of its block; `rest` emits what follows, from a statement on. */
	scan(stmt: ScanStmt, block: Block, at: number, rest: (next: number) => void): void {
		const { program, scope, expressions } = this;
		const group = scope.loops > 0 && program.does("groups") ? groupOf(stmt, block[at + 1], expressions) : undefined;
		if (group !== undefined) {
			this.#scanGroup(stmt, group, expressions.counted(block, at + 2, stmt.value), () => rest(at + 2));
			return;
		}
		const grouping = this.#grouping(block, at);
		if (grouping !== undefined) this.#scanEntries(stmt, grouping, () => rest(at + 1));
		else this.#each(stmt, block.slice(at + 1), () => rest(at + 1));
	}

	/** Keys of a collection: null for an array (its indexes), the members of a set. */
	keys(source: Code, ordered: boolean, of: Expression): Code {
		const keys = this.scope.temp();
		this.scope.emit(js`${keys} = Array.isArray(${source}) ? null : scanKeys(${source}, ${ordered}, ${isStable(of)});`);
		return keys;
	}

	bindEntry(source: Code, keys: Code, i: Code, key: number, value: number): void {
		const { scope, expressions } = this;
		if (value >= 0) {
			expressions.bind(value, js`${keys} === null ? ${source}[${i}] : scanValue(${source}, ${keys}[${i}])`);
			scope.failIf(js`${expressions.local(value)} === undefined`);
		}
		expressions.bind(key, js`${keys} === null ? ${i} : ${keys}[${i}]`);
	}

	/** The array that a scan goes through, where the policy says it. */
	#constantArray(source: Expression): readonly Value[] | undefined {
		if (source.op !== "const" || slotOf(source.index) !== undefined) return undefined;
		const v = this.program.value(source.index);
		return Array.isArray(v) && this.program.does("known-types") ? v : undefined;
	}

	/** Makes the reads before a loop that its turns would repeat. */
	#hoist(stmt: ScanStmt, body: Block): void {
		const { program, scope, expressions } = this;
		if (!program.does("fixed-reads")) return;
		const written: Counts = new Map();
		countWrites([stmt, ...body], written);
		const isName = (constant: number): boolean => {
			const key = program.value(constant);
			return typeof key === "string" && isPlainName(key);
		};
		for (const read of fixedReads(body, (l) => !written.has(l), isName)) scope.share(expressions.expression(read));
	}

	#scanConstant(stmt: ScanStmt, list: readonly Value[], body: Block, rest: () => void): void {
		const { scope, expressions } = this;
		if (list.length === 0) {
			scope.emit(scope.fail);
			return;
		}
		this.#hoist(stmt, body);
		const source = expressions.required(stmt.source);
		const i = scope.temp();
		const label = scope.label();
		scope.nested(
			js`${label}: for (${i} = 0; ${i} < ${list.length}; ${i}++) {
if (c.limited) c.query.step(1);`,
			js`continue ${label};`,
			() => {
				if (stmt.value >= 0) {
					const local = expressions.local(stmt.value);
					scope.emit(js`${local} = ${source.code}[${i}];`);
					const string = list.every((v) => typeof v === "string");
					scope.learn(local, operand(local, { string }), false);
				}
				expressions.bind(stmt.key, i);
				rest();
			},
			true,
		);
	}

	#each(stmt: ScanStmt, body: Block, rest: () => void): void {
		const { scope, expressions } = this;
		const constant = this.#constantArray(stmt.source);
		if (constant !== undefined) {
			this.#scanConstant(stmt, constant, body, rest);
			return;
		}
		const source = scope.require(scope.hold(expressions.expression(stmt.source)));
		this.#hoist(stmt, body);
		const keys = this.keys(source.code, scope.ordered, stmt.source);
		const i = scope.temp();
		const n = scope.temp();
		const label = scope.label();
		scope.nested(
			js`${label}: for (${i} = 0, ${n} = ${keys} === null ? ${source.code}.length : ${keys}.length; ${i} < ${n}; ${i}++) {
if (c.limited) c.query.step(1);`,
			js`continue ${label};`,
			() => {
				this.bindEntry(source.code, keys, i, stmt.key, stmt.value);
				rest();
			},
			true,
		);
	}

	/** The grouping of a scan that is made again and again, in a loop. */
	#grouping(block: Block, at: number): Grouping | undefined {
		const { program, scope } = this;
		if (scope.loops === 0 || !program.does("groups")) return undefined;
		return groupingAt(block, at, (b) => isPureOwn(program.builtins[b]) && !program.mockedBuiltins.has(b));
	}

	/** A scan that looks at a group of the entries where the same collection has been met before. */
	#scanEntries(stmt: ScanStmt, grouping: Grouping, rest: () => void): void {
		const { scope, expressions, program } = this;
		const source = scope.require(scope.hold(expressions.expression(stmt.source)));
		const wanted = grouping.outer.map((e) => expressions.held(e).code);
		const [keyOf, entries, keys, i, n] = [scope.temp(), scope.temp(), scope.temp(), scope.temp(), scope.temp()];
		const bind = (key: Code, value: Code): void => {
			expressions.bind(stmt.key, key);
			expressions.bind(stmt.value, value);
		};
		scope.nested(js`${keyOf} = (k, x) => {`, js`return undefined;`, () => {
			bind(js`k`, js`x`);
			const parts = grouping.inner.map((e) => expressions.required(e).code);
			scope.emit(js`return [${join(parts, ", ")}];`);
		});
		const site = program.site(js`GroupedScan`);
		scope.emit(js`;${entries} = ${site}.entries(${scope.ctx}, ${source.code}, [${join(wanted, ", ")}], ${keyOf});
${keys} = ${entries} !== undefined || Array.isArray(${source.code}) ? null : scanKeys(${source.code}, ${scope.ordered}, ${isStable(stmt.source)});`);
		const label = scope.label();
		scope.nested(
			js`${label}: for (${i} = 0, ${n} = (${entries} ?? ${keys} ?? ${source.code}).length; ${i} < ${n}; ${i}++) {
if (c.limited) c.query.step(1);`,
			js`continue ${label};`,
			() => {
				scope.nested(js`if (${entries} !== undefined) {`, scope.fail, () =>
					bind(js`${entries}[${i}][0]`, js`${entries}[${i}][1]`),
				);
				scope.nested(js`else {`, scope.fail, () => this.bindEntry(source.code, keys, i, stmt.key, stmt.value));
				rest();
			},
		);
	}

	/**
	 * A scan in a loop that keeps only entries where a read of the entry equals a value from outside
	 * (`[x | some x in xs; x.group == g]`): the entries are grouped by that read once, and each turn of
	 * the outer loop scans its group, or only adds its size to a counter.
	 */
	#scanGroup(stmt: ScanStmt, group: Group, counter: Code | undefined, rest: () => void): void {
		const { scope, expressions } = this;
		const source = scope.require(scope.hold(expressions.expression(stmt.source)));
		const wanted = expressions.held(group.outer);
		const groups = scope.temp();
		const loop = scope.label();
		scope.nested(
			js`if (${groups} === undefined || ${groups}.source !== ${source.code}) {
${groups} = new Groups(${source.code});`,
			scope.fail,
			() => {
				const fill = scope.label();
				const keys = this.keys(source.code, scope.ordered, stmt.source);
				const i = scope.temp();
				const n = js`(${keys} === null ? ${source.code}.length : ${keys}.length)`;
				scope.nested(
					js`${fill}: for (${i} = 0; ${i} < ${n}; ${i}++) {
if (c.limited) c.query.step(1);`,
					js`continue ${fill};`,
					() => {
						this.bindEntry(source.code, keys, i, stmt.key, stmt.value);
						const key = expressions.required(group.inner);
						scope.emit(js`${groups}.add(${key.code}, ${keys} === null ? ${i} : ${keys}[${i}]);`);
					},
				);
			},
		);
		const list = scope.temp();
		scope.emit(js`${list} = ${groups}.get(${wanted.code});`);
		if (counter !== undefined) {
			scope.emit(js`if (c.limited) c.query.step(${list}.length);`);
			scope.emit(js`${counter} += ${list}.length;`);
			return;
		}
		const i = scope.temp();
		scope.nested(
			js`${loop}: for (${i} = 0; ${i} < ${list}.length; ${i}++) {
if (c.limited) c.query.step(1);`,
			js`continue ${loop};`,
			() => {
				expressions.bind(
					stmt.value,
					js`Array.isArray(${source.code}) ? ${source.code}[${list}[${i}]] : scanValue(${source.code}, ${list}[${i}])`,
				);
				expressions.bind(stmt.key, js`${list}[${i}]`);
				rest();
			},
		);
	}
}
