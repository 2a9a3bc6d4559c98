/**
 * `rego agent annotation encode|decode`: policies and initdata out of the annotations of manifests, and into them.
 * Comments and layout of a manifest stay, and so do the entries of an initdata document that are not named.
 */

import { initdataAnnotation, policyAnnotation } from "../agent/manifests/names.ts";
import { readInitdata } from "../agent/policy/initdata.ts";
import { editInitdata } from "../agent/policy/initdata-edit.ts";
import { initdataAnnotationValue, writeInitdata } from "../agent/policy/initdata-text.ts";
import { PolicyLoadError } from "../agent/policy/load-error.ts";
import { readPolicySource } from "../agent/policy/source.ts";
import { decodeUtf8 } from "../documents/texts.ts";
import { type AnnotatedWorkload, EditError, editAnnotations } from "../genpolicy/annotate/edit-annotations.ts";
import type { AgentSubcommand } from "./agent-command.ts";
import { type FlagSpec, type ParsedFlags, parseFlags } from "./flags.ts";
import { type CliIo, CommandError, namedFile } from "./io.ts";
import { replaceFile } from "./replace-file.ts";

const flags: readonly FlagSpec[] = [
	{
		name: "workload",
		short: "w",
		kind: "list",
		doc: "NAME, KIND/NAME or KIND/NAMESPACE/NAME of what is meant (repeatable; default: the only one)",
	},
	{ name: "all", kind: "bool", doc: "all workloads of the manifest" },
	{ name: "data", kind: "list", doc: "decode: the entry to print; encode: NAME=FILE, an entry to set (repeatable)" },
	{ name: "remove", kind: "list", doc: "encode: an entry to take out (repeatable)" },
	{ name: "initdata", kind: "string", doc: "encode: begin with this document, instead of the one that is there" },
	{
		name: "algorithm",
		kind: "enum",
		values: ["sha256", "sha384", "sha512"],
		doc: "encode: of a new document",
		default: "sha256",
	},
	{
		name: "kind",
		kind: "enum",
		values: ["initdata", "policy"],
		doc: "encode: which annotation; policy is that of systems before initdata",
		default: "initdata",
	},
	{ name: "in-place", short: "i", kind: "bool", doc: "encode: write the manifest, instead of printing it" },
];

async function run(argv: readonly string[], io: CliIo): Promise<number> {
	const parsed = parseFlags(flags, argv);
	const [verb, ...files] = parsed.args;
	try {
		if (verb === "decode") return decode(parsed, files, io);
		if (verb === "encode") return encode(parsed, files, io);
	} catch (e) {
		if (e instanceof PolicyLoadError || e instanceof EditError) throw new CommandError(e.message, 2);
		throw e;
	}
	throw new CommandError(
		`${verb === undefined ? "one" : `not ${JSON.stringify(verb)} but one`} of encode and decode is wanted`,
		1,
	);
}

function decode(parsed: ParsedFlags, files: readonly string[], io: CliIo): number {
	const [file, ...others] = files;
	if (file === undefined || others.length > 0) throw new CommandError("one file is wanted", 1);
	const text = input(io, file);
	const names = parsed.list("data");
	const found: string[] = [];
	if (isManifest(text)) {
		const chosen = choose(text, file, parsed, (w) => annotationOf(w) !== undefined);
		for (const w of chosen) found.push(...decoded(annotationOf(w) ?? "", names));
	} else found.push(...decoded(text.trim(), names));
	for (const t of found) io.stdout(t);
	return 0;
}

/** The whole document, or entries of it. */
function decoded(annotation: string, names: readonly string[]): readonly string[] {
	const { raw, data } = readValue(annotation);
	if (names.length === 0) return [raw];
	return names.map((name) => {
		const text = data.get(name);
		if (text !== undefined) return text;
		throw new CommandError(
			`there is no entry ${JSON.stringify(name)}, only ${[...data.keys()].join(", ") || "none"}`,
			2,
		);
	});
}

function readValue(annotation: string): { readonly raw: string; readonly data: ReadonlyMap<string, string> } {
	if (annotation.startsWith(old)) {
		const { text } = readPolicySource({ annotation: annotation.slice(old.length) });
		return { raw: text, data: new Map([["policy.rego", text]]) };
	}
	const { raw, data } = readInitdata(annotation);
	return { raw: decodeUtf8(raw), data };
}

/** Marks the value of the older annotation. */
const old = "policy:";

function annotationOf({ annotations }: AnnotatedWorkload): string | undefined {
	const policy = annotations.get(policyAnnotation);
	return annotations.get(initdataAnnotation) ?? (policy === undefined ? undefined : `${old}${policy}`);
}

function encode(parsed: ParsedFlags, files: readonly string[], io: CliIo): number {
	const [file, ...others] = files;
	if (others.length > 0) throw new CommandError("one manifest is wanted, at most", 1);
	const changes = changesOf(parsed, io);
	const begin = parsed.isSet("initdata")
		? decodeUtf8(readInitdata(namedFile(io, parsed.string("initdata"))).raw)
		: undefined;
	const isPolicy = parsed.string("kind") === "policy";
	const value = (before: string | undefined): string =>
		isPolicy ? policyValue(changes) : initdataValue(parsed, changes, begin ?? before);
	if (file === undefined) {
		if (parsed.bool("in-place")) throw new CommandError("--in-place wants a manifest", 1);
		io.stdout(`${value(undefined)}\n`);
		return 0;
	}
	if (file === "-" && parsed.bool("in-place")) throw new CommandError("standard input cannot be written", 1);
	const text = input(io, file);
	const chosen = new Set(choose(text, file, parsed, () => true).map(title));
	const key = isPolicy ? policyAnnotation : initdataAnnotation;
	const made = editAnnotations(text, shownName(file), (w) => {
		if (!chosen.has(title(w))) return undefined;
		const packed = w.annotations.get(initdataAnnotation);
		return { key, value: value(packed === undefined ? undefined : decodeUtf8(readInitdata(packed.trim()).raw)) };
	});
	if (parsed.bool("in-place")) replaceFile(io, file, made);
	else io.stdout(made);
	return 0;
}

function policyValue(changes: ReadonlyMap<string, string | undefined>): string {
	const policy = changes.get("policy.rego");
	if (policy === undefined || changes.size > 1)
		throw new CommandError("--kind policy wants --data policy.rego=FILE, and nothing else", 1);
	return Buffer.from(policy, "utf8").toString("base64");
}

function initdataValue(
	parsed: ParsedFlags,
	changes: ReadonlyMap<string, string | undefined>,
	before: string | undefined,
): string {
	if (before !== undefined && parsed.isSet("algorithm"))
		throw new CommandError("--algorithm is for a new document: the one that is there says its own", 1);
	const [algorithm] = (["sha256", "sha384", "sha512"] as const).filter((a) => a === parsed.string("algorithm"));
	const empty = writeInitdata({ version: "0.1.0", algorithm: algorithm ?? "sha256", data: new Map() });
	return initdataAnnotationValue(editInitdata(before ?? empty, changes));
}

function changesOf(parsed: ParsedFlags, io: CliIo): ReadonlyMap<string, string | undefined> {
	const changes = new Map<string, string | undefined>();
	for (const name of parsed.list("remove")) changes.set(name, undefined);
	for (const setting of parsed.list("data")) {
		const [, name = "", path = ""] = /^([^=]+)=(.+)$/.exec(setting) ?? [];
		if (name === "") throw new CommandError(`--data ${setting}: NAME=FILE is wanted`, 1);
		try {
			changes.set(name, new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(namedFile(io, path)));
		} catch (e) {
			if (e instanceof TypeError) throw new CommandError(`${path}: not UTF-8`, 2);
			throw e;
		}
	}
	return changes;
}

/** The workloads that flags name; without flags the only one. */
function choose(
	text: string,
	file: string,
	parsed: ParsedFlags,
	fits: (w: AnnotatedWorkload) => boolean,
): readonly AnnotatedWorkload[] {
	const all: AnnotatedWorkload[] = [];
	editAnnotations(text, shownName(file), (w) => {
		if (fits(w)) all.push(w);
		return undefined;
	});
	const names = parsed.list("workload");
	for (const name of names) {
		if (!all.some((w) => isNamed(w, name)))
			throw new CommandError(`${shownName(file)}: there is no ${name}${among(all)}`, 2);
	}
	const chosen = names.length === 0 ? all : all.filter((w) => names.some((n) => isNamed(w, n)));
	if (chosen.length === 0) throw new CommandError(`${shownName(file)}: no workload that could be meant`, 2);
	if (chosen.length > 1 && names.length === 0 && !parsed.bool("all"))
		throw new CommandError(`${shownName(file)}: say with --workload which one is meant, or --all${among(all)}`, 2);
	return chosen;
}

function among(all: readonly AnnotatedWorkload[]): string {
	const shown = all.slice(0, 10).map(title);
	return shown.length === 0 ? "" : `: ${shown.join(", ")}${all.length > shown.length ? ", …" : ""}`;
}

function title({ kind, namespace, name }: AnnotatedWorkload): string {
	return `${kind}/${namespace}/${name}`;
}

function isNamed(w: AnnotatedWorkload, name: string): boolean {
	return [w.name, `${w.kind}/${w.name}`, title(w)].includes(name);
}

/** What is no manifest is an annotation's value, or a document: both begin otherwise. */
function isManifest(text: string): boolean {
	const first = /^(?![^\S\n]*(?:#|$)).*$/m.exec(text)?.[0] ?? "";
	return /^\s*\{|^---|^["']?[A-Za-z]+["']?\s*:/.test(first);
}

function shownName(file: string): string {
	return file === "-" ? "standard input" : file;
}

function input(io: CliIo, file: string): string {
	return decodeUtf8(file === "-" ? io.stdin() : namedFile(io, file));
}

export const annotationCommand: AgentSubcommand = { flags, run };
