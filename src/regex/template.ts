/**
 * regex.template_match: text with regular expressions between delimiters, as one anchored pattern.
 */
import { parseRegex } from "./syntax.ts";

/** `text` with everything special in regular expressions escaped. */
function quoteRegex(text: string): string {
	return text.replace(/[\\.+*?()|[\]{}^$]/g, "\\$&");
}

/**
 * The pattern a template stands for, or undefined when its delimiters do not pair up. Throws
 * RegexSyntaxError for a bad expression between them.
 */
export function templatePattern(template: string, start: string, end: string): string | undefined {
	let out = "^";
	let level = 0;
	let opened = 0;
	let done = 0;
	for (let i = 0; i < template.length; i++) {
		const c = template[i];
		if (c === start) {
			if (++level === 1) opened = i;
		} else if (c === end) {
			level--;
			if (level < 0) return undefined;
			if (level > 0) continue;
			const expression = template.slice(opened + 1, i);
			// Each must be valid by itself.
			parseRegex(`^${expression}$`);
			out += `${quoteRegex(template.slice(done, opened))}(${expression})`;
			done = i + 1;
		}
	}
	return level === 0 ? `${out}${quoteRegex(template.slice(done))}$` : undefined;
}
