/**
 * Calls of builtins as JavaScript. The common ones are written out for the operand types they are
 * usually given; anything else goes to the builtin itself, which knows all of OPA's rules. So a
 * shortcut here may be missing, but never differ.
 */

import { at } from "../../at.ts";
import type { Builtin, Shortcut } from "../../builtins/define.ts";
import type { Expression } from "../../plan/plan.ts";
import { writtenFirst } from "../../plan/stable.ts";
import { isWellFormed } from "../../value/utf8.ts";
import { assertNever } from "../../value/value.ts";
import { type Code, join, js } from "./code.ts";
import { equality } from "./emit-equality.ts";
import type { ExpressionEmitter } from "./emit-expressions.ts";
import { type Operand, operand } from "./emit-scope.ts";

type BuiltinExpression = Extract<Expression, { op: "builtin" }>;

/** Writes out a shortcut: the operands are held; `general` is the call of the builtin itself. */
type WriteOut = (
	x: ExpressionEmitter,
	args: readonly Operand[],
	general: Code,
	e: BuiltinExpression,
) => Operand | undefined;

export function emitBuiltin(x: ExpressionEmitter, e: BuiltinExpression): Operand {
	const { program, scope } = x;
	const builtin = program.builtins[e.builtin];
	if (builtin === undefined) throw new Error(`plan has no builtin ${e.builtin}`);
	const own = builtin.module === "" || program.mockedBuiltins.has(e.builtin);
	const [first, second] = e.args;
	if (builtin.shortcut?.kind === "length" && !own && first?.op === "collect" && first.into === "array") {
		if (program.does("counting")) return x.counting(first);
	}
	const ctx = scope.ctx;
	const call = (codes: readonly Code[]): Code =>
		js`${program.builtin(e.builtin)}(${join([js`${ctx}.calling(${builtin.name}, ${program.place(e.loc)})`, ...codes], ", ")})`;
	if (
		builtin.shortcut?.kind === "join" &&
		!own &&
		first !== undefined &&
		second?.op === "array" &&
		program.does("joins")
	) {
		const { items } = second;
		if (items.length > 0 && items.length <= 8) {
			const by = x.held(first);
			const list = items.map((i) => x.held(i));
			return keep(x, e, builtin, ofPart(x, e, joinedItems(x, by, list, call), [first, ...items], [by, ...list]));
		}
	}
	const args = e.args.map((a) => x.held(a));
	const codes = args.map((a) => a.code);
	const general = call(codes);
	if (program.mockedBuiltins.has(e.builtin)) {
		return operand(
			js`(${ctx}.builtinMocks === undefined ? ${general} : R.callBuiltin(${ctx}, ${e.builtin}, [${join(codes, ", ")}], ${program.place(e.loc)}))`,
		);
	}
	// Shortcuts are for our own builtins: one that the embedder puts in their place is called.
	if (builtin.module === "") return operand(general);
	const made = (builtin.shortcut && writeOut(builtin.shortcut)(x, args, general, e)) ?? operand(general);
	return keep(x, e, builtin, ofPart(x, e, made, e.args, args));
}

/** A call that is made once for each part of the policy: its result, where that is at hand. `held` are its operands. */
function ofPart(
	x: ExpressionEmitter,
	e: BuiltinExpression,
	call: Operand,
	operands: readonly Expression[],
	held: readonly Operand[],
): Operand {
	const by = x.program.keptBy(e);
	if (by === undefined) return call;
	const site = x.program.resultSite(by);
	const code = (o: Expression): Code => at(held, operands.indexOf(o)).code;
	const parts = by.other === undefined ? code(by.part) : js`${code(by.part)}, ${code(by.other)}`;
	const t = x.scope.temp();
	// What is limited is counted by the builtin.
	const found = js`(${x.scope.ctx}.limited ? undefined : ${site}.get(${parts}))`;
	return { ...call, code: js`((${t} = ${found}) === undefined ? ${site}.put(${parts}, ${call.code}) : ${t})` };
}

/** A call with what is known of its result; in a variable, where it would be made again. */
function keep(x: ExpressionEmitter, e: BuiltinExpression, builtin: Builtin, call: Operand): Operand {
	const isString = builtin.result?.kind === "string" && x.program.does("known-types");
	const known = isString ? { ...call, string: true } : call;
	const kept = x.kept(e);
	if (kept === undefined) return known;
	x.scope.emit(js`if (${kept} === undefined) ${kept} = ${call.code};`);
	return { ...known, code: kept, simple: true };
}

/** Concat of an array that is written out. What is limited is left to the builtin, which counts. */
function joinedItems(
	x: ExpressionEmitter,
	by: Operand,
	list: readonly Operand[],
	call: (codes: readonly Code[]) => Code,
): Operand {
	const general = call([
		by.code,
		js`[${join(
			list.map((i) => i.code),
			", ",
		)}]`,
	]);
	const parts = list.flatMap((i, n) => (n === 0 ? [i] : [by, i]));
	const text = parts.slice(1).reduce((sum, i) => js`${sum} + ${i.code}`, at(parts, 0).code);
	const lengths = parts.map((i) => (typeof i.literal === "string" ? js`${i.literal.length}` : js`${i.code}.length`));
	const length = lengths.slice(1).reduce((sum, n) => js`${sum} + ${n}`, at(lengths, 0));
	const tests = all([js`!c.limited`, ...[by, ...list].map(isString), js`${length} <= ${maxJoined}`]);
	// Bytes of no character may have become one side by side.
	const joined = x.scope.temp();
	return operand(js`(${tests} && (${joined} = ${text}).isWellFormed() ? ${joined} : ${general})`);
}

/** Longer strings than this are joined by the builtin, which knows how long they may be. */
const maxJoined = 1 << 20;

function isString(o: Operand): Code | undefined {
	return o.string === true ? undefined : js`typeof ${o.code} === "string"`;
}

/** Conditions joined; true where there is nothing left to test. */
function all(tests: readonly (Code | undefined)[]): Code {
	const left = tests.filter((t): t is Code => t !== undefined);
	return left.length === 0 ? js`true` : join(left, " && ");
}

/** A string method of both operands, for string operands. */
function stringTest(method: Code): WriteOut {
	return (_x, [a, b], general) => {
		if (a === undefined || b === undefined) return undefined;
		// Bytes of no character may also be part of one, which the builtin finds.
		const plain = js`${a.code}.${method}(${b.code})`;
		const whole = typeof b.literal === "string" && isWellFormed(b.literal);
		const found = whole ? plain : js`${plain} || (!${b.code}.isWellFormed() && ${general})`;
		return operand(js`(${all([isString(a), isString(b)])} ? ${found} : ${general})`);
	};
}

function comparison(op: Code): WriteOut {
	return (_x, [a, b]) => {
		if (a === undefined || b === undefined) return undefined;
		return operand(
			js`(typeof ${a.code} === "number" && typeof ${b.code} === "number" ? ${a.code} ${op} ${b.code} : compareValues(${a.code}, ${b.code}) ${op} 0)`,
			{ defined: true, boolean: true },
		);
	};
}

function arithmetic(op: Code): WriteOut {
	return (x, [a, b], general) => {
		if (a === undefined || b === undefined) return undefined;
		const t = x.scope.temp();
		return operand(
			js`(typeof ${a.code} === "number" && typeof ${b.code} === "number" && Number.isSafeInteger(${a.code}) && Number.isSafeInteger(${b.code}) && Number.isSafeInteger(${t} = ${a.code} ${op} ${b.code}) ? ${t} : ${general})`,
		);
	};
}

function typeTest(test: (o: Code) => Code): WriteOut {
	return (_x, [a]) => (a === undefined ? undefined : operand(test(a.code), { defined: true, boolean: true }));
}

function writeOut(shortcut: Shortcut): WriteOut {
	switch (shortcut.kind) {
		case "string-test":
			return stringTest(stringMethods[shortcut.method]);
		case "comparison":
			return comparison(comparisons[shortcut.operator]);
		case "arithmetic":
			return arithmetic(shortcut.operator === "+" ? js`+` : js`-`);
		case "type-test":
			return typeTest(typeTests[shortcut.type]);
		case "unequal":
			return unequal;
		case "length":
			return length;
		case "member":
			return member;
		case "join":
			return joinedList;
		case "match":
			return match;
		default:
			return assertNever(shortcut, "shortcut");
	}
}

/** What a declaration says becomes text only by these tables. */
const stringMethods = { startsWith: js`startsWith`, endsWith: js`endsWith`, includes: js`includes` };
const comparisons = { "<": js`<`, "<=": js`<=`, ">": js`>`, ">=": js`>=` };
const typeTests = {
	null: (a: Code): Code => js`(${a} === null)`,
	string: (a: Code): Code => js`(typeof ${a} === "string")`,
	boolean: (a: Code): Code => js`(typeof ${a} === "boolean")`,
	array: (a: Code): Code => js`Array.isArray(${a})`,
};

const unequal: WriteOut = (x, [a, b], _general, e) => {
	if (a === undefined || b === undefined) return undefined;
	const [first, second] = writtenFirst(at(e.args, 0), at(e.args, 1), [a, b]);
	return operand(js`!${equality(x.scope, first, second)}`, { defined: true, boolean: true });
};

const length: WriteOut = (_x, [a], general) =>
	a === undefined
		? undefined
		: operand(
				js`(Array.isArray(${a.code}) ? ${a.code}.length : ${a.code} === "" ? 0 : R.sizeOfPlain(${a.code}, ${a.stable === true}) ?? ${general})`,
			);

const joinedList: WriteOut = (x, [delimiter, list], general) =>
	delimiter === undefined || list === undefined || !x.program.does("joins")
		? undefined
		: operand(js`((c.limited ? undefined : join(${delimiter.code}, ${list.code})) ?? ${general})`);

const member: WriteOut = ({ program }, [a, b], general, e) => {
	if (a === undefined || b === undefined) return undefined;
	const from = e.args[1]?.op;
	// Arrays of the policy and of base data never change: those may be indexed.
	if ((from === "const" || from === "base") && program.does("member-index")) {
		return operand(
			js`(Array.isArray(${b.code}) ? ${program.memberSite()}.has(${b.code}, ${a.code}) : ${b.code} instanceof RegoSet ? ${b.code}.has(${a.code}) : ${general})`,
		);
	}
	return operand(js`(${b.code} instanceof RegoSet ? ${b.code}.has(${a.code}) : ${general})`);
};

const match: WriteOut = (x, [a, b], general, e) => {
	if (a === undefined || b === undefined) return undefined;
	const pattern = e.args[0];
	if (pattern?.op === "const" && typeof x.program.value(pattern.index) === "string") {
		const p = x.program.pattern(pattern.index);
		return operand(js`(${p} !== undefined && ${all([isString(b)])} ? ${p}.test(${b.code}) : ${general})`);
	}
	return operand(
		js`(${all([isString(a), isString(b)])} ? regexMatch(${a.code}, ${b.code}) ?? ${general} : ${general})`,
	);
};
