/**
 * `rego build`: policies with their data to a decision plan, as JSON (what `planFromJson` reads) or as text; to an ES
 * module; or to an OPA bundle. Equal sources make equal output, byte for byte.
 */

import type { Builtin } from "../builtins/define.ts";
import { compile } from "../compile.ts";
import { decodeUtf8, parseJsonFile } from "../documents/texts.ts";
import { RegoError, RegoErrors } from "../errors.ts";
import type { Module } from "../parser/ast.ts";
import { documentPath } from "../planned.ts";
import type { Policy } from "../policy.ts";
import { messageOf } from "../thrown.ts";
import { isPlainObject } from "../value/value.ts";
import type { SigningKey } from "./bundle-signature.ts";
import { cleanPath } from "./documents.ts";
import { bundleFlag, capabilitiesFlag, ignoreFlag, strictFlag, v0Flag, v1Flag } from "./eval-flags.ts";
import { applyEnvironment, describeFlags, type FlagSpec, type ParsedFlags, parseFlags } from "./flags.ts";
import { type CliIo, CommandError, readBytes, statPath, writeBytes, writeText } from "./io.ts";
import { allCapabilities } from "./language-features.ts";
import type { BundleLoadOptions } from "./load-bundle.ts";
import { joinPath, loadOptionsOf, loadPaths } from "./load-data.ts";
import { formatOutputErrors, toOutputErrors } from "./output-error.ts";
import type { BundleParts } from "./write-bundle.ts";

/** Flags of `opa build` that would change what is made. */
const unsupported: readonly FlagSpec[] = [
	{ name: "format", kind: "string", doc: "format of OPA's plans", hidden: true },
	{ name: "optimize", short: "O", kind: "int", default: "0", doc: "optimisation level", hidden: true },
	{ name: "partial-namespace", kind: "string", doc: "only with --optimize", hidden: true },
	{ name: "plan-addons", kind: "list", doc: "of OPA's plans", hidden: true },
	{ name: "signing-plugin", kind: "string", doc: "plugin that signs", hidden: true },
	{ name: "wasm-include-print", kind: "bool", doc: "of WebAssembly", hidden: true },
];

/** Flags that are for bundles. */
const signs = ["signing-key", "claims-file", "verification-key"] as const;

const buildFlags: readonly FlagSpec[] = [
	{ ...bundleFlag, kind: "bool", doc: "load the paths as bundles" },
	{ name: "claims-file", kind: "string", doc: "JSON file of claims for the signature" },
	{
		name: "entrypoint",
		short: "e",
		kind: "list",
		doc: "decision the js target exports, as agent_policy/CreateContainerRequest",
	},
	{ name: "exclude-files-verify", kind: "words", doc: "patterns of files the signature need not cover" },
	ignoreFlag,
	{
		name: "output",
		short: "o",
		kind: "string",
		doc: "file to write to; default standard output, and bundle.tar.gz of a bundle. A module is named .mjs or .js",
	},
	{ name: "print-plan", kind: "bool", doc: "print the plan as text" },
	{ name: "revision", short: "r", kind: "string", doc: "revision of the bundle" },
	{ name: "scope", kind: "string", doc: "scope the signature must have" },
	{ name: "signing-alg", kind: "string", default: "RS256", doc: "algorithm of signing and verification keys" },
	{ name: "signing-key", kind: "string", doc: "sign the bundle: PEM file of the private key, or HMAC secret" },
	strictFlag,
	{
		name: "target",
		short: "t",
		kind: "enum",
		values: ["plan", "js", "rego"],
		doc: "what to make of the policies and the data at the paths: a plan, an ES module of some decisions, or an OPA bundle; default rego when the output is a .tar.gz file, else plan",
	},
	capabilitiesFlag,
	{ name: "follow-symlinks", kind: "bool", doc: "follow symbolic links in folders of bundles" },
	{ name: "debug", kind: "bool", doc: "accepted", hidden: true },
	...unsupported,
	{
		name: "prune-unused",
		kind: "bool",
		doc: "leave out what entry points do not need: the js target always does, and bundles keep their policies, as with opa",
	},
	v0Flag,
	v1Flag,
	{
		name: "verification-key",
		kind: "string",
		doc: "bundles read must be signed with this key: PEM file or HMAC secret",
	},
	{ name: "verification-key-id", kind: "string", default: "default", doc: "name of the key in the signature" },
];

export function buildHelp(): string {
	return describeFlags(buildFlags);
}

export async function runBuild(argv: readonly string[], io: CliIo): Promise<number> {
	const parsed = parseFlags(buildFlags, argv);
	if (parsed.args.length === 0) throw new CommandError("expected at least one path", 1);
	const flags = applyEnvironment(buildFlags, parsed, "OPA_BUILD", io.env);
	for (const { name } of unsupported) {
		// Level 0 is none.
		if (!flags.isSet(name) || (name === "optimize" && flags.int(name) === 0)) continue;
		throw new CommandError(`not supported by this version of rego: --${name}`, 1);
	}
	const capabilities = flags.isSet("capabilities")
		? await (await import("./capabilities.ts")).readCapabilities(flags.string("capabilities"), io)
		: allCapabilities;
	const target =
		flags.string("target") !== ""
			? flags.string("target")
			: /\.t(?:ar\.)?gz$/.test(flags.string("output"))
				? "rego"
				: "plan";
	if (target === "plan" && flags.bool("prune-unused")) {
		throw new CommandError("not supported by this version of rego: --prune-unused for plans", 1);
	}
	const load: BundleLoadOptions = {
		...loadOptionsOf(flags, io),
		language: capabilities.language,
		followsLinks: flags.bool("follow-symlinks"),
		verification: await (await import("./bundle-verification.ts")).verificationOf(flags, io),
	};
	try {
		const parts = await loadParts(flags, load);
		const modules: Module[] = [...parts.modules.values()];
		const policy = compile(modules, {
			strict: flags.bool("strict"),
			data: parts.data,
			withoutBuiltins: capabilities.withoutBuiltins,
			builtins: capabilities.declared,
		});
		if (target === "rego") return await writeBundle(parts, flags, io);
		if (target === "js")
			return await writeModule(policy, capabilities.declared, flags.list("entrypoint"), flags.string("output"), io);
		const text = flags.bool("print-plan")
			? (await import("../plan/text.ts")).planText(policy.plan)
			: `${policy.toJSON()}\n`;
		if (flags.string("output") === "") io.stdout(text);
		else writeText(io, flags.string("output"), text);
		return 0;
	} catch (e) {
		if (!(e instanceof Error)) throw e;
		const rego = e instanceof RegoError || e instanceof RegoErrors;
		const text = `error: ${rego ? formatOutputErrors(toOutputErrors(e)) : e.message}\n`;
		// Where a plan is made, standard output is for the plan.
		if (target === "rego") io.stdout(text);
		else io.stderr(text);
		return 1;
	}
}

/** Everything at the paths: as bundles, or as files and folders. */
async function loadParts(flags: ParsedFlags, load: BundleLoadOptions): Promise<BundleParts> {
	const failed = (e: unknown): Error => new Error(`load error: ${messageOf(e)}`, { cause: e });
	if (!flags.bool("bundle")) {
		for (const path of flags.args) warnOfManifest(path, load.io);
		if (signs.some((name) => flags.isSet(name))) {
			throw new Error("enable bundle mode (ie. --bundle) to verify or sign bundle files or directories");
		}
		try {
			return { manifest: {}, ...(await loadPaths(flags.args, load)) };
		} catch (e) {
			throw failed(e);
		}
	}
	const { loadBundle } = await import("./load-bundle.ts");
	const bundles = [];
	for (const path of new Set(flags.args)) {
		try {
			bundles.push(await loadBundle(path, load));
		} catch (e) {
			throw failed(e);
		}
	}
	const { mergeBundles } = await import("./write-bundle.ts");
	try {
		return mergeBundles(bundles);
	} catch (e) {
		throw new Error(`bundle merge failed: ${messageOf(e)}`, { cause: e });
	}
}

/** A bundle that is not loaded as one: its manifest says nothing then. */
function warnOfManifest(path: string, io: CliIo): void {
	try {
		if (!statPath(io, joinPath(cleanPath(path), ".manifest")).isFile()) return;
	} catch {
		return;
	}
	const why = `.manifest file found in ${JSON.stringify(path)} but -b flag not specified. Manifest will be ignored.`;
	io.stderr(`Warning: ${why}\n`);
}

async function writeBundle(parts: BundleParts, flags: ParsedFlags, io: CliIo): Promise<number> {
	const { bundleArchive } = await import("./write-bundle.ts");
	const archive = bundleArchive(parts, {
		revision: flags.isSet("revision") ? flags.string("revision") : undefined,
		regoVersion: flags.bool("v0-compatible") ? "v0" : "v1",
		signing: await signingOf(flags, io),
	});
	writeBytes(io, flags.string("output") === "" ? "bundle.tar.gz" : flags.string("output"), archive);
	return 0;
}

async function signingOf(flags: ParsedFlags, io: CliIo): Promise<SigningKey | undefined> {
	const keyFlag = flags.string("signing-key");
	if (keyFlag === "") return undefined;
	const { readKey } = await import("./bundle-signature.ts");
	const file = flags.string("claims-file");
	const claims = file === "" ? undefined : parseJsonFile(decodeUtf8(readBytes(io, file)));
	if (claims !== undefined && !isPlainObject(claims)) throw new Error("the claims file must hold an object");
	const keyId = flags.string("verification-key-id");
	return { key: readKey(io, keyFlag), alg: flags.string("signing-alg"), keyId, claims };
}

/** Writes the module, its declarations and its source map side by side; the module alone without -o. */
async function writeModule(
	policy: Policy,
	declared: readonly Builtin[],
	entrypoints: readonly string[],
	output: string,
	io: CliIo,
): Promise<number> {
	if (entrypoints.length === 0) throw new CommandError("the js target needs at least one entrypoint (-e)", 1);
	const named = /^(.*)\.(m?)js$/s.exec(output);
	if (output !== "" && named === null) {
		throw new CommandError(`the js target writes an ES module: name it .mjs or .js, not ${output}`, 1);
	}
	const { buildModule } = await import("../aot/build.ts");
	const { builtins } = await import("../builtins/registry.ts");
	const built = buildModule({
		plan: policy.plan,
		// Those that are only declared are the embedder's own: the module finds them where useBuiltins() put them.
		builtins: new Map([...builtins, ...declared.map((b) => [b.name, b] as const)]),
		entrypoints: entrypoints.map(documentPath),
		file: output === "" ? "policy.mjs" : output,
	});
	if (output === "") io.stdout(built.code);
	else {
		writeText(io, output, built.code);
		writeText(io, `${output}.map`, built.map);
		writeText(io, `${named?.[1]}.d.${named?.[2]}ts`, built.types);
	}
	return 0;
}
