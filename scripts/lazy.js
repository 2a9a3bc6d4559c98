/**
 * Builds the library for Node in parts: what a policy's way from text to a first decision takes in
 * dist/core.js, and each group of modules below in a file of its own (dist/lazy), loaded when one of
 * their functions is first called. In the core, stand-ins take their place: a function that loads the
 * group and becomes the function it stands for, and builtins without bodies (src/builtins/lazy.ts).
 *
 * Groups import what the core has from the core: a module is in the process once. Only modules that
 * others use through functions and builtins can be listed.
 */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";

const groups = {
	/** Regular expressions and globs: engine, tables, builtins. */
	regex: ["regex/regex.ts", "builtins/regex.ts", "builtins/glob.ts"],
	/** Builtins that are large or seldom called. */
	builtins: [
		"builtins/bits.ts",
		"builtins/encoding.ts",
		"builtins/graph.ts",
		"builtins/internal.ts",
		"builtins/json-edit.ts",
		"builtins/rand.ts",
		"builtins/semver.ts",
		"builtins/sprintf.ts",
		"builtins/units.ts",
		"builtins/uuid.ts",
	],
	/** Code generation: a policy's first decision goes without. */
	generated: ["eval/js.ts"],
	/** Types from JSON schemas. */
	schemas: ["compiler/typecheck/schema-types.ts"],
	/** The YAML of annotations. */
	metadata: ["parser/metadata.ts"],
	/** What errors say. */
	messages: ["compiler/typecheck/details.ts", "compiler/opa-unsafe.ts"],
	/** A plan's sources and hash, and its JSON. */
	plans: ["compiler/plan-hash.ts", "compiler/plan-json.ts"],
	/** Template strings; `and` and `or`, where they are keywords. */
	syntax: ["parser/logical.ts", "parser/templates.ts"],
};

const src = resolve("src");
const groupOf = new Map(Object.entries(groups).flatMap(([group, files]) => files.map((f) => [resolve(src, f), group])));
const fileOf = (args) => (args.path.startsWith(".") ? resolve(args.resolveDir, args.path) : undefined);
const importPath = (file) => JSON.stringify(`./${relative(process.cwd(), file)}`);

/** A name for an export of a module that no other has. */
const ids = new Map();
function inner(file, name) {
	if (!ids.has(file)) ids.set(file, `m${ids.size}`);
	return `${ids.get(file)}_${name}`;
}

/** What the listed modules export: functions, and builtins as their declarations. */
async function exportsOfLazy(options, out) {
	const file = `${out}/lazy-exports.mjs`;
	const files = [...groupOf.keys()];
	await build({
		...options,
		sourcemap: false,
		packages: "external",
		stdin: {
			contents: files.map((f, i) => `export * as m${i} from ${importPath(f)};`).join("\n"),
			resolveDir: process.cwd(),
		},
		outfile: file,
	});
	const found = await import(pathToFileURL(resolve(file)).href);
	rmSync(file);
	return new Map(files.map((f, i) => [f, found[`m${i}`]]));
}

const isClass = (v) => /^class\b/.test(Function.prototype.toString.call(v));

const isBuiltin = (v) => typeof v?.eval === "function" && typeof v.name === "string";

/** Of lists of builtins: names and numbers of operands, as the text of an expression. */
export function namesOf(lists) {
	const arity = (b) => (b.variadic === undefined ? b.args.length : -1);
	const names = Object.entries(lists).map(([file, list]) => [file, list.map((b) => [b.name, arity(b)])]);
	return JSON.stringify(Object.fromEntries(names));
}

/** Of lists of builtins: everything but their bodies, as JSON. */
export function declarationsOf(lists) {
	const bare = ({ eval: _eval, unchecked: _unchecked, ...declaration }) => declaration;
	return JSON.stringify(Object.fromEntries(Object.entries(lists).map(([file, list]) => [file, list.map(bare)])));
}

/** The text that takes a listed module's place; adds the builtins it stands for to `lists`. */
function standIn(file, exported, lists) {
	const lines = [];
	for (const [name, value] of Object.entries(exported)) {
		const id = inner(file, name);
		const list = isBuiltin(value) ? [value] : Array.isArray(value) && value.every(isBuiltin) ? value : undefined;
		if (list !== undefined) {
			lists[id] = list;
			const names = `${namesOf({ list })}.list`;
			const load = isBuiltin(value) ? `[load().${id}]` : `load().${id}`;
			lines.push(
				`export const ${name} = standIns(${names}, () => declared().${id}, () => ${load})${isBuiltin(value) ? "[0]" : ""};`,
			);
		} else if (typeof value === "function" && !isClass(value))
			lines.push(`export let ${name} = (...args) => { ${name} = load().${id}; return ${name}(...args); };`);
	}
	return `import { late, standIns } from ${importPath(resolve(src, "builtins/lazy.ts"))};
const load = late("./lazy/${groupOf.get(file)}.js", import.meta.url);
const declared = late("./lazy/declarations.js", import.meta.url);
${lines.join("\n")}`;
}

/**
 * Writes index.js, core.js and lazy/*.js below a folder. `options` are esbuild's; `optional`
 * holds the builtins whose declarations go with those of the listed ones (dist/lazy/declarations.js).
 */
export async function buildLazyLibrary(out, entry, options, optional) {
	const lists = { ...optional };
	const lazy = await exportsOfLazy({ ...options, plugins: [] }, out);
	const stubs = {
		name: "stand-ins",
		setup(b) {
			b.onLoad({ filter: /\.ts$/ }, (args) =>
				lazy.has(args.path)
					? { loader: "ts", resolveDir: process.cwd(), contents: standIn(args.path, lazy.get(args.path), lists) }
					: undefined,
			);
		},
	};
	const core = (contents, more) =>
		build({
			...options,
			stdin: { contents, resolveDir: process.cwd(), sourcefile: "core.js" },
			outfile: `${out}/core.js`,
			plugins: [stubs, ...options.plugins],
			metafile: true,
			...more,
		});
	const trial = await core(`export * from ${importPath(resolve(entry))};`, { write: false });
	const [main] = Object.values(trial.metafile.outputs).filter((o) => o.entryPoint !== undefined);
	const inCore = new Set(
		Object.entries(main.inputs)
			.filter(([, i]) => i.bytesInOutput > 0)
			.map(([f]) => resolve(f)),
	);

	const needed = new Set();
	for (const [group, files] of Object.entries(groups)) {
		const own = new Set(files.map((f) => resolve(src, f)));
		const fromCore = {
			name: "from-core",
			setup(b) {
				b.onResolve({ filter: /^\.|^@|^[a-z]/ }, (args) => {
					const file = fileOf(args);
					if (args.kind === "entry-point" || args.namespace === "core") return undefined;
					if (file === undefined || own.has(file) || !inCore.has(file)) return undefined;
					const names = importedNames(args.importer, args.path);
					return { path: file, suffix: `?${names.join()}`, namespace: "core", sideEffects: false };
				});
				b.onResolve({ filter: /^core$/, namespace: "core" }, () => ({ path: "../core.js", external: true }));
				b.onLoad({ filter: /.*/, namespace: "core" }, (args) => {
					const names = args.suffix.slice(1).split(",").filter(Boolean);
					return {
						loader: "js",
						resolveDir: dirname(args.path),
						contents: `export { ${names.map((n) => `${inner(args.path, n)} as ${n}`).join(", ")} } from "core";`,
					};
				});
			},
		};
		const file = `${out}/lazy/${group}.js`;
		await build({
			...options,
			stdin: {
				contents: files
					.map((f) => resolve(src, f))
					.map((f) => {
						const names = Object.keys(lazy.get(f)).map((n) => `${n} as ${inner(f, n)}`);
						return `export { ${names.join(", ")} } from ${importPath(f)};`;
					})
					.join("\n"),
				resolveDir: process.cwd(),
				sourcefile: `${group}.js`,
			},
			outfile: file,
			plugins: [fromCore, ...options.plugins],
		});
		for (const [, list] of readFileSync(file, "utf8").matchAll(/import\s*\{([^}]*)\}\s*from\s*"\.\.\/core\.js"/g))
			for (const item of list.split(",")) needed.add(item.trim().split(/\s+as\s+/)[0]);
	}

	const files = new Map([...ids].map(([file, id]) => [id, file]));
	const inside = [...needed].map((n) => {
		const [, id, name] = /^(m\d+)_(.*)$/.exec(n);
		return `export { ${name} as ${n} } from ${importPath(files.get(id))};`;
	});
	await core([`export * from ${importPath(resolve(entry))};`, ...inside].join("\n"));
	const declarations = `const all = JSON.parse(${JSON.stringify(declarationsOf(lists))});\n`;
	const names = Object.keys(lists);
	writeFileSync(
		`${out}/lazy/declarations.js`,
		`${declarations}${names.map((n, i) => `const d${i} = all[${JSON.stringify(n)}];`).join("")}export { ${names.map((n, i) => `d${i} as ${JSON.stringify(n)}`).join(", ")} };\n`,
	);
	writeFileSync(`${out}/index.js`, `export { ${main.exports.join(", ")} } from "./core.js";\n`);
}

/** Names of the values a file imports, or exports again, from another. */
function importedNames(file, from) {
	const text = readFileSync(file, "utf8");
	const names = new Set();
	for (const [, type, list, path] of text.matchAll(/^(?:import|export)\s+(type\s+)?\{([^}]*)\}\s+from\s+"([^"]+)"/gm)) {
		if (path !== from || type !== undefined) continue;
		for (const item of list.split(",").map((n) => n.trim()))
			if (item !== "" && !item.startsWith("type ")) names.add(item.split(/\s+as\s+/)[0]);
	}
	return [...names];
}
