/**
 * Builds the library for Node in parts: what deciding from a plan takes in dist/core.js, and each group
 * of modules below in a file of its own (dist/lazy), loaded when one of their functions is first called.
 * Elsewhere, stand-ins take their place: a function that loads the group and becomes the function it
 * stands for, and builtins without bodies (src/builtins/lazy.ts).
 *
 * Groups import what the core has from the core, and what is only the compiler's from the compiler: a
 * module is in the process once. Only modules that others use through functions and builtins can be
 * listed.
 */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";

const groups = {
	/** From text to a plan: the parser and everything behind it that is in no other group. */
	compiler: ["compile.ts", "parser/parser.ts"],
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
	generated: ["eval/generated/js.ts", "plan/fold.ts"],
	/** Types from JSON schemas. */
	schemas: ["compiler/typecheck/schema-types.ts"],
	/** The YAML of annotations. */
	metadata: ["parser/metadata.ts"],
	/** What errors say. */
	messages: ["compiler/typecheck/details.ts"],
	/** Bodies that are not in the order written. */
	order: ["compiler/stages/opa-order.ts", "compiler/planner/dry-run.ts"],
	/** A plan's sources and hash, and its JSON. */
	plans: ["plan/hash.ts", "plan/json.ts"],
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

/** The text that takes a listed module's place in a file of a folder; adds the builtins it stands for to `lists`. */
function standIn(file, exported, lists, folder) {
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
const load = late("${folder}${groupOf.get(file)}.js", import.meta.url);
const declared = late("${folder}declarations.js", import.meta.url);
${lines.join("\n")}`;
}

/** A file that others import from: what is in it, and the names they need of it. */
class Host {
	constructor(file) {
		this.file = file;
		this.modules = new Set();
		this.needed = new Set();
	}

	holds(metafile) {
		for (const output of Object.values(metafile.outputs))
			for (const [file, input] of Object.entries(output.inputs))
				if (input.bytesInOutput > 0) this.modules.add(resolve(file));
	}

	/** What others need of it, as exports under names of their own. */
	get exports() {
		const files = new Map([...ids].map(([file, id]) => [id, file]));
		return [...this.needed].map((n) => {
			const [, id, name] = /^(m\d+)_(.*)$/.exec(n);
			return `export { ${name} as ${n} } from ${importPath(files.get(id))};`;
		});
	}

	/** Notes what the text of a built file imports from it. */
	neededBy(text, path) {
		for (const [, list, from] of text.matchAll(/import\s*\{([^}]*)\}\s*from\s*"([^"]*)"/g))
			if (from === path) for (const item of list.split(",")) this.needed.add(item.trim().split(/\s+as\s+/)[0]);
	}
}

/**
 * Writes index.js, core.js and lazy/*.js below a folder. `options` are esbuild's; `optional`
 * holds the builtins whose declarations go with those of the listed ones (dist/lazy/declarations.js).
 */
export async function buildLazyLibrary(out, entry, options, optional) {
	const lists = { ...optional };
	const lazy = await exportsOfLazy({ ...options, plugins: [] }, out);
	const core = new Host("core.js");
	const compiler = new Host("lazy/compiler.js");

	const stubs = (folder, own) => ({
		name: "stand-ins",
		setup(b) {
			b.onLoad({ filter: /\.ts$/ }, ({ path }) =>
				lazy.has(path) && !own.has(path)
					? { loader: "ts", resolveDir: process.cwd(), contents: standIn(path, lazy.get(path), lists, folder) }
					: undefined,
			);
		},
	});
	/** Imports from the hosts what they hold. */
	const fromHosts = (hosts, own) => ({
		name: "from-hosts",
		setup(b) {
			b.onResolve({ filter: /^\.|^@|^[a-z]/ }, (args) => {
				if (args.kind === "entry-point" || args.namespace === "host") return undefined;
				const file = fileOf(args);
				if (file === undefined || own.has(file)) return undefined;
				const host = hosts.find((h) => h.modules.has(file));
				if (host === undefined) return undefined;
				const standsIn = lazy.has(args.importer) && !own.has(args.importer);
				const names = standsIn ? ["late", "standIns"] : importedNames(args.importer, args.path);
				return { path: file, suffix: `?${names.join()}`, namespace: "host", sideEffects: false, pluginData: host };
			});
			b.onResolve({ filter: /^host:/, namespace: "host" }, (args) => ({
				path: besideLazy(args.path.slice("host:".length)),
				external: true,
			}));
			b.onLoad({ filter: /.*/, namespace: "host" }, (args) => {
				const names = args.suffix.slice(1).split(",").filter(Boolean);
				const list = names.map((n) => `${inner(args.path, n)} as ${n}`).join(", ");
				return {
					loader: "js",
					resolveDir: dirname(args.path),
					contents: `export { ${list} } from "host:${args.pluginData.file}";`,
				};
			});
		},
	});
	const buildCore = (contents, more) =>
		build({
			...options,
			stdin: { contents, resolveDir: process.cwd(), sourcefile: "core.js" },
			outfile: `${out}/core.js`,
			plugins: [stubs("./lazy/", new Set()), ...options.plugins],
			metafile: true,
			...more,
		});
	const buildGroup = (group, hosts, more = [], settings = {}) => {
		const own = new Set(groups[group].map((f) => resolve(src, f)));
		const exported = [...own].map((f) => {
			const names = Object.keys(lazy.get(f)).map((n) => `${n} as ${inner(f, n)}`);
			return `export { ${names.join(", ")} } from ${importPath(f)};`;
		});
		return build({
			...options,
			stdin: { contents: [...exported, ...more].join("\n"), resolveDir: process.cwd(), sourcefile: `${group}.js` },
			outfile: `${out}/lazy/${group}.js`,
			plugins: [fromHosts(hosts, own), stubs("./", own), ...options.plugins],
			metafile: true,
			...settings,
		});
	};

	// What the hosts hold is known once they are built; what the others need of them, once those are.
	const trial = await buildCore(`export * from ${importPath(resolve(entry))};`, { write: false });
	core.holds(trial.metafile);
	const [main] = Object.values(trial.metafile.outputs).filter((o) => o.entryPoint !== undefined);
	compiler.holds((await buildGroup("compiler", [core], [], { write: false })).metafile);
	for (const group of Object.keys(groups).filter((g) => g !== "compiler")) {
		await buildGroup(group, [core, compiler]);
		const text = readFileSync(`${out}/lazy/${group}.js`, "utf8");
		for (const host of [core, compiler]) host.neededBy(text, besideLazy(host.file));
	}
	await buildGroup("compiler", [core], compiler.exports);
	core.neededBy(readFileSync(`${out}/lazy/compiler.js`, "utf8"), besideLazy(core.file));
	await buildCore([`export * from ${importPath(resolve(entry))};`, ...core.exports].join("\n"));

	const declarations = `const all = JSON.parse(${JSON.stringify(declarationsOf(lists))});\n`;
	const names = Object.keys(lists);
	writeFileSync(
		`${out}/lazy/declarations.js`,
		`${declarations}${names.map((n, i) => `const d${i} = all[${JSON.stringify(n)}];`).join("")}export { ${names.map((n, i) => `d${i} as ${JSON.stringify(n)}`).join(", ")} };\n`,
	);
	writeFileSync(`${out}/index.js`, `export { ${main.exports.join(", ")} } from "./core.js";\n`);
}

/** The path of one of the library's files as those in lazy/ import it. */
const besideLazy = (file) => (file.startsWith("lazy/") ? `./${file.slice("lazy/".length)}` : `../${file}`);

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
