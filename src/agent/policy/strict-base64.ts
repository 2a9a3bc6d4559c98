/**
 * Base64 as Kata's own engine decodes it: only the canonical spelling. Go, and so OPA, passes over
 * line breaks inside the text and bits left over at its end; a policy that compares what an option
 * decodes to would then allow spellings that its author never saw.
 */
import { type Builtin, define, t } from "../../builtins/define.ts";
import { builtins } from "../../builtins/registry.ts";

interface Alphabet {
	readonly encoding: "base64" | "base64url";
	/** A character that is none of it. */
	readonly other: RegExp;
	/** The end may be left bare. */
	readonly bare: boolean;
}

const standard: Alphabet = { encoding: "base64", other: /[^A-Za-z0-9+/]/, bare: false };
const url: Alphabet = { encoding: "base64url", other: /[^A-Za-z0-9_-]/, bare: true };

/** By lengths and one search for a character: a pattern for the whole shape would run out of stack on megabytes. */
function isCanonical(text: string, { encoding, other, bare }: Alphabet): boolean {
	const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
	const body = padding === 0 ? text : text.slice(0, -padding);
	const missing = (4 - (body.length % 4)) % 4;
	if (missing === 3 || other.test(body)) return false;
	if (padding !== missing && !(bare && padding === 0)) return false;
	// Bits that are left over at the end are zero.
	const tail = body.slice(body.length - (body.length % 4));
	return Buffer.from(tail, encoding).toString(encoding).startsWith(tail);
}

function strict(name: string, alphabet: Alphabet): readonly Builtin[] {
	const known = builtins.get(name);
	if (known === undefined) return [];
	return [
		define(name, {
			category: known.category,
			args: [["x", t.string, "text in base64"]],
			result: t.string,
			doc: known.doc,
			eval: (ctx, x) => {
				if (!isCanonical(x, alphabet)) return ctx.error("not canonical base64");
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
