/** Equality of two operands as JavaScript. */
import { type Code, join, js } from "./code.ts";
import type { Operand, Scope } from "./emit-scope.ts";

/** a == b as cheaply as what is known allows. */
export function equality(scope: Scope, a: Operand, b: Operand): Code {
	const lit = a.literal !== undefined ? a : b.literal !== undefined ? b : undefined;
	if (lit !== undefined) {
		const other = lit === a ? b : a;
		if (typeof lit.literal === "number") {
			const held = scope.hold(other);
			return js`(${held.code} === ${lit.code} || equalNumber(${held.code}, ${lit.code}))`;
		}
		return js`(${other.code} === ${lit.code})`;
	}
	if (a.string === true || b.string === true) return js`(${a.code} === ${b.code})`;
	if (a.emptyObject === true || b.emptyObject === true) {
		const other = a.emptyObject === true ? b : a;
		return js`R.isEmptyObject(${other.code}, ${other.stable === true})`;
	}
	const { members } = a.members !== undefined ? a : b;
	if (members !== undefined) {
		const list = scope.hold(a.members !== undefined ? b : a).code;
		const tests = members.map((m, i) => js`${list}[${i}] === ${m}`);
		return js`(${join([js`Array.isArray(${list})`, js`${list}.length === ${members.length}`, ...tests], " && ")})`;
	}
	const left = scope.hold(a);
	const right = scope.hold(b);
	return js`(${left.code} === ${right.code} || (typeof ${left.code} !== "string" && equal(${left.code}, ${right.code})))`;
}
