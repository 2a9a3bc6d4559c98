/** Every value that a file of the sources exports is imported somewhere: what only its own file uses is not exported. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseAst } from "vite";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const folders = ["src", "test", "scripts", "conformance", "bench", "playground", "examples", "interop", "matrix"];

/** Exports without an importer that have a reason: `src/file.ts name`. */
const reasons: Readonly<Record<string, string>> = {
	"src/signatures-node.ts usePortableSignatures": "the build for Node takes the file in the place of signatures.ts",
};

interface Node {
	readonly type: string;
	readonly start: number;
	readonly [key: string]: unknown;
}

function isNode(x: unknown): x is Node {
	return typeof x === "object" && x !== null && "type" in x;
}

function child(node: Node | undefined, key: string): Node | undefined {
	const x = node?.[key];
	return isNode(x) ? x : undefined;
}

function children(node: Node | undefined, key: string): readonly Node[] {
	const x = node?.[key];
	return Array.isArray(x) ? x.filter(isNode) : [];
}

function text(node: Node | undefined, key: string): string {
	const x = node?.[key];
	return typeof x === "string" ? x : "";
}

interface Source {
	/** Values it exports by their own declarations. */
	readonly exported: readonly string[];
	/** Names it takes, as `file name`; `*` for all that its text names. */
	readonly taken: readonly (readonly [file: string, name: string])[];
	readonly text: string;
}

function read(file: string): Source {
	const source = readFileSync(join(root, file), "utf8");
	const exported: string[] = [];
	const taken: (readonly [string, string])[] = [];
	const target = (node: Node | undefined): string =>
		relative(root, resolve(root, dirname(file), text(node, "value"))).replaceAll("\\", "/");
	const visit = (x: unknown): void => {
		if (Array.isArray(x)) {
			for (const y of x) visit(y);
			return;
		}
		if (!isNode(x)) return;
		const from = child(x, "source");
		switch (x.type) {
			case "ImportDeclaration":
				for (const s of children(x, "specifiers"))
					taken.push([target(from), s.type === "ImportSpecifier" ? nameOf(child(s, "imported")) : "*"]);
				return;
			case "ImportExpression":
				taken.push([target(from), "*"]);
				break;
			case "TSImportType":
				taken.push([target(from ?? child(x, "argument")), "*"]);
				break;
			case "ExportAllDeclaration":
				taken.push([target(from), "*"]);
				return;
			case "ExportNamedDeclaration": {
				if (from !== undefined) {
					for (const s of children(x, "specifiers")) taken.push([target(from), nameOf(child(s, "local"))]);
					return;
				}
				const declaration = child(x, "declaration");
				if (declaration?.type === "FunctionDeclaration" || declaration?.type === "ClassDeclaration")
					exported.push(nameOf(child(declaration, "id")));
				if (declaration?.type === "VariableDeclaration")
					for (const d of children(declaration, "declarations")) exported.push(nameOf(child(d, "id")));
				break;
			}
			default:
		}
		for (const y of Object.values(x)) visit(y);
	};
	visit(parseAst(source, { lang: file.endsWith(".ts") ? "ts" : "js" }).body);
	return { exported, taken, text: source };
}

function nameOf(node: Node | undefined): string {
	return text(node, "name") || text(node, "value");
}

const files = folders
	.filter((folder) => existsSync(join(root, folder)))
	.flatMap((folder) =>
		readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
			.filter((f) => /\.(?:ts|js|mjs)$/.test(f) && !/\.d\.ts$|node_modules/.test(f))
			.map((f) => `${folder}/${f.replaceAll("\\", "/")}`),
	);
const sources = new Map(files.map((file) => [file, read(file)]));
/** What the package's entries export is for others to import. Those of builtins have one export each, which is imported. */
const entries: ReadonlySet<string> = new Set(
	[...readFileSync(join(root, "scripts/build/entries.js"), "utf8").matchAll(/: "([\w/-]+\.ts)"/g)].map(
		(m) => `src/${m[1]}`,
	),
);

test("no export of the sources is without an importer, but for those with a reason", () => {
	const taken = new Set<string>();
	for (const { taken: names, text: source } of sources.values()) {
		for (const [file, name] of names) {
			if (name !== "*") taken.add(`${file} ${name}`);
			else
				for (const own of sources.get(file)?.exported ?? [])
					if (new RegExp(`\\b${own}\\b`).test(source)) taken.add(`${file} ${own}`);
		}
	}
	// Scripts of the build write programs: they name a file and what they take of it in a text.
	const scripts = [...sources].filter(([file]) => file.startsWith("scripts/")).map(([, source]) => source.text);
	const isWritten = (file: string, name: string): boolean =>
		scripts.some((script) => script.includes(file.slice("src/".length)) && new RegExp(`\\b${name}\\b`).test(script));
	const without = [...sources].flatMap(([file, { exported }]) =>
		file.startsWith("src/") && !entries.has(file)
			? exported
					.filter((name) => !taken.has(`${file} ${name}`) && !isWritten(file, name))
					.map((name) => `${file} ${name}`)
			: [],
	);
	expect(without).toEqual(Object.keys(reasons));
});
