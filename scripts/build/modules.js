/**
 * The build for browsers, workers and whoever bundles for them: ES modules, one for each module of the
 * sources, so that a bundler takes what is used and leaves the rest. What the sources import from packages
 * is in dist/esm/packages, so that nothing else has to be installed.
 *
 * In: the public modules. Out: dist/esm/**.js, unminified.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, relative, resolve, sep } from "node:path";
import { build } from "esbuild";
import { withoutDocumentation } from "./documentation.js";

const src = resolve("src");

/** Chevrotain's modules do nothing but define: its parser can be left out, of which we use nothing. */
export const pureChevrotain = {
	name: "pure-chevrotain",
	setup(b) {
		b.onResolve({ filter: /^(?:@?chevrotain|\.)/ }, async (args) => {
			if (
				args.kind === "entry-point" ||
				args.pluginData === "resolved" ||
				!/^@?chevrotain|[\\/]@?chevrotain[\\/]/.test(args.path + args.importer)
			)
				return undefined;
			const { path, kind, resolveDir, importer } = args;
			const found = await b.resolve(path, { kind, resolveDir, importer, pluginData: "resolved" });
			return found.errors.length > 0 ? found : { path: found.path, sideEffects: false };
		});
	},
};

/**
 * Chevrotain's lexer reads regular expressions to find the characters that they may begin with. Our patterns are
 * functions that say so themselves, so that its reader is never asked: it is left out.
 */
export const withoutRegexpReader = {
	name: "without-regexp-reader",
	setup(b) {
		b.onResolve({ filter: /^@chevrotain\/regexp-to-ast$|\/reg_exp(?:_parser)?\.js$/ }, () => ({
			path: "none",
			namespace: "regexp-reader",
		}));
		const unused = ["canMatchCharCode", "getOptimizedStartCodesIndices", "getRegExpAst"];
		b.onLoad({ filter: /.*/, namespace: "regexp-reader" }, () => ({
			contents: [
				...unused.map(
					(name) => `export function ${name}() { throw new Error("a pattern of the lexer is no function"); }`,
				),
				"export class BaseRegExpVisitor {}",
				"export function clearRegExpParserCache() {}",
				'export const failedOptimizationPrefixMsg = "";',
			].join("\n"),
		}));
	},
};

/** Esbuild makes variables of constants; where a module has nothing else they stay what minifiers can write in their place. */
const constant = (text) =>
	/^(?:\/\/ .*\n|var \w+ = \d+;\n)+export \{[^}]*\};\n$/.test(text) ? text.replace(/^var /gm, "const ") : text;

const common = { bundle: true, format: "esm", target: "es2023", platform: "browser", logLevel: "warning" };

/** The file of a package, or of a module of it, below dist/esm: each of its own, so that what is not used is left out. */
const packageFile = (name) => `packages/${name.replace(/^@/, "").replace(/\.js$/, "").replaceAll("/", "-")}.js`;

const shipped = (file) => relative(src, file).split(sep).join("/").replace(/\.ts$/, ".js");

/** Builds the modules that some reach; the names of the packages' files that went in. */
export async function buildModules(out, publicModules) {
	const { metafile } = await build({
		...common,
		entryPoints: publicModules.map((f) => resolve(src, f)),
		packages: "external",
		write: false,
		outdir: out,
		metafile: true,
	});
	const files = Object.keys(metafile.inputs).map((f) => resolve(f));
	const packages = new Set();
	const apart = {
		name: "apart",
		setup(b) {
			b.onResolve({ filter: /.*/ }, ({ path, kind, resolveDir, importer }) => {
				if (kind === "entry-point") return undefined;
				const from = dirname(shipped(importer));
				const to = path.startsWith(".") ? shipped(resolve(resolveDir, path)) : packageFile(path);
				if (!path.startsWith(".")) packages.add(path);
				const target = relative(from, to).split(sep).join("/");
				return { path: target.startsWith(".") ? target : `./${target}`, external: true };
			});
		},
	};
	const ours = await build({
		...common,
		entryPoints: files,
		outbase: src,
		outdir: out,
		plugins: [apart],
		write: false,
	});
	for (const { path, text } of ours.outputFiles) {
		mkdirSync(dirname(path), { recursive: true });
		const file = relative(resolve(out), path).split(sep).join("/");
		writeFileSync(path, withoutDocumentation(file, constant(text)));
	}
	const bundled = await build({
		...common,
		entryPoints: [...packages].map((name) => ({ in: name, out: packageFile(name).replace(/\.js$/, "") })),
		outdir: out,
		splitting: true,
		chunkNames: "packages/[name]-[hash]",
		legalComments: "none",
		write: false,
		plugins: [exportsOf, withoutRegexpReader, pureChevrotain],
		metafile: true,
	});
	// A chunk that is imported for no name has nothing to do, which bundlers warn of.
	for (const { path, text } of bundled.outputFiles) {
		mkdirSync(dirname(path), { recursive: true });
		writeFileSync(path, text.replace(/^import "[^"]+";\n/gm, ""));
	}
	return Object.keys(bundled.metafile.inputs).map((f) => resolve(f));
}

/** A package's file gives what the sources take from it: of chevrotain its lexer. */
const exportsOf = {
	name: "exports-of",
	setup(b) {
		b.onResolve({ filter: /.*/ }, ({ kind, path, resolveDir }) =>
			kind === "entry-point" ? { path, namespace: "exports", pluginData: resolveDir } : undefined,
		);
		b.onLoad({ filter: /.*/, namespace: "exports" }, ({ path, pluginData }) => ({
			contents: exportsFrom(path),
			resolveDir: pluginData || process.cwd(),
		}));
	},
};

function exportsFrom(name) {
	if (name === "chevrotain") return 'export { createToken, Lexer } from "chevrotain";';
	return /^(?:@noble|micro-rsa-dsa-dh)\//.test(name)
		? `export * from "${name}";`
		: `export { default } from "${name}";`;
}
