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
	/** Which decisions modules of WebAssembly would make: a list, where there are any. */
	readonly wasm: Value;
}

/** Throws in the words of Go's decoder, which reads members in the order of their names. */
export async function readManifest(
	manifest: Value | undefined,
	fallback: RegoVersion | "auto",
): Promise<ManifestFacts> {
	if (manifest !== undefined && manifest !== null && !isPlainObject(manifest)) {
		throw decodeError(`cannot unmarshal ${kindOf(manifest)} into Go value of type bundle.Manifest`);
	}
	const written = manifest === undefined || manifest === null ? {} : manifest;
	// As Go reads structs: names match whatever their case.
	const members = new Map(Object.keys(written).map((key) => [key.toLowerCase(), valueAt(written, key)]));
	for (const [name, v] of members) checkMember(name, v);
	const roots = members.get("roots") ?? null;
	const version = members.get("rego_version") ?? null;
	const perFile = members.get("file_rego_versions") ?? null;
	const matches = isPlainObject(perFile)
		? (await import("./manifest-details.ts")).versionsOf(perFile)
		: () => undefined;
	const versionOf = (path: string): RegoVersion | "auto" => {
		const found = matches(path) ?? version;
		if (found === null) return fallback;
		if (found !== 0 && found !== 1) throw new Error(`unknown bundle rego-version ${String(found)} for file '${path}'`);
		return found === 0 ? "v0" : "v1";
	};
	return {
		roots: isArray(roots) ? roots.map((r) => (r === null ? "" : String(r).replace(/^\/+|\/+$/g, ""))) : [""],
		versionOf,
		wasm: members.get("wasm") ?? null,
	};
}

/** Throws where one of the roots that a bundle is put together of owns what another owns. */
export function checkMergedRoots(roots: readonly string[]): void {
	for (const [i, a] of roots.entries()) {
		for (const b of roots.slice(i + 1)) {
			if (!covers(a, b.split("/")) && !covers(b, a.split("/"))) continue;
			throw new Error(`manifest has overlapped roots: '${a}' and '${b}'`);
		}
	}
}

function decodeError(what: string): Error {
	return new Error(`bundle load failed on manifest decode: json: ${what}`);
}

/** Throws where a member is not of the type that OPA's struct has. */
function checkMember(name: string, v: Value): void {
	if (v === null) return;
	const wrong = (found: Value, type: string, field = `Manifest.${name}`): Error =>
		decodeError(`cannot unmarshal ${kindOf(found, type)} into Go struct field ${field} of type ${type}`);
	switch (name) {
		case "revision":
			if (typeof v !== "string") throw wrong(v, "string");
			return;
		case "metadata":
			if (!isPlainObject(v)) throw wrong(v, "map[string]interface {}");
			return;
		case "roots":
			if (!isArray(v)) throw wrong(v, "[]string");
			for (const r of v) if (r !== null && typeof r !== "string") throw wrong(r, "string");
			return;
		case "wasm":
			if (!isArray(v)) throw wrong(v, "[]bundle.WasmResolver");
			for (const r of v) {
				if (r === null) continue;
				if (!isPlainObject(r)) throw wrong(r, "bundle.WasmResolver");
				for (const field of ["entrypoint", "module"]) {
					const text = lookUp(r, [field]) ?? null;
					if (text !== null && typeof text !== "string") throw wrong(text, "string", `WasmResolver.wasm.${field}`);
				}
			}
			return;
		case "rego_version":
			if (!isInteger(v)) throw wrong(v, "int");
			return;
		case "file_rego_versions":
			if (!isPlainObject(v)) throw wrong(v, "map[string]int");
			for (const key of Object.keys(v)) {
				const version = valueAt(v, key);
				if (version !== null && !isInteger(version)) throw wrong(version, "int");
			}
			return;
	}
}

function isInteger(v: Value): v is number {
	return typeof v === "number" && Number.isInteger(v);
}

/** What Go's JSON decoder calls a value; numbers that should have been integers with their text. */
function kindOf(v: Value, type = ""): string {
	if (isArray(v)) return "array";
	if (isNumber(v)) return type === "int" ? `number ${numberText(v)}` : "number";
	return typeof v === "boolean" ? "bool" : typeof v;
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

export function packageName(path: readonly string[]): string {
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
