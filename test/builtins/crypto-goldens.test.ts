/**
 * Certificates, tokens, networks, UUIDs and AWS signatures against recorded answers of OPA
 * (goldens/*.json, see conformance/tools/record-crypto-goldens.js): values exactly, errors with code
 * and text. Where only the innards of Go's error differ, the table below says so.
 */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { builtins } from "../../src/builtins/registry.ts";
import { parseJson, toJson } from "../../src/value/json.ts";
import { TestBuiltinError, testContext } from "./support.ts";

/** Within the lifetime of the fixtures' certificates. */
const now = 1_800_000_000_000_000_000n;

interface Golden {
	readonly builtin: string;
	readonly args: readonly string[];
	/** JSON, or "undefined". */
	readonly want?: string;
	readonly error?: string;
}

const groups = [
	"aws",
	"digests",
	"jwks",
	"networks",
	"token-claims",
	"token-signatures",
	"token-signing",
	"uuids",
	"x509",
];

/** OPA's texts that end in a dump of Go structures: ours agree up to here. */
const dumps = [/asn1: (?:structure|syntax) error: .*/s, /cannot parse JSON: .*/s];

function comparable(error: string): string {
	return dumps.reduce((text, dump) => text.replace(dump, (m) => m.slice(0, 5)), error);
}

/** Sets come out of OPA's API as sorted arrays, as they do of toJson. */
function answer(g: Golden): string {
	const b = builtins.get(g.builtin);
	if (b === undefined) throw new Error(`no builtin ${g.builtin}`);
	const ctx = Object.assign(testContext({ strict: true }), { nowNs: () => now });
	try {
		const value = b.eval(ctx, ...g.args.map(parseJson));
		return value === undefined ? "undefined" : toJson(value);
	} catch (e) {
		if (e instanceof TestBuiltinError) return comparable(`${e.code}: ${e.message}`);
		throw e;
	}
}

function wanted(g: Golden): string {
	if (g.error !== undefined) return comparable(g.error);
	return g.want === undefined || g.want === "undefined" ? "undefined" : toJson(parseJson(g.want));
}

for (const group of groups) {
	const file = new URL(`goldens/${group}.json`, import.meta.url);
	const { cases } = JSON.parse(readFileSync(file, "utf8")) as { readonly cases: readonly Golden[] };
	describe(group, () => {
		test("has cases", () => expect(cases.length).toBeGreaterThan(10));
		for (const [i, g] of cases.entries()) {
			const shown = g.args.map((a) => (a.length > 60 ? `${a.slice(0, 60)}…` : a)).join(", ");
			test(`${i}: ${g.builtin}(${shown})`, () => expect(answer(g)).toBe(wanted(g)));
		}
	});
}
