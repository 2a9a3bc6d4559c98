/**
 * `rego build -t rego`: policies and data as one OPA bundle. In: what was loaded. Out: the bytes of a
 * .tar.gz with /data.json, the policies, /.manifest, and /.signatures.json where a key is given. Equal
 * sources make equal bundles: no times, no owners. Policies keep their layout (`opa build` formats
 * them).
 */
import { gzipSync } from "node:zlib";
import { at } from "../at.ts";
import type { Bundle } from "../bundle/bundle.ts";
import { checkMergedRoots } from "../bundle/manifest.ts";
import type { SignedFile } from "../bundle/signature.ts";
import { lookUp, mergeData } from "../documents/merge-data.ts";
import type { Module } from "../parser/ast.ts";
import { toJson } from "../value/json.ts";
import { isArray, isPlainObject, type PlainObject, type Value } from "../value/value.ts";
import { type SigningKey, signFiles } from "./bundle-signature.ts";

export interface BundleParts {
	readonly modules: ReadonlyMap<string, Module>;
	readonly data: PlainObject;
	readonly manifest: Value;
}

/** Bundles as one. Throws where two of them claim the same path. */
export function mergeBundles(bundles: readonly Bundle[]): BundleParts {
	if (bundles.length === 1) return at(bundles, 0);
	checkMergedRoots(bundles.flatMap((b) => b.roots));
	const modules = new Map<string, Module>();
	let data: PlainObject = {};
	const roots: string[] = [];
	for (const b of bundles) {
		for (const [name, module] of b.modules) modules.set(name, module);
		const merged = mergeData(data, b.data);
		if (merged === undefined || !isPlainObject(merged)) throw new Error(`bundle merge failed: ${b.path}`);
		data = merged;
		roots.push(...b.roots);
	}
	return { modules, data, manifest: { revision: "", roots } };
}

export interface BundleOptions {
	/** Replaces the manifest's. */
	readonly revision: string | undefined;
	readonly regoVersion: "v0" | "v1";
	readonly signing: SigningKey | undefined;
}

export function bundleArchive(parts: BundleParts, options: BundleOptions): Uint8Array {
	const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
	const policies = [...parts.modules].map(([name, module]): SignedFile => {
		return { name: name.replace(/^\/+/, ""), content: encode(module.source.text) };
	});
	const data: SignedFile = { name: "data.json", content: encode(`${toJson(parts.data)}\n`) };
	const manifest: SignedFile = { name: ".manifest", content: encode(`${manifestText(parts, options)}\n`) };
	const files = [data, ...policies];
	const { signing } = options;
	if (signing !== undefined) {
		const text = signFiles([...policies, data, manifest], signing);
		files.push({ name: ".signatures.json", content: encode(text) });
	}
	files.push(manifest);
	return gzipSync(tarOf(files));
}

/** The manifest in the order of OPA's fields. */
function manifestText({ manifest, modules }: BundleParts, options: BundleOptions): string {
	const of = (key: string): Value | undefined => (isPlainObject(manifest) ? lookUp(manifest, [key]) : undefined);
	const roots = of("roots") ?? null;
	const own = options.regoVersion === "v0" ? 0 : 1;
	const fields: [string, Value][] = [
		["revision", options.revision ?? of("revision") ?? ""],
		["roots", isArray(roots) ? roots : [""]],
		["rego_version", of("rego_version") ?? own],
	];
	// Files of the other version say so one by one.
	const version = fields[2]?.[1];
	const others = [...modules].filter(([, m]) => (m.regoVersion === "v0" ? 0 : 1) !== version);
	if (others.length > 0) {
		const entries = others.map(([name, m]) => [`/${name.replace(/^\/+/, "")}`, m.regoVersion === "v0" ? 0 : 1]);
		fields.push(["file_rego_versions", Object.fromEntries(entries) as PlainObject]);
	}
	const metadata = of("metadata");
	if (metadata !== undefined) fields.push(["metadata", metadata]);
	return `{${fields.map(([k, v]) => `${toJson(k)}:${toJson(v)}`).join(",")}}`;
}

/** An uncompressed ustar archive; longer names than a header holds go into pax records. */
function tarOf(files: readonly SignedFile[]): Buffer {
	const blocks: Buffer[] = [];
	const add = (name: string, type: string, content: Uint8Array): void => {
		blocks.push(header(name, type, content.length), Buffer.from(content));
		blocks.push(Buffer.alloc((512 - (content.length % 512)) % 512));
	};
	for (const { name, content } of files) {
		const path = `/${name}`;
		const bytes = Buffer.from(path);
		const plain = bytes.length <= 100 && bytes.length === path.length;
		if (!plain) add("/PaxHeaders/path", "x", paxRecord("path", path));
		add(plain ? path : bytes.subarray(0, 100).toString("latin1"), "0", content);
	}
	return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

/** `length key=value\n`, where the length counts itself. */
function paxRecord(key: string, value: string): Uint8Array {
	const rest = Buffer.byteLength(` ${key}=${value}\n`);
	let length = rest + String(rest).length;
	if (rest + String(length).length !== length) length = rest + String(length).length;
	return Buffer.from(`${length} ${key}=${value}\n`);
}

function header(name: string, type: string, size: number): Buffer {
	const out = Buffer.alloc(512);
	const octal = (n: number, width: number): string => `${n.toString(8).padStart(width - 1, "0")}\0`;
	out.write(name, 0, 100, "latin1");
	out.write(octal(0o600, 8), 100);
	out.write(octal(0, 8), 108);
	out.write(octal(0, 8), 116);
	out.write(octal(size, 12), 124);
	out.write(octal(0, 12), 136);
	out.fill(" ", 148, 156);
	out.write(type, 156);
	out.write("ustar\x0000", 257);
	let sum = 0;
	for (const b of out) sum += b;
	out.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
	return out;
}
