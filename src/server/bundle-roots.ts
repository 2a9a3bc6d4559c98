/** What loaded bundles own: their manifests are documents below `system.bundles`, as in OPA's store. */
import { lookUp } from "../documents/merge-data.ts";
import { isArray, isPlainObject, type PlainObject, type Value } from "../value/value.ts";
import { badRequest } from "./errors.ts";
import type { Path } from "./store.ts";

/** The manifest of each bundle, by its name. */
function manifests(data: PlainObject): readonly (readonly [string, Value])[] {
	const bundles = lookUp(data, ["system", "bundles"]);
	if (bundles === undefined || !isPlainObject(bundles)) return [];
	return Object.keys(bundles).map((name) => [name, lookUp(bundles, [name, "manifest"]) ?? {}]);
}

/** Revisions by name; a bundle without one has "". */
export function revisions(data: PlainObject): ReadonlyMap<string, string> {
	return new Map(
		manifests(data).map(([name, manifest]) => {
			const revision = lookUp(manifest, ["revision"]);
			return [name, typeof revision === "string" ? revision : ""];
		}),
	);
}

/** Throws ApiError where a bundle owns what is to be written. */
export function checkScope(data: PlainObject, path: Path): void {
	const bundles = manifests(data);
	if (bundles.length === 0) return;
	if (path.length === 0) throw badRequest("can't write to document root with bundle roots configured");
	for (const [name, manifest] of bundles) {
		const roots = lookUp(manifest, ["roots"]);
		if (roots === undefined || !isArray(roots)) throw badRequest(`all paths owned by bundle "${name}"`);
		for (const root of roots) {
			if (root === "") throw badRequest(`all paths owned by bundle "${name}"`);
			if (typeof root === "string" && overlap(path, root.split("/"))) {
				throw badRequest(`path ${path.join("/")} is owned by bundle "${name}"`);
			}
		}
	}
}

/** One is in the other. */
export function overlap(a: Path, b: Path): boolean {
	for (let i = 0; i < a.length && i < b.length; i++) if (a[i] !== b[i]) return false;
	return true;
}
