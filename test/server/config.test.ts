/** Settings from the command line, in Helm's notation. */
import { describe, expect, test } from "vitest";
import { parseAddress } from "../../src/cli/server/addresses.ts";
import { subjectText } from "../../src/cli/server/client-certificates.ts";
import { loadConfig, parseSets } from "../../src/cli/server/config.ts";

const io = { stdout: () => {}, stderr: () => {}, stdin: () => new Uint8Array(), cwd: ".", env: {} };

describe("--set", () => {
	const rows: readonly { readonly set: string; readonly want: unknown }[] = [
		{ set: "a.b=true", want: { a: { b: true } } },
		{ set: "a=1,b=x", want: { a: 1, b: "x" } },
		{ set: "a=007", want: { a: "007" } },
		{ set: "a=1.5", want: { a: "1.5" } },
		{ set: "a=null", want: { a: null } },
		{ set: "a={x,2}", want: { a: ["x", 2] } },
		{ set: "a=x\\,y", want: { a: "x,y" } },
		{ set: "a\\.b=1", want: { "a.b": 1 } },
		{ set: "a=b=c", want: { a: "b=c" } },
		{ set: "a=", want: { a: "" } },
		{ set: "l[0].x=1", want: { l: [{ x: 1 }] } },
		{ set: "__proto__.x=1", want: JSON.parse('{"__proto__":{"x":1}}') },
	];
	for (const { set, want } of rows) {
		test(set, async () => {
			const got = await loadConfig({ file: "", sets: [set], setFiles: [] }, io);
			expect(JSON.stringify(got)).toBe(JSON.stringify(want));
		});
	}
	test("a later one has the say", async () => {
		const got = await loadConfig({ file: "", sets: ["a.b=1,a.c=2", "a.b=3"], setFiles: [] }, io);
		expect(got).toEqual({ a: { b: 3, c: 2 } });
	});
	test("without a value", () => {
		expect(() => parseSets("a.b")).toThrow("has no value");
	});
});

test("addresses", () => {
	const parsed = (text: string) => parseAddress(text);
	expect(parsed(":8181")).toEqual({ kind: "tcp", host: "", port: 8181 });
	expect(parsed("localhost:0")).toEqual({ kind: "tcp", host: "localhost", port: 0 });
	expect(parsed("[::1]:8181")).toEqual({ kind: "tcp", host: "::1", port: 8181 });
	expect(parsed("http://127.0.0.1:1/")).toEqual({ kind: "tcp", host: "127.0.0.1", port: 1 });
	expect(parsed("unix:///run/opa.sock")).toEqual({ kind: "unix", path: "/run/opa.sock", abstract: false });
	expect(parsed("unix://@opa")).toEqual({ kind: "unix", path: "\0opa", abstract: true });
	for (const wrong of ["localhost", ":x", ":70000", "ftp://a:1", "unix://"]) expect(() => parsed(wrong)).toThrow();
});

test("names of certificates, as Go writes them", () => {
	const subject = { CommonName: "client, one", Organization: ["Example"], Country: ["DE"], OrganizationalUnit: null };
	expect(subjectText(subject)).toBe("CN=client\\, one,O=Example,C=DE");
});
