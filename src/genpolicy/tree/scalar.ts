/**
 * What a plain scalar of YAML is, and how Kata's generator prints it again before it reads it as text: `0x10` becomes
 * `16`, `1e3` becomes `1000.0`, while `0123`, `yes` and dates stay as they are (serde_yaml 0.8).
 */
import type { Scalar } from "./tree.ts";

type Typed = Pick<Scalar, "text" | "type">;

const maxUnsigned = 2n ** 64n - 1n;
const minSigned = -(2n ** 63n);
/** Integers up to here are refused; what is larger still is read as a double. */
const maxRefused = 2n ** 128n - 1n;
const minRefused = -(2n ** 127n);

/** `source` is the scalar without quotes, folded. */
export function plainScalar(source: string): Typed {
	if (source === "" || source === "~" || source === "null") return { type: "null", text: "~" };
	if (source === "true" || source === "false") return { type: "bool", text: source };
	const radix = /^([+-]?)(0x[0-9a-fA-F]+|0o[0-7]+|0b[01]+)$/.exec(source);
	if (radix !== null) {
		const n = BigInt(radix[2] ?? "0");
		return integer(radix[1] === "-" ? -n : n) ?? { type: "text", text: source };
	}
	// A zero in front makes it text, as in YAML 1.2.
	if (/^[+-]?0\d+$/.test(source)) return { type: "text", text: source };
	if (/^[+-]?\d+$/.test(source)) {
		// Doubles end at 309 digits, and BigInt takes its time for millions.
		const n = source.length > 400 ? undefined : BigInt(source.replace(/^\+/, ""));
		if (n === undefined) return { type: "text", text: source };
		const made = integer(n);
		if (made !== undefined) return made;
		if (n <= maxRefused && n >= minRefused) return { type: "huge", text: source };
	}
	if (/^\+?\.(?:inf|Inf|INF)$/.test(source)) return { type: "float", text: ".inf" };
	if (/^-\.(?:inf|Inf|INF)$/.test(source)) return { type: "float", text: "-.inf" };
	if (/^\.(?:nan|NaN|NAN)$/.test(source)) return { type: "float", text: ".nan" };
	if (decimal.test(source)) {
		const n = Number(source);
		if (Number.isFinite(n)) return { type: "float", text: floatText(n) };
	}
	return { type: "text", text: source };
}

/** One way only to read each text: what is almost a number, and long, must not take long. */
const decimal = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;

const core = "tag:yaml.org,2002:";

/**
 * A scalar with a tag, however it is quoted: four tags say a type, with all others it is a text. Undefined where it is
 * not of the type.
 */
export function taggedScalar(tag: string, source: string): Typed | undefined {
	switch (tag) {
		case `${core}bool`:
			return source === "true" || source === "false" ? { type: "bool", text: source } : undefined;
		case `${core}int`:
			return /^[+-]?\d{1,20}$/.test(source) ? signed(BigInt(source.replace(/^\+/, ""))) : undefined;
		case `${core}float`: {
			const float = decimal.test(source) ? Number(source) : Number.NaN;
			return Number.isFinite(float) ? { type: "float", text: floatText(float) } : undefined;
		}
		case `${core}null`:
			return source === "~" || source === "null" ? { type: "null", text: "~" } : undefined;
		default:
			return { type: "text", text: source };
	}
}

function signed(n: bigint): Typed | undefined {
	return n > 2n ** 63n - 1n ? undefined : integer(n);
}

function integer(n: bigint): Typed | undefined {
	return n > maxUnsigned || n < minSigned ? undefined : { type: "int", text: String(n) };
}

/** As the ryu library of Rust prints a double: the shortest digits, with `.0`, and exponents from 1e16 and 1e-5 on. */
export function floatText(n: number): string {
	if (n === 0) return Object.is(n, -0) ? "-0.0" : "0.0";
	const match = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(n.toExponential());
	if (match === null) return String(n);
	const [, sign = "", first = "", rest = "", exponent = "0"] = match;
	const digits = first + rest;
	/** Where the point stands, counted from before the first digit. */
	const point = Number(exponent) + 1;
	if (point >= digits.length && point <= 16) return `${sign}${digits.padEnd(point, "0")}.0`;
	if (point > 0 && point <= 16) return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
	if (point > -5 && point <= 0) return `${sign}0.${"0".repeat(-point)}${digits}`;
	return `${sign}${first}${rest === "" ? "" : `.${rest}`}e${point - 1}`;
}
