/**
 * Declarations of builtins: each says what its users need to know, all agree with what OPA 1.20.2
 * declares (signatures.tsv, from `opa capabilities`), and docs/builtins.md is made from them.
 */
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { builtinsPage } from "../../scripts/builtins-page.ts";
import { builtins } from "../../src/builtins/registry.ts";
import { showType } from "../../src/value/show-type.ts";

/** Rows of a table with a header line. */
function readTable(url: URL): readonly (readonly string[])[] {
	return readFileSync(url, "utf8")
		.split("\n")
		.slice(1)
		.filter((line) => line !== "")
		.map((line) => line.split("\t"));
}

describe("signatures", () => {
	const rows = readTable(new URL("signatures.tsv", import.meta.url));
	const declared = [...builtins.values()].map((b) => [
		b.name,
		[
			...b.args.map(([, type]) => showType(type)),
			...(b.variadic === undefined ? [] : [`${showType(b.variadic)}...`]),
		].join("; "),
		b.result === undefined ? "" : showType(b.result),
		b.infix ?? "",
		b.relation ? "relation" : "",
		b.nondeterministic ? "nondeterministic" : "",
		b.deprecated ? "deprecated" : "",
	]);

	test("all of OPA's builtins are there, and no others", () => {
		expect([...builtins.keys()].sort()).toEqual(rows.map(([name]) => name).sort());
		expect(rows.length).toBe(206);
	});
	for (const row of rows) {
		test(row[0] as string, () => expect(declared.find(([name]) => name === row[0])).toEqual(row));
	}
});

describe("what a builtin looks at", () => {
	test("each says that it is pure, or what it reads", () => {
		const silent = [...builtins.values()].filter((b) => b.pure === b.reads.length > 0);
		expect(silent.map((b) => b.name)).toEqual([]);
	});
	test("what OPA takes for nondeterministic is not pure", () => {
		const wrong = [...builtins.values()].filter((b) => b.pure && b.nondeterministic);
		expect(wrong.map((b) => b.name)).toEqual([]);
	});
	test("only what is pure is kept", () => {
		const wrong = [...builtins.values()].filter((b) => b.keep && !b.pure);
		expect(wrong.map((b) => b.name)).toEqual([]);
	});
	test("those that are not pure", () => {
		const reads = [...builtins.values()].filter((b) => !b.pure).map((b) => `${b.name}: ${b.reads.join(", ")}`);
		expect(reads.sort()).toEqual([
			"crypto.x509.parse_and_verify_certificates: nowNs",
			"crypto.x509.parse_and_verify_certificates_with_options: nowNs",
			"http.send: host, location, nowNs, canWait, awaited",
			"internal.print: print",
			"internal.test_case: trace",
			"io.jwt.decode_verify: nowNs",
			"io.jwt.encode_sign: randomBytes",
			"io.jwt.encode_sign_raw: randomBytes",
			"net.lookup_ip_addr: host",
			"opa.runtime: runtime",
			"print: print",
			"rand.intn: randomBytes",
			"rego.metadata.chain: location",
			"rego.metadata.rule: location",
			"time.now_ns: nowNs",
			"trace: trace",
			"uuid.rfc4122: randomBytes",
		]);
	});
});

describe("texts", () => {
	for (const b of builtins.values()) {
		test(b.name, () => {
			expect(b.doc, "a sentence").toMatch(/^[A-Z].*[.]$/s);
			expect(b.since, "an OPA version").toMatch(/^(?:0|1)\.\d+\.\d+$/);
			expect(b.category).not.toBe("");
			expect(b.module, "where modules built ahead of time find it").not.toBe("");
		});
	}
});

test("docs/builtins.md is what `npm run docs` writes", () => {
	expect(readFileSync(new URL("../../docs/builtins.md", import.meta.url), "utf8")).toBe(builtinsPage());
});

const shared = new URL("../../../shared/reference/builtins.tsv", import.meta.url);
if (existsSync(shared)) {
	test("arities, operators and traits in ../shared/reference/builtins.tsv", () => {
		for (const [name, arity, , deprecated, nondeterministic, infix, relation] of readTable(shared)) {
			const b = builtins.get(name as string);
			expect(
				b && [b.args.length, b.deprecated, b.nondeterministic, b.infix ?? "", b.relation],
				`the declaration of ${name}`,
			).toEqual([Number(arity) || 0, deprecated === "yes", nondeterministic === "yes", infix, relation === "yes"]);
		}
	});
} else test.skip("skipped: ../shared/reference/builtins.tsv is absent", () => {});
