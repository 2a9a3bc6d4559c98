/**
 * rego.*: parsing modules at run time, and metadata of the rule being evaluated. Calls of the
 * metadata functions inside rules are replaced by constants when the module is compiled; what is
 * here answers calls from a query, where there is no rule. One thing OPA checks is not known here:
 * a rule written as a bare call of a builtin (`count(x)`) is taken for a function of that name.
 */
import { formatErrors } from "../errors.ts";
import { Source } from "../location.ts";
import { parseModule } from "../parser/parser.ts";
import type { Value } from "../value/value.ts";
import { type Builtin, define, ofModule, operandTypeError, type PureContext, t } from "./define.ts";
import { moduleValue } from "./rego/module-json.ts";

function outsideRule(ctx: PureContext, name: string): undefined {
	return ctx.error(`the ${name} function must only be called within the scope of a rule`);
}

export const rego: readonly Builtin[] = ofModule("rego", [
	define("rego.parse_module", {
		category: "rego",
		pure: true,
		args: [
			["filename", t.string, "the file name that locations and errors carry"],
			["rego", t.string, "the text of a module"],
		],
		resultName: "output",
		result: t.map(t.string, t.any),
		resultDoc: "the module's syntax tree",
		doc: "Parses a Rego module.",
		since: "0.17.0",
		unchecked: true,
		eval: (ctx, filename: Value, text: Value) => {
			// OPA calls either of them the first operand.
			if (typeof filename !== "string") return ctx.typeError(operandTypeError(1, filename, ["string"]));
			if (typeof text !== "string") return ctx.typeError(operandTypeError(1, text, ["string"]));
			const { value, errors } = parseModule(new Source(filename, text));
			if (value !== undefined) return moduleValue(value);
			const [first] = errors;
			// OPA reports this one by itself, not as a list of one.
			return ctx.error(first?.reason === "empty module" ? first.message : formatErrors(errors));
		},
	}),
	define("rego.metadata.chain", {
		category: "rego",
		reads: ["location"],
		args: [],
		resultName: "chain",
		result: t.array(t.any),
		resultDoc: "`{path, annotations}` for the rule, its document and its packages, innermost first",
		doc: "The metadata that applies to the rule this is called from.",
		since: "0.40.0",
		eval: (ctx) => outsideRule(ctx, "rego.metadata.chain"),
	}),
	define("rego.metadata.rule", {
		category: "rego",
		reads: ["location"],
		args: [],
		resultName: "output",
		result: t.any,
		resultDoc: "the annotations, or an empty object",
		doc: "The metadata of the rule this is called from.",
		since: "0.40.0",
		eval: (ctx) => outsideRule(ctx, "rego.metadata.rule"),
	}),
]);
