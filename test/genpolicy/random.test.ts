/** Manifests by chance: any style is annotated, and any damage gives diagnostics with places, never an exception. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Document, isCollection, isNode, isScalar, visit } from "yaml";
import { annotationEdit } from "../../src/genpolicy/annotate/annotate.ts";
import { applyEdits } from "../../src/genpolicy/annotate/edits.ts";
import { isAnnotated } from "../../src/genpolicy/annotate/verify.ts";
import { parseDocuments, type YamlDocument } from "../../src/genpolicy/tree/yaml.ts";
import { generate, pod, saidImages, settings } from "./small.ts";

/** The same numbers every time (mulberry32). */
class Chance {
	private state: number;

	constructor(seed: number) {
		this.state = seed;
	}

	next(): number {
		this.state = (this.state + 0x6d2b79f5) | 0;
		let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
		t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
		return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
	}

	below(n: number): number {
		return Math.floor(this.next() * n);
	}

	pick<T>(list: readonly T[]): T {
		const [item] = list.slice(this.below(list.length));
		if (item === undefined) throw new Error("an empty list");
		return item;
	}
}

const values = [
	"v",
	"",
	"two\nlines\n",
	"two\nlines",
	"with: colon",
	"#h",
	"  lead",
	"a\n\n",
	"long ".repeat(30),
	"'q'",
	'"d"',
	"é😀",
];

function annotations(chance: Chance): object {
	const keys = ["a", "b.c/d", "x y", "null", "1", "k"].filter(() => chance.next() < 0.4);
	return Object.fromEntries(keys.map((key) => [key, chance.pick(values)]));
}

function template(chance: Chance): object {
	const metadata = {
		...(chance.next() < 0.8 ? { name: "p" } : {}),
		...(chance.next() < 0.4 ? { labels: annotations(chance) } : {}),
		...chance.pick([{}, { annotations: annotations(chance) }, { annotations: null }]),
		...(chance.next() < 0.3 ? { list: ["a", { b: ["c\nd\n"] }] } : {}),
	};
	const spec = { containers: [{ name: "c" }] };
	return chance.pick([{ metadata, spec }, { spec, metadata }, { spec }, { metadata: null, spec }]);
}

/** An object as text, in a style by chance. */
function written(value: object, chance: Chance): string {
	const document = new Document(value);
	visit(document, (key, node) => {
		if (isScalar(node) && typeof node.value === "string" && key !== "key")
			node.type = chance.pick(["PLAIN", "QUOTE_DOUBLE", "QUOTE_SINGLE", "BLOCK_LITERAL", "BLOCK_FOLDED"]);
		if (isCollection(node) && chance.next() < 0.15) node.flow = true;
		if (!isNode(node)) return;
		if (chance.next() < 0.1) node.comment = " behind";
		if (chance.next() < 0.1) node.commentBefore = " before";
	});
	const text = document.toString({
		indent: chance.pick([2, 3, 4]),
		indentSeq: chance.next() < 0.5,
		lineWidth: chance.pick([0, 40, 80]),
		nullStr: chance.pick(["null", "~", ""]),
		collectionStyle: chance.next() < 0.05 ? "flow" : "any",
	});
	const framed = `${chance.next() < 0.3 ? "---\n" : ""}${text}${chance.next() < 0.2 ? "---\nkind: X\n" : ""}`;
	const broken = chance.next() < 0.2 ? framed.replaceAll("\n", "\r\n") : framed;
	return chance.next() < 0.2 ? broken.trimEnd() : broken;
}

/** The documents of a text; undefined where its style is none that is YAML. */
function read(text: string): readonly YamlDocument[] | undefined {
	try {
		return parseDocuments(text, () => undefined);
	} catch {
		return undefined;
	}
}

test("annotations in any style", () => {
	const chance = new Chance(1);
	let count = 0;
	for (let i = 0; i < 300; i++) {
		const nested = chance.next() < 0.5;
		const inner = nested
			? { kind: "D", spec: { replicas: 1, template: template(chance), z: [1, [2]] } }
			: template(chance);
		const listed = chance.next() < 0.2;
		const text = written(listed ? { kind: "List", items: [inner, { kind: "X" }] } : inner, chance);
		const path = [...(listed ? ["items", 0] : []), ...(nested ? ["spec", "template"] : [])];
		const before = read(text);
		const [document] = before ?? [];
		if (before === undefined || document === undefined) continue;
		const after = read(applyEdits(text, [annotationEdit({ text, ...document }, { path, key: "k", value: "V=" })]));
		expect(isAnnotated(before, after ?? [], [{ document: 0, path, key: "k", value: "V=" }]), text).toBe(true);
		count++;
	}
	expect(count).toBeGreaterThan(250);
});

const bits =
	"~ null [] {} [ ] { } : -\u0020 \n \t &a\u0020 *a !!str\u0020 | > ' \" # -1 1e3 true __proto__ / .. $( ) $() = \u0000 \ud83d é \r ? @ 0x10 , name env \\".split(
		/(?<=\S) (?=\S)|(?<= ) (?=\S)/,
	);

test("damage of any kind", async () => {
	const demo = readFileSync(join(import.meta.dirname, "../../examples/demo/genpolicy/pod.yaml"), "utf8");
	const texts = [
		demo,
		pod(
			"      env: [{name: A, value: $(B)}, {name: B, value: b}]\n      args: [$(A)]\n",
			"  securityContext: {fsGroup: 5}\n",
		),
	];
	const chance = new Chance(2);
	const images = saidImages({ app: { config: { User: "app" }, passwd: "app:x:1:1::/:/\n", group: "g:x:2:app\n" } });
	const codes = new Set<string>();
	for (let i = 0; i < 600; i++) {
		let text = chance.pick(texts);
		for (let edits = 1 + chance.below(3); edits > 0; edits--) {
			const at = chance.below(text.length);
			text = text.slice(0, at) + chance.pick(bits) + text.slice(at + chance.below(10));
		}
		const flags = { silentUnsupportedFields: chance.next() < 0.5, fixSecurityContext: chance.next() < 0.5 };
		const { diagnostics } = await generate(text, {
			...flags,
			images,
			settings: settings(),
			strictKata: chance.next() < 0.5,
		});
		for (const { code, line, column } of diagnostics) {
			codes.add(code);
			expect(line > 0 && column > 0, text).toBe(true);
		}
	}
	expect(codes.size).toBeGreaterThan(8);
	expect([...codes]).not.toContain("annotation-place");
});
