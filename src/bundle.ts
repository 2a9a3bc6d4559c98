/**
 * `regoplan/bundle`: OPA's bundles in browsers, workers and every other host. In Node, `regoplan/node` reads them from
 * files and folders as well.
 */
import { compile } from "./async.ts";
import { type BundleOptions, type BundleSource, loadBundleWith } from "./bundle/load.ts";
import type { Policy } from "./policy.ts";

export type { BundleOptions, BundleSource } from "./bundle/load.ts";
export { type ErrorCode, RegoError, RegoErrors } from "./errors.ts";
export type { Policy } from "./policy.ts";

/**
 * Loads and compiles a bundle: the bytes of a .tar.gz, its http(s) address, or a response that has it. A signed bundle
 * whose key is not given is refused. Of OPA's builtins those are loaded that the bundle calls.
 *
 *     import { loadBundle } from "regoplan/bundle";
 *     const policy = await loadBundle("https://example.com/bundles/authz.tar.gz");
 */
export function loadBundle(source: BundleSource, options: BundleOptions = {}): Promise<Policy> {
	return loadBundleWith<Promise<Policy>>(compile, source, options);
}
