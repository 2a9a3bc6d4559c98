/** Explanations as the commands print them, and the flags they share. */
import type { ExplainOptions, Explanation } from "../explain/explanation.ts";
import { sarifOf } from "../explain/sarif.ts";
import { explanationText } from "../explain/text.ts";
import { assertNever } from "../value/value.ts";
import type { FlagSpec, ParsedFlags } from "./flags.ts";
import type { CliIo } from "./io.ts";

const formats = ["pretty", "json", "sarif"] as const;

export const whyFlags: readonly FlagSpec[] = [
	{ name: "all", kind: "bool", doc: "tell other ways to be allowed, too" },
	{ name: "color", kind: "enum", values: ["auto", "always", "never"], default: "auto", doc: "colours" },
	{
		name: "fix",
		kind: "enum",
		values: ["input", "policy", "both", "none"],
		default: "input",
		doc: "what may be changed to be allowed; a changed policy allows more than before",
	},
	{
		name: "format",
		short: "f",
		kind: "enum",
		values: formats,
		default: "pretty",
		doc: "output format",
	},
	{
		name: "redact",
		kind: "list",
		doc: "pointer into the input whose value is never shown, such as /OCI/Process/Env (repeatable)",
	},
	{ name: "timeout", kind: "duration", default: "10000000000", doc: "time that explaining may take" },
];

export function explainOptions(flags: ParsedFlags): ExplainOptions {
	const redacted = new Set(flags.list("redact").map((p) => p.replace(/\/$/, "")));
	const fix = flags.string("fix");
	return {
		timeMs: Number(flags.duration("timeout")) / 1e6,
		redact: redacted.size === 0 ? undefined : (pointer) => redacted.has(pointer),
		fixes: fix === "policy" || fix === "both" || fix === "none" ? fix : "input",
	};
}

export function writeExplanations(list: readonly Explanation[], flags: ParsedFlags, io: CliIo): void {
	const format = flags.choice("format", formats);
	switch (format) {
		case "json": {
			const [only] = list;
			io.stdout(`${JSON.stringify(list.length === 1 ? only : list, null, 2)}\n`);
			return;
		}
		case "sarif":
			io.stdout(`${JSON.stringify(sarifOf(list), null, 2)}\n`);
			return;
		case "pretty": {
			const color = flags.string("color");
			const colors =
				color === "always" || (color === "auto" && io.outputTerminal === true && io.env["NO_COLOR"] === undefined);
			for (const [i, e] of list.entries()) {
				io.stdout(`${i > 0 ? "\n" : ""}${explanationText(e, { colors, all: flags.bool("all") })}\n`);
			}
			return;
		}
		default:
			assertNever(format, "format");
	}
}
