/**
 * Contrast's manifest.json, as far as policies are concerned: the map from digests to what Contrast knows a workload
 * by. In: its text. Out: entries; and the text with other entries, everything else of it as it was, byte for byte.
 */

import { messageOf } from "../../thrown.ts";
import { quotedEnd } from "../policy/quoted.ts";
import { coordinatorRole } from "./names.ts";

export interface ManifestEntry {
	readonly SANs: readonly string[];
	readonly WorkloadSecretID: string | undefined;
	readonly Role: string | undefined;
}

/** By digest, in hex. */
export type ManifestPolicies = ReadonlyMap<string, ManifestEntry>;

/** A text that is no manifest; the message says why. */
export class ManifestError extends Error {}

const key = "Policies";

/** Throws ManifestError. */
export function manifestPolicies(text: string): ManifestPolicies {
	const out = new Map<string, ManifestEntry>();
	for (const [digest, entry] of Object.entries(objectOf(memberOf(parseObject(text), key) ?? {}, key))) {
		const where = `${key}.${digest.slice(0, 80)}`;
		if (!/^[0-9a-f]{64}$/.test(digest))
			throw new ManifestError(`${where}: the key is not 64 hexadecimal digits in lower case`);
		const o = objectOf(entry, where);
		const sans = memberOf(o, "SANs") ?? [];
		if (!Array.isArray(sans) || !sans.every((s) => typeof s === "string"))
			throw new ManifestError(`${where}: SANs is not a list of strings`);
		const [id, role] = [optional(o, "WorkloadSecretID", where), optional(o, "Role", where)];
		if (role !== undefined && role !== coordinatorRole)
			throw new ManifestError(`${where}: Contrast knows no role ${JSON.stringify(role.slice(0, 80))}`);
		out.set(digest, { SANs: sans, WorkloadSecretID: id, Role: role });
	}
	return out;
}

/** Whether it has reference values, without which nothing can be attested. */
export function hasReferenceValues(text: string): boolean {
	const values = memberOf(parseObject(text), "ReferenceValues");
	return typeof values === "object" && values !== null && Object.values(values).some((v) => v !== null);
}

/** A manifest with nothing in it but what every one has. */
export const emptyManifest = `{
  "Policies": {},
  "ReferenceValues": {},
  "WorkloadOwnerKeyDigests": [],
  "SeedshareOwnerPubKeys": []
}
`;

/** Throws ManifestError. */
export function withPolicies(text: string, policies: ManifestPolicies): string {
	const sorted = [...policies].sort(([a], [b]) => (a < b ? -1 : 1));
	const value = Object.fromEntries(
		sorted.map(([digest, { SANs, WorkloadSecretID, Role }]) => [digest, { SANs, WorkloadSecretID, Role }]),
	);
	return withMember(text, key, asGo(JSON.stringify(value, null, 2)));
}

/** `values` is the text of a JSON object: the values themselves, or an object that holds them by that name. */
export function withReferenceValues(text: string, values: string): string {
	const whole = parseObject(values);
	const name = "ReferenceValues";
	const inner = members(values).get(name);
	if (inner === undefined) return withMember(text, name, values.trim());
	objectOf(memberOf(whole, name), name);
	return withMember(text, name, outdent(values.slice(inner.start, inner.end)));
}

function outdent(text: string): string {
	return text.replace(/\n {2}/g, "\n");
}

/** Go's encoder escapes what could end a script. */
function asGo(json: string): string {
	return json.replace(/[<>&\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** Puts the text of a value in the place of a member's, or adds the member. */
function withMember(text: string, name: string, value: string): string {
	parseObject(text);
	const eol = text.includes("\r\n") ? "\r\n" : "\n";
	const indented = value.replace(/\r?\n/g, `${eol}  `);
	const found = members(text).get(name);
	if (found !== undefined) return text.slice(0, found.start) + indented + text.slice(found.end);
	const open = text.indexOf("{") + 1;
	const rest = text.slice(open);
	const first = /^\s*\}/.test(rest) ? eol : `,${/^\s/.test(rest) ? "" : eol}`;
	return `${text.slice(0, open)}${eol}  ${JSON.stringify(name)}: ${indented}${first}${rest}`;
}

interface Range {
	readonly start: number;
	readonly end: number;
}

/** Where the values of an object's members stand. Only for texts that JSON.parse has taken. Throws ManifestError. */
function members(text: string): ReadonlyMap<string, Range> {
	const out = new Map<string, Range>();
	let depth = 0;
	let name: string | undefined;
	let start = -1;
	let end = -1;
	const close = (): void => {
		if (name === undefined || start < 0) return;
		if (out.has(name)) throw new ManifestError(`the member ${JSON.stringify(name)} stands there twice`);
		out.set(name, { start, end });
		name = undefined;
		start = -1;
	};
	for (const { token: t, index } of tokens(text)) {
		if (depth === 1 && name === undefined && t.startsWith('"')) {
			const read: unknown = JSON.parse(t);
			name = String(read);
			continue;
		}
		if (depth === 1 && start < 0 && t === ":") continue;
		if (depth === 1 && (t === "," || t === "}")) close();
		else if (depth >= 1) {
			if (start < 0) start = index;
			end = index + t.length;
		}
		if (t === "{" || t === "[") depth++;
		if (t === "}" || t === "]") depth--;
	}
	return out;
}

/** The tokens of JSON: texts in quotes, brackets, colons and commas, and everything else up to one of these. */
function* tokens(text: string): Generator<{ readonly token: string; readonly index: number }> {
	const start = /["{}[\]:,]|[^\s{}[\]:,"]+/g;
	for (let m = start.exec(text); m !== null; m = start.exec(text)) {
		if (m[0] === '"') start.lastIndex = quotedEnd(text, m.index) ?? text.length;
		yield { token: text.slice(m.index, start.lastIndex), index: m.index };
	}
}

function parseObject(text: string): object {
	let value: unknown;
	try {
		value = JSON.parse(text);
	} catch (e) {
		throw new ManifestError(`not JSON: ${messageOf(e)}`);
	}
	return objectOf(value, "the manifest");
}

function objectOf(value: unknown, where: string): object {
	if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
	throw new ManifestError(`${where} is not an object`);
}

function memberOf(o: object, name: string): unknown {
	return Object.hasOwn(o, name) ? Reflect.get(o, name) : undefined;
}

function optional(o: object, name: string, where: string): string | undefined {
	const v = memberOf(o, name) ?? "";
	if (typeof v !== "string") throw new ManifestError(`${where}: ${name} is not a string`);
	return v === "" ? undefined : v;
}
