/**
 * Who may ask: every request is put to a policy (`data.system.authz.allow`) first, with its method, path,
 * parameters, headers, identity, and the body where there is an input. Undefined is an error, and anything but
 * true a refusal.
 */
import { messageOf } from "../thrown.ts";
import { getOwn } from "../value/collections.ts";
import { quoteGo } from "../value/term-text.ts";
import { isPlainObject, type PlainObject, type Value } from "../value/value.ts";
import { parseYaml } from "../value/yaml.ts";
import type { Call } from "./call.ts";
import { printsIn, type ServerContext } from "./context.ts";
import { wholeDocument } from "./envelope.ts";
import { ApiError, badRequest } from "./errors.ts";
import { pathUnescape } from "./percent.ts";

/** Throws ApiError where the request may not be. */
export async function authorize(context: ServerContext, call: Call): Promise<void> {
	const { snapshot } = context.runtime;
	const input = await authzInput(call);
	const answer = await snapshot.decisions.at(context.authorizationDecision).decideWith(input, {
		strictBuiltinErrors: false,
		onPrint: printsIn(context, snapshot, call),
		waits: snapshot.waits,
	});
	if (answer === undefined) throw new ApiError(500, "internal_error", "authorization policy missing or undefined");
	if (answer === true) return;
	let reason = "request rejected by administrative policy";
	if (isPlainObject(answer)) {
		const allowed = getOwn(answer, "allowed");
		if (allowed === undefined) throw new ApiError(500, "internal_error", "document missing or undefined");
		if (allowed === true) return;
		const text = getOwn(answer, "reason");
		if (typeof text === "string") reason = text;
	}
	throw new ApiError(401, "unauthorized", reason);
}

async function authzInput(call: Call): Promise<PlainObject> {
	const path = pathNames(call.decodedPath ?? "");
	const input: { [name: string]: Value } = {
		path,
		method: call.method.toUpperCase(),
		params: Object.fromEntries(call.params.entries()),
		headers: headersOf(call),
	};
	if (hasInput(call.method, path)) {
		const text = await readBody(call);
		if (text !== "") {
			const body = parsed(text, call.header("content-type").includes("yaml"));
			input["body"] = body;
			call.parsedBody = { value: body };
		}
	}
	if (call.identity !== undefined) input["identity"] = call.identity;
	const certificates = call.incoming.certificates();
	if (certificates !== undefined) input["client_certificates"] = certificates.chain;
	return input;
}

function parsed(text: string, yaml: boolean): Value {
	try {
		return yaml ? parseYaml(text) : wholeDocument(text);
	} catch (e) {
		throw badRequest(messageOf(e));
	}
}

/** Parts of the path, decoded once more: as OPA does it. */
function pathNames(path: string): readonly string[] {
	if (path === "") return [];
	return path
		.slice(1)
		.split("/")
		.map((part) => {
			const name = pathUnescape(part);
			if (name === undefined) throw badRequest(`invalid URL escape ${quoteGo(wrongEscape(part))}`);
			return name;
		});
}

/** The first `%` that two digits do not follow, and what does. */
function wrongEscape(part: string): string {
	return /%(?![0-9A-Fa-f]{2}).{0,2}/s.exec(part)?.[0] ?? part;
}

async function readBody(call: Call): Promise<string> {
	try {
		return await call.inflatedBody();
	} catch (e) {
		throw badRequest(messageOf(e));
	}
}

function hasInput(method: string, path: readonly string[]): boolean {
	if (method !== "POST") return false;
	if (path.length === 1) return path[0] === "";
	return (path[0] === "v0" || path[0] === "v1") && path[1] === "data";
}

/** Canonical names, each with its values. */
function headersOf(call: Call): PlainObject {
	const values = new Map<string, string[]>();
	const add = (name: string, value: string): void => {
		if (name.startsWith(":") || /^(?:host|transfer-encoding)$/i.test(name)) return;
		const key = canonical(name);
		values.set(key, [...(values.get(key) ?? []), value]);
	};
	const raw = call.incoming.rawHeaders;
	for (let i = 0; i + 1 < raw.length; i += 2) add(raw[i] ?? "", raw[i + 1] ?? "");
	return Object.fromEntries(values);
}

/** `content-type` as `Content-Type`. */
function canonical(name: string): string {
	return name.toLowerCase().replace(/(^|-)[a-z]/g, (c) => c.toUpperCase());
}

/** Who sent a request, by `Authorization: Bearer …`. */
export function bearerToken(call: Call): string | undefined {
	return /^Bearer[\t\n\f\r ]+([^\t\n\f\r ]+)$/.exec(call.header("authorization"))?.[1];
}
