/**
 * Go's fmt.Sprintf: directives, flags, argument indices. How arguments of one kind are shown is the caller's
 * (Rego's in builtins/sprintf.ts, templates' in template/values.ts). Directives that do not fit yield Go's
 * `%!d(string=hi)` texts rather than errors.
 */

import { at } from "../at.ts";
import { joined } from "./byte-string.ts";
import type { Flags } from "./fmt-verbs.ts";
import { maxStringLength, type Work } from "./work.ts";

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
export function formatDirectives<A>(ctx: Work, format: string, values: readonly A[], kind: ArgumentKind<A>): string {
	return new Printer(ctx, format, values, kind).print();
}

class Printer<A> {
	readonly #ctx: Work;
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

	constructor(ctx: Work, format: string, values: readonly A[], kind: ArgumentKind<A>) {
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
		const plain = this.#format.charAt(this.#at);
		if (plain >= "a" && plain <= "z" && this.#argument < this.#values.length) {
			this.#at++;
			this.#afterIndex = false;
			this.#write(this.#kind.format(at(this.#values, this.#argument++), plain, noFlags, noSyntax));
			return true;
		}
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
		const argument = at(this.#values, this.#argument++);
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
		const count = this.#kind.count(at(this.#values, this.#argument++));
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
