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

/** The file of a package below dist/esm. */
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
		plugins: [onlyUsed, pureChevrotain],
		metafile: true,
	});
	return Object.keys(bundled.metafile.inputs).map((f) => resolve(f));
}

/** Of chevrotain, its lexer. */
const onlyUsed = {
	name: "only-used",
	setup(b) {
		b.onResolve({ filter: /^chevrotain$/ }, ({ kind, resolveDir }) =>
			kind === "entry-point" ? { path: "chevrotain", namespace: "used", pluginData: resolveDir } : undefined,
		);
		b.onLoad({ filter: /.*/, namespace: "used" }, ({ pluginData }) => ({
			contents: 'export { createToken, Lexer } from "chevrotain";',
			resolveDir: pluginData || process.cwd(),
		}));
	},
};
