/** What a request is answered with, before it becomes a Response. */

/** Status, headers and body. */
export interface Answer {
	readonly status: number;
	readonly headers: { readonly [name: string]: string };
	readonly body: string | Uint8Array | null;
}

export const jsonHeaders: Answer["headers"] = { "Content-Type": "application/json" };

/** JSON, with the line end that Go's encoder writes. */
export function json(status: number, text: string): Answer {
	return { status, headers: jsonHeaders, body: `${text}\n` };
}

/** Nothing but a status. */
export function empty(status: number, headers: Answer["headers"] = {}): Answer {
	return { status, headers, body: null };
}

/** What Go's own handlers say, in plain text. */
export function plain(status: number, text: string, headers: Answer["headers"] = {}): Answer {
	const fixed = { "Content-Type": "text/plain; charset=utf-8", "X-Content-Type-Options": "nosniff" };
	return { status, headers: { ...fixed, ...headers }, body: `${text}\n` };
}

/** `method`: only to GET a body says where to go, by `shown`. */
export function redirect(method: string, status: 301 | 307, location: string, shown: string = location): Answer {
	if (method !== "GET" && method !== "HEAD") return empty(status, { Location: location });
	const escapes: { readonly [c: string]: string } = {
		"&": "&amp;",
		"<": "&lt;",
		">": "&gt;",
		'"': "&#34;",
		"'": "&#39;",
	};
	const href = shown.replace(/[&<>"']/g, (c) => escapes[c] as string);
	const reason = status === 301 ? "Moved Permanently" : "Temporary Redirect";
	return {
		status,
		headers: { "Content-Type": "text/html; charset=utf-8", Location: location },
		body: method === "GET" ? `<a href="${href}">${reason}</a>.\n\n` : null,
	};
}
