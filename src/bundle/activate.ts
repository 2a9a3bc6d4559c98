/** Several bundles over one store: what the roots of each own is its alone. */
import { lookUp, replaceAt } from "../documents/merge-data.ts";
import { messageOf } from "../thrown.ts";
import type { PlainObject } from "../value/value.ts";
import type { Bundle } from "./bundle.ts";
import { covers, packageName } from "./manifest.ts";

/**
 * Throws in OPA's words where a bundle leaves decisions to WebAssembly: their rules are gone from its modules, so that
 * a `not` before one of them would hold.
 */
export function requireRules(bundles: readonly { readonly wasmEntrypoints?: readonly string[] | undefined }[]): void {
	for (const { wasmEntrypoints = [] } of bundles) {
		if (wasmEntrypoints.length === 0) continue;
		const names = wasmEntrypoints.map((e) => packageName(["data", ...e.split("/")])).join(" ");
		throw new Error(`failed to initialize wasm module for entrypoints '[${names}]': engine not found`);
	}
}

/** Put bundles over the data loaded from files: what a bundle's roots own is the bundle's alone. */
export function activateBundles(bundles: readonly Bundle[], data: PlainObject): PlainObject {
	try {
		checkOverlap(bundles);
	} catch (e) {
		throw new Error(`bundle activation failed: ${messageOf(e)}`, { cause: e });
	}
	let out = data;
	for (const bundle of bundles) {
		for (const root of bundle.roots) {
			const path = root === "" ? [] : root.split("/");
			out = replaceAt(out, path, lookUp(bundle.data, path));
		}
	}
	return out;
}

/** Two bundles must not own the same path. The wording of the conflicts is OPA's. */
export function checkOverlap(bundles: readonly { readonly path: string; readonly roots: readonly string[] }[]): void {
	const entries = bundles.flatMap((b) => b.roots.map((root) => ({ bundle: b.path, root })));
	const colliding = new Set<string>();
	const conflicts = new Set<string>();
	for (const [i, a] of entries.entries()) {
		for (const b of entries.slice(i + 1)) {
			if (a.bundle === b.bundle) continue;
			if (!covers(a.root, b.root.split("/")) && !covers(b.root, a.root.split("/"))) continue;
			colliding.add(a.bundle).add(b.bundle);
			const [first, second] = [a.root, b.root].sort() as [string, string];
			conflicts.add(first === second ? `root ${first} is in multiple bundles` : `${first} overlaps ${second}`);
		}
	}
	if (colliding.size === 0) return;
	const names = [...colliding].sort().join(", ");
	const empty = [...new Set(entries.filter((e) => e.root === "").map((e) => e.bundle))].sort().join(", ");
	throw new Error(
		empty === ""
			? `detected overlapping roots in manifests for these bundles: [${names}] (${[...conflicts].sort().join(", ")})`
			: `bundles [${names}] have overlapping roots and cannot be activated simultaneously because bundle(s) [${empty}] specify empty root paths ('') which overlap with any other bundle root`,
	);
}
