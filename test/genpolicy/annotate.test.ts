/** Annotations are written into manifests, and nothing else of these changes. */
import { beforeEach, describe, expect, test } from "vitest";
import { annotationEdit } from "../../src/genpolicy/annotate/annotate.ts";
import { annotateAll } from "../../src/genpolicy/annotate/annotate-all.ts";
import { AnnotateError, applyEdits } from "../../src/genpolicy/annotate/edits.ts";
import { isAnnotated } from "../../src/genpolicy/annotate/verify.ts";
import { parseDocuments } from "../../src/genpolicy/tree/yaml.ts";

interface Row {
	readonly note: string;
	readonly text: string;
	readonly path?: readonly (string | number)[];
	/** With `+` in front of lines that are new; or the whole text, where a line changes. */
	readonly want: string;
}

const template = ["spec", "template"];

const rows: readonly Row[] = [
	{
		note: "no annotations: behind the last field of metadata, whose comment stays with it",
		text: "kind: Pod # x\nmetadata:\n  name: p # the name\n  # about labels\n  labels: {a: b}   # flow\n\nspec: {}\n",
		want: "kind: Pod # x\nmetadata:\n  name: p # the name\n  # about labels\n  labels: {a: b}   # flow\n  annotations:\n    k: V=\n\nspec: {}\n",
	},
	{
		note: "annotations in a block: behind the last",
		text: "metadata:\n  annotations:\n    a: b\n    # end\n  name: p\n",
		want: "metadata:\n  annotations:\n    a: b\n    k: V=\n    # end\n  name: p\n",
	},
	{
		note: "the last annotation is a block of text",
		text: "metadata:\n  annotations:\n    a: |\n      one\n      two\n\n  name: p\n",
		want: "metadata:\n  annotations:\n    a: |\n      one\n      two\n    k: V=\n\n  name: p\n",
	},
	{
		note: "the last annotation is a block of text that keeps its blank lines",
		text: "metadata:\n  annotations:\n    a: |+\n      one\n\n  name: p\n",
		want: "metadata:\n  annotations:\n    a: |+\n      one\n\n    k: V=\n  name: p\n",
	},
	{
		note: "there is one already",
		text: "metadata:\n  annotations:\n    k: old # c\n    b: c\n",
		want: "metadata:\n  annotations:\n    k: V= # c\n    b: c\n",
	},
	{
		note: "in quotes",
		text: 'metadata:\n  annotations: {"k": "old", "b": "c"}\n',
		want: 'metadata:\n  annotations: {"k": "V=", "b": "c"}\n',
	},
	{
		note: "as a block of text",
		text: "metadata:\n  annotations:\n    k: |\n      old\n      more\n    b: c\n",
		want: "metadata:\n  annotations:\n    k: V=\n    b: c\n",
	},
	{
		note: "without a value",
		text: "metadata:\n  annotations:\n    k:\n    b: c\n",
		want: "metadata:\n  annotations:\n    k: V=\n    b: c\n",
	},
	{
		note: "empty braces",
		text: "metadata:\n  name: 'p' # n\n  annotations: {}\n",
		want: "metadata:\n  name: 'p' # n\n  annotations: {k: V=}\n",
	},
	{
		note: "flow style",
		text: "metadata: {name: p, annotations: {a: b}}\n",
		want: "metadata: {name: p, annotations: {a: b, k: V=}}\n",
	},
	{
		note: "flow style without annotations",
		text: "metadata: {name: p}\n",
		want: "metadata: {name: p, annotations: {k: V=}}\n",
	},
	{
		note: "flow style over lines, with a comma at the end",
		text: "metadata: {\n  name: p,\n}\n",
		want: "metadata: {\n  name: p, annotations: {k: V=},\n}\n",
	},
	{
		note: "nothing behind annotations",
		text: "metadata:\n  annotations: # none yet\n  name: p\n",
		want: "metadata:\n  annotations: # none yet\n    k: V=\n  name: p\n",
	},
	{ note: "null", text: "metadata:\n  annotations: ~\n", want: 'metadata:\n  annotations: {"k": "V="}\n' },
	{
		note: "a template without metadata",
		text: "spec:\n  template:\n    # about the pods\n    spec:\n      containers: []\n",
		path: template,
		want: "spec:\n  template:\n    # about the pods\n    metadata:\n      annotations:\n        k: V=\n    spec:\n      containers: []\n",
	},
	{
		note: "an item of a List",
		text: "items:\n- kind: ConfigMap\n- spec:\n    containers: []\n  kind: Pod\n",
		path: ["items", 1],
		want: "items:\n- kind: ConfigMap\n- metadata:\n    annotations:\n      k: V=\n  spec:\n    containers: []\n  kind: Pod\n",
	},
	{
		note: "line breaks of Windows",
		text: "metadata:\r\n  name: p\r\nspec: {}\r\n",
		want: "metadata:\r\n  name: p\r\n  annotations:\r\n    k: V=\r\nspec: {}\r\n",
	},
	{
		note: "no line break at the end",
		text: "spec: {}\nmetadata:\n  name: p",
		want: "spec: {}\nmetadata:\n  name: p\n  annotations:\n    k: V=",
	},
	{
		note: "JSON stays JSON",
		text: '{"metadata": {"name": "p"}, "spec": {}}',
		want: '{"metadata": {"name": "p", "annotations": {"k": "V="}}, "spec": {}}',
	},
	{
		note: "JSON over lines",
		text: '{\n  "metadata": {},\n  "spec": {}\n}\n',
		want: '{\n  "metadata": {"annotations": {"k": "V="}},\n  "spec": {}\n}\n',
	},
	{
		note: "an alias is written out",
		text: "metadata: &m\n  name: p\n  labels: {a: '1'}\nspec:\n  template:\n    metadata: *m\n    spec: {}\n",
		path: template,
		want: 'metadata: &m\n  name: p\n  labels: {a: \'1\'}\nspec:\n  template:\n    metadata: {"name": "p", "labels": {"a": "1"}, "annotations": {"k": "V="}}\n    spec: {}\n',
	},
	{
		note: "an anchor that nothing refers to",
		text: "metadata: &m\n  name: p\nspec: {}\n",
		want: "metadata: &m\n  name: p\n  annotations:\n    k: V=\nspec: {}\n",
	},
	{
		note: "a document among others",
		text: "# first\n---\nmetadata:\n  name: p\n...\n",
		want: "# first\n---\nmetadata:\n  name: p\n  annotations:\n    k: V=\n...\n",
	},
	{
		note: "a byte order mark",
		text: "\uFEFFmetadata:\n  name: p\n",
		want: "\uFEFFmetadata:\n  name: p\n  annotations:\n    k: V=\n",
	},
	{
		note: "keys with tags and anchors",
		text: "metadata: &m\n  !!str name: p\n  &l labels: {}\n",
		want: "metadata: &m\n  !!str name: p\n  &l labels: {}\n  annotations:\n    k: V=\n",
	},
	{
		note: "a template that begins with a key with a tag",
		text: "spec:\n  template:\n    !!str spec: {}\n",
		path: template,
		want: "spec:\n  template:\n    metadata:\n      annotations:\n        k: V=\n    !!str spec: {}\n",
	},
	{
		note: "metadata twice: the last counts",
		text: "metadata:\n  name: p\nmetadata:\n  name: q\nspec: {}\n",
		want: "metadata:\n  name: p\nmetadata:\n  name: q\n  annotations:\n    k: V=\nspec: {}\n",
	},
	{
		note: "the last field is a list at the field's own column",
		text: "metadata:\n  name: p\n  finalizers:\n  - a\n  - b # c\nspec: {}\n",
		want: "metadata:\n  name: p\n  finalizers:\n  - a\n  - b # c\n  annotations:\n    k: V=\nspec: {}\n",
	},
];

function annotated(text: string, path: readonly (string | number)[]): string {
	const [document] = parseDocuments(text, () => undefined);
	if (document === undefined) throw new Error("no document");
	return applyEdits(text, [annotationEdit({ text, ...document }, { path, key: "k", value: "V=" })]);
}

describe("an annotation", () => {
	for (const { note, text, path = [], want } of rows)
		test(note, () => {
			const made = annotated(text, path);
			expect(made).toBe(want);
			// Once more changes nothing.
			expect(annotated(made, path)).toBe(made);
			const [before, after] = [text, made].map((t) => parseDocuments(t, () => undefined));
			expect(isAnnotated(before ?? [], after ?? [], [{ document: 0, path, key: "k", value: "V=" }])).toBe(true);
			expect(isAnnotated(before ?? [], after ?? [], [])).toBe(text === made);
		});

	describe("of all that one anchor stands for", () => {
		const given = (value: string, i: number) => ({ document: 0, path: ["items", i], key: "k", value });
		const all = (text: string, count = 2): string | undefined => {
			const annotations = Array.from({ length: count }, (_, i) => given(`V${i}=`, i));
			return annotateAll(
				text,
				parseDocuments(text, () => undefined),
				annotations,
				(_, why) => refused.push(why),
			);
		};
		let refused: string[] = [];
		beforeEach(() => {
			refused = [];
		});
		test.each([
			[
				"whole pods",
				"items:\n- &p\n  metadata: {name: a}\n- *p\n",
				'items:\n- &p\n  metadata: {name: a, annotations: {k: V0=}}\n- {"metadata": {"name": "a", "annotations": {"k": "V1="}}}\n',
			],
			[
				"metadata",
				"items:\n- metadata: &m\n    name: a\n- metadata: *m\n",
				'items:\n- metadata: &m\n    name: a\n    annotations:\n      k: V0=\n- metadata: {"name": "a", "annotations": {"k": "V1="}}\n',
			],
			[
				"annotations",
				"items:\n- metadata:\n    annotations: &n\n      a: b\n- metadata:\n    annotations: *n\n",
				'items:\n- metadata:\n    annotations: &n\n      a: b\n      k: V0=\n- metadata:\n    annotations: {"a": "b", "k": "V1="}\n',
			],
		])("%s", (_, text, want) => {
			expect(all(text)).toBe(want);
			expect(refused).toEqual([]);
		});
		test("where something else is the same it is refused", () => {
			expect(all("items:\n- &p\n  metadata: {name: a}\n- *p\nother: *p\n")).toBe(undefined);
			expect(all("items:\n- &p\n  metadata: {name: a}\n- *p\n", 1)).toBe(undefined);
			expect(refused).toEqual(Array.from({ length: 2 }, () => "&p is used in other places, which would change, too"));
		});
	});

	test("is not written where others would get it, too", () => {
		const text = "spec:\n  template: &t\n    metadata:\n      name: p\nother: *t\n";
		expect(() => annotated(text, template)).toThrow(AnnotateError);
	});
});
