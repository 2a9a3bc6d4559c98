/** What files and bundles hold together: modules by file, and the base documents of all of them. */
import type { Bundle } from "../bundle/bundle.ts";
import { type Loaded, type LoadOptions, loadPaths } from "./load-data.ts";

/** Files and folders, then bundles over them: where a bundle has roots, what files say there is replaced. */
export async function loadPolicies(
	paths: readonly string[],
	bundles: readonly string[],
	options: LoadOptions,
	bundleError: (path: string, e: unknown) => unknown = (_, e) => e,
): Promise<Loaded & { readonly bundles: readonly Bundle[] }> {
	const loaded = await loadPaths(paths, options);
	if (bundles.length === 0) return { modules: loaded.modules, data: loaded.data, bundles: [] };
	const { loadBundle } = await import("./load-bundle.ts");
	const { activateBundles } = await import("../bundle/activate.ts");
	const read: Bundle[] = [];
	for (const path of bundles) {
		try {
			read.push(await loadBundle(path, options));
		} catch (e) {
			throw bundleError(path, e);
		}
	}
	const modules = new Map(loaded.modules);
	const data = activateBundles(read, loaded.data);
	for (const b of read) for (const [name, module] of b.modules) modules.set(name, module);
	return { modules, data, bundles: read };
}
