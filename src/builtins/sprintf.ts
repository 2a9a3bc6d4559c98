/**
 * sprintf: Go's fmt.Sprintf over what OPA hands it. An integer up to 64 bits is an int64, a longer one
 * a *big.Int, a number with a decimal point a float64, any other number and every other value its text.
 */
import { type ArgumentKind, formatDirectives, noFlags, noSyntax } from "../go/fmt.ts";
import { type Flags, formatBigInt, formatFloat, formatInt64, formatText, pad } from "../go/fmt-verbs.ts";
import { machineInt64 } from "../go/int.ts";
import { numberText, RegoNumber, toDouble } from "../value/number.ts";
import { termText } from "../value/term-text.ts";
import { isNumber, type Value } from "../value/value.ts";
import { type Builtin, define, t } from "./define.ts";

type Argument =
	| { readonly type: "int64"; readonly value: bigint | number }
	| { readonly type: "*big.Int"; readonly value: bigint }
	| { readonly type: "float64"; readonly value: number }
	| { readonly type: "string"; readonly value: string };

function toArgument(v: Value): Argument {
	if (typeof v === "string") return { type: "string", value: v };
	if (!isNumber(v)) return { type: "string", value: termText(v) };
	if (typeof v === "number" && Number.isSafeInteger(v)) return { type: "int64", value: v + 0 };
	const text = numberText(v);
	const small = machineInt64(v instanceof RegoNumber ? v : new RegoNumber(text));
	if (small !== undefined) return { type: "int64", value: small };
	if (text.includes(".")) {
		const double = toDouble(v);
		return Number.isFinite(double) ? { type: "float64", value: double } : { type: "string", value: text };
	}
	if (!/^[+-]?[0-9]+$/.test(text)) return { type: "string", value: text };
	return { type: "*big.Int", value: BigInt(text.startsWith("+") ? text.slice(1) : text) };
}

/** `syntax` holds the flags as written; in `flags` %v has lost `#` and `+`. */
function formatArgument(
	argument: Argument,
	verb: string,
	flags: Flags,
	syntax: { readonly sharp: boolean; readonly plus: boolean },
): string {
	// What nearly all directives are.
	if (flags === noFlags) {
		if (argument.type === "int64" && (verb === "d" || verb === "v")) return String(argument.value);
		if (argument.type === "string" && (verb === "s" || verb === "v")) return argument.value;
	}
	if (verb === "T") return formatText(argument.type, "s", flags, false) as string;
	let out: string | undefined;
	switch (argument.type) {
		case "int64":
			out = formatInt64(BigInt(argument.value), verb, flags);
			break;
		case "float64":
			out = formatFloat(argument.value, verb, flags);
			break;
		case "string":
			out = formatText(argument.value, verb, flags, verb === "v" && syntax.sharp);
			break;
		case "*big.Int":
			if (verb === "w") return `%!w(*big.Int=${structText(argument.value, flags, syntax.plus)})`;
			return formatBigInt(argument.value, verb, { ...flags, sharp: syntax.sharp, plus: syntax.plus });
	}
	return out ?? `%!${verb}(${argument.type}=${formatArgument(argument, "v", flags, verb === "w" ? syntax : noSyntax)})`;
}

/** Go's view into a big.Int, for the one verb that shows it. */
function structText(i: bigint, flags: Flags, fieldNames: boolean): string {
	const words: string[] = [];
	for (let rest = i < 0n ? -i : i; rest > 0n; rest >>= 64n) {
		words.push(formatInt64(BigInt.asUintN(64, rest), "d", flags) as string);
	}
	const [neg, abs] = fieldNames ? ["neg:", "abs:"] : ["", ""];
	return `&{${neg}${pad(String(i < 0n), flags)} ${abs}[${words.join(" ")}]}`;
}

const regoArgument: ArgumentKind<Argument> = {
	typeName: (a) => a.type,
	format: formatArgument,
	count: (a) => (a.type === "int64" ? BigInt(a.value) : undefined),
};

export const sprintf: Builtin = define("sprintf", {
	category: "strings",
	pure: true,
	keep: true,
	since: "0.17.0",
	args: [
		["format", t.string, "text with directives such as %s, %d and %v"],
		["values", t.array(t.any), "values for the directives"],
	],
	resultName: "output",
	result: t.string,
	resultDoc: "the formatted text",
	doc: "Formats values into a text.",
	eval: (ctx, format, values) => formatDirectives(ctx, format, values.map(toArgument), regoArgument),
});
