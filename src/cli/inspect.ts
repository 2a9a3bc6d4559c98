/** `rego inspect <path>`: what a bundle or a module holds, as `opa inspect`. */

import { valueAt } from "../at.ts";
import { builtins } from "../builtins/registry.ts";
import { checkModules } from "../compiler/check.ts";
import { typeDetails } from "../compiler/typecheck/all-details.ts";
import { type RegoError, RegoErrors } from "../errors.ts";
import type { Module, Rule } from "../parser/ast.ts";
import { printRef } from "../parser/print.ts";
import { messageOf } from "../thrown.ts";
import { toJson } from "../value/json.ts";
import { type JsonNode, leaf, record, writeJson } from "../value/ordered-json.ts";
import { isArray, isNumber, isPlainObject, type Value } from "../value/value.ts";
import { cleanPath } from "./documents.ts";
import { v0Flag, v1Flag } from "./eval-flags.ts";
import { applyEnvironment, describeFlags, type FlagSpec, type ParsedFlags, parseFlags } from "./flags.ts";
import { annotationNodes, annotationText, placedAnnotations } from "./inspect-annotations.ts";
import { type CliIo, CommandError, readBytes, statPath } from "./io.ts";
import { LoadErrors, loadPaths } from "./load-data.ts";
import { requiredCapabilities } from "./required-capabilities.ts";
import { Stopwatch } from "./stopwatch.ts";
import { formatTable } from "./table.ts";

const inspectFlags: readonly FlagSpec[] = [
	{ name: "annotations", short: "a", kind: "bool", doc: "list annotations" },
	{ name: "format", short: "f", kind: "enum", values: ["pretty", "json"], default: "pretty", doc: "output format" },
	v0Flag,
	v1Flag,
];

export function inspectHelp(): string {
	return describeFlags(inspectFlags);
}

interface Inspected {
	readonly modules: readonly Module[];
	/** Undefined for a single file. */
	readonly manifest: Value | undefined;
	readonly manifestWritten: boolean;
	readonly signatures: Value | undefined;
	/** Files by the path they give documents to. */
	readonly namespaces: ReadonlyMap<string, readonly string[]>;
}

export async function runInspect(argv: readonly string[], io: CliIo): Promise<number> {
	const parsed = parseFlags(inspectFlags, argv);
	const [path, ...more] = parsed.args;
	if (path === undefined || more.length > 0) throw new CommandError("specify exactly one OPA bundle or path", 1);
	const flags = applyEnvironment(inspectFlags, parsed, "OPA_INSPECT", io.env);
	try {
		const found = await inspect(path, flags, io);
		checkCompiles(found.modules);
		if (flags.string("format") === "json") io.stdout(writeJson(inspectedNode(found, flags.bool("annotations"))));
		else writeInspected(found, flags.bool("annotations"), io);
		return 0;
	} catch (e) {
		if (!(e instanceof Error) || e instanceof CommandError) throw e;
		io.stderr(`error: ${e instanceof LoadErrors ? e.message : messageOf(e)}\n`);
		return 1;
	}
}

/** Modules must compile; but functions may be defined elsewhere: what calls them is left out where the rest is looked at. */
function checkCompiles(modules: readonly Module[]): void {
	let looked = modules;
	for (;;) {
		const { errors } = checkModules(looked, { builtins, details: typeDetails, types: {} });
		const elsewhere = errors.filter(({ reason }) => reason.startsWith("undefined function "));
		if (elsewhere.length < errors.length) {
			throw new RegoErrors(errors.filter((e) => !elsewhere.includes(e)));
		}
		if (elsewhere.length === 0) return;
		const left = looked.map((m) => ({ ...m, rules: m.rules.filter((r) => !elsewhere.some((e) => isIn(e, r, m))) }));
		if (countRules(left) === countRules(looked)) return;
		looked = left;
	}
}

function countRules(modules: readonly Module[]): number {
	return modules.reduce((n, m) => n + m.rules.length, 0);
}

function isIn({ location }: RegoError, rule: Rule, { source }: Module): boolean {
	const { file, row } = location ?? {};
	return file === source.name && row !== undefined && source.row(rule.start) <= row && row <= source.row(rule.end);
}

async function inspect(written: string, flags: ParsedFlags, io: CliIo): Promise<Inspected> {
	const path = cleanPath(written);
	const regoVersion = flags.bool("v0-compatible") ? "v0" : "v1";
	const load = { io, regoVersion, ignore: [], stopwatch: new Stopwatch() } as const;
	const names = new Map<string, string[]>();
	const add = (at: string, file: string): void => {
		const files = names.get(at);
		if (files === undefined) names.set(at, [file]);
		else files.push(file);
	};
	let modules: readonly Module[];
	let shownName = (file: string): string => file;
	let bundle: Awaited<ReturnType<typeof import("./load-bundle.ts").loadBundle>> | undefined;
	if (path.endsWith(".rego")) modules = [...(await loadPaths([path], load)).modules.values()];
	else {
		const { loadBundle } = await import("./load-bundle.ts");
		bundle = await loadBundle(path, { ...load, signatures: true });
		modules = [...bundle.modules.values()];
		shownName = await archiveNames(path, io);
		for (const [file, below] of bundle.dataFiles) {
			const folder = below
				.split("/")
				.slice(0, -1)
				.filter((part) => part !== "" && part !== ".");
			add(["data", ...folder].join("."), shownName(file));
		}
	}
	for (const m of modules) add(printRef(m.package.path), shownName(m.source.name));
	const namespaces = new Map([...names].sort(([a], [b]) => (a < b ? -1 : 1)).map(([k, v]) => [k, v.sort()]));
	return {
		modules,
		manifest: bundle?.manifest,
		manifestWritten: bundle?.writtenManifest !== undefined,
		signatures: bundle?.signatures,
		namespaces,
	};
}

/** How files of an archive are called there. */
async function archiveNames(path: string, io: CliIo): Promise<(file: string) => string> {
	if (statPath(io, path).isDirectory()) return (file) => file;
	const { readTarGz } = await import("./tar.ts");
	const rooted = new Set(readTarGz(readBytes(io, path)).flatMap(({ name }) => (name.startsWith("/") ? [name] : [])));
	return (file) => (rooted.has(file) ? file : file.replace(/^\/+(?:\.\/)?/, ""));
}

function inspectedNode(found: Inspected, annotations: boolean): JsonNode {
	const lists = annotations ? annotationNodes(placedAnnotations(found.modules)) : [];
	return record([
		["manifest", found.manifest === undefined ? undefined : manifestNode(found.manifest)],
		["signatures_config", found.signatures === undefined ? record([]) : leaf(found.signatures)],
		[
			"namespaces",
			found.namespaces.size === 0
				? undefined
				: record([...found.namespaces].map(([k, v]): [string, JsonNode] => [k, leaf(v)])),
		],
		["annotations", lists.length === 0 ? undefined : { list: lists }],
		["capabilities", requiredCapabilities(found.modules)],
	]);
}

/** The manifest in the order of OPA's fields. */
function manifestNode(manifest: Value): JsonNode {
	if (!isPlainObject(manifest)) return leaf(manifest);
	const order = ["revision", "roots", "wasm", "rego_version", "file_rego_versions", "metadata"];
	const fields = order.filter((k) => Object.hasOwn(manifest, k));
	return record(fields.map((k): [string, JsonNode] => [k, leaf(valueAt(manifest, k))]));
}

function writeInspected(found: Inspected, annotations: boolean, io: CliIo): void {
	const { manifest, namespaces } = found;
	if (found.manifestWritten && manifest !== undefined && isPlainObject(manifest)) {
		const rows = manifestRows(manifest);
		if (rows.length > 0) io.stdout(`MANIFEST:\n${formatTable(["FIELD", "VALUE"], rows)}`);
	}
	if (namespaces.size > 0) {
		const rows = [...namespaces].flatMap(([name, files]) => files.map((file, i) => [i === 0 ? name : "", file]));
		io.stdout(`NAMESPACES:\n${formatTable(["NAMESPACE", "FILE"], rows)}`);
	}
	if (!annotations) return;
	const placed = placedAnnotations(found.modules);
	if (placed.length > 0) io.stdout(`ANNOTATIONS:\n${placed.map(annotationText).join("")}`);
}

function manifestRows(manifest: { readonly [key: string]: Value }): readonly (readonly string[])[] {
	const rows: string[][] = [];
	const version = Object.hasOwn(manifest, "rego_version") ? valueAt(manifest, "rego_version") : null;
	if (isNumber(version)) rows.push(["Rego Version", String(version)]);
	const revision = valueAt(manifest, "revision");
	if (typeof revision === "string" && revision !== "") rows.push(["Revision", revision]);
	const roots = valueAt(manifest, "roots");
	if (isArray(roots)) {
		const names = roots.map(String).sort();
		if (names.length !== 1 || names[0] !== "") rows.push(...names.map((r, i) => [i === 0 ? "Roots" : "", r]));
	}
	if (Object.hasOwn(manifest, "metadata")) rows.push(["Metadata", toJson(valueAt(manifest, "metadata"))]);
	return rows;
}
