/** What of a registry's answers may stand in messages: no credentials, no signatures, nothing that moves a cursor. */

/** Without user, password and query: redirects to storage have their signatures there. */
export function shownUrl(url: URL): string {
	const text = `${url.protocol}//${url.host}${url.pathname}`;
	return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}

const maxWords = 300;

/** The messages of an answer in OCI's format, or the answer's own words where it has none. */
export function plainText(body: string): string {
	let text = body;
	try {
		const value: unknown = JSON.parse(body);
		const words = messages(value);
		if (words.length > 0) text = words.join("; ");
	} catch {
		// A page of a proxy, or nothing.
		if (/^\s*</.test(body)) return "";
	}
	const clean = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, " ").trim();
	return clean.length > maxWords ? `${clean.slice(0, maxWords)}…` : clean;
}

function messages(value: unknown): readonly string[] {
	if (typeof value !== "object" || value === null) return [];
	const errors: unknown = Object.entries(value).find(([k]) => k === "errors")?.[1];
	if (!Array.isArray(errors)) return [];
	return errors.slice(0, 10).flatMap((e: unknown) => {
		if (typeof e !== "object" || e === null) return [];
		const { code, message } = Object.fromEntries(Object.entries(e));
		return [[code, message].filter((x) => typeof x === "string").join(": ")];
	});
}
