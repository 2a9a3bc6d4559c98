/**
 * glob.*: shell-like patterns with separators. Not to be confused with regex.globs_match.
 */
import { compileGlob, type Glob, GlobSyntaxError, quoteGlob } from "../regex/glob.ts";
import { isArray } from "../value/value.ts";
import { type Builtin, define, ofModule, operandElementError, operandTypeError, t } from "./define.ts";

const category = "glob";
const dot: readonly string[] = ["."];
const none: readonly string[] = [];

export const glob: readonly Builtin[] = ofModule("glob", [
	define("glob.match", {
		category,
		pure: true,
		args: [
			["pattern", t.string, "glob pattern"],
			[
				"delimiters",
				t.union(t.null, t.array(t.string)),
				"characters that `*` and `?` do not match; `.` when empty, none when null",
			],
			["match", t.string, "string to match as a whole"],
		],
		resultName: "result",
		result: t.boolean,
		resultDoc: "whether `match` matches `pattern`",
		doc: "Whether a string matches a glob pattern.",
		since: "0.17.0",
		unchecked: true,
		eval: (ctx, pattern, delimiters, s) => {
			if (typeof pattern !== "string") return ctx.typeError(operandTypeError(1, pattern, ["string"]));
			let separators = none;
			if (isArray(delimiters)) {
				for (const d of delimiters) {
					if (typeof d !== "string") return ctx.typeError(operandElementError(2, delimiters, d, ["string"]));
					const c = d.codePointAt(0);
					if (c === undefined || d.length !== (c > 0xffff ? 2 : 1)) {
						return ctx.typeError(operandElementError(2, delimiters, d, ["rune"]));
					}
				}
				separators = delimiters.length === 0 ? dot : delimiters;
			} else if (delimiters !== null) return ctx.typeError(operandTypeError(2, delimiters, ["array", "null"]));
			if (typeof s !== "string") return ctx.typeError(operandTypeError(3, s, ["string"]));
			ctx.step(1 + (s.length >> 6));
			let compiled: Glob;
			try {
				compiled = compileGlob(pattern, separators);
			} catch (e) {
				if (e instanceof GlobSyntaxError) return ctx.error(e.message);
				throw e;
			}
			return compiled.match(s);
		},
	}),
	define("glob.quote_meta", {
		category,
		pure: true,
		args: [["pattern", t.string, "text to be taken literally"]],
		resultName: "output",
		result: t.string,
		resultDoc: "`pattern` with its special characters escaped",
		doc: "Escapes the characters of a string that are special in globs.",
		since: "0.17.0",
		eval: (_ctx, pattern) => quoteGlob(pattern),
	}),
]);
