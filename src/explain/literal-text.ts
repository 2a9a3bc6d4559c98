/** A literal as it stands in a policy's text. */

const longest = 160;
const closing: { readonly [open: string]: string } = { "(": ")", "[": "]", "{": "}" };

/** The text from an offset to where the literal ends: at the end of a line, or where what was opened is closed. */
export function literalText(text: string, offset: number): string {
	const open: string[] = [];
	let end = offset;
	for (; end < text.length && end - offset < 4 * longest; end++) {
		const ch = text.charAt(end);
		if (ch === '"' || ch === "`") {
			const after = endOfString(text, end);
			if (after < 0) break;
			end = after;
			continue;
		}
		const close = closing[ch];
		if (close !== undefined) open.push(close);
		else if (ch === open.at(-1)) open.pop();
		else if (ch === ")" || ch === "]" || ch === "}" || ((ch === "\n" || ch === ";" || ch === "#") && open.length === 0))
			break;
	}
	const out = text.slice(offset, end).replace(/\s+/g, " ").trim();
	return out.length > longest ? `${out.slice(0, longest)}…` : out;
}

function endOfString(text: string, start: number): number {
	const quote = text.charAt(start);
	for (let i = start + 1; i < text.length; i++) {
		if (quote === '"' && text.charAt(i) === "\\") i++;
		else if (text.charAt(i) === quote) return i;
	}
	return -1;
}
