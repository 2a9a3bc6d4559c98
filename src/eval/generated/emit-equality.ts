/** Equality of two operands as JavaScript. */
import { type Code, join, js } from "./code.ts";
import type { Operand, Scope } from "./emit-scope.ts";

/** a == b as cheaply as what is known allows. What is written in the policy comes first (writtenFirst). */
export function equality(scope: Scope, a: Operand, b: Operand): Code {
	if (a.literal !== undefined) {
		if (typeof a.literal === "number") {
			const held = scope.hold(b);
			return js`(${held.code} === ${a.code} || equalNumber(${held.code}, ${a.code}))`;
		}
		return js`(${b.code} === ${a.code})`;
	}
	if (a.string === true || b.string === true) return js`(${a.code} === ${b.code})`;
	if (a.emptyObject === true) return js`R.isEmptyObject(${b.code}, ${b.stable === true})`;
	if (a.members !== undefined) {
		const { members } = a;
		const list = scope.hold(b).code;
		const tests = members.map((m, i) => js`${list}[${i}] === ${m}`);
		return js`(${join([js`Array.isArray(${list})`, js`${list}.length === ${members.length}`, ...tests], " && ")})`;
	}
	const left = scope.hold(a);
	const right = scope.hold(b);
	return js`(${left.code} === ${right.code} || (typeof ${left.code} !== "string" && equal(${left.code}, ${right.code})))`;
}
