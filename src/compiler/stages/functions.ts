/** CheckUndefinedFuncs, CheckUnsafeBuiltins and CheckDeprecatedBuiltins: what calls may name. */
import type { Source } from "../../location.ts";
import type { Ref } from "../../parser/ast.ts";
import { anyType, type FunctionType, unknownType } from "../../value/types.ts";
import type { Compilation } from "../compilation.ts";
import type { CallSite } from "../rule-state.ts";
import { eqName, internalPrintName, isCallOf, operatorName } from "../syntax/calls.ts";
import { shownVar } from "../syntax/local-names.ts";
import { showRef } from "../syntax/show.ts";
import { signatureOf } from "../typecheck/signatures.ts";
import { literalType } from "./literal-types.ts";

export function checkUndefinedFunctions(c: Compilation): void {
	for (const m of c.modules) for (const r of m.all) checkCalls(c, r.calls, m.source);
}

/** In a query OPA knows the types of functions by now, and words their arity errors as those of builtins. */
export function checkCalls(
	c: Compilation,
	calls: readonly CallSite[],
	source: Source,
	inQuery = false,
	functionType?: (operator: Ref) => FunctionType | undefined,
): void {
	for (const { call, at, top } of calls) {
		const shown = (): string => showRef(call.operator, (n) => shownVar(c.names.shown(n)));
		const arity = c.arity(call.operator);
		if (arity < 0) {
			c.fail("rego_type_error", `undefined function ${shown()}`, source, at);
			continue;
		}
		const got = call.args.length;
		// The call that a print has become has as many as that.
		if (got === arity || (call.infix && operatorName(call.operator) === internalPrintName)) continue;
		const builtin = c.builtin(call.operator);
		// How many parameters a plain function has is a guess where some have defaults: the last one is no result then.
		if (got === arity + 1 && top && builtin?.plain !== true) {
			c.outputCalls.add(call);
			continue;
		}
		// Equations nested in terms may have any number of operands: OPA leaves them to the type checker.
		if (!top && isCallOf(call, eqName)) continue;
		if (builtin !== undefined || inQuery) {
			const have = call.args.map((a) => literalType(a));
			// Nested calls have one operand more by then: the variable for their result.
			if (!top) have.push(unknownType);
			// Without the result, unlike other errors of calls.
			const want =
				builtin === undefined
					? Array.from({ length: arity }, (_, i) => ({
							name: undefined,
							type: functionType?.(call.operator)?.args[i] ?? anyType,
						}))
					: signatureOf(builtin).want.slice(0, arity);
			const details = c.options.details?.argument(have, want, builtin?.variadic);
			c.fail("rego_type_error", `${shown()}: arity mismatch`, source, at, details);
			continue;
		}
		const noun = got === 1 ? "argument" : "arguments";
		c.fail("rego_type_error", `function ${shown()} has arity ${arity}, got ${got} ${noun}`, source, at);
	}
}

export function checkUnsafeBuiltins(c: Compilation): void {
	if (c.options.unsafeBuiltins.size === 0) return;
	for (const m of c.modules) for (const r of m.all) checkUnsafeCalls(c, r.calls, m.source);
}

export function checkUnsafeCalls(c: Compilation, calls: readonly CallSite[], source: Source): void {
	for (const { call, at } of calls) {
		const name = operatorName(call.operator);
		if (name === undefined || !c.options.unsafeBuiltins.has(name)) continue;
		c.fail("rego_type_error", `unsafe built-in function calls in expression: ${name}`, source, at);
	}
}

export function checkDeprecatedBuiltins(c: Compilation): void {
	for (const m of c.modules) {
		if (!c.options.strict && !m.v1) continue;
		for (const r of m.all) checkDeprecatedCalls(c, r.calls, m.source);
	}
}

function checkDeprecatedCalls(c: Compilation, calls: readonly CallSite[], source: Source): void {
	for (const { call, at } of calls) {
		const name = operatorName(call.operator);
		if (name === undefined || c.builtins.get(name)?.deprecated !== true) continue;
		c.fail("rego_type_error", `deprecated built-in function calls in expression: ${name}`, source, at);
	}
}
