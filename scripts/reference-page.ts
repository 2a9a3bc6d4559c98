/**
 * docs/reference.md: every export of every entry of the package with its documentation and its declaration, as
 * TypeScript wrote it to dist/types. In: those files. Out: the page, and what lacks documentation. (typedoc needs
 * TypeScript's JavaScript API, which the compiler in use has not.)
 */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

export interface ReferencePage {
	readonly text: string;
	/** Exports without documentation, as `entry: name`. */
	readonly undocumented: readonly string[];
}

/** What a reader imports from, and its declarations below dist/types. */
const entries: readonly (readonly [specifier: string, file: string])[] = [
	["regoplan", "index.d.ts"],
	["regoplan/core", "core.d.ts"],
	["regoplan/parts", "parts.d.ts"],
	["regoplan/async", "async.d.ts"],
	["regoplan/plan", "plan-only.d.ts"],
	["regoplan/runtime", "aot/runtime.d.ts"],
	["regoplan/explain", "explain.d.ts"],
	["regoplan/server", "server/index.d.ts"],
	["regoplan/http", "host/http-node.d.ts"],
	["regoplan/node", "node/index.d.ts"],
	["regoplan/vitest", "node/vitest.d.ts"],
	["regoplan/signatures", "signatures.d.ts"],
	["regoplan/fetch", "host/http-fetch.d.ts"],
	["regoplan/bundle", "bundle.d.ts"],
	["regoplan/opa-wasm", "opa-wasm/opa-wasm.d.ts"],
];

interface Declaration {
	readonly doc: string;
	readonly text: string;
}

const kinds = "abstract class|class|interface|type|function|const|let";

export function referencePage(types: string): ReferencePage {
	const undocumented: string[] = [];
	const shown = new Map<string, string>();
	const parts: string[] = [
		"# API reference",
		"",
		"Every export of the package, from its declarations (`npm run docs`). [api.md](api.md) explains them,",
		"[recipes.md](recipes.md) shows them at work.",
		"",
	];
	for (const [specifier, file] of entries) {
		parts.push(`## ${specifier}`, "");
		for (const { name, from } of exportsOf(join(types, file))) {
			const known = shown.get(`${from} ${name}`);
			if (known !== undefined) {
				parts.push(`### ${name}`, "", `As in \`${known}\`.`, "");
				continue;
			}
			shown.set(`${from} ${name}`, specifier);
			const found = [...declarationsOf(from, name), ...inherited(from, name)];
			const doc = found.find((d) => d.doc !== "")?.doc ?? "";
			if (doc === "") undocumented.push(`${specifier}: ${name}`);
			parts.push(`### ${name}`, "", ...(doc === "" ? [] : [doc, ""]), "```ts", ...found.map((d) => d.text), "```", "");
		}
	}
	return { text: `${parts.join("\n").trimEnd()}\n`, undocumented };
}

interface Exported {
	readonly name: string;
	/** The file that declares it. */
	readonly from: string;
}

/** Names a declaration file exports, by itself or from others, in alphabetical order. */
function exportsOf(file: string): readonly Exported[] {
	const text = readFileSync(file, "utf8");
	const found = new Map<string, string>();
	for (const [, names, from] of text.matchAll(/^export (?:type )?\{([^}]*)\} from "([^"]+)";$/gm)) {
		for (const name of (names as string).split(",")) {
			const plain = name
				.trim()
				.replace(/^type /, "")
				.replace(/^.* as /, "");
			if (plain !== "")
				found.set(plain, declarer(join(dirname(file), (from as string).replace(/\.[jt]s$/, ".d.ts")), plain));
		}
	}
	for (const [, name] of text.matchAll(new RegExp(`^export (?:declare )?(?:${kinds}) (\\w+)`, "gm")))
		found.set(name as string, file);
	return [...found].map(([name, from]) => ({ name, from })).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Follows an export that is passed on. */
function declarer(file: string, name: string): string {
	return exportsOf(file).find((e) => e.name === name)?.from ?? file;
}

/** The declarations of a name (a function may have several), without what is private. */
function declarationsOf(file: string, name: string): readonly Declaration[] {
	const text = readFileSync(file, "utf8");
	const start = new RegExp(
		`(?:^/\\*\\*(?:(?!\\*/)[\\s\\S])*\\*/\\n)?^export (?:declare )?(?:${kinds}) ${name}\\b`,
		"gm",
	);
	return [...text.matchAll(start)].map((m) => {
		const [, comment = "", rest = ""] = /^(\/\*\*[\s\S]*?\*\/\n)?([\s\S]*)$/.exec(m[0]) ?? [];
		const from = (m.index ?? 0) + m[0].length - rest.length;
		return { doc: docText(comment), text: withoutPrivate(statement(text, from)) };
	});
}

/** The class that a class extends, where a reader finds most of what it does. */
function inherited(file: string, name: string): readonly Declaration[] {
	const text = readFileSync(file, "utf8");
	const base = new RegExp(`^export (?:declare )?class ${name}\\b[^{]* extends (\\w+)`, "m").exec(text)?.[1];
	if (base === undefined) return [];
	const imported = [...text.matchAll(/^import (?:type )?\{([^}]*)\} from "(\.[^"]+)";$/gm)].find(([, names]) =>
		new RegExp(`\\b${base}\\b`).test(names as string),
	);
	const from =
		imported === undefined ? file : join(dirname(file), (imported[2] as string).replace(/\.[jt]s$/, ".d.ts"));
	return declarationsOf(from, base).map((d) => ({ doc: "", text: d.text }));
}

/** From its beginning to the end of its last line: that which closes what it opened. */
function statement(text: string, from: number): string {
	let depth = 0;
	for (let i = from; i < text.length; i++) {
		const c = text[i] as string;
		if (c === '"') i = text.indexOf('"', i + 1);
		else if (text.startsWith("/*", i)) i = text.indexOf("*/", i + 2) + 1;
		else if ("{([".includes(c)) depth++;
		else if ("})]".includes(c)) {
			depth--;
			if (depth === 0 && c === "}" && text[i + 1] === "\n") return text.slice(from, i + 1);
		} else if (c === ";" && depth === 0) return text.slice(from, i + 1);
	}
	return text.slice(from);
}

function withoutPrivate(text: string): string {
	return text
		.replace(/^ {4}(?:(?:private|protected) |#private).*;\n/gm, "")
		.replace(/^export declare /, "export ")
		.replaceAll("    ", "\t");
}

/** A comment's text, its example as code. */
function docText(comment: string): string {
	const lines = comment
		.replace(/^\/\*\*\s?|\s*\*\/\s*$/g, "")
		.split("\n")
		.map((l) => l.replace(/^\s*\* ?/, "").trimEnd());
	return lines.join("\n").trim();
}
