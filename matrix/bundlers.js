/**
 * The bundlers and tracers of the matrix: each makes a program of an app, as its users would call it. In: the
 * app's folder and entry. Out: the file to run, or to load in a page or a worker.
 */
import { cpSync, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { run } from "./workspace.js";

/** What a program is called: `out/<bundler>/<way>/…`. */
const place = (app, ...names) => {
	const folder = join(app, "out", ...names);
	mkdirSync(folder, { recursive: true });
	return folder;
};

function must({ status, stdout, stderr }) {
	if (status !== 0) throw new Error(`${stdout}${stderr}`.slice(-2000));
}

export function bundlers(app, tools) {
	const require = createRequire(join(tools.folder, "package.json"));
	const load = async (name) => {
		const m = await import(pathToFileURL(require.resolve(name)).href);
		return m.default ?? m;
	};
	const esbuild = async (format, name, way, options) => {
		const out = join(place(app, name, way), `main.${format === "cjs" ? "cjs" : "mjs"}`);
		const { build } = await load("esbuild");
		await build({ absWorkingDir: app, bundle: true, format, outfile: out, logLevel: "silent", ...options });
		return out;
	};
	const rollup = async (name, entry, way, browser) => {
		const [{ rollup }, resolver, commonjs] = await Promise.all(
			["rollup", "@rollup/plugin-node-resolve", "@rollup/plugin-commonjs"].map(load),
		);
		const bundle = await rollup({
			input: join(app, entry),
			plugins: [
				resolver({ browser, preferBuiltins: !browser, exportConditions: browser ? ["browser"] : ["node"] }),
				commonjs(),
			],
			external: browser ? [] : [/^node:/, "koffi", "re2-wasm"],
			onLog: () => {},
		});
		const file = join(place(app, name, way), "main.mjs");
		await bundle.write({ file, format: "esm", inlineDynamicImports: true });
		return file;
	};
	const webpack = async (name, entry, way, target) => {
		const webpack = await load("webpack");
		const folder = place(app, name, way);
		await new Promise((done, fail) =>
			webpack(
				{
					mode: "production",
					target,
					context: app,
					entry: `./${entry}`,
					output: { path: folder, filename: "main.cjs" },
					externals: target === "node" ? { koffi: "commonjs koffi" } : {},
					performance: { hints: false },
				},
				(error, stats) => {
					if (error) fail(error);
					else if (stats.hasErrors()) fail(new Error(stats.toString({ all: false, errors: true })));
					else done();
				},
			),
		);
		return join(folder, "main.cjs");
	};
	const vite = async (name, way, config) => {
		const { build } = await load("vite");
		const folder = place(app, name, way);
		const common = { outDir: folder, emptyOutDir: true };
		await build({ root: app, configFile: false, logLevel: "silent", ...config, build: { ...common, ...config.build } });
		return folder;
	};
	const bun = tools.bin("bun");

	/** For Node and what behaves as Node. */
	const forNode = {
		"esbuild esm": (way) =>
			esbuild("esm", "esbuild-esm", way, {
				entryPoints: [`${way}.mjs`],
				platform: "node",
				external: ["koffi"],
				banner: { js: requireBanner },
			}),
		"esbuild cjs": (way) =>
			esbuild("cjs", "esbuild-cjs", way, { entryPoints: [`${way}.mjs`], platform: "node", external: ["koffi"] }),
		rollup: (way) => rollup("rollup", `${way}.mjs`, way, false),
		webpack: (way) => webpack("webpack", `${way}.mjs`, way, "node"),
		vite: async (way) => {
			const folder = await vite("vite", way, {
				ssr: { noExternal: ["regoplan"], external: ["re2-wasm", "koffi"] },
				build: { ssr: join(app, `${way}.mjs`), rollupOptions: { output: { entryFileNames: "main.mjs" } } },
			});
			return join(folder, "main.mjs");
		},
		ncc: async (way) => {
			const folder = place(app, "ncc", way);
			must(
				run(
					process.execPath,
					[require.resolve("@vercel/ncc/dist/ncc/cli.js"), "build", `${way}.mjs`, "-o", folder, "-q"],
					{ cwd: app },
				),
			);
			return join(folder, existsSync(join(folder, "index.mjs")) ? "index.mjs" : "index.js");
		},
		nft: async (way) => {
			const { nodeFileTrace } = await load("@vercel/nft");
			const { fileList } = await nodeFileTrace([join(app, `${way}.mjs`)], { base: app });
			const folder = place(app, "..", "nft", way);
			for (const file of fileList) {
				mkdirSync(dirname(join(folder, file)), { recursive: true });
				cpSync(join(app, file), join(folder, file), { recursive: true, dereference: true });
			}
			return join(folder, `${way}.mjs`);
		},
		"bun build": async (way) => {
			const folder = place(app, "bun", way);
			must(run(bun, ["build", `${way}.mjs`, "--target=node", "--outfile", join(folder, "main.mjs")], { cwd: app }));
			return join(folder, "main.mjs");
		},
	};

	/** An executable. */
	const bunCompile = async (way) => {
		const file = join(place(app, "bun-compile", way), "program");
		must(run(bun, ["build", "--compile", `${way}.mjs`, "--outfile", file], { cwd: app }));
		return file;
	};

	/** For pages: the script that is loaded. */
	const forPages = {
		esbuild: (way) => esbuild("esm", "page-esbuild", way, { entryPoints: [`${way}.page.mjs`], platform: "browser" }),
		rollup: (way) => rollup("page-rollup", `${way}.page.mjs`, way, true),
		webpack: (way) => webpack("page-webpack", `${way}.page.mjs`, way, "web"),
		vite: async (way) => {
			writeFileSync(join(app, `${way}.html`), `<script type="module" src="/${way}.page.mjs"></script>`);
			const folder = await vite("page-vite", way, { build: { rollupOptions: { input: join(app, `${way}.html`) } } });
			const [script] = readdirSync(join(folder, "assets")).filter((f) => f.endsWith(".js"));
			return join(folder, "assets", script);
		},
	};

	const forWorkerd = {
		esbuild: (way) =>
			esbuild("esm", "workerd", way, {
				entryPoints: [`${way}.worker.mjs`],
				conditions: ["workerd", "worker", "browser"],
				platform: "browser",
			}),
	};
	return { forNode, bunCompile, forPages, forWorkerd };
}

/** What esbuild's documentation has users add where CommonJS goes into an ES module for Node. */
const requireBanner =
	'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);';
