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

const src = resolve("src");

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
	await build({ ...common, entryPoints: files, outbase: src, outdir: out, plugins: [apart] });
	const bundled = await build({
		...common,
		entryPoints: [...packages].map((name) => ({ in: name, out: packageFile(name).replace(/\.js$/, "") })),
		outdir: out,
		splitting: true,
		chunkNames: "packages/[name]-[hash]",
		legalComments: "none",
		write: false,
		plugins: [exportsOf],
		metafile: true,
	});
	// A chunk that is imported for no name has nothing to do, which bundlers warn of.
	for (const { path, text } of bundled.outputFiles) {
		mkdirSync(dirname(path), { recursive: true });
		writeFileSync(path, text.replace(/^import "[^"]+";\n/gm, ""));
	}
	return Object.keys(bundled.metafile.inputs).map((f) => resolve(f));
}

/** A package's file gives what the sources take from it. */
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
	return /^(?:@noble|micro-rsa-dsa-dh)\//.test(name)
		? `export * from "${name}";`
		: `export { default } from "${name}";`;
}
