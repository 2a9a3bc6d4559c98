/**
 * What a plain scalar of YAML is, and how Kata's generator prints it again before it reads it as text: `0x10` becomes
 * `16`, `1e3` becomes `1000.0`, while `0123`, `yes` and dates stay as they are (serde_yaml 0.8).
 */
import type { Scalar } from "./tree.ts";

type Typed = Pick<Scalar, "text" | "type">;

const maxUnsigned = 2n ** 64n - 1n;
const minSigned = -(2n ** 63n);

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
	if (/^[+-]?\d+$/.test(source)) return integer(BigInt(source.replace(/^\+/, ""))) ?? { type: "huge", text: source };
	if (/^\+?\.(?:inf|Inf|INF)$/.test(source)) return { type: "float", text: ".inf" };
	if (/^-\.(?:inf|Inf|INF)$/.test(source)) return { type: "float", text: "-.inf" };
	if (/^\.(?:nan|NaN|NAN)$/.test(source)) return { type: "float", text: ".nan" };
	if (/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(source)) {
		const n = Number(source);
		if (Number.isFinite(n)) return { type: "float", text: floatText(n) };
	}
	return { type: "text", text: source };
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
