/**
 * semver.*, by OPA's reading of a version: a leading `v` is allowed, numbers may have leading zeros
 * and signs, and only a pre-release that is not empty counts.
 */

import { at } from "../at.ts";
import { compareStrings } from "../value/compare.ts";
import { quoteGo } from "../value/term-text.ts";
import { type Builtin, define, ofModule, t } from "./define.ts";

interface Version {
	readonly numbers: readonly [bigint, bigint, bigint];
	readonly preRelease: string;
}

const identifiers = /^[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*$/;
const integer = /^[+-]?[0-9]+$/;

function cut(s: string, separator: string): readonly [string, string] {
	const i = s.indexOf(separator);
	return i < 0 ? [s, ""] : [s.slice(0, i), s.slice(i + 1)];
}

function parseVersion(text: string): Version | undefined {
	const [withoutMetadata, metadata] = cut(text.startsWith("v") ? text.slice(1) : text, "+");
	const [core, preRelease] = cut(withoutMetadata, "-");
	if (metadata !== "" && !identifiers.test(metadata)) return undefined;
	if (preRelease !== "" && !identifiers.test(preRelease)) return undefined;
	const parts = core.split(".");
	if (parts.length !== 3) return undefined;
	const numbers: bigint[] = [];
	for (const part of parts) {
		// Beyond this many digits only leading zeros could keep a number in range.
		if (!integer.test(part) || part.length > 1000) return undefined;
		const n = BigInt(part.startsWith("+") ? part.slice(1) : part);
		if (n > 2n ** 63n - 1n || n < -(2n ** 63n)) return undefined;
		numbers.push(n);
	}
	return { numbers: numbers as [bigint, bigint, bigint], preRelease };
}

function compareVersions(a: Version, b: Version): number {
	for (const i of [0, 1, 2] as const) {
		if (a.numbers[i] !== b.numbers[i]) return a.numbers[i] < b.numbers[i] ? -1 : 1;
	}
	if (a.preRelease === b.preRelease) return 0;
	if (a.preRelease === "") return 1;
	if (b.preRelease === "") return -1;
	const x = a.preRelease.split(".");
	const y = b.preRelease.split(".");
	for (let i = 0; i < x.length && i < y.length; i++) {
		const c = compareIdentifiers(at(x, i), at(y, i));
		if (c !== 0) return c;
	}
	if (x.length !== y.length) return x.length < y.length ? -1 : 1;
	// Only leading zeros differ: OPA would never return.
	return 0;
}

function compareIdentifiers(a: string, b: string): number {
	const aNumeric = /^[0-9]+$/.test(a);
	const bNumeric = /^[0-9]+$/.test(b);
	if (aNumeric !== bNumeric) return aNumeric ? -1 : 1;
	if (!aNumeric) return compareStrings(a, b);
	const x = clamp(a);
	const y = clamp(b);
	return x < y ? -1 : x > y ? 1 : 0;
}

/** Go's Atoi answers the largest int for anything larger. */
function clamp(digits: string): bigint {
	const trimmed = digits.replace(/^0+(?=.)/, "");
	const most = 2n ** 63n - 1n;
	if (trimmed.length > 19) return most;
	const n = BigInt(trimmed);
	return n > most ? most : n;
}

const compare: Builtin = define("semver.compare", {
	category: "semver",
	pure: true,
	since: "0.22.0",
	args: [
		["a", t.string, "first version"],
		["b", t.string, "second version"],
	],
	resultName: "result",
	result: t.number,
	resultDoc: "-1, 0 or 1",
	doc: "Compares two semantic versions.",
	eval: (ctx, a, b) => {
		const x = parseVersion(a);
		if (x === undefined) return ctx.error(`operand 1: string ${quoteGo(a)} is not a valid SemVer`);
		const y = parseVersion(b);
		if (y === undefined) return ctx.error(`operand 2: string ${quoteGo(b)} is not a valid SemVer`);
		return compareVersions(x, y);
	},
});

const isValid: Builtin = define("semver.is_valid", {
	category: "semver",
	pure: true,
	since: "0.22.0",
	args: [["vsn", t.any]],
	resultName: "result",
	result: t.boolean,
	resultDoc: "true if vsn is a semantic version",
	doc: "Tells whether a value is a string that holds a semantic version.",
	eval: (_ctx, vsn) => typeof vsn === "string" && parseVersion(vsn) !== undefined,
});

export const semver: readonly Builtin[] = ofModule("semver", [compare, isValid]);
