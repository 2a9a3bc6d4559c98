/**
 * Which responses may be kept between queries and for how long: Cache-Control, Date and Expires as OPA
 * reads them.
 */
import type { HttpResponse } from "./transport.ts";

/** Statuses that HTTP allows to be cached by default. */
const cacheableStatuses: ReadonlySet<number> = new Set([200, 203, 204, 206, 300, 301, 404, 405, 410, 414, 501]);

export function isCacheableStatus(code: number): boolean {
	return cacheableStatuses.has(code);
}

/** First value of a header, or "". */
export function headerValue(r: HttpResponse, name: string): string {
	return r.headers.find(([n]) => n === name)?.[1][0] ?? "";
}

function cacheControl(r: HttpResponse): ReadonlyMap<string, string> {
	const out = new Map<string, string>();
	for (const raw of headerValue(r, "cache-control").split(",")) {
		const [name = "", value, ...more] = raw.trim().split("=");
		// A directive with several signs of equality is ignored.
		if (name !== "" && more.length === 0) out.set(name.trim(), value ?? "");
	}
	return out;
}

export function mayStore(r: HttpResponse): boolean {
	return !cacheControl(r).has("no-store");
}

const maxInt32 = 0x7fffffff;

/**
 * When a response expires, in milliseconds since 1970; 0 where it does not say. Undefined where what
 * it says cannot be used: `max-age` that is not a number, or without a Date to count from.
 */
export function expiryOf(r: HttpResponse): number | undefined {
	const maxAge = cacheControl(r).get("max-age");
	if (maxAge === undefined) return parseHttpDate(headerValue(r, "expires")) ?? 0;
	if (!/^[0-9]+$/.test(maxAge)) return undefined;
	const date = parseHttpDate(headerValue(r, "date"));
	return date === undefined ? undefined : date + Math.min(Number(maxAge), maxInt32) * 1000;
}

const dateForms = [
	/^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/,
	/^[A-Z][a-z]+, \d{2}-[A-Z][a-z]{2}-\d{2} \d{2}:\d{2}:\d{2} GMT$/,
	/^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} \d{4}$/,
];

/** The three date forms of HTTP. */
function parseHttpDate(text: string): number | undefined {
	if (!dateForms.some((f) => f.test(text))) return undefined;
	const ms = Date.parse(text.endsWith("GMT") ? text : `${text} GMT`);
	return Number.isNaN(ms) ? undefined : ms;
}
