/**
 * strings.render_template: Go's text/template over an object of variables, by go/template/ (lexer →
 * parser → execute). As in OPA the variables go through JSON first, so numbers are texts to the
 * template and sets are refused, and what has no value prints as `<undefined>`.
 */

import { TemplateError } from "../go/template/error.ts";
import { executeTemplate } from "../go/template/execute.ts";
import { parseTemplate } from "../go/template/parser.ts";
import { JsonSyntaxError, parseJson } from "../value/json.ts";
import { termText } from "../value/term-text.ts";
import type { PlainObject } from "../value/value.ts";
import { type Builtin, define, ofModule, t } from "./define.ts";

export const renderTemplate: readonly Builtin[] = ofModule("render-template", [
	define("strings.render_template", {
		category: "strings",
		pure: true,
		keep: true,
		args: [
			["value", t.string, "the template"],
			["vars", t.map(t.string, t.any), "its variables"],
		],
		resultName: "result",
		result: t.string,
		resultDoc: "the rendered text",
		doc: "Renders a template in the syntax of Go's text/template.",
		since: "0.59.0",
		eval: (ctx, value, vars) => {
			try {
				// OPA decodes the printed form of the object as JSON, which decides what is accepted.
				const data = parseJson(termText(vars)) as PlainObject;
				return executeTemplate(ctx, value, parseTemplate(value), data).replaceAll("<no value>", "<undefined>");
			} catch (e) {
				if (e instanceof TemplateError || e instanceof JsonSyntaxError) return ctx.error(e.message);
				throw e;
			}
		},
	}),
]);
