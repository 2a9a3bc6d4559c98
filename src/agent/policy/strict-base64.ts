/**
 * Base64 as Kata's own engine decodes it: only the canonical spelling. Go, and so OPA, passes over
 * line breaks inside the text and bits left over at its end; a policy that compares what an option
 * decodes to would then allow spellings that its author never saw.
 */
import { type Builtin, define, t } from "../../builtins/define.ts";
import { builtins } from "../../builtins/registry.ts";

const standard = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const url = /^(?:[A-Za-z0-9_-]{4})*(?:[A-Za-z0-9_-]{2}(?:==)?|[A-Za-z0-9_-]{3}=?)?$/;

function isCanonical(text: string, shape: RegExp): boolean {
	if (!shape.test(text)) return false;
	const encoding = shape === url ? "base64url" : "base64";
	const again = Buffer.from(text, encoding).toString(encoding);
	return again.replace(/=+$/, "") === text.replace(/=+$/, "");
}

function strict(name: string, shape: RegExp): readonly Builtin[] {
	const known = builtins.get(name);
	if (known === undefined) return [];
	return [
		define(name, {
			category: known.category,
			args: [["x", t.string, "text in base64"]],
			result: t.string,
			doc: known.doc,
			eval: (ctx, x) => {
				if (!isCanonical(x, shape)) return ctx.error("not canonical base64");
				const text = known.unchecked(ctx, x);
				return typeof text === "string" ? text : undefined;
			},
		}),
	];
}

/** Replacements for the builtins of the same names. */
export const strictBase64: readonly Builtin[] = [
	...strict("base64.decode", standard),
	...strict("base64url.decode", url),
	define("base64.is_valid", {
		category: "encoding",
		args: [["x", t.any, "text in base64"]],
		result: t.boolean,
		doc: "Whether a string is canonical base64.",
		eval: (_ctx, x) => typeof x === "string" && isCanonical(x, standard),
	}),
];
