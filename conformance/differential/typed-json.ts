/**
 * Values as the oracle writes them: ["a",…] array, ["s",…] set, ["o",[key,value],…] object, all else
 * as JSON, numbers as they are spelled.
 */
import { ObjectBuilder, objectEntries, RegoSet } from "../../src/value/collections.ts";
import { parseJson } from "../../src/value/json.ts";
import { numberText } from "../../src/value/number.ts";
import { isArray, isNumber, type Value } from "../../src/value/value.ts";

export function writeTyped(v: Value): string {
	if (v === null || typeof v === "boolean") return String(v);
	if (typeof v === "string") return quote(v);
	if (isNumber(v)) return numberText(v);
	if (isArray(v)) return `["a"${v.map((x) => `,${writeTyped(x)}`).join("")}]`;
	if (v instanceof RegoSet) return `["s"${[...v].map((x) => `,${writeTyped(x)}`).join("")}]`;
	return `["o"${objectEntries(v)
		.map(([k, x]) => `,[${writeTyped(k)},${writeTyped(x)}]`)
		.join("")}]`;
}

export function readTyped(text: string): Value {
	return decode(parseJson(text));
}

function decode(v: Value): Value {
	if (!isArray(v)) return v;
	const [tag, ...rest] = v;
	if (tag === "a") return rest.map(decode);
	if (tag === "s") return RegoSet.of(rest.map(decode));
	const out = new ObjectBuilder();
	for (const entry of rest) {
		const [k, x] = entry as readonly [Value, Value];
		out.set(decode(k), decode(x));
	}
	return out.finish();
}

/** As the oracle quotes: a lone half of a surrogate pair is what Go makes of it. */
function quote(s: string): string {
	let out = '"';
	for (const c of s) {
		const code = c.codePointAt(0) as number;
		if (c === '"' || c === "\\") out += `\\${c}`;
		else if (code < 0x20) out += `\\u${code.toString(16).padStart(4, "0")}`;
		else out += code >= 0xd800 && code < 0xe000 ? "\ufffd" : c;
	}
	return `${out}"`;
}
