/**
 * Calls that a function need not make twice: pure builtins whose operands are the same wherever they
 * stand in it, made in several definitions or in a loop. The first result is kept in a variable;
 * where there is none, the call is made again, and reports again what is wrong.
 */
import type { Definition, Expression } from "../../plan/plan.ts";
import { assertNever } from "../../value/value.ts";

/** A text for a call, the same for all that must have the same result; undefined where that is not known. */
export function callText(e: Extract<Expression, { op: "builtin" }>, arity: number): string | undefined {
	const args = e.args.map((a) => stableText(a, arity));
	return args.includes(undefined) ? undefined : `${e.builtin}(${args.join(",")})`;
}

/** A text for a read that gives the same wherever it stands in a function with these parameters. */
function stableText(e: Expression, arity: number): string | undefined {
	switch (e.op) {
		case "const":
			return `k${e.index}`;
		case "input":
			return "i";
		case "base":
			return JSON.stringify(e.path);
		case "local":
			return e.local < arity ? `l${e.local}` : undefined;
		case "dot": {
			const value = stableText(e.value, arity);
			const key = stableText(e.key, arity);
			return value === undefined || key === undefined ? undefined : `(${value}${e.stored === true ? ":" : "."}${key})`;
		}
		case "array": {
			const items = e.items.map((x) => stableText(x, arity));
			return items.includes(undefined) ? undefined : `[${items.join(",")}]`;
		}
		case "rule":
		case "rule-at":
		case "document":
		case "document-keys":
		case "document-dot":
		case "call":
		case "builtin":
		case "equal":
		case "set":
		case "object":
		case "collect":
			return undefined;
		default:
			assertNever(e, "expression");
	}
}

/** Texts of the calls worth keeping. */
export function repeatedCalls(
	definitions: readonly Definition[],
	arity: number,
	isPure: (builtin: number) => boolean,
): ReadonlySet<string> {
	const counts = new Map<string, number>();
	const walk = (x: unknown, repeated: boolean): void => {
		if (typeof x !== "object" || x === null) return;
		if (Array.isArray(x)) {
			let inside = repeated;
			for (const y of x as readonly { readonly op?: unknown }[]) {
				walk(y, inside);
				// The rest of a block is the body of its loop.
				if (y?.op === "scan" || y?.op === "relation") inside = true;
			}
			return;
		}
		const { op } = x as { readonly op?: unknown };
		// Under replacements, documents are others.
		if (op === "with") return;
		if (op === "builtin") {
			const call = x as Extract<Expression, { op: "builtin" }>;
			const text = isPure(call.builtin) ? callText(call, arity) : undefined;
			if (text !== undefined) counts.set(text, (counts.get(text) ?? 0) + (repeated ? 2 : 1));
		}
		for (const y of Object.values(x)) walk(y, repeated || op === "every");
	};
	walk(definitions, false);
	return new Set([...counts].filter(([, n]) => n > 1).map(([text]) => text));
}
