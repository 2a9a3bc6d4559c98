/** Kubernetes objects out of files, and requests out of logs: each form there is, and what is none. */
import { describe, expect, test } from "vitest";
import { withReferenceValues } from "../../src/agent/manifests/manifest.ts";
import { child, listAt, objectsOf, textAt } from "../../src/agent/manifests/objects.ts";
import { readRequestLine, readRequestLog } from "../../src/agent/policy/request-log-reader.ts";
import { messageOf } from "./message-of.ts";

describe("objects of a file", () => {
	const shown = (text: string): string =>
		objectsOf(text, "f.yaml")
			.map((o) => `${o.file} ${o.apiVersion}/${o.kind} ${textAt(o.object, "metadata", "name") ?? "-"}`)
			.join("; ");
	const pod = (name: string): string => `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}}\n`;
	const rows: readonly (readonly [string, string, string])[] = [
		["one", pod("a"), "f.yaml v1/Pod a"],
		[
			"several",
			`---\n${pod("a")}---\n${pod("b")}--- # the last\n${pod("c")}`,
			"f.yaml v1/Pod a; f.yaml v1/Pod b; f.yaml v1/Pod c",
		],
		["nothing", "", ""],
		["documents that are none", `${pod("a")}---\n---\n7\n---\n[1]\n---\nfoo: 1\n`, "f.yaml v1/Pod a"],
		["JSON", ' {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "a"}}', "f.yaml v1/Pod a"],
		["flow style", "{kind: Pod, apiVersion: v1}", "f.yaml v1/Pod -"],
		["without a version", "kind: Pod\n", "f.yaml /Pod -"],
		["dashes inside", `${pod("a")}text: |\n  ---x\n  ----\n`, "f.yaml v1/Pod a"],
		[
			"a List",
			`kind: List\napiVersion: v1\nitems:\n- {kind: Pod, apiVersion: v1, metadata: {name: a}}\n- {kind: Job, apiVersion: batch/v1}\n- {metadata: {name: b}}\n`,
			"f.yaml v1/Pod a; f.yaml batch/v1/Job -",
		],
		[
			"a typed list",
			`kind: JobList\napiVersion: batch/v1\nitems:\n- {metadata: {name: a}}\n- {metadata: {name: b}, apiVersion: v2, kind: Pod}\n`,
			"f.yaml batch/v1/Job a; f.yaml v2/Pod b",
		],
		["a List without items", "kind: PodList\napiVersion: v1\n", "f.yaml v1/PodList -"],
		[
			"a List of Lists",
			"kind: List\nitems:\n- {kind: PodList, apiVersion: v1, items: [{metadata: {name: a}}]}\n",
			"f.yaml v1/Pod a",
		],
		["a kind of another type", "kind: 7\napiVersion: v1\n", ""],
	];
	test.each(rows)("%s", (_note, text, want) => expect(shown(text)).toBe(want));

	test("Lists so deep inside each other", () => {
		const nested = (depth: number): string => {
			let out = '{"kind": "Pod", "apiVersion": "v1"}';
			for (let i = 0; i < depth; i++) out = `{"kind": "List", "items": [${out}]}`;
			return out;
		};
		expect(shown(nested(8))).toBe("f.yaml v1/Pod -");
		expect(messageOf(() => shown(nested(9)))).toBe("f.yaml: Lists are nested more than 8 deep");
	});
	test("errors are at the file's lines", () => {
		const message = (before: string) => messageOf(() => objectsOf(`${before}a: [1\nb: }`, "f.yaml"));
		const rest = "did not find expected ',' or ']'";
		expect([message(""), message(`${pod("a")}---\n`), message(`---\n\n---\n${pod("b")}---\n`)]).toEqual([
			`f.yaml: yaml: line 1: ${rest}`,
			`f.yaml: yaml: line 5: ${rest}`,
			`f.yaml: yaml: line 8: ${rest}`,
		]);
		expect(messageOf(() => objectsOf("[".repeat(200_000), "f.yaml"))).toMatch(/^f\.yaml: /);
	});
	test("values are own properties", () => {
		const value = { a: { b: "c", l: [1] }, n: null };
		expect([child(value), child(value, "a", "b"), textAt(value, "a", "b"), listAt(value, "a", "l")]).toEqual([
			value,
			"c",
			"c",
			[1],
		]);
		expect([
			child(value, "a", "b", "length"),
			child(value, "n", "x"),
			child(value, "a", "l", "0"),
			child(value, "toString"),
			child(7, "x"),
		]).toEqual(Array(5).fill(undefined));
		expect([textAt(value, "a"), listAt(value, "a"), listAt(value, "x")]).toEqual([undefined, [], []]);
	});
});

describe("members put into a manifest", () => {
	const value = '{"a": [1]}';
	const rows: readonly (readonly [string, string, string])[] = [
		["{}", value, `{\n  "ReferenceValues": ${value}\n}`],
		["{ }", value, `{\n  "ReferenceValues": ${value}\n }`],
		['{"b": 1}', value, `{\n  "ReferenceValues": ${value},\n"b": 1}`],
		['{ "b": 1}', value, `{\n  "ReferenceValues": ${value}, "b": 1}`],
		['{\r\n  "b": 1\r\n}', '{\n  "a": 1\n}', `{\r\n  "ReferenceValues": {\r\n    "a": 1\r\n  },\r\n  "b": 1\r\n}`],
		[
			'{"c": {"ReferenceValues": 0}, "ReferenceValues": [{"x": "}"}, 2], "b": "\\"]"}',
			value,
			`{"c": {"ReferenceValues": 0}, "ReferenceValues": ${value}, "b": "\\"]"}`,
		],
		['{"ReferenceValues": null}', value, `{"ReferenceValues": ${value}}`],
		[
			'{"b": 1}',
			`{"ReferenceValues": {\n    "a": 1\n  }, "c": 2}`,
			`{\n  "ReferenceValues": {\n    "a": 1\n  },\n"b": 1}`,
		],
	];
	test.each(rows)("%j %j", (text, values, want) => {
		const made = withReferenceValues(text, values);
		expect(made).toBe(want);
		expect(Object.keys(JSON.parse(made))).toContain("ReferenceValues");
	});
	test("not twice, and into nothing else", () => {
		const wrong = (text: string, values = value) => messageOf(() => withReferenceValues(text, values));
		expect(wrong('{"a": 1, "a": 2}')).toBe('the member "a" stands there twice');
		expect(
			[wrong("[]"), wrong("{}", "[]"), wrong("{}", '{"ReferenceValues": 1}')].map((m) => /is not an object$/.test(m)),
		).toEqual([true, true, true]);
		expect(wrong("{")).toMatch(/^not JSON: /);
	});
});

describe("requests of a log", () => {
	const rows: readonly (readonly [string, string, unknown])[] = [
		["today's", '{"kind":"R","request":{"a":1}}', ["R", { a: 1 }]],
		["with data", '{"kind":"R","data":{"a":1}}', ["R", { a: 1 }]],
		["both, the request", '{"kind":"R","request":1,"data":2}', ["R", 1]],
		["a pair", ' ["R",{"a":1}] ', ["R", { a: 1 }]],
		["the older one", '["ep":"R",{"a":1}],', ["R", { a: 1 }]],
		["the older one, without a comma", '["ep": "R" , {"a":1}]', ["R", { a: 1 }]],
		["the older one, of OPA's days", '["ep":"R",{"input":{"a":1}}],', ["R", { a: 1 }]],
		["the older one with more than an input", '["ep":"R",{"input":{"a":1},"b":2}],', ["R", { input: { a: 1 }, b: 2 }]],
		["the older one with an input that is none", '["ep":"R",{"input":1}],', ["R", { input: 1 }]],
		["the older one of another kind", '["ep":"R",7],', ["R", 7]],
		["a name with escapes", '["ep":"R\\"\\u0041",{}],', ['R"A', {}]],
		["a result", '{"kind":"R","request":{"allowed":true,"ops":[]}}', undefined],
		["a result as a pair", '["R",{"allowed":false}]', undefined],
		["no result", '["R",{"allowed":"yes"}]', ["R", { allowed: "yes" }]],
		["null", '["R",null]', ["R", null]],
	];
	test.each(rows)("%s", (_note, line, want) => {
		const read = readRequestLine(line, 7);
		expect(read === undefined ? undefined : [read.kind, read.request]).toEqual(want);
		expect(read?.line ?? 7).toBe(7);
	});
	const wrong = [
		"7",
		'"R"',
		"[]",
		'["R"]',
		'["R",1,2]',
		"[1,{}]",
		'{"kind":1,"request":{}}',
		'{"kind":"R"}',
		'{"request":{}}',
		"null",
	];
	test.each(wrong)("none: %s", (line) =>
		expect(messageOf(() => readRequestLine(line, 7))).toBe("line 7: not a recorded request"),
	);
	test("none: what is no JSON", () => {
		for (const line of ["{", '["ep":"R",{]', '["ep":R,{}]'])
			expect(messageOf(() => readRequestLine(line, 3))).toMatch(/^line 3: (?!not a recorded)/);
	});
	test("line by line, results counted", () => {
		const text = '["A",{}]\n\n   \n{"kind":"B","request":{"allowed":true}}\n["C",{}]\n';
		const { requests, results } = readRequestLog(text);
		expect([requests.map((r) => [r.kind, r.line]), results]).toEqual([
			[
				["A", 1],
				["C", 5],
			],
			1,
		]);
		expect(messageOf(() => readRequestLog('["A",{}]\n\n7\n'))).toBe("line 3: not a recorded request");
	});
});
