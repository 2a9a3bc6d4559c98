/**
 * What the compiler rewrites print calls and template strings to. Their arguments come as sets: of
 * no value where an expression is undefined, of several where it iterates.
 */

import { at } from "../at.ts";
import { joined } from "../go/byte-string.ts";
import { isArray, isObject, isSet, typeName, type Value } from "../value/value.ts";
import { printText } from "./debug.ts";
import { type Builtin, define, ofModule, type PureContext, t } from "./define.ts";

/** The texts an argument stands for. */
function texts(ctx: PureContext, v: Value): readonly string[] {
	if (isSet(v)) return v.size === 0 ? ["<undefined>"] : v.sorted().map(printText);
	if (isArray(v) || isObject(v)) ctx.halt(`illegal argument type: ${typeName(v)}`);
	return [printText(v)];
}

/** Calls `line` with every combination of one text of each argument. */
function combineTexts(
	ctx: PureContext,
	args: readonly (readonly string[])[],
	line: (parts: readonly string[]) => void,
): void {
	const picked = args.map(() => 0);
	for (;;) {
		ctx.step(args.length + 1);
		line(args.map((options, i) => at(options, at(picked, i))));
		// Advance like an odometer, the last argument fastest.
		let i = args.length - 1;
		while (i >= 0 && at(picked, i) + 1 === at(args, i).length) picked[i--] = 0;
		if (i < 0) return;
		picked[i] = at(picked, i) + 1;
	}
}

const print: Builtin = define("internal.print", {
	category: "internal",
	reads: ["print"],
	since: "0.34.0",
	args: [["", t.array(t.set(t.any))]],
	result: undefined,
	doc: "Prints a line for every combination of the arguments' values.",
	eval: (ctx, args) => {
		combineTexts(
			ctx,
			args.map((v: Value) => texts(ctx, v)),
			(parts) => ctx.print(parts.join(" ")),
		);
		return true;
	},
});

const templateString: Builtin = define("internal.template_string", {
	category: "internal",
	pure: true,
	since: "1.12.0",
	args: [["", t.array(t.any)]],
	result: t.string,
	doc: "Joins the parts of a template string.",
	eval: (ctx, args) => {
		let out = "";
		for (const v of args) {
			const options = texts(ctx, v);
			if (options.length > 1) ctx.halt("template-strings must not produce multiple outputs");
			out += options[0];
			ctx.step(1);
		}
		return joined(out);
	},
});

const testCase: Builtin = define("internal.test_case", {
	category: "internal",
	reads: ["trace"],
	since: "1.2.0",
	args: [["", t.array(t.any)]],
	result: undefined,
	doc: "Names the case a parameterised test is in.",
	eval: () => true,
});

export const internal: readonly Builtin[] = ofModule("internal", [print, templateString, testCase]);
