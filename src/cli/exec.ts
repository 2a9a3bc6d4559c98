/**
 * `rego exec <path>…`: one decision for each of many input files, as `opa exec`. Messages of failure are records of
 * OPA's log on standard error.
 */
import { randomUUID } from "node:crypto";
import { resolve } from "node:path";
import type { Bundle } from "../bundle/bundle.ts";
import { compile } from "../compile.ts";
import { parseDocument } from "../documents/texts.ts";
import { RegoError, RegoErrors } from "../errors.ts";
import type { Policy } from "../policy.ts";
import { messageOf } from "../thrown.ts";
import { getOwn } from "../value/collections.ts";
import { type JsonNode, leaf, record, writeJson } from "../value/ordered-json.ts";
import { isArray, isObject, isSet, type PlainObject, type Value } from "../value/value.ts";
import { bundleFlag, v0Flag, v1Flag } from "./eval-flags.ts";
import { runtimeValue } from "./eval-host.ts";
import { applyEnvironment, describeFlags, type FlagSpec, type ParsedFlags, parseFlags } from "./flags.ts";
import { type CliIo, listFolder, readBytes, statPath } from "./io.ts";
import { joinPath } from "./load-data.ts";
import { Logger, logFormatFlag, logTimestampFlag } from "./logger.ts";
import { errorNode, evaluationErrorNode, formatOutputErrors, toOutputErrors } from "./output-error.ts";
import { loadConfig, refuseSettings, stringAt } from "./server/config.ts";
import { Stopwatch } from "./stopwatch.ts";

const execFlags: readonly FlagSpec[] = [
	bundleFlag,
	{ name: "config-file", short: "c", kind: "string", doc: "configuration: bundles, services, keys, default_decision" },
	{ name: "decision", kind: "string", doc: "decision to evaluate, as authz/allow (default system/main)" },
	{ name: "fail", kind: "bool", doc: "exit with 1 when a result is undefined, or an error" },
	{ name: "fail-defined", kind: "bool", doc: "exit with 1 when a result is defined" },
	{ name: "fail-non-empty", kind: "bool", doc: "exit with 1 when a result is not empty" },
	{ name: "format", short: "f", kind: "enum", values: ["json"], default: "json", doc: "output format" },
	logFormatFlag,
	{
		name: "log-level",
		short: "l",
		kind: "enum",
		values: ["debug", "info", "error"],
		default: "error",
		doc: "least importance of what is logged",
	},
	logTimestampFlag,
	{ name: "set", kind: "list", doc: "a setting over the configuration file's, as bundles.a.resource=file:///b" },
	{ name: "set-file", kind: "list", doc: "a setting that is read from a file" },
	{ name: "stdin-input", short: "I", kind: "bool", doc: "read one input from standard input" },
	{ name: "timeout", kind: "duration", default: "0", doc: "time limit of all of it, such as 5m" },
	v0Flag,
	v1Flag,
];

export function execHelp(): string {
	return describeFlags(execFlags);
}

interface Answer {
	readonly path: string;
	readonly result: Value | undefined;
	readonly error: JsonNode | undefined;
	/** What is wrong is that there is no result. */
	readonly undefined?: boolean;
}

export async function runExec(argv: readonly string[], io: CliIo): Promise<number> {
	const flags = applyEnvironment(execFlags, parseFlags(execFlags, argv), "OPA_EXEC", io.env);
	const logger = Logger.of(flags, io.env, (line) => io.stderr(line));
	const log = (message: string): number => logFailure(logger, flags, message);
	if (flags.args.length === 0 && !flags.bool("stdin-input")) {
		// Said before the log has the format it was asked for.
		const time = new Date().toISOString().replace(/\.\d+Z$/, "Z");
		const err = "requires at least 1 path arg, or the --stdin-input flag";
		io.stderr(`time="${time}" level=error msg="Unexpected error." err="${err}"\n`);
		return 1;
	}
	let config: PlainObject;
	let policy: Policy<Value> | number;
	try {
		config = await readConfig(flags, io);
		policy = await loadPolicy(flags, config, io, logger);
	} catch (e) {
		return log(messageOf(e));
	}
	if (typeof policy === "number") return policy;
	const both = conflict(flags);
	if (both !== undefined) return log(`exec error: ${both}`);
	try {
		const decision = flags.string("decision") || (stringAt(config, ["default_decision"]) ?? "/system/main");
		const answers: Answer[] = [];
		const limit = Number(flags.duration("timeout")) / 1e6;
		const deadline = limit > 0 ? Date.now() + limit : undefined;
		for (const source of inputs(flags, io)) answers.push(await decide(policy, decision, source, io, deadline));
		io.stdout(writeJson(record([["result", { list: answers.map(answerNode) }]])));
		return failure(answers, flags, log);
	} catch (e) {
		return log(`exec error: ${messageOf(e)}`);
	}
}

function conflict(flags: ParsedFlags): string | undefined {
	const chosen = ["fail", "fail-defined", "fail-non-empty"].filter((name) => flags.bool(name));
	return chosen.length < 2 ? undefined : `specify --${chosen[0]} or --${chosen[1]} but not both`;
}

function failure(answers: readonly Answer[], flags: ParsedFlags, log: (message: string) => number): number {
	const errors = answers.filter((a) => a.error !== undefined).length;
	const defined = answers.filter((a) => a.result !== undefined);
	const counts = (failures: number, errorCount: number, flag: string): number =>
		log(
			`exec error: there were ${failures} failures and ${errorCount} errors counted in the results list, and --${flag} is set`,
		);
	if (flags.bool("fail") && errors > 0) return counts(0, errors, "fail");
	if (flags.bool("fail-defined") && defined.length > 0) return counts(defined.length, 0, "fail-defined");
	const full = defined.filter((a) => !isEmpty(a.result)).length;
	const failed = answers.filter((a) => a.error !== undefined && a.undefined !== true).length;
	if (flags.bool("fail-non-empty") && full + failed > 0) return counts(full, failed, "fail-non-empty");
	return 0;
}

function isEmpty(v: Value | undefined): boolean {
	if (v === undefined) return true;
	if (isArray(v)) return v.length === 0;
	if (isSet(v)) return v.size === 0;
	return isObject(v) && Object.keys(v).length === 0;
}

/** Settings that only servers can follow. */
const missing: readonly (readonly string[])[] = [
	["bundle"],
	["decision_logs"],
	["discovery"],
	["distributed_tracing"],
	["plugins"],
	["server"],
	["status"],
	["storage"],
];

/** Throws Error. */
async function readConfig(flags: ParsedFlags, io: CliIo): Promise<PlainObject> {
	const [sets, setFiles] = [flags.list("set"), flags.list("set-file")];
	let config: PlainObject;
	try {
		config = await loadConfig({ file: flags.string("config-file"), sets, setFiles }, io);
	} catch (e) {
		throw new Error(`config error: ${messageOf(e)}`, { cause: e });
	}
	refuseSettings(config, missing);
	if (typeof (getOwn(config, "default_decision") ?? "") !== "string") {
		throw new Error("runtime error: default_decision must be a string");
	}
	return config;
}

interface NamedBundle {
	readonly name: string;
	readonly load: () => Promise<Bundle>;
}

/** The bundles of the flags and of the configuration. */
async function bundlesOfAll(flags: ParsedFlags, config: PlainObject, io: CliIo): Promise<readonly NamedBundle[]> {
	const { loadBundle, readBundleArchive } = await import("./load-bundle.ts");
	const regoVersion = flags.bool("v0-compatible") ? "v0" : "v1";
	const options = { io, regoVersion, ignore: [], stopwatch: new Stopwatch(), namesFromRoot: true } as const;
	const { BundleRefused, bundlesOf, requestBundle, verificationOf, verifying } = await import(
		"./server/configured-bundles.ts"
	);
	// As if the configuration named them: signed ones need a key.
	const bundles = flags.list("bundle").map((path, i): NamedBundle => {
		const name = `~${i}`;
		const verification = verificationOf({}, config, `bundle ${JSON.stringify(name)}`);
		return { name, load: () => loadBundle(path, { ...options, verification }) };
	});
	if (getOwn(config, "bundles") === undefined) return bundles;
	const configured = bundlesOf(config, io, false).map((bundle): NamedBundle => {
		const load = verifying(bundle, options);
		const { name, service } = bundle;
		if (service === undefined) return { name, load: () => loadBundle(bundle.resource, load) };
		return {
			name,
			load: async () => {
				const { signal } = new AbortController();
				const answer = await requestBundle(bundle, service, { etag: "", waits: false, signal });
				if (answer.status !== 200) throw new BundleRefused(answer.status);
				return readBundleArchive(name, answer.body, load);
			},
		};
	});
	return [...configured, ...bundles];
}

/** The bundles, compiled; or the exit code where they cannot be. */
async function loadPolicy(
	flags: ParsedFlags,
	config: PlainObject,
	io: CliIo,
	logger: Logger,
): Promise<Policy<Value> | number> {
	const failed = (name: string, logged: readonly string[], text: string, status = -1): number => {
		for (const line of logged) logger.log("error", line, { name, plugin: "bundle" });
		const err = `runtime error: Bundle name: ${name}, Code: bundle_error, HTTPCode: ${status}, Message: ${text}`;
		return logFailure(logger, flags, err);
	};
	// Activated as they are loaded, and once more by those who wait for it.
	const notActivated = (name: string, text: string): number => {
		const line = `Bundle activation failed: ${text}`;
		return failed(name, [line, line], text);
	};
	const { activateBundles, checkOverlap, requireRules } = await import("../bundle/activate.ts");
	const named = await bundlesOfAll(flags, config, io);
	const bundles: Bundle[] = [];
	for (const { name, load } of named) {
		try {
			bundles.push({ ...(await load()), path: name });
		} catch (e) {
			const text = loadFailure(messageOf(e), io);
			const status = typeof e === "object" && e !== null && "status" in e ? Number(e.status) : -1;
			return failed(name, [`Bundle load failed: ${text}`], text, status);
		}
	}
	const last = named.at(-1)?.name ?? "";
	try {
		checkOverlap(bundles);
		requireRules(bundles);
	} catch (e) {
		return notActivated(last, messageOf(e));
	}
	try {
		const regoVersion = flags.bool("v0-compatible") ? "v0" : "v1";
		const host = { runtime: runtimeValue(io.env) };
		const modules = bundles.flatMap((b) => [...b.modules.values()]);
		const data = activateBundles(bundles, {});
		return compile(modules, { regoVersion, data, host, values: "rego", inputs: "trusted" });
	} catch (e) {
		return notActivated(named[0]?.name ?? "", formatOutputErrors(toOutputErrors(e)));
	}
}

/** A bundle is a plugin there, which tells only of the file. */
function loadFailure(message: string, io: CliIo): string {
	return message
		.replace(/^error reading "(.*)": stat .*: /, (_, path: string) => `stat ${resolve(io.cwd, path)}: `)
		.replace(/^bundle [^:]*: /, "");
}

/** Something went wrong, as OPA's log says it: its text format knows nothing of errors. */
function logFailure(logger: Logger, flags: ParsedFlags, err: string): number {
	logger.log("error", "Unexpected error.", { err: flags.string("log-format") === "text" ? {} : err });
	return 1;
}

/** Files that may be inputs, and standard input. */
function* inputs(flags: ParsedFlags, io: CliIo): Generator<{ path: string; read: () => Uint8Array; stdin: boolean }> {
	if (flags.bool("stdin-input")) yield { path: "--stdin-input", read: () => io.stdin(), stdin: true };
	for (const path of flags.args) yield* filesBelow(path, io);
}

function* filesBelow(path: string, io: CliIo): Generator<{ path: string; read: () => Uint8Array; stdin: boolean }> {
	let folder: boolean;
	try {
		folder = statPath(io, path).isDirectory();
	} catch (e) {
		throw new Error(messageOf(e).replace(/^stat /, "lstat "), { cause: e });
	}
	if (folder) {
		for (const name of listFolder(io, path)) yield* filesBelow(joinPath(path, name), io);
	} else if (/\.(?:json|ya?ml)$/.test(path)) yield { path, read: () => readBytes(io, path), stdin: false };
}

async function decide(
	policy: Policy<Value>,
	written: string,
	source: { readonly path: string; readonly read: () => Uint8Array; readonly stdin: boolean },
	io: CliIo,
	deadline: number | undefined,
): Promise<Answer> {
	const { path } = source;
	let input: Value;
	try {
		input = await parseDocument(source.read());
	} catch (e) {
		if (source.stdin) throw e;
		// Go's marshaller finds no public field in the error, and neither do readers of OPA's output.
		return { path, result: undefined, error: record([]) };
	}
	try {
		const names = written.split("/").filter((name) => name !== "");
		const { rows } = policy.query(`data${names.map(pathPart).join("")}`, input, {
			prints: true,
			onPrints: (lines) => {
				for (const { text } of lines) io.stderr(`${text}\n`);
			},
			...(deadline === undefined ? {} : { limits: { timeMs: Math.max(0, deadline - Date.now()) } }),
		});
		const result = rows[0]?.expressions[0]?.value;
		if (result !== undefined) return { path, result, error: undefined };
		const message = `${written} decision was undefined`;
		return {
			path,
			result: undefined,
			undefined: true,
			error: record([
				["code", "opa_undefined_error"],
				["message", message],
			]),
		};
	} catch (e) {
		if (e instanceof RegoErrors) {
			return { path, result: undefined, error: { list: toOutputErrors(e).map(errorNode) } };
		}
		if (!(e instanceof RegoError)) throw e;
		return { path, result: undefined, error: evaluationErrorNode(e) };
	}
}

/** As opa puts the parts of a decision's path into a query: what is no name is quoted, and a quote in it is an error. */
function pathPart(name: string): string {
	return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? `.${name}` : `["${name}"]`;
}

function answerNode({ path, result, error }: Answer): JsonNode {
	return record([
		["decision_id", error === undefined ? randomUUID() : undefined],
		["path", path],
		["error", error],
		["result", result === undefined ? undefined : leaf(result)],
	]);
}
