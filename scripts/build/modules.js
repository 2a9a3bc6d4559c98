/**
 * The build for browsers, workers and whoever bundles for them: ES modules, one for each module of the
 * sources, so that a bundler takes what is used and leaves the rest. What the sources import from packages
 * is in dist/esm/packages, so that nothing else has to be installed.
 *
 * In: the public modules. Out: dist/esm/**.js, unminified.
 */
import { dirname, relative, resolve, sep } from "node:path";
import { build } from "esbuild";

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

const common = { bundle: true, format: "esm", target: "es2023", platform: "browser", logLevel: "warning" };

/** The file of a package, or of a module of it, below dist/esm. */
const packageFile = (name) =>
	`packages/${/^@?[^/]+(?:(?<=^@[^/]*)\/[^/]+)?/.exec(name)[0].replace(/^@/, "").replace("/", "-")}.js`;

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
	await build({ ...common, entryPoints: files, outbase: src, outdir: out, plugins: [apart] });
	const bundled = await build({
		...common,
		entryPoints: [...new Set([...packages].map(packageFile))].map((file) => ({
			in: [...packages].filter((name) => packageFile(name) === file).join(","),
			out: file.replace(/\.js$/, ""),
		})),
		outdir: out,
		legalComments: "none",
		plugins: [exportsOf, pureChevrotain],
		metafile: true,
	});
	return Object.keys(bundled.metafile.inputs).map((f) => resolve(f));
}

/** A package's file gives what the sources take from it: the modules that are listed, of chevrotain its lexer. */
const exportsOf = {
	name: "exports-of",
	setup(b) {
		b.onResolve({ filter: /.*/ }, ({ kind, path, resolveDir }) =>
			kind === "entry-point" ? { path, namespace: "exports", pluginData: resolveDir } : undefined,
		);
		b.onLoad({ filter: /.*/, namespace: "exports" }, ({ path, pluginData }) => ({
			contents: path.split(",").map(exportsFrom).join("\n"),
			resolveDir: pluginData || process.cwd(),
		}));
	},
};

function exportsFrom(name) {
	if (name === "chevrotain") return 'export { createToken, Lexer } from "chevrotain";';
	return name.startsWith("@noble/") ? `export * from "${name}";` : `export { default } from "${name}";`;
}
