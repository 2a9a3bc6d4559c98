/**
 * Building JavaScript text so that policy text can never become code. Only a Code can enter emitted
 * text as it is; every other value is quoted as a literal. A Code comes from a `js` template in our
 * own sources, from name() for our own numbered names, or from joining these. Nothing here knows
 * about Rego.
 */
import { at } from "../../at.ts";
export class Code {
	readonly text: string;

	/** Use js`…`, name() or join(). */
	constructor(text: string) {
		this.text = text;
	}
}

/** `js\`if (${x} === ${"a"}) …\``: Code is inserted, strings, numbers, booleans and null are quoted. */
export function js(
	strings: TemplateStringsArray,
	...values: readonly (Code | string | number | boolean | null)[]
): Code {
	let out = at(strings, 0);
	for (let i = 0; i < values.length; i++) {
		const v = at(values, i);
		out += v instanceof Code ? v.text : quote(v);
		out += at(strings, i + 1);
	}
	return new Code(out);
}

/** A literal. JSON is JavaScript except for two line separators. */
function quote(v: string | number | boolean | null): string {
	if (typeof v === "number") {
		if (!Number.isFinite(v)) throw new Error("not a literal");
		return v < 0 || Object.is(v, -0) ? `(${v})` : String(v);
	}
	return JSON.stringify(v)
		.replace(/\u2028/g, "\\u2028")
		.replace(/\u2029/g, "\\u2029");
}

const prefixes: ReadonlySet<string> = new Set([
	"f",
	"g",
	"d",
	"a",
	"l",
	"t",
	"L",
	"m",
	"b",
	"k",
	"x",
	"i",
	"n",
	"s",
	"r",
	"e",
	"j",
	"q",
	"w",
	"y",
	"z",
]);

/** One of our generated names: a known prefix and numbers, so never a reserved word or a policy's text. */
export function name(prefix: string, ...numbers: readonly number[]): Code {
	if (!prefixes.has(prefix) || !numbers.every(Number.isInteger)) throw new Error("not a generated name");
	return new Code(prefix + numbers.join("_"));
}

export function join(parts: readonly Code[], separator = ""): Code {
	if (!/^[,;\s&|]*$/.test(separator)) throw new Error("not a separator");
	return new Code(parts.map((p) => p.text).join(separator));
}

/** A property read of a constant name: `?.OCI` where it is an identifier, `?.["a-b"]` otherwise. */
export function member(object: Code, property: string): Code {
	if (/^[A-Za-z_$][A-Za-z0-9_$]*$/.test(property)) return new Code(`${object.text}?.${property}`);
	return new Code(`${object.text}?.[${quote(property)}]`);
}
