/** print and trace. Compiled policies print through internal.print, or not at all. */
import { termText } from "../value/term-text.ts";
import type { Value } from "../value/value.ts";
import { type Builtin, define, ofModule, t } from "./define.ts";

/** A value as print shows it: strings bare, everything else as in a policy. */
export function printText(v: Value): string {
	return typeof v === "string" ? v : termText(v);
}

const print: Builtin = define("print", {
	category: "debug",
	reads: ["print"],
	since: "0.34.0",
	args: [],
	variadic: t.any,
	result: undefined,
	doc: "Prints values in one line, undefined ones included.",
	eval: (ctx, ...operands: readonly Value[]) => {
		ctx.print(operands.map(printText).join(" "));
		return true;
	},
});

const trace: Builtin = define("trace", {
	category: "tracing",
	reads: ["trace"],
	since: "0.17.0",
	args: [["note", t.string, "text to note"]],
	resultName: "result",
	result: t.boolean,
	resultDoc: "true",
	doc: "Puts a note into the trace.",
	eval: (ctx, note) => {
		ctx.trace(note);
		return true;
	},
});

export const debug: readonly Builtin[] = ofModule("debug", [print, trace]);
