/**
 * Keys of YAML mappings as the strings JSON needs, and keys and values as go-yaml's messages show
 * them (Go's %#v).
 */

import { codePoint } from "../../at.ts";
import type { YamlMap, YamlValue } from "../yaml.ts";
import type { YamlScalar } from "./scalars.ts";

/** undefined for null and for integers past 2^63, which are refused. */
export function keyText(k: YamlScalar): string | undefined {
	if (typeof k === "string") return k;
	if (typeof k === "boolean") return String(k);
	if (typeof k === "bigint") return k < 1n << 63n ? String(k) : undefined;
	if (k === null) return undefined;
	if (Number.isNaN(k)) return ".nan";
	const single = Math.fround(k);
	if (!Number.isFinite(single)) return k > 0 ? ".inf" : "-.inf";
	return generalText(single, (digits) => Math.fround(Number(digits)) === single);
}

/** The fewest digits that name the number, in Go's %g: an exponent past six places or four zeros. */
function generalText(n: number, names: (text: string) => boolean): string {
	if (n === 0) return Object.is(n, -0) ? "-0" : "0";
	let shortest = n.toExponential(16);
	for (let digits = 0; digits <= 16; digits++) {
		const text = n.toExponential(digits);
		if (names(text)) {
			shortest = text;
			break;
		}
	}
	const [mantissa = "", power = ""] = shortest.split("e");
	const exponent = Number(power);
	if (exponent >= -4 && exponent < 6) return plainText(mantissa, exponent);
	return `${mantissa}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
}

function plainText(mantissa: string, exponent: number): string {
	const sign = mantissa.startsWith("-") ? "-" : "";
	const digits = mantissa.replace(/[-.]/g, "");
	if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${digits}`;
	const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, "0");
	const rest = digits.slice(exponent + 1);
	return sign + whole + (rest === "" ? "" : `.${rest}`);
}

/** A collection where a key should be. */
export function shownKey(k: YamlMap | readonly YamlValue[]): string {
	return shown(k);
}

export function shownValue(v: YamlValue): string {
	return v === null ? "<nil>" : shown(v);
}

function shown(v: YamlValue): string {
	if (v === null) return "interface {}(nil)";
	if (typeof v === "string") return quoted(v);
	if (typeof v === "number") {
		if (!Number.isFinite(v)) return Number.isNaN(v) ? "NaN" : v > 0 ? "+Inf" : "-Inf";
		return generalText(v, (text) => Number(text) === v);
	}
	if (typeof v === "bigint") return v < 1n << 63n ? String(v) : `0x${v.toString(16)}`;
	if (typeof v === "boolean") return String(v);
	if (v instanceof Map) {
		const entries = [...v].map(([k, item]) => `${shown(k)}:${shown(item)}`).sort();
		return `map[interface {}]interface {}{${entries.join(", ")}}`;
	}
	return `[]interface {}{${v.map(shown).join(", ")}}`;
}

/** As Go quotes a string, for what YAML lets through: characters that cannot be seen are escaped. */
function quoted(text: string): string {
	return JSON.stringify(text).replace(/[\p{C}\p{Z}]/gu, (c) => {
		if (c === " ") return c;
		const code = codePoint(c);
		if (code < 0x80) return `\\x${code.toString(16).padStart(2, "0")}`;
		return code > 0xffff ? `\\U${code.toString(16).padStart(8, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`;
	});
}
