/** `regoplan/node`: policies from files, folders and bundles; hot reload; tests written in Rego. */
export type { BundleOptions } from "../bundle/load.ts";
export { type FileOptions, loadBundle, loadFiles, type Paths } from "./files.ts";
export { findTests, type RegoTest, regoTest, type TestRunner } from "./rego-tests.ts";
export { type WatchedPolicy, type WatchOptions, watchFiles } from "./watch.ts";
