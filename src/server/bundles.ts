/**
 * Bundles: policies and documents that come together and own parts of the tree. Activating one takes the place
 * of all that its roots held before, in one change: nobody sees half of it.
 */
import { lookUp, replaceAt } from "../documents/merge-data.ts";
import { isArray, type PlainObject, type Value } from "../value/value.ts";
import { overlap } from "./bundle-roots.ts";
import type { Runtime, StoredPolicy } from "./runtime.ts";
import type { Path } from "./store.ts";

export interface ActiveBundle {
	readonly name: string;
	/** By their ids, which begin with the bundle's name. */
	readonly policies: ReadonlyMap<string, StoredPolicy>;
	readonly data: PlainObject;
	/** Paths such as `app/rbac`; "" is everything. */
	readonly roots: readonly string[];
	/** With revision, roots, metadata. */
	readonly manifest: Value;
	readonly etag: string;
}

/** Puts bundles in force, or throws and leaves everything as it was. */
export function activateBundles(runtime: Runtime, bundles: readonly ActiveBundle[]): void {
	const { snapshot } = runtime;
	let { data } = snapshot;
	const policies = new Map(snapshot.policies);
	checkRootsApart(data, bundles);
	for (const bundle of bundles) {
		const old = lookUp(data, ["system", "bundles", bundle.name, "manifest", "roots"]);
		const owned = [...rootsOf(old), ...bundle.roots].map(pathOf);
		for (const [id, policy] of policies) {
			const path = policy.module.package.path.terms.slice(1).map((t) => (t.kind === "scalar" ? String(t.value) : ""));
			if (owned.some((root) => root.length <= path.length && overlap(root, path))) policies.delete(id);
		}
		const system = lookUp(data, ["system"]);
		for (const path of owned) data = replaceAt(data, path, lookUp(bundle.data, path));
		// What the server itself keeps there belongs to no bundle.
		if (system !== undefined && lookUp(data, ["system"]) === undefined) data = replaceAt(data, ["system"], system);
		for (const [id, policy] of bundle.policies) policies.set(id, policy);
		data = replaceAt(data, ["system", "bundles", bundle.name], { etag: bundle.etag, manifest: bundle.manifest });
	}
	runtime.commit({ data, policies, checkAuthorization: true });
}

function rootsOf(v: Value | undefined): readonly string[] {
	return v !== undefined && isArray(v) ? v.filter((r) => typeof r === "string") : [];
}

function pathOf(root: string): Path {
	return root === "" ? [] : root.split("/");
}

/** Throws Error where two bundles would own the same. */
function checkRootsApart(data: PlainObject, bundles: readonly ActiveBundle[]): void {
	const roots = new Map<string, readonly string[]>();
	const active = lookUp(data, ["system", "bundles"]);
	for (const name of active !== undefined && typeof active === "object" && active !== null ? Object.keys(active) : []) {
		roots.set(name, rootsOf(lookUp(data, ["system", "bundles", name, "manifest", "roots"])));
	}
	for (const bundle of bundles) roots.set(bundle.name, bundle.roots);
	const all = [...roots].flatMap(([name, list]) => list.map((root) => ({ name, root })));
	for (const { name } of bundles) {
		for (const a of all.filter((r) => r.name === name)) {
			const other = all.find((b) => b.name !== name && overlap(pathOf(a.root), pathOf(b.root)));
			if (other !== undefined) {
				const [one, two] = [name, other.name].sort();
				throw new Error(`detected overlapping roots in bundle manifest with: [${one} ${two}]`);
			}
		}
	}
}
