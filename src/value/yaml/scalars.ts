/**
 * What the scalars of YAML 1.1 mean, as go-yaml 2 resolves them: `yes` and `on` are booleans, `017`
 * and `0b11` integers, `1_000` one too; times stay strings. Integers are bigints here and other
 * numbers doubles, so that `1` and `1.0` stay different keys.
 */
import { YamlError } from "./error.ts";
import type { ScalarNode } from "./nodes.ts";

export type YamlScalar = bigint | boolean | null | number | string;

const prefix = "tag:yaml.org,2002:";

const words: ReadonlyMap<string, boolean | null | number> = new Map<string, boolean | null | number>([
	...["true", "True", "TRUE"].map((w) => [w, true] as const),
	...["false", "False", "FALSE"].map((w) => [w, false] as const),
	...["", "~", "null", "Null", "NULL"].map((w) => [w, null] as const),
	...[".nan", ".NaN", ".NAN"].map((w) => [w, Number.NaN] as const),
	...[".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"].map((w) => [w, Number.POSITIVE_INFINITY] as const),
	...["-.inf", "-.Inf", "-.INF"].map((w) => [w, Number.NEGATIVE_INFINITY] as const),
]);

/** Booleans of YAML 1.1 that are no longer ones in YAML 1.2. */
export const olderBooleans: ReadonlyMap<string, boolean> = new Map([
	...["y", "Y", "yes", "Yes", "YES", "on", "On", "ON"].map((w) => [w, true] as const),
	...["n", "N", "no", "No", "NO", "off", "Off", "OFF"].map((w) => [w, false] as const),
]);

/** Throws YamlError where the tag does not fit the text. Without `older`, `yes` and the like are texts. */
export function resolveScalar(node: ScalarNode, older = true): YamlScalar {
	const { value, tag } = node;
	const plain = (text: string): YamlScalar => (older ? olderBooleans.get(text) : undefined) ?? plainValue(text);
	if (tag === "") return node.implicit ? plain(value) : value;
	const short = tag.startsWith(prefix) ? `!!${tag.slice(prefix.length)}` : tag;
	switch (short) {
		case "!!binary":
			return decodeBinary(value);
		case "!!timestamp":
			if (isTimestamp(value)) return value;
			break;
		case "!!bool":
		case "!!float":
		case "!!int":
		case "!!null":
			break;
		default:
			return value;
	}
	const v = plain(value);
	const is = scalarTag(v);
	if (is === short) return v;
	if (short === "!!float" && typeof v === "bigint" && v < 1n << 63n) return Number(v);
	throw new YamlError(`yaml: cannot decode ${is} \`${value}\` as a ${short}`);
}

function scalarTag(v: YamlScalar): string {
	if (v === null) return "!!null";
	if (typeof v === "boolean") return "!!bool";
	if (typeof v === "bigint") return "!!int";
	return typeof v === "number" ? "!!float" : "!!str";
}

function plainValue(text: string): YamlScalar {
	const word = words.get(text);
	if (word !== undefined) return word;
	const c = text.charCodeAt(0);
	if (c === 0x2e) return dotFloat(text) ?? text;
	if (c !== 0x2b && c !== 0x2d && !(c >= 0x30 && c <= 0x39)) return text;
	const digits = text.replaceAll("_", "");
	return integer(digits) ?? float(digits) ?? text;
}

/** Decimal, 0x, 0o, 0b, and 0 before octal digits; within 64 bits, above 2^63 without a sign. */
function integer(text: string): bigint | undefined {
	const m = /^([-+]?)(0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+|0[0-7]*|[1-9][0-9]*)$/.exec(text);
	if (m === null) return undefined;
	const [, sign, digits = ""] = m;
	if (digits.length > 66 && !/^0[xXoObB]?0/.test(digits)) return undefined;
	const n = BigInt(/^0[0-7]/.test(digits) ? `0o${digits.slice(1)}` : digits.toLowerCase());
	if (sign === "-") return n <= 1n << 63n ? -n : undefined;
	return n < 1n << (sign === "+" ? 63n : 64n) ? n : undefined;
}

function float(text: string): number | undefined {
	if (!/^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/.test(text)) return undefined;
	const n = Number(text);
	return Number.isFinite(n) ? n : undefined;
}

/** After a dot underscores may stand between digits only. */
function dotFloat(text: string): number | undefined {
	const digits = "[0-9]+(?:_[0-9]+)*";
	return new RegExp(`^\\.${digits}(?:[eE][-+]?${digits})?$`).test(text) ? float(text.replaceAll("_", "")) : undefined;
}

const timestamp =
	/^([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:([Tt ])([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(?:[.,][0-9]+)?(Z|[-+][0-9]{2}:[0-9]{2})?)?$/;

export function isTimestamp(text: string): boolean {
	const m = timestamp.exec(text);
	if (m === null) return false;
	const [year, month, day, , hour, minute, second] = m.slice(1).map((x) => Number(x ?? 0)) as [
		number,
		number,
		number,
		number,
		number,
		number,
		number,
	];
	// A zone comes after `T` and only there.
	if (m[4] !== undefined && (m[4] === " ") !== (m[8] === undefined)) return false;
	const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
	const days = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0;
	return day >= 1 && day <= days && hour < 24 && minute < 60 && second < 60;
}

function decodeBinary(text: string): string {
	const compact = text.replace(/[\r\n]/g, "");
	if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(compact)) {
		throw new YamlError("yaml: !!binary value contains invalid base64 data");
	}
	const bytes = Uint8Array.from(atob(compact), (c) => c.charCodeAt(0));
	return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}
