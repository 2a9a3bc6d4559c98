/**
 * yaml.*: reading by value/yaml.ts, writing by yaml-emit.ts. As in OPA both go through JSON: sets are
 * written as lists, only the first document of a text counts.
 */

import { GoError } from "../go/go-error.ts";
import { yamlText } from "../go/yaml-bytes.ts";
import { emitYaml } from "../go/yaml-emit.ts";
import { parseJson, toJson } from "../value/json.ts";
import { parseYaml, YamlError } from "../value/yaml.ts";
import { type Builtin, define, ofModule, t } from "./define.ts";

export const yaml: readonly Builtin[] = ofModule("yaml", [
	define("yaml.marshal", {
		category: "encoding",
		pure: true,
		keep: true,
		args: [["x", t.any, "the value to write"]],
		resultName: "y",
		result: t.string,
		resultDoc: "YAML text",
		doc: "Writes a value as YAML.",
		since: "0.17.0",
		eval: (ctx, x) => {
			try {
				return emitYaml(parseJson(toJson(x)));
			} catch (e) {
				if (e instanceof GoError || e instanceof TypeError) return ctx.error(e.message);
				throw e;
			}
		},
	}),
	define("yaml.unmarshal", {
		category: "encoding",
		pure: true,
		keep: true,
		args: [["x", t.string, "YAML text"]],
		resultName: "y",
		result: t.any,
		resultDoc: "the value of its first document",
		doc: "Reads YAML.",
		since: "0.17.0",
		eval: (ctx, x) => {
			try {
				return parseYaml(yamlText(x));
			} catch (e) {
				if (e instanceof YamlError) return ctx.error(e.message);
				throw e;
			}
		},
	}),
	define("yaml.is_valid", {
		category: "encoding",
		pure: true,
		keep: true,
		args: [["x", t.string, "the text to check"]],
		resultName: "result",
		result: t.boolean,
		resultDoc: "true when it is",
		doc: "Whether a text is YAML.",
		since: "0.25.0",
		unchecked: true,
		eval: (_ctx, x: unknown) => {
			if (typeof x !== "string") return false;
			try {
				parseYaml(yamlText(x));
				return true;
			} catch (e) {
				if (e instanceof YamlError) return false;
				throw e;
			}
		},
	}),
]);
