/**
 * Which handler a request is for, as Go's ServeMux finds it: the path is cleaned first, and where that changes
 * it the client is sent to the clean one; an exact path comes before a folder of paths, a method before any.
 */
import { toWellFormed } from "../value/utf8.ts";
import { type Answer, plain, redirect } from "./answer.ts";
import type { Call } from "./call.ts";

export type HandlerName =
	| "dataGet"
	| "dataPost"
	| "dataPut"
	| "dataPatch"
	| "dataDelete"
	| "dataPostV0"
	| "policiesList"
	| "policiesGet"
	| "policiesPut"
	| "policiesDelete"
	| "queryGet"
	| "queryPost"
	| "compile"
	| "config"
	| "status"
	| "defaultDecision"
	| "page"
	| "health"
	| "policyHealth"
	| "metrics"
	| "notAllowed";

export interface Route {
	readonly handler: HandlerName;
	/** The name in the metrics; undefined where requests are not counted. */
	readonly label: string | undefined;
	/** What the path has below the route, still encoded. */
	readonly below: string;
}

interface Entry {
	readonly handler: HandlerName;
	readonly label: string | undefined;
}

/** By method, "" for all that are not listed, and path: one that ends with a slash stands for all that is below it. */
export type Routes = ReadonlyMap<string, ReadonlyMap<string, Entry>>;

/** Makes the table from lines such as `"GET /v1/data"` and, for everything below, `"GET /v1/data/"`. */
function routes(list: readonly (readonly [string, HandlerName, string | undefined])[]): Routes {
	const table = new Map<string, Map<string, Entry>>();
	for (const [pattern, handler, label] of list) {
		const space = pattern.indexOf(" ");
		const method = pattern.slice(0, space);
		const paths = table.get(method) ?? new Map<string, Entry>();
		table.set(method, paths.set(pattern.slice(space + 1), { handler, label }));
	}
	return table;
}

/** What can be asked of a diagnostic address. */
const diagnostic = [
	["GET /metrics", "metrics", undefined],
	["GET /health", "health", "health"],
	["GET /health/", "policyHealth", "health"],
] as const;

export const diagnosticRoutes: Routes = routes(diagnostic);

export const mainRoutes: Routes = routes([
	...diagnostic,
	["POST /v0/data/", "dataPostV0", "v0/data"],
	["POST /v0/data", "dataPostV0", "v0/data"],
	["DELETE /v1/data/", "dataDelete", "v1/data"],
	["PUT /v1/data/", "dataPut", "v1/data"],
	["PUT /v1/data", "dataPut", "v1/data"],
	["GET /v1/data/", "dataGet", "v1/data"],
	["GET /v1/data", "dataGet", "v1/data"],
	["PATCH /v1/data/", "dataPatch", "v1/data"],
	["PATCH /v1/data", "dataPatch", "v1/data"],
	["POST /v1/data/", "dataPost", "v1/data"],
	["POST /v1/data", "dataPost", "v1/data"],
	["GET /v1/policies", "policiesList", "v1/policies"],
	["DELETE /v1/policies/", "policiesDelete", "v1/policies"],
	["GET /v1/policies/", "policiesGet", "v1/policies"],
	["PUT /v1/policies/", "policiesPut", "v1/policies"],
	["GET /v1/query", "queryGet", "v1/query"],
	["POST /v1/query", "queryPost", "v1/query"],
	["POST /v1/compile", "compile", "v1/compile"],
	["POST /v1/compile/", "compile", "v1/compile"],
	["GET /v1/compile/", "compile", "v1/compile"],
	["GET /v1/config", "config", "v1/config"],
	["GET /v1/status", "status", "v1/status"],
	["POST /", "defaultDecision", "index"],
	["GET /", "page", "index"],
	[" /v0/data/", "notAllowed", "catchall"],
	[" /v0/data", "notAllowed", "catchall"],
	[" /v1/data/", "notAllowed", "catchall"],
	[" /v1/data", "notAllowed", "catchall"],
	[" /v1/policies", "notAllowed", "catchall"],
	[" /v1/policies/", "notAllowed", "catchall"],
	[" /v1/query/", "notAllowed", "catchall"],
	[" /v1/query", "notAllowed", "catchall"],
]);

/** The route of a request, or what the client is told instead. */
export function route(table: Routes, call: Call): Route | Answer {
	const { method, path } = call;
	const clean = method === "CONNECT" ? path : cleanPath(path);
	const found = match(table, method, clean);
	if (found === undefined && !clean.endsWith("/") && match(table, method, `${clean}/`)?.below === "") {
		return redirect(method, 307, locationOf(`${clean}/`, call.rawQuery));
	}
	if (clean !== path) return redirect(method, 307, locationOf(clean, call.rawQuery));
	if (found !== undefined) return found;
	const methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"].filter((m) =>
		[clean, `${clean}/`].some((p) => {
			const r = match(table, m, p);
			return r !== undefined && (p === clean || r.below === "");
		}),
	);
	if (methods.length === 0) return plain(404, "404 page not found");
	return plain(405, "Method Not Allowed", { Allow: methods.sort().join(", ") });
}

/** GET stands for HEAD, too. */
function match(table: Routes, method: string, path: string): Route | undefined {
	const named = table.get(method === "HEAD" ? "GET" : method);
	const any = table.get("");
	const of = (part: string): Route | undefined => {
		const entry = named?.get(part) ?? any?.get(part);
		return entry && { handler: entry.handler, label: entry.label, below: path.slice(part.length) };
	};
	// Folders are the first two parts of the path, or the first one.
	const first = path.indexOf("/", 1);
	const second = first < 0 ? -1 : path.indexOf("/", first + 1);
	if (second < 0 || path === "/") {
		const exact = path === "/" || !path.endsWith("/") ? of(path) : undefined;
		if (exact !== undefined) return exact;
	}
	return (
		(second > 0 ? of(path.slice(0, second + 1)) : undefined) ?? (first > 0 ? of(path.slice(0, first + 1)) : undefined)
	);
}

/** The path of a decision without the slashes around it. */
export function trimSlashes(path: string): string {
	return path.replace(/^\/+|\/+$/g, "");
}

/** Go's path.Clean, with the slash at the end. */
function cleanPath(path: string): string {
	if (path === "") return "/";
	if (!/\/(?:\/|\.\.?(?:\/|$))/.test(path) && path.startsWith("/")) return path;
	const out: string[] = [];
	for (const part of path.split("/")) {
		if (part === "" || part === ".") continue;
		if (part === "..") out.pop();
		else out.push(part);
	}
	const text = `/${out.join("/")}`;
	return path.endsWith("/") && text !== "/" ? `${text}/` : text;
}

/** Go encodes the encoded path once more. */
function locationOf(path: string, rawQuery: string): string {
	const escaped = path.replace(/[^A-Za-z0-9\-_.~$&+,/:;=@]/g, (c) => encodeCharacter(c));
	return rawQuery === "" ? escaped : `${escaped}?${rawQuery}`;
}

function encodeCharacter(c: string): string {
	return `%${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
}

/** Where a path with a slash at its end leads. */
export function withoutSlash(call: Call): Answer | undefined {
	const path = call.decodedPath ?? "";
	if (path === "/" || !path.endsWith("/")) return undefined;
	const clean = cleanPath(path.slice(0, -1));
	// No header holds line ends, nor what is not ASCII.
	const location = [...clean].map((c) =>
		/^[\x20-\x7e]$/.test(c)
			? c
			: c < "\x80"
				? encodeURIComponent(c)
				: encodeURIComponent(toWellFormed(c)).toLowerCase(),
	);
	return redirect(call.method, 301, location.join(""), clean);
}
