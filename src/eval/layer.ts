/** `with`: a layer of replaced documents and functions on top of a context. */
import type { Replacement } from "../plan/plan.ts";
import { assertNever, type PlainObject, type Value } from "../value/value.ts";
import { EvalContext, type Mock } from "./context.ts";
import { conflict } from "./frame.ts";
import { type Fresh, patched, without } from "./overlay.ts";

/** Undefined for a function that replaces a function. */
export type ReplacementValue = Value | undefined;

export function makeLayer(
	c: EvalContext,
	replacements: readonly Replacement[],
	values: readonly ReplacementValue[],
): EvalContext {
	let input = c.input;
	let data: PlainObject = c.data;
	let funcMocks = c.funcMocks;
	let builtinMocks = c.builtinMocks;
	let shadowed: Set<number> | undefined;
	let targets: (readonly string[])[] | undefined;
	const fresh: Fresh = new Set();
	replacements.forEach((r, i) => {
		const v = values[i];
		switch (r.target) {
			case "input":
				input = patched(input, r.path, v as Value, fresh);
				break;
			case "data":
				data =
					r.absent === true ? without(data, r.path, fresh) : (patched(data, r.path, v as Value, fresh) as PlainObject);
				if (r.shadows.length > 0) shadowed ??= new Set(c.shadowed);
				for (const s of r.shadows) shadowed?.add(s);
				targets ??= [...c.targets];
				targets.push(r.path);
				break;
			case "nowhere":
				throw conflict(c, "bad document path", r.loc);
			case "func":
				funcMocks = new Map(funcMocks ?? []).set(r.index, mockOf(r.by, v));
				break;
			case "builtin":
				builtinMocks = new Map(builtinMocks ?? []).set(r.index, mockOf(r.by, v));
				break;
			default:
				assertNever(r, "replacement");
		}
	});
	return new EvalContext(c.options, input, data, c.query, {
		outer: c,
		funcMocks,
		builtinMocks,
		shadowed: shadowed ?? c.shadowed,
		targets: targets ?? c.targets,
	});
}

function mockOf(by: Extract<Replacement, { by: unknown }>["by"], value: ReplacementValue): Mock {
	if ("func" in by) return { kind: "func", index: by.func };
	if ("builtin" in by) return { kind: "builtin", index: by.builtin };
	return { kind: "value", value };
}
