/** What `rego run` loads: files as they are, or bundles with what they own. */

import { requireRules } from "../../bundle/activate.ts";
import type { Bundle } from "../../bundle/bundle.ts";
import { replaceAt } from "../../documents/merge-data.ts";
import type { Module } from "../../parser/ast.ts";
import { type ActiveBundle, activateBundles } from "../../server/bundles.ts";
import type { Runtime, StoredPolicy } from "../../server/runtime.ts";
import type { PlainObject } from "../../value/value.ts";
import { opaVersion } from "../../version.ts";
import type { ParsedFlags } from "../flags.ts";
import type { CliIo } from "../io.ts";
import type { BundleLoadOptions } from "../load-bundle.ts";
import { loadOptionsOf, loadPaths } from "../load-data.ts";

/** A bundle to be put in force. */
export interface ReadBundle extends ActiveBundle, Pick<Bundle, "wasmEntrypoints"> {}

/** What was found at the paths. */
export interface LoadedPaths {
	readonly policies: ReadonlyMap<string, StoredPolicy>;
	readonly data: PlainObject;
	readonly bundles: readonly ReadBundle[];
}

export async function loadOptions(flags: ParsedFlags, io: CliIo): Promise<BundleLoadOptions> {
	const options = loadOptionsOf(flags, io);
	if (!flags.bool("bundle") || flags.bool("skip-verify")) return options;
	const { verificationOf } = await import("../bundle-verification.ts");
	return { ...options, verification: verificationOf(flags, io) };
}

/** Throws Error: LoadErrors, RegoErrors. */
export async function loadAll(flags: ParsedFlags, paths: readonly string[], io: CliIo): Promise<LoadedPaths> {
	const options = await loadOptions(flags, io);
	if (!flags.bool("bundle")) {
		const { modules, data } = await loadPaths(paths, options);
		return { policies: storedPolicies(modules), data, bundles: [] };
	}
	const { loadBundle } = await import("../load-bundle.ts");
	const bundles: ReadBundle[] = [];
	for (const path of new Set(paths)) bundles.push(activeBundle(path, await loadBundle(path, options), ""));
	return { policies: new Map(), data: {}, bundles };
}

/** Policies can see which version answers. */
export function withVersion(data: PlainObject): PlainObject {
	const fields = { build_commit: "", build_hostname: "", build_timestamp: "", version: opaVersion };
	return replaceAt(data, ["system", "version"], fields);
}

function storedPolicies(modules: ReadonlyMap<string, Module>): ReadonlyMap<string, StoredPolicy> {
	return new Map([...modules].map(([id, module]) => [id, { text: module.source.text, module }]));
}

/** A bundle as it is put in force: its modules are known by the bundle's name and their own. */
export function activeBundle(name: string, bundle: Bundle, etag: string): ReadBundle {
	const named = new Map([...bundle.modules].map(([path, module]) => [`${name}/${path.replace(/^\/+/, "")}`, module]));
	const { data, roots, wasmEntrypoints, manifest } = bundle;
	return { name, policies: storedPolicies(named), data, roots, wasmEntrypoints, manifest, etag };
}

/** Puts bundles in force, or throws and leaves everything as it was. */
export function putInForce(runtime: Runtime, bundles: readonly ReadBundle[]): void {
	requireRules(bundles);
	activateBundles(runtime, bundles);
}
