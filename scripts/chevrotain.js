/**
 * How chevrotain goes into the bundles: its lexer alone, without what our lexer does not use of it
 * and every start would pay for. Plain chevrotain does the same, so sources run without this, too.
 */
import { readFileSync } from "node:fs";

/** The package's entry brings its parser along; our token types say with which characters they begin. */
export const alias = {
	chevrotain: "./scripts/chevrotain-lexer.js",
	"@chevrotain/regexp-to-ast": "./scripts/chevrotain-regexp.js",
};

/**
 * Chevrotain fills a table of 65,536 entries (its comment: "~3ms") that tells the bucket of each
 * character past 255. We ask for a few of these at most, and so compute it.
 */
export const withoutTable = {
	name: "chevrotain-table",
	setup(b) {
		b.onLoad({ filter: /[\\/]chevrotain[\\/]lib[\\/]src[\\/]scan[\\/]lexer\.js$/ }, ({ path }) => {
			let contents = readFileSync(path, "utf8");
			for (const [from, to] of [
				["charCodeToOptimizedIdxMap[charCode];", "255 + ~~(charCode / 255);"],
				["if (charCodeToOptimizedIdxMap.length === 0) {", "if (false) {"],
			]) {
				if (contents.split(from).length !== 2) throw new Error(`chevrotain's lexer has changed: ${from}`);
				contents = contents.replace(from, to);
			}
			return { contents, loader: "js" };
		});
	},
};
