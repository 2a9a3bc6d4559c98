/**
 * `rego agent genpolicy`: policies for the pods of Kubernetes manifests, written into their annotations. Takes the
 * command line of Kata's own generator; nothing is written unless everything went well.
 */
import { resolve } from "node:path";
import type { Generated, GenerateOptions } from "../genpolicy/generate.ts";
import { generatePolicies } from "../genpolicy/generate.ts";
import { ImageError } from "../genpolicy/image/image.ts";
import { Images } from "../genpolicy/image/images.ts";
import { InitdataFileError, parseInitdataFile } from "../genpolicy/initdata-file.ts";
import { diagnosticText } from "../genpolicy/problem.ts";
import { readSettings } from "../genpolicy/settings/files.ts";
import { SettingsError } from "../genpolicy/settings/settings.ts";
import { version } from "../version.ts";
import type { AgentSubcommand } from "./agent-command.ts";
import { type FlagSpec, type ParsedFlags, parseFlags } from "./flags.ts";
import { type CliIo, CommandError, readBytes } from "./io.ts";
import { replaceFile } from "./replace-file.ts";

const flags: readonly FlagSpec[] = [
	{
		name: "yaml-file",
		short: "y",
		kind: "list",
		doc: "manifest to read and to write (repeatable; default: standard input and output)",
	},
	{ name: "rego-rules-path", short: "p", kind: "string", default: "rules.rego", doc: "Kata's rules" },
	{
		name: "json-settings-path",
		short: "j",
		kind: "string",
		default: "genpolicy-settings.json",
		doc: "settings: a file, or a folder with it and genpolicy-settings.d",
	},
	{ name: "config-file", kind: "list", doc: "ConfigMaps and Secrets, for the values of variables (repeatable)" },
	{ name: "config-map-file", short: "c", kind: "list", doc: "the same", hidden: true },
	{ name: "raw-out", short: "r", kind: "bool", doc: "print every policy" },
	{ name: "base64-out", short: "b", kind: "bool", doc: "print every annotation" },
	{ name: "silent-unsupported-fields", short: "s", kind: "bool", doc: "pass over fields that are not known" },
	{ name: "use-cached-files", short: "u", kind: "bool", doc: "keep what is read of layers in layers-cache.json" },
	{ name: "layers-cache-file-path", kind: "string", doc: "keep what is read of layers in a file" },
	{
		name: "containerd-socket-path",
		short: "d",
		kind: "string",
		bare: "/var/run/containerd/containerd.sock",
		doc: "take images from containerd, not from registries; -d=SOCKET where it is another socket",
	},
	{ name: "insecure-registry", kind: "list", doc: "registry that speaks plain HTTP (repeatable)" },
	{ name: "runtime-class-names", kind: "list", doc: "only pods whose runtime class begins with it (repeatable)" },
	{ name: "initdata-path", kind: "string", doc: "initdata that the policy is added to" },
	{ name: "images", kind: "list", doc: "OCI layout, archive, or folder of these, to take images from (repeatable)" },
	{ name: "offline", kind: "bool", doc: "ask no registry: take images from --images, and what containerd has" },
	{ name: "pin-images", kind: "bool", doc: "write images with their digests, and have the policy insist on them" },
	{ name: "fix-security-context", kind: "bool", doc: "write the security contexts that guest pull needs" },
	{ name: "check", kind: "bool", doc: "write nothing; fail where an annotation is not what would be generated" },
	{
		name: "strict-kata",
		kind: "bool",
		default: "true",
		doc: "policy_data as Kata's generator makes it; false: as containers will be",
	},
	{ name: "version", short: "v", kind: "bool", doc: "print the version" },
];

/** What the rules and settings belong to. */
const kataCommit = "7c6ba40c54";

async function run(argv: readonly string[], io: CliIo): Promise<number> {
	const parsed = parseFlags(flags, argv);
	if (parsed.bool("version")) {
		io.stdout(`rego agent genpolicy ${version}, for Kata Containers at ${kataCommit}\n`);
		return 0;
	}
	try {
		return await new Command(parsed, io).run();
	} catch (e) {
		if (!(e instanceof Failure)) throw e;
		io.stderr(`${e.message}\n`);
		return 1;
	}
}

/** Why nothing was made: no mistake of the command line, whose usage would not help. */
class Failure extends Error {}

interface Manifest {
	/** Undefined: standard input. */
	readonly path: string | undefined;
	readonly text: string;
}

class Command {
	private readonly flags: ParsedFlags;
	private readonly io: CliIo;

	constructor(parsed: ParsedFlags, io: CliIo) {
		this.flags = parsed;
		this.io = io;
	}

	async run(): Promise<number> {
		const { images, options } = this.options();
		const manifests = this.manifests();
		const made: Generated[] = [];
		for (const { path, text } of manifests) {
			const generated = await generatePolicies(text, { ...options, file: path ?? "<stdin>" });
			for (const d of generated.diagnostics) this.io.stderr(`${diagnosticText(d)}\n`);
			made.push(generated);
		}
		if (made.some((g) => g.yaml === undefined)) return 1;
		this.saveCache(images);
		if (this.flags.bool("check")) return this.check(manifests, made);
		for (const [i, manifest] of manifests.entries()) this.put(manifest, made[i]);
		return 0;
	}

	private options(): { readonly images: Images; readonly options: GenerateOptions } {
		const { flags, io } = this;
		const initdata = flags.string("initdata-path");
		const images = this.images();
		const configs = [...flags.list("config-map-file"), ...flags.list("config-file")];
		const options: GenerateOptions = {
			settings: this.settings(),
			rules: this.rules(),
			images,
			configs: configs.map((name) => ({ name, text: this.text(name) })),
			silentUnsupportedFields: flags.bool("silent-unsupported-fields"),
			runtimeClassNames: flags.list("runtime-class-names"),
			strictKata: flags.string("strict-kata") !== "false",
			pinImages: flags.bool("pin-images"),
			fixSecurityContext: flags.bool("fix-security-context"),
			...(initdata === "" ? {} : { initdata: this.initdata(initdata) }),
			...(io.terminal === true ? { onProgress: (message: string) => io.stderr(`${message}\n`) } : {}),
		};
		return { images, options };
	}

	private settings(): GenerateOptions["settings"] {
		try {
			return readSettings(this.flags.string("json-settings-path"), this.io.cwd);
		} catch (e) {
			throw failure(e, SettingsError);
		}
	}

	private rules(): string {
		const path = this.flags.string("rego-rules-path");
		try {
			return this.text(path);
		} catch (e) {
			if (!(e instanceof Failure)) throw e;
			throw new Failure(`${e.message}. Say with -p where the rules are.`);
		}
	}

	private initdata(path: string): NonNullable<GenerateOptions["initdata"]> {
		const bytes = this.bytes(path);
		try {
			return parseInitdataFile(path, bytes);
		} catch (e) {
			throw failure(e, InitdataFileError);
		}
	}

	private images(): Images {
		const { flags, io } = this;
		const cache = flags.string("layers-cache-file-path") || (flags.bool("use-cached-files") ? "layers-cache.json" : "");
		try {
			return new Images({
				local: flags.list("images"),
				cwd: io.cwd,
				registries: !flags.bool("offline"),
				containerd: flags.isSet("containerd-socket-path")
					? resolve(io.cwd, flags.string("containerd-socket-path"))
					: undefined,
				insecureRegistries: flags.list("insecure-registry"),
				layersCache: cache === "" ? undefined : resolve(io.cwd, cache),
				env: io.env,
				warn: (message) => io.stderr(`warning: ${message}\n`),
			});
		} catch (e) {
			throw failure(e, ImageError);
		}
	}

	private saveCache(images: Images): void {
		try {
			images.save();
		} catch (e) {
			throw failure(e, ImageError);
		}
	}

	private manifests(): readonly Manifest[] {
		const paths = [...this.flags.list("yaml-file"), ...this.flags.args];
		if (paths.length === 0) return [{ path: undefined, text: decoded("<stdin>", this.io.stdin()) }];
		return paths.map((path) => ({ path, text: this.text(path) }));
	}

	private put({ path, text }: Manifest, generated: Generated | undefined): void {
		const raw = this.flags.bool("raw-out");
		const base64 = this.flags.bool("base64-out");
		for (const { policy, annotation } of generated?.documents ?? []) {
			if (raw) this.io.stdout(policy);
			if (base64) this.io.stdout(annotation);
		}
		const yaml = generated?.yaml ?? text;
		if (path === undefined) {
			if (!raw && !base64) this.io.stdout(yaml);
		} else if (yaml !== text) this.write(path, yaml);
	}

	private write(path: string, yaml: string): void {
		try {
			replaceFile(this.io, path, yaml);
		} catch (e) {
			if (!(e instanceof CommandError)) throw e;
			throw new Failure(`cannot write ${path}: ${e.message}`);
		}
	}

	/** Whether every annotation is what it would be made. */
	private check(manifests: readonly Manifest[], made: readonly Generated[]): number {
		let stale = 0;
		for (const [i, { path = "<stdin>" }] of manifests.entries())
			for (const { kind, name, line, digest, isCurrent } of made[i]?.documents ?? []) {
				if (isCurrent) continue;
				stale++;
				this.io.stderr(
					`${path}:${line}:1: error: ${kind} ${name ?? "without a name"}: the annotation is missing or not what would be generated (initdata digest ${digest})\n`,
				);
			}
		return stale === 0 ? 0 : 1;
	}

	private text(path: string): string {
		return decoded(path, this.bytes(path));
	}

	private bytes(path: string): Uint8Array {
		try {
			return readBytes(this.io, path);
		} catch (e) {
			throw new Failure(e instanceof Error ? e.message : String(e));
		}
	}
}

function decoded(name: string, bytes: Uint8Array): string {
	try {
		return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
	} catch {
		throw new Failure(`${name}: not UTF-8`);
	}
}

/** An error of a kind that says what to do; others are thrown on. */
function failure(e: unknown, expected: new (...args: never[]) => Error): unknown {
	return e instanceof expected ? new Failure(e.message) : e;
}

export const genpolicyCommand: AgentSubcommand = { flags, run };
