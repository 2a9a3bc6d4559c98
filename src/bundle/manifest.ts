/** The manifest of a bundle: which of its documents are its own, which version of Rego its modules are. */
import { valueAt } from "../at.ts";
import { lookUp } from "../documents/merge-data.ts";
import type { Module, RegoVersion } from "../parser/ast.ts";
import { ObjectBuilder } from "../value/collections.ts";
import { numberText } from "../value/number.ts";
import { isArray, isNumber, isPlainObject, type PlainObject, type Value } from "../value/value.ts";

/** What loading needs of a manifest. */
export interface ManifestFacts {
	readonly roots: readonly string[];
	readonly versionOf: (path: string) => RegoVersion | "auto";
}

/** Throws in the words of OPA's decoder. */
export function readManifest(manifest: Value | undefined, fallback: RegoVersion | "auto"): ManifestFacts {
	const fail = (what: string): never => {
		throw new Error(`bundle load failed on manifest decode: ${what}`);
	};
	const of = (key: string): Value | undefined => (manifest === undefined ? undefined : lookUp(manifest, [key]));
	const written = of("roots") ?? null;
	const roots: string[] = [];
	if (written === null) roots.push("");
	else if (!isArray(written)) fail("json: cannot unmarshal into Go struct field Manifest.roots of type []string");
	else {
		for (const r of written) {
			if (typeof r !== "string") fail("json: cannot unmarshal into Go struct field Manifest.roots of type string");
			else roots.push(r.replace(/^\/+|\/+$/g, ""));
		}
	}
	const wrongType = (v: Value, field: string): never =>
		fail(`json: cannot unmarshal ${jsonKind(v)} into Go struct field Manifest.${field} of type int`);
	const version = of("rego_version") ?? null;
	if (version !== null && !(typeof version === "number" && Number.isInteger(version)))
		wrongType(version, "rego_version");
	const perFile = of("file_rego_versions") ?? null;
	const patterns: [RegExp, Value][] = [];
	if (perFile !== null) {
		if (!isPlainObject(perFile)) {
			fail(
				`json: cannot unmarshal ${jsonKind(perFile)} into Go struct field Manifest.file_rego_versions of type map[string]int`,
			);
		}
		const versions = perFile as PlainObject;
		for (const p of Object.keys(versions).sort()) {
			const v = valueAt(versions, p);
			if (!(typeof v === "number" && Number.isInteger(v))) wrongType(v, "file_rego_versions");
			patterns.push([globPattern(p), v]);
		}
	}
	const versionOf = (path: string): RegoVersion | "auto" => {
		const found = patterns.find(([p]) => p.test(path))?.[1] ?? version;
		if (found === null) return fallback;
		if (found !== 0 && found !== 1) throw new Error(`unknown bundle rego-version ${String(found)} for file '${path}'`);
		return found === 0 ? "v0" : "v1";
	};
	return { roots, versionOf };
}

/** What Go's JSON decoder calls a value; numbers with their text. */
function jsonKind(v: Value): string {
	if (isArray(v)) return "array";
	if (isNumber(v)) return `number ${numberText(v)}`;
	return typeof v === "boolean" ? "bool" : typeof v;
}

/** The few wildcards of the manifest's file patterns: `*`, `?` and `{a,b}`, none of them special about `/`. */
function globPattern(pattern: string): RegExp {
	let depth = 0;
	const out = pattern.replace(/[\\^$.+()|[\]*?{},]/g, (c) => {
		if (c === "*") return ".*";
		if (c === "?") return ".";
		if (c === "{") {
			depth++;
			return "(?:";
		}
		if (c === "}") {
			depth--;
			return ")";
		}
		if (c === "," && depth > 0) return "|";
		return c === "," ? c : `\\${c}`;
	});
	return new RegExp(`^${out}$`, "s");
}

/** Throws where the bundle has what its roots do not own. */
export function checkRoots(roots: readonly string[], modules: ReadonlyMap<string, Module>, data: PlainObject): void {
	for (const [i, a] of roots.entries()) {
		for (const b of roots.slice(i + 1)) {
			if (covers(a, b.split("/")) || covers(b, a.split("/"))) {
				throw new Error(`manifest has overlapped roots: '${a}' and '${b}'`);
			}
		}
	}
	const shown = `[${roots.join(" ")}]`;
	for (const [name, module] of modules) {
		const path = module.package.path.terms.slice(1).map((t) => (t.kind === "scalar" ? String(t.value) : ""));
		if (!roots.some((r) => covers(r, path))) {
			throw new Error(`manifest roots ${shown} do not permit 'package ${packageName(path)}' in module '${name}'`);
		}
	}
	const check = (path: readonly string[], v: Value): void => {
		if (roots.some((r) => covers(r, path))) return;
		if (!isPlainObject(v) || !roots.some((r) => covers(path.join("/"), r.split("/")))) {
			const at = path.join("/");
			throw new Error(
				`manifest roots ${shown} do not permit data at path '/${at}' (hint: check bundle directory structure)`,
			);
		}
		for (const key of Object.keys(v)) check([...path, key], valueAt(v, key));
	};
	check([], data);
}

function packageName(path: readonly string[]): string {
	return path
		.map((p, i) => (/^[A-Za-z_][A-Za-z0-9_]*$/.test(p) ? (i === 0 ? p : `.${p}`) : `[${JSON.stringify(p)}]`))
		.join("");
}

/** True when root, a path with slashes, is path or encloses it. The empty root encloses everything. */
export function covers(root: string, path: readonly string[]): boolean {
	if (root === "") return true;
	const segments = root.split("/");
	return segments.length <= path.length && segments.every((s, i) => s === path[i]);
}

/** What `-d bundle.tar.gz` puts at data.system.bundle.manifest. */
export function manifestDocument(manifest: Value | undefined, roots: readonly string[]): Value {
	const b = new ObjectBuilder();
	b.set("revision", "");
	if (manifest !== undefined && isPlainObject(manifest)) {
		for (const key of Object.keys(manifest)) b.set(key, valueAt(manifest, key));
	}
	b.set("roots", roots);
	return b.finish();
}
