/**
 * sprintf: Go's fmt.Sprintf over what OPA hands it. An integer up to 64 bits is an int64, a longer one
 * a *big.Int, a number with a decimal point a float64, any other number and every other value its
 * text. Directives that do not fit yield Go's `%!d(string=hi)` texts rather than errors.
 */

import { numberText, RegoNumber, toDouble } from "../value/number.ts";
import { termText } from "../value/term-text.ts";
import { isNumber, type Value } from "../value/value.ts";
import { joined } from "./byte-string.ts";
import { type Builtin, type BuiltinContext, define, t } from "./define.ts";
import { machineInt64, maxStringLength } from "./operands.ts";
import { type Flags, formatBigInt, formatFloat, formatInt64, formatText, pad } from "./sprintf-verbs.ts";

type Argument =
	| { readonly type: "int64"; readonly value: bigint }
	| { readonly type: "*big.Int"; readonly value: bigint }
	| { readonly type: "float64"; readonly value: number }
	| { readonly type: "string"; readonly value: string };

function toArgument(v: Value): Argument {
	if (typeof v === "string") return { type: "string", value: v };
	if (!isNumber(v)) return { type: "string", value: termText(v) };
	if (typeof v === "number" && Number.isSafeInteger(v)) return { type: "int64", value: BigInt(v) };
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

/** Go refuses widths, precisions and indices past this. */
const tooLarge = 1_000_000;

interface Count {
	readonly value: number;
	readonly present: boolean;
}

const noCount: Count = { value: 0, present: false };

/** How arguments of one kind are shown; templates have another than Rego. */
export interface ArgumentKind<A> {
	/** Go's name of the argument's type. */
	typeName(a: A): string;
	/** Under a verb. `syntax` holds `#` and `+` as written; in `flags` %v has lost them. */
	format(a: A, verb: string, flags: Flags, syntax: { readonly sharp: boolean; readonly plus: boolean }): string;
	/** The integer a `*` may take as a width or precision. */
	count(a: A): bigint | undefined;
}

/** Go's fmt.Sprintf. Halts the query when the result grows past all bounds. */
export function formatDirectives<A>(
	ctx: BuiltinContext,
	format: string,
	values: readonly A[],
	kind: ArgumentKind<A>,
): string {
	return new Printer(ctx, format, values, kind).print();
}

class Printer<A> {
	readonly #ctx: BuiltinContext;
	readonly #format: string;
	readonly #values: readonly A[];
	readonly #kind: ArgumentKind<A>;
	#at = 0;
	#argument = 0;
	/** An index such as `[3]` came directly before. */
	#afterIndex = false;
	#reordered = false;
	#goodIndex = true;
	#out = "";

	constructor(ctx: BuiltinContext, format: string, values: readonly A[], kind: ArgumentKind<A>) {
		this.#ctx = ctx;
		this.#format = format;
		this.#values = values;
		this.#kind = kind;
	}

	print(): string {
		const format = this.#format;
		while (this.#at < format.length) {
			const percent = format.indexOf("%", this.#at);
			this.#write(format.slice(this.#at, percent < 0 ? format.length : percent));
			if (percent < 0) break;
			this.#at = percent + 1;
			if (!this.#directive()) break;
		}
		this.#extra();
		return joined(this.#out);
	}

	#write(text: string): void {
		this.#ctx.step(text.length);
		if (this.#out.length + text.length > maxStringLength) this.#ctx.halt("sprintf: result too long");
		this.#out += text;
	}

	/** What follows a percent sign; false at the end of the format. */
	#directive(): boolean {
		this.#goodIndex = true;
		const flags = this.#flags();
		this.#index();
		const width = this.#width(flags);
		const precision = this.#precision();
		if (!this.#afterIndex) this.#index();
		const cp = this.#format.codePointAt(this.#at);
		if (cp === undefined) {
			this.#write("%!(NOVERB)");
			return false;
		}
		const verb = String.fromCodePoint(cp);
		this.#at += verb.length;
		if (verb === "%") this.#write("%");
		else if (!this.#goodIndex) this.#write(`%!${verb}(BADINDEX)`);
		else if (this.#argument >= this.#values.length) this.#write(`%!${verb}(MISSING)`);
		else this.#verb(verb, { ...flags, ...width, ...precision });
		return true;
	}

	#verb(verb: string, flags: Flags): void {
		const argument = this.#values[this.#argument++] as A;
		// `%#v` and `%+v` ask for Go syntax and field names, not for the plain flags.
		const syntax = verb === "v" || verb === "w";
		this.#write(
			this.#kind.format(argument, verb, syntax ? { ...flags, sharp: false, plus: false } : flags, {
				sharp: flags.sharp,
				plus: flags.plus,
			}),
		);
	}

	#flags(): { sharp: boolean; zero: boolean; plus: boolean; minus: boolean; space: boolean } {
		const flags = { sharp: false, zero: false, plus: false, minus: false, space: false };
		for (; ; this.#at++) {
			switch (this.#format[this.#at]) {
				case "#":
					flags.sharp = true;
					break;
				case "0":
					flags.zero = true;
					break;
				case "+":
					flags.plus = true;
					break;
				case "-":
					flags.minus = true;
					break;
				case " ":
					flags.space = true;
					break;
				default:
					return flags;
			}
		}
	}

	#width(flags: { minus: boolean; zero: boolean }): { readonly width: number | undefined } {
		if (this.#format[this.#at] === "*") {
			this.#at++;
			const count = this.#countArgument();
			if (!count.present) this.#write("%!(BADWIDTH)");
			this.#afterIndex = false;
			if (count.value < 0) {
				flags.minus = true;
				flags.zero = false;
			}
			return { width: count.present ? Math.abs(count.value) : undefined };
		}
		const count = this.#number(this.#format.length);
		if (this.#afterIndex && count.present) this.#goodIndex = false;
		return { width: count.present ? count.value : undefined };
	}

	#precision(): { readonly precision: number | undefined } {
		// A point at the very end of the format is the verb.
		if (this.#format[this.#at] !== "." || this.#at + 1 >= this.#format.length) return { precision: undefined };
		this.#at++;
		if (this.#afterIndex) this.#goodIndex = false;
		this.#index();
		if (this.#format[this.#at] !== "*") return { precision: this.#number(this.#format.length).value };
		this.#at++;
		const count = this.#countArgument();
		this.#afterIndex = false;
		if (count.present && count.value >= 0) return { precision: count.value };
		this.#write("%!(BADPREC)");
		return { precision: undefined };
	}

	/** Digits from here up to end; past Go's limit nothing counts and everything is consumed. */
	#number(end: number): Count {
		let value = 0;
		let present = false;
		for (; this.#at < end; this.#at++) {
			const digit = this.#format.charCodeAt(this.#at) - 48;
			if (!(digit >= 0 && digit <= 9)) break;
			if (value > tooLarge) {
				this.#at = end;
				return noCount;
			}
			value = value * 10 + digit;
			present = true;
		}
		return present ? { value, present } : noCount;
	}

	/** The argument a `*` stands for. */
	#countArgument(): Count {
		if (this.#argument >= this.#values.length) return noCount;
		const count = this.#kind.count(this.#values[this.#argument++] as A);
		if (count === undefined) return noCount;
		const value = Number(count);
		return Math.abs(value) > tooLarge ? noCount : { value, present: true };
	}

	/** An explicit argument index, `[n]`. */
	#index(): void {
		this.#afterIndex = false;
		if (this.#format[this.#at] !== "[") return;
		this.#reordered = true;
		const close = this.#format.indexOf("]", this.#at + 1);
		if (this.#format.length - this.#at < 3 || close < 0) {
			this.#at++;
			this.#goodIndex = false;
			return;
		}
		this.#at++;
		const count = this.#number(close);
		const whole = count.present && this.#at === close;
		this.#at = close + 1;
		this.#afterIndex = whole;
		if (whole && count.value >= 1 && count.value <= this.#values.length) this.#argument = count.value - 1;
		else this.#goodIndex = false;
	}

	/** Arguments no directive used, unless some were picked by index. */
	#extra(): void {
		if (this.#reordered || this.#argument >= this.#values.length) return;
		const texts = this.#values
			.slice(this.#argument)
			.map((a) => ({ type: this.#kind.typeName(a), text: this.#kind.format(a, "v", noFlags, noSyntax) }))
			.map(({ type, text }) => (type === "<nil>" ? type : `${type}=${text}`));
		this.#write(`%!(EXTRA ${texts.join(", ")})`);
	}
}

export const noSyntax: { readonly sharp: boolean; readonly plus: boolean } = { sharp: false, plus: false };
export const noFlags: Flags = {
	sharp: false,
	zero: false,
	plus: false,
	minus: false,
	space: false,
	width: undefined,
	precision: undefined,
};

/** `syntax` holds the flags as written; in `flags` %v has lost `#` and `+`. */
function formatArgument(
	argument: Argument,
	verb: string,
	flags: Flags,
	syntax: { readonly sharp: boolean; readonly plus: boolean },
): string {
	if (verb === "T") return formatText(argument.type, "s", flags, false) as string;
	let out: string | undefined;
	switch (argument.type) {
		case "int64":
			out = formatInt64(argument.value, verb, flags);
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
	count: (a) => (a.type === "int64" ? a.value : undefined),
};

export const sprintf: Builtin = define("sprintf", {
	category: "strings",
	since: "0.17.0",
	args: [
		["format", t.string, "text with directives such as %s, %d and %v"],
		["values", t.array(t.any), "values for the directives"],
	],
	result: t.string,
	resultDoc: "the formatted text",
	doc: "Formats values into a text.",
	eval: (ctx, format, values) => formatDirectives(ctx, format, values.map(toArgument), regoArgument),
});
