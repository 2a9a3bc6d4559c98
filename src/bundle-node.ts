/** src/bundle.ts for Node, where everything is loaded when it is first called. */
import { type BundleOptions, type BundleSource, loadBundleWith } from "./bundle/load.ts";
import { compile } from "./compile.ts";
import type { Policy } from "./policy.ts";

export { RegoError, RegoErrors } from "./errors.ts";

export async function loadBundle(source: BundleSource, options: BundleOptions = {}): Promise<Policy> {
	return loadBundleWith<Policy>(compile, source, options);
}
