/**
 * The build for Node: CommonJS files that share their parts. CommonJS, because only `require` loads late what
 * is needed in the middle of a decision; a module that imports the package gets the same files through a
 * wrapper (wrappers.js), so that there is one copy of everything in a process, however it is loaded.
 *
 * In: the sources, and which file each module belongs to. Out: dist/node/*.cjs, unminified.
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { basename, dirname, relative, resolve, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { build as esbuild } from "esbuild";
import { rolldown } from "rolldown";
import { entries } from "./entries.js";
import { declarations, groupEntry, groupOf, groups, standIn } from "./late.js";

const src = resolve("src");

/** What is loaded from outside: the public entries, the command, and the worker thread of the agent's gate. */
const loaded = {
	...entries,
	async: "async-node.ts",
	bundle: "bundle-node.ts",
	signatures: "signatures-node.ts",
	command: "cli/main.ts",
	decider: "agent/decider/worker.ts",
};

/** Files of an entry's own modules, where they are not named as the entry. */
const homes = {
	core: "chosen",
	plan: "chosen-plan",
	runtime: "program",
	explain: "explained-texts",
	"opa-wasm": "opa-wasm-api",
	bundle: "bundles",
	http: "http-transport",
	fetch: "fetch-transport",
	agent: "agent-parts",
	genpolicy: "genpolicy-parts",
	server: "rest-api",
	command: "commands",
};

/** Packages that are not bundled: one holds a WebAssembly file, the others are there where they are wanted. */
const external = ["re2-wasm", "koffi", "vitest"];

const hostOfNode = resolve(src, "host/node.ts");

const inSrc = (file) => relative(src, file).split(sep).join("/");

/** Which modules each module imports: from esbuild, which leaves out what only types come from. */
async function importGraph() {
	const { metafile } = await esbuild({
		entryPoints: [...Object.values(loaded).map((f) => resolve(src, f)), ...groupOf.keys()],
		bundle: true,
		write: false,
		metafile: true,
		format: "esm",
		platform: "node",
		splitting: true,
		outdir: "unwritten",
		external,
		logLevel: "error",
	});
	return new Map(
		Object.entries(metafile.inputs).map(([file, { imports }]) => [
			resolve(file),
			imports.filter((i) => !i.external).map((i) => ({ to: resolve(i.path), late: i.kind === "dynamic-import" })),
		]),
	);
}

/** Everything that is loaded with some modules: their imports, but for what has stand-ins. */
function reached(graph, starts, group) {
	const seen = new Set();
	const visit = (file) => {
		if (seen.has(file)) return;
		seen.add(file);
		for (const { to, late } of graph.get(file) ?? [])
			if (!late && (!groupOf.has(to) || groupOf.get(to) === group)) visit(to);
	};
	for (const s of starts) visit(s);
	return seen;
}

/** What is loaded late by an import() of the sources: commands, and what only some of their calls need. */
function lateRoots(graph) {
	const targets = [...graph.values()].flatMap((imports) => imports.filter((i) => i.late).map((i) => i.to));
	const others = new Set([...groupOf.keys(), ...Object.values(loaded).map((file) => resolve(src, file))]);
	return [...new Set(targets)].filter((file) => !others.has(file));
}

/** The file of what only one of them reaches. */
function rootFile(root) {
	const path = inSrc(root);
	if (path.startsWith("cli/")) return `command-${basename(path, ".ts")}`;
	return `late-${(/node_modules\/([^/]+)/.exec(path)?.[1] ?? path.replace(/\.ts$/, "")).replaceAll("/", "-")}`;
}

/** Where modules go that several groups need, and neither the engine nor the compiler has. */
function sharedFile(file) {
	const path = inSrc(file);
	if (path.startsWith("explain/")) return "explained";
	if (path.startsWith("testing/")) return "testing";
	if (path.startsWith("format/")) return "formatter";
	if (path.startsWith("regex/")) return "globs";
	if (/[\\/]node_modules[\\/]yaml[\\/]/.test(file)) return "yaml-documents";
	if (file.includes("smol-toml") || file.includes("@bufbuild")) return "agent-parts";
	if (path.startsWith("value/yaml")) return "yaml-reader";
	if (path.startsWith("builtins/json-schema/")) return "schemas";
	if (path.startsWith("builtins/crypto/")) return "keys";
	if (file.includes("@noble")) return "digests";
	if (path.startsWith("eval/")) return "emitted";
	return "shared";
}

/** The file each module belongs to. */
function filesOf(graph) {
	const sets = new Map(
		Object.keys(groups).map((g) => [
			g,
			reached(
				graph,
				groups[g].map((f) => resolve(src, f)),
				g,
			),
		]),
	);
	for (const [name, entry] of Object.entries(loaded))
		if (!entry.startsWith("builtins/")) sets.set(name, reached(graph, [resolve(src, entry)]));
	for (const root of lateRoots(graph)) {
		const name = rootFile(root);
		sets.set(name, new Set([...(sets.get(name) ?? []), ...reached(graph, [root])]));
	}
	const engine = sets.get("index");
	const compiler = sets.get("compiler");
	sets.delete("index");
	sets.delete("compiler");
	const fileOf = (file) => {
		if (engine.has(file) || inSrc(file) === "builtins/lazy.ts" || file === hostOfNode) return "engine";
		if (compiler.has(file)) return "compiler";
		const path = inSrc(file);
		// Manifests are read by tools; the gate and its thread go without them, and without YAML.
		if (path.startsWith("agent/manifests/")) return "agent-manifests";
		if (path.startsWith("agent/")) return homes.agent;
		if (path.startsWith("genpolicy/")) return homes.genpolicy;
		if (path.startsWith("cli/server/")) return "commands-server";
		// What happened in a decision is told when somebody asks.
		if (/^server\/(?:trace|compiled)\.ts$/.test(path)) return "rest-api-traces";
		if (path.startsWith("server/")) return homes.server;
		// They load Node's crypto and zlib, which takes longer than all the others.
		if (/^cli\/(?:bundle-signature|bundle-verification|load-bundle|tar|write-bundle)\.ts$/.test(path))
			return "commands-bundles";
		// What the commands that explain and compare share.
		if (/^cli\/(?:coverage|input-logs|policy-files|why-output)\.ts$/.test(path)) return "commands-explain";
		// What loads files, for the command and the library, and what is the library's own.
		if (path.startsWith("node/")) return "library-files";
		if (path.startsWith("documents/")) return "files";
		if (path.startsWith("bundle/")) return "bundles";
		if (path.startsWith("cli/") && sets.get("node").has(file)) return "files";
		// What commands and the server write.
		if (path === "value/ordered-json.ts") return "files";
		// What tells of evaluations, when asked to.
		if (/^cli\/(?:eval-watched|test-watched|test-failure|test-trace|watch-output)\.ts$/.test(path))
			return "commands-watch";
		if (/^cli\/test-(?:output|bench|again)\.ts$/.test(path)) return "command-test";
		// It tells the time in any zone.
		if (path === "cli/logger.ts") return "commands-log";
		// Few commands write references, for which the parser's text of terms is needed.
		if (path === "cli/ref-json.ts") return "commands-refs";
		// Whatever decides asks it whether there was a conflict; how OPA meets it is told by traces.
		if (path === "topdown/met-conflict.ts") return "engine";
		if (path.startsWith("topdown/") || path.startsWith("trace/")) return "traces";
		if (path.startsWith("aot/") && !sets.get("runtime").has(file)) return "build-modules";
		if (path === "plan/constants.ts") return "engine";
		// Whatever loads files matches their names; by itself it is little.
		if (path === "go/path-match.ts") return "engine";
		const owners = [...sets].filter(([, set]) => set.has(file)).map(([name]) => name);
		if (owners.length === 1) return homes[owners[0]] ?? owners[0];
		// Commands share a file of their own; what they are started with and others use as well is little.
		if (path.startsWith("cli/agent")) return "commands-agent";
		// What explains decisions is much, and few commands do.
		if (path.startsWith("cli/") && [...reached(graph, [file])].some((f) => inSrc(f).startsWith("explain/")))
			return "commands-explain";
		if (path.startsWith("cli/")) return homes.command;
		return owners.includes("command") ? "engine" : sharedFile(file);
	};
	return new Map([...graph.keys(), resolve(src, "builtins/lazy.ts"), hostOfNode].map((f) => [f, fileOf(f)]));
}

/** What the listed modules export, by evaluating them. */
async function exportsOfLate(out) {
	const files = [...groupOf.keys()];
	const file = resolve(out, "late-exports.mjs");
	await esbuild({
		stdin: {
			contents: files.map((f, i) => `export * as m${i} from ${JSON.stringify(f)};`).join("\n"),
			resolveDir: src,
		},
		bundle: true,
		format: "esm",
		platform: "node",
		external,
		outfile: file,
		logLevel: "error",
	});
	const found = await import(pathToFileURL(file).href);
	return new Map(files.map((f, i) => [f, found[`m${i}`]]));
}

/** Puts stand-ins in the place of listed modules, wherever another group or the core imports one. */
function latePlugin(exportsOf, fileOf) {
	return {
		name: "late",
		resolveId(id, importer) {
			if (/^(?:late|public):/.test(id)) return id;
			// The package has no side effects for its users; this module is nothing but one.
			if (id === hostOfNode) return { id, moduleSideEffects: true };
			if (/^\.\/[\w-]+\.cjs$/.test(id)) return { id, external: true };
			if (importer === undefined || importer.startsWith("late:") || !id.startsWith(".")) return undefined;
			const from = importer.replace(/\?stand-in$/, "");
			const file = resolve(dirname(from), id);
			const group = groupOf.get(file);
			return group === undefined || fileOf.get(from) === group ? undefined : `${file}?stand-in`;
		},
		load(id) {
			if (id.startsWith("late:")) return groupEntry(id.slice("late:".length), exportsOf);
			if (id.startsWith("public:")) return publicEntry(id.slice("public:".length));
			if (!id.endsWith("?stand-in")) return undefined;
			const file = id.slice(0, -"?stand-in".length);
			return { code: standIn(file, exportsOf.get(file)), moduleType: "js" };
		},
	};
}

/** Chevrotain's modules do nothing but define: its parser can be left out, of which we use nothing. */
const pureChevrotain = {
	name: "pure-chevrotain",
	transform: {
		filter: { id: /[\\/]@?chevrotain[\\/]/ },
		handler: () => ({ moduleSideEffects: false }),
	},
};

/** What only Node has is loaded before what is public. */
const publicEntry = (module) =>
	[`import ${JSON.stringify(hostOfNode)};`, `export * from ${JSON.stringify(resolve(src, module))};`].join("\n");

/**
 * A file as CommonJS. What another file gives is bound once, at its start: no file is loaded before those it
 * takes from are whole, and reading a constant is faster than reading a property through a getter. Escaped to
 * ASCII, so that bin/code-cache.js reads it as it is.
 */
function asCommonJs({ fileName, code }) {
	const given = [];
	/** `x as y` of a list of exports, as the properties of an object. */
	const give = (names) => given.push(...names.split(",").map((n) => exported(n.trim())));
	const statements = [
		[/^import \{([^}]*)\} from "([^"]+)";$/, (_, names, from) => `const {${taken(names)}} = require("${cjs(from)}");`],
		[/^import (?:\* as )?([\w$]+) from "([^"]+)";$/, (_, name, from) => `const ${name} = require("${cjs(from)}");`],
		[
			/^import ([\w$]+), \{([^}]*)\} from "([^"]+)";$/,
			(_, name, names, from) => `const ${name} = require("${cjs(from)}"), {${taken(names)}} = ${name};`,
		],
		[/^import "([^"]+)";$/, (_, from) => `require("${cjs(from)}");`],
		[
			/^export \{([^}]*)\} from "([^"]+)";$/,
			(_, names, from) => {
				give(names.replace(/[\w$]+ as /g, ""));
				return `const {${taken(names)}} = require("${cjs(from)}");`;
			},
		],
		[
			/^export \{([^}]*)\};$/,
			(_, names) => {
				give(names);
				return "";
			},
		],
	];
	/** An import or export as CommonJS; undefined for any other line. */
	const convert = (line) => {
		const statement = statements.find(([pattern]) => pattern.test(line));
		return statement === undefined ? undefined : line.replace(...statement);
	};
	// They stand at the beginning and at the end, and nowhere else: a text may look like one.
	const lines = code.trimEnd().split("\n");
	let first = 0;
	for (let made = ""; first < lines.length; lines[first++] = made) {
		made = convert(lines[first]) ?? (/^\/\//.test(lines[first]) ? lines[first] : undefined);
		if (made === undefined) break;
	}
	for (let last = lines.length - 1; last >= first; last--) {
		const made = convert(lines[last]);
		if (made === undefined) break;
		lines[last] = made;
	}
	const text = lines
		.join("\n")
		.replace(/\bimport\("(\.\/[\w-]+)\.js"\)/g, (_, from) => `Promise.resolve().then(() => require("${from}.cjs"))`);
	if (given.length === 0) throw new Error(`${fileName}: exports nothing`);
	if (/^import\b(?!\()/m.test(lines.slice(0, first + 1).join("\n"))) throw new Error(`${fileName}: an import is left`);
	for (const [, name] of text.matchAll(/^let ([\w$]+)/gm))
		if (given.some((g) => g === name || g.endsWith(`: ${name}`)))
			throw new Error(`${fileName}: others would not see ${name} change`);
	const ascii = text.replace(/[^\0-\x7f]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
	return `"use strict";\n${ascii.trimEnd()}\nmodule.exports = { ${given.join(", ")} };\n`;
}

const cjs = (from) => from.replace(/^(\.\/.*)\.js$/, "$1.cjs");
const taken = (names) => names.replace(/([\w$]+) as ([\w$]+)/g, "$1: $2");
const exported = (name) =>
	name.replace(/^([\w$]+) as ([\w$]+)$/, (_, inner, outer) => (inner === outer ? inner : `${outer}: ${inner}`));

/** Files that would be loaded in the middle of each other's loading: the bindings above would be undefined. */
function refuseCircles(files) {
	const imports = new Map(files.map((f) => [f.fileName, f.imports]));
	const done = new Set();
	const visit = (file, path) => {
		if (path.includes(file)) throw new Error(`files load each other: ${[...path, file].join(" -> ")}`);
		if (done.has(file)) return;
		for (const i of imports.get(file) ?? []) visit(i, [...path, file]);
		done.add(file);
	};
	for (const file of imports.keys()) visit(file, []);
}

/** Writes the files of dist/node; their public exports by entry. */
export async function buildChunks(out) {
	mkdirSync(out, { recursive: true });
	const graph = await importGraph();
	const fileOf = filesOf(graph);
	const exportsOf = await exportsOfLate(out);
	const bundle = await rolldown({
		input: {
			...Object.fromEntries(Object.entries(loaded).map(([name, f]) => [name, `public:${f}`])),
			...Object.fromEntries(Object.keys(groups).map((g) => [g, `late:${g}`])),
		},
		platform: "node",
		external: [...external, ...builtinModules.map((m) => `node:${m}`)],
		plugins: [latePlugin(exportsOf, fileOf), pureChevrotain],
		preserveEntrySignatures: "allow-extension",
		checks: { ineffectiveDynamicImport: false },
		logLevel: "warn",
	});
	const { output } = await bundle.generate({
		format: "esm",
		entryFileNames: "[name].js",
		chunkFileNames: "[name].js",
		minifyInternalExports: false,
		polyfillRequire: false,
		comments: { legal: true, annotation: false, jsdoc: false },
		codeSplitting: {
			includeDependenciesRecursively: false,
			groups: [
				{
					debugName: "files",
					name: (id) => {
						if (id.startsWith("public:")) return null;
						if (id.startsWith("late:")) return id.slice("late:".length);
						if (id.endsWith("?stand-in")) return "engine";
						return fileOf.get(id) ?? "engine";
					},
				},
			],
		},
	});
	await bundle.close();
	refuseCircles(output);
	for (const file of output) writeFileSync(resolve(out, cjs(`./${file.fileName}`)), asCommonJs(file));
	writeFileSync(resolve(out, "declarations.cjs"), declarations(exportsOf));
	rmSync(resolve(out, "late-exports.mjs"));
	const packages = new Set(output.flatMap((f) => f.moduleIds).filter((id) => id.includes("node_modules")));
	return {
		exports: Object.fromEntries(
			output.filter((f) => f.isEntry && loaded[f.name] !== undefined).map((f) => [f.name, f.exports]),
		),
		bundled: packages,
	};
}
