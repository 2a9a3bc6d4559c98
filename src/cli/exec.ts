/**
 * `rego exec <path>…`: one decision for each of many input files, as `opa exec`. Messages of failure are records of
 * OPA's log on standard error.
 */
import { randomUUID } from "node:crypto";
import { resolve } from "node:path";
import { compile } from "../compile.ts";
import { decodeUtf8, parseDocument } from "../documents/texts.ts";
import { RegoError } from "../errors.ts";
import type { Module } from "../parser/ast.ts";
import type { Policy } from "../policy.ts";
import { messageOf } from "../thrown.ts";
import { toJson } from "../value/json.ts";
import { type JsonNode, leaf, record, writeJson } from "../value/ordered-json.ts";
import { isArray, isObject, isSet, type PlainObject, type Value } from "../value/value.ts";
import { bundleFlag, v0Flag, v1Flag } from "./eval-flags.ts";
import { runtimeValue } from "./eval-host.ts";
import { applyEnvironment, describeFlags, type FlagSpec, type ParsedFlags, parseFlags } from "./flags.ts";
import { type CliIo, CommandError, listFolder, readBytes, statPath } from "./io.ts";
import { joinPath } from "./load-data.ts";
import { Logger, logFormatFlag, logTimestampFlag } from "./logger.ts";
import { evaluationErrorNode, formatOutputErrors, toOutputErrors } from "./output-error.ts";
import { Stopwatch } from "./stopwatch.ts";

const execFlags: readonly FlagSpec[] = [
	bundleFlag,
	{ name: "config-file", short: "c", kind: "string", doc: "not supported: give bundles with -b", hidden: true },
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
	{ name: "set", kind: "list", doc: "not supported: give bundles with -b", hidden: true },
	{ name: "set-file", kind: "list", doc: "not supported: give bundles with -b", hidden: true },
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
}

export async function runExec(argv: readonly string[], io: CliIo): Promise<number> {
	const flags = applyEnvironment(execFlags, parseFlags(execFlags, argv), "OPA_EXEC", io.env);
	for (const name of ["config-file", "set", "set-file"]) {
		if (flags.isSet(name)) throw new CommandError(`not supported by this version of rego: --${name}`, 1);
	}
	const logger = Logger.of(flags, io.env, (line) => io.stderr(line));
	const log = (message: string): number => logFailure(logger, flags, message);
	if (flags.args.length === 0 && !flags.bool("stdin-input")) {
		// Said before the log has the format it was asked for.
		const time = new Date().toISOString().replace(/\.\d+Z$/, "Z");
		const err = "requires at least 1 path arg, or the --stdin-input flag";
		io.stderr(`time="${time}" level=error msg="Unexpected error." err="${err}"\n`);
		return 1;
	}
	const both = conflict(flags);
	if (both !== undefined) return log(`exec error: ${both}`);
	const policy = await loadPolicy(flags, io, logger);
	if (typeof policy === "number") return policy;
	try {
		const answers: Answer[] = [];
		const limit = Number(flags.duration("timeout")) / 1e6;
		const deadline = limit > 0 ? Date.now() + limit : undefined;
		for (const source of inputs(flags, io)) answers.push(await decide(policy, source, flags, io, deadline));
		io.stdout(writeJson(record([["result", { list: answers.map(answerNode) }]])));
		return failure(answers, flags, log);
	} catch (e) {
		return log(`exec error: ${messageOf(e)}`);
	}
}

function conflict(flags: ParsedFlags): string | undefined {
	const given = ["fail", "fail-defined", "fail-non-empty"].filter((name) => flags.bool(name));
	return given.length < 2 ? undefined : `specify --${given[0]} or --${given[1]} but not both`;
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
	if (flags.bool("fail-non-empty") && full + errors > 0) return counts(full, errors, "fail-non-empty");
	return 0;
}

function isEmpty(v: Value | undefined): boolean {
	if (v === undefined) return true;
	if (isArray(v)) return v.length === 0;
	if (isSet(v)) return v.size === 0;
	return isObject(v) && Object.keys(v).length === 0;
}

/** The bundles, compiled; or the exit code where they cannot be. */
async function loadPolicy(flags: ParsedFlags, io: CliIo, logger: Logger): Promise<Policy<Value> | number> {
	const regoVersion = flags.bool("v0-compatible") ? "v0" : "v1";
	const modules: Module[] = [];
	let data: PlainObject = {};
	const { loadBundle } = await import("./load-bundle.ts");
	const { activateBundles } = await import("../bundle/activate.ts");
	const bundles = [];
	for (const [i, path] of flags.list("bundle").entries()) {
		try {
			const bundle = await loadBundle(path, {
				io,
				regoVersion,
				ignore: [],
				stopwatch: new Stopwatch(),
				namesFromRoot: true,
			});
			bundles.push(bundle);
			modules.push(...bundle.modules.values());
			if (i === flags.list("bundle").length - 1) data = activateBundles(bundles, data);
		} catch (e) {
			const text = messageOf(e)
				.replace(/^error reading ".*": stat .*: /, `stat ${resolve(io.cwd, path)}: `)
				.replace(`bundle ${path}: `, "");
			return bundleFailure(i, [`Bundle load failed: ${text}`], text, flags, logger);
		}
	}
	try {
		const host = { runtime: runtimeValue(io.env) };
		return compile(modules, { regoVersion, data, host, values: "rego", inputs: "trusted" });
	} catch (e) {
		const text = formatOutputErrors(toOutputErrors(e));
		// Activated as it is loaded, and once more by those who wait for it.
		const line = `Bundle activation failed: ${text}`;
		return bundleFailure(0, [line, line], text, flags, logger);
	}
}

function bundleFailure(i: number, logged: readonly string[], text: string, flags: ParsedFlags, logger: Logger): number {
	for (const line of logged) logger.log("error", line, { name: `~${i}`, plugin: "bundle" });
	const err = `runtime error: Bundle name: ~${i}, Code: bundle_error, HTTPCode: -1, Message: ${text}`;
	return logFailure(logger, flags, err);
}

/** Something went wrong, as OPA's log says it: its text format knows nothing of errors. */
function logFailure(logger: Logger, flags: ParsedFlags, err: string): number {
	logger.log("error", "Unexpected error.", { err: flags.string("log-format") === "text" ? {} : err });
	return 1;
}

/** Files that may be inputs, and standard input. */
function* inputs(flags: ParsedFlags, io: CliIo): Generator<{ path: string; read: () => Uint8Array; stdin: boolean }> {
	if (flags.bool("stdin-input")) yield { path: "--stdin-input", read: () => io.stdin(), stdin: true };
	for (const path of flags.args) yield* filesBelow(path, io, true);
}

function* filesBelow(
	path: string,
	io: CliIo,
	named: boolean,
): Generator<{ path: string; read: () => Uint8Array; stdin: boolean }> {
	let folder: boolean;
	try {
		folder = statPath(io, path).isDirectory();
	} catch (e) {
		throw new Error(messageOf(e).replace(/^stat /, "lstat "), { cause: e });
	}
	if (folder) {
		for (const name of listFolder(io, path)) yield* filesBelow(joinPath(path, name), io, false);
	} else if (named || /\.(?:json|ya?ml)$/.test(path)) yield { path, read: () => readBytes(io, path), stdin: false };
}

async function decide(
	policy: Policy<Value>,
	source: { readonly path: string; readonly read: () => Uint8Array; readonly stdin: boolean },
	flags: ParsedFlags,
	io: CliIo,
	deadline: number | undefined,
): Promise<Answer> {
	const { path } = source;
	let input: Value;
	try {
		input = await parseDocument(decodeUtf8(source.read()));
	} catch (e) {
		if (source.stdin) throw e;
		// Go's marshaller finds no public field in the error, and neither do readers of OPA's output.
		return { path, result: undefined, error: record([]) };
	}
	const written = flags.string("decision") === "" ? "/system/main" : flags.string("decision");
	try {
		const names = written.split("/").filter((name) => name !== "");
		const { rows } = policy.query(`data${names.map((name) => `[${toJson(name)}]`).join("")}`, input, {
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
			error: record([
				["code", "opa_undefined_error"],
				["message", message],
			]),
		};
	} catch (e) {
		if (!(e instanceof RegoError)) throw e;
		return { path, result: undefined, error: evaluationErrorNode(e) };
	}
}

function answerNode({ path, result, error }: Answer): JsonNode {
	return record([
		["decision_id", error === undefined ? randomUUID() : undefined],
		["path", path],
		["error", error],
		["result", result === undefined ? undefined : leaf(result)],
	]);
}
