/** Options are checked, so that a misspelt one is told and not ignored. */
import type { HostPermissions } from "../builtins/define.ts";
import type { Host, Limits } from "../eval/context.ts";
import { kindOf } from "./plain-input.ts";
import { nearest } from "./suggest.ts";

/** What an option may be. Undefined always may be: it is the option left out. */
export type OptionCheck =
	| "boolean"
	| "object"
	| "function"
	| "number"
	| "string"
	| "strings"
	| "plan"
	| "record"
	| "map"
	| "backend"
	| "signal"
	| "anything"
	| "part"
	| readonly string[]
	| { readonly [name: string]: OptionCheck };

export type OptionChecks<T> = { readonly [K in keyof T]-?: OptionCheck };

/** Throws TypeError for an option that is unknown, or of another kind than it should be. */
export function checkOptions(call: string, options: unknown, known: { readonly [name: string]: OptionCheck }): void {
	if (options === undefined) return;
	if (typeof options !== "object" || options === null || Array.isArray(options)) {
		throw new TypeError(`${call}: options must be an object, not ${describe(options)}`);
	}
	for (const [name, value] of Object.entries(options)) {
		const check = Object.hasOwn(known, name) ? known[name] : undefined;
		if (check === undefined) {
			const meant = nearest(name, Object.keys(known));
			const better = meant === undefined ? `known are ${Object.keys(known).join(", ")}` : `did you mean ${meant}?`;
			throw new TypeError(`${call}: unknown option ${name}; ${better}`);
		}
		if (value === undefined) continue;
		if (!fits(value, check, name)) {
			throw new TypeError(`${call}: option ${name} must be ${wanted(check, name)}, not ${describe(value)}`);
		}
		if (isNested(check)) checkOptions(`${call}: in ${name}`, value, check);
	}
}

function isNested(check: OptionCheck): check is { readonly [name: string]: OptionCheck } {
	return typeof check === "object" && !Array.isArray(check);
}

function fits(value: unknown, check: OptionCheck, name: string): boolean {
	if (isNested(check) || check === "record")
		return typeof value === "object" && value !== null && !Array.isArray(value);
	if (typeof check !== "string") return (check as readonly unknown[]).includes(value);
	if (check === "anything") return true;
	if (check === "backend") return hasMethod(value, "prepare");
	if (check === "signal") return hasMethod(value, "addEventListener");
	if (check === "strings") return Array.isArray(value) && value.every((x) => typeof x === "string");
	// Its declaration shows its name only: one that is written out has nothing else.
	if (check === "part")
		return (value as { part?: unknown } | null)?.part === name && Object.keys(value as object).length > 1;
	if (check === "map") return value instanceof Map;
	if (check === "object") return typeof value === "object" && value !== null;
	if (check === "number") return typeof value === "number" && value >= 0;
	if (check === "plan") return typeof value === "object" || typeof value === "string";
	return typeof value === check;
}

function hasMethod(value: unknown, name: string): boolean {
	return typeof (value as { readonly [name: string]: unknown } | null | undefined)?.[name] === "function";
}

function wanted(check: OptionCheck, name: string): string {
	if (isNested(check) || check === "record") return "an object";
	if (check === "backend") return 'one of those that `import { closures, generated } from "regoplan"` gives';
	if (typeof check !== "string") return (check as readonly string[]).map((c) => JSON.stringify(c)).join(" or ");
	if (check === "strings") return "a list of strings";
	if (check === "part") return `the part ${name} of regoplan/parts`;
	if (check === "map") return "a Map, as in new Map([[name, value]])";
	if (check === "plan") return "a plan or its text";
	if (check === "signal") return "an AbortSignal";
	return check === "number" ? "a number from 0" : `${check === "object" ? "an" : "a"} ${check}`;
}

/** Bounds of evaluations. */
export const limitChecks: OptionChecks<Limits> = { steps: "number", timeMs: "number" };

const permissionChecks: OptionChecks<HostPermissions> = {
	httpSend: "function",
	httpSendAsync: "function",
	httpCache: "object",
	lookupIpAddr: "function",
};

/** What a host gives. */
export const hostChecks: OptionChecks<Host> = {
	nowNs: "function",
	randomBytes: "function",
	runtime: "anything",
	permissions: permissionChecks,
};

/** A value in a message about it. */
export function describe(v: unknown): string {
	if (v === null || v === undefined || typeof v === "number" || typeof v === "boolean") return String(v);
	if (typeof v === "string") return v.length > 60 ? "a text" : JSON.stringify(v);
	if (Array.isArray(v)) return "a list";
	return typeof v === "object" && Object.getPrototypeOf(v) === Object.prototype ? "an object" : kindOf(v);
}

/** `const { allows } = policy` leaves the policy behind. */
export function checkSelf(self: unknown, call: string): void {
	if (self !== undefined) return;
	throw new TypeError(
		`${call}: called without its policy: policy.${call}(…); policy.rule(path) gives a function of its own`,
	);
}

/** A path has to be a text: `rule(undefined)` is a mistake that is easily made. */
export function checkPath(self: unknown, call: string, path: unknown): asserts path is string {
	checkSelf(self, call);
	if (typeof path !== "string") {
		throw new TypeError(`${call}: the first argument is a path such as "data.authz.allow", not ${describe(path)}`);
	}
}
