/**
 * Reads that a loop would make in every turn though they always give the same: `input.action` in a loop
 * over grants. They are made before the loop; whether there was a value is looked at where it was.
 */
import type { Block, Expression, Local } from "../../plan/plan.ts";
import { assertNever } from "../../value/value.ts";

/** Whether an expression reads names out of what does not change in the loop. */
type IsFixed = (local: Local) => boolean;

/** The reads at the top of a loop's body, up to where the next loop begins. */
export function fixedReads(body: Block, isFixed: IsFixed, isName: (constant: number) => boolean): Expression[] {
	const found: Expression[] = [];
	const isRead = (e: Expression): boolean => {
		switch (e.op) {
			case "input":
			case "base":
				return true;
			case "local":
				return isFixed(e.local);
			case "dot":
				return e.key.op === "const" && isName(e.key.index) && isRead(e.value);
			case "const":
			case "rule":
			case "rule-at":
			case "document":
			case "document-keys":
			case "document-dot":
			case "call":
			case "builtin":
			case "equal":
			case "array":
			case "set":
			case "object":
			case "collect":
				return false;
			default:
				assertNever(e, "expression");
		}
	};
	const walk = (e: Expression): void => {
		if ((e.op === "dot" || e.op === "base") && isRead(e)) {
			found.push(e);
			return;
		}
		switch (e.op) {
			case "dot":
				walk(e.value);
				walk(e.key);
				return;
			case "equal":
				walk(e.left);
				walk(e.right);
				return;
			case "builtin":
			case "call":
				e.args.forEach(walk);
				return;
			case "const":
			case "local":
			case "input":
			case "base":
			case "rule":
			case "rule-at":
			case "document":
			case "document-keys":
			case "document-dot":
			case "array":
			case "set":
			case "object":
			case "collect":
				break;
			default:
				assertNever(e, "expression");
		}
	};
	for (const s of body) {
		switch (s.op) {
			case "let":
			case "test":
			case "return":
			case "yield-member":
				walk(s.value);
				break;
			case "scan":
				walk(s.source);
				return found;
			case "relation":
			case "with":
				return found;
			case "not":
			case "every":
			case "once":
			case "unpack-array":
			case "unpack-object":
			case "print":
			case "yield-entry":
			case "yield-row":
				break;
			default:
				assertNever(s, "statement");
		}
	}
	return found;
}
