/**
 * `rego eval <query>`: load, compile, evaluate, print. Behaves as `opa eval` does: flags, output
 * formats, error texts and exit codes (0 fine, also when undefined; 1 --fail or --fail-defined; 2
 * any error).
 */

import { at } from "../at.ts";
import { builtinTable, type CompileOptions } from "../compile-with.ts";
import type { SchemaSet } from "../compiler/typecheck/schemas.ts";
import { decodeUtf8, parseDocument } from "../documents/texts.ts";
import { RegoError } from "../errors.ts";
import type { PrintLine } from "../eval/context.ts";
import { defaultHost } from "../host/default.ts";
import type { Module } from "../parser/ast.ts";
import type { Policy } from "../policy.ts";
import { messageOf } from "../thrown.ts";
import type { PlainObject, Value } from "../value/value.ts";

import { cleanPath } from "./documents.ts";
import { checkEvalFlags, evalFlags, evalFormats, refuseMissingFlags } from "./eval-flags.ts";
import { Network, runtimeValue } from "./eval-host.ts";
import { type EvalOutput, type OutputRow, writeEvalOutput } from "./eval-output.ts";
import {
	isWatched,
	type WatchedOutput,
	type WatchedPolicy,
	type WatchReport,
	wantsProfile,
} from "./eval-watched-flags.ts";
import { applyEnvironment, type ParsedFlags, parseFlags } from "./flags.ts";
import { writeHints } from "./hints.ts";
import { type CliIo, CommandError, readBytes } from "./io.ts";
import { allCapabilities, type Capabilities, requireLanguage } from "./language-features.ts";
import { type LoadOptions, loadPaths } from "./load-data.ts";
import { loadSchemas } from "./load-schemas.ts";
import { asMet } from "./met-conflict.ts";
import { type OutputError, toOutputErrors } from "./output-error.ts";
import { expressionTexts } from "./query-text.ts";
import { Stopwatch } from "./stopwatch.ts";

export async function runEval(argv: readonly string[], io: CliIo): Promise<number> {
	const parsed = parseFlags(evalFlags, argv);
	checkEvalFlags(parsed);
	const flags = applyEnvironment(evalFlags, parsed, "OPA_EVAL", io.env);
	refuseMissingFlags(flags);
	const setup = await prepareEval(flags, io);
	const count = flags.int("count");
	if (count < 1) throw new CommandError("--count must be at least 1", 2);
	const deadline = flags.duration("timeout") > 0n ? Date.now() + Number(flags.duration("timeout")) / 1e6 : undefined;
	const runs: Run[] = [];
	for (let i = 0; i < count; i++) runs.push(await evalOnce(setup, flags, io, deadline));
	const first = at(runs, 0);
	const timers =
		flags.bool("metrics") || flags.bool("instrument") || wantsProfile(flags) ? runs.map((r) => r.timers) : undefined;
	const output: EvalOutput = {
		errors: [...first.errors, ...first.builtinErrors],
		rows: first.rows,
		metrics: timers !== undefined && count === 1 ? timers[0] : undefined,
		runs: timers !== undefined && count > 1 ? timers : undefined,
		watched: await watchedOutputOf(runs, flags.bool("var-values")),
	};
	writeEvalOutput(output, flags.choice("format", evalFormats), io);
	writeHints(first.errors, flags.bool("hints"), io);
	if (first.errors.length > 0) return 2;
	const defined = first.rows.length > 0;
	return (flags.bool("fail") && !defined) || (flags.bool("fail-defined") && defined) ? 1 : 0;
}

async function watchedOutputOf(runs: readonly Run[], varValues: boolean): Promise<WatchedOutput | undefined> {
	const reports = runs.flatMap((r) => r.watched ?? []);
	if (reports.length === 0) return undefined;
	const { watchedOutput } = await import("./watch-output.ts");
	return watchedOutput(reports, varValues);
}

interface EvalSetup {
	readonly query: string;
	readonly input: Value | undefined;
	/** Builtins that --capabilities does not list. */
	readonly capabilities: Capabilities;
	readonly schemas: SchemaSet | undefined;
	/** What http.send may keep from one run to the next. */
	readonly network: Network;
}

interface Run {
	readonly errors: readonly OutputError[];
	readonly builtinErrors: readonly OutputError[];
	readonly rows: readonly OutputRow[];
	readonly timers: readonly (readonly [string, number])[];
	readonly watched?: WatchReport;
}

/** What is read once, before anything is evaluated. Its errors are plain lines on stderr. */
async function prepareEval(flags: ParsedFlags, io: CliIo): Promise<EvalSetup> {
	const capabilities = flags.isSet("capabilities")
		? await (await import("./capabilities.ts")).readCapabilities(flags.string("capabilities"), io)
		: allCapabilities;
	const query = flags.bool("stdin") ? decodeUtf8(io.stdin()) : at(flags.args, 0);
	try {
		const input = await readInput(flags, io);
		if (flags.bool("show-builtin-errors") && flags.bool("strict-builtin-errors")) {
			throw new Error(
				"cannot use --show-builtin-errors with --strict-builtin-errors, --strict-builtin-errors will return the first built-in error encountered immediately",
			);
		}
		const schemas = await loadSchemas(flags.string("schema"), io);
		return { query, input, capabilities, schemas, network: new Network(io.env, capabilities.allowedHosts) };
	} catch (e) {
		if (e instanceof Error) throw new CommandError(e.message, 2);
		throw e;
	}
}

async function readInput(flags: ParsedFlags, io: CliIo): Promise<Value | undefined> {
	const path = flags.string("input");
	if (!flags.bool("stdin-input") && path === "") return undefined;
	const bytes = path === "" ? io.stdin() : readBytes(io, cleanPath(path));
	try {
		return await parseDocument(bytes);
	} catch (e) {
		throw new Error(`unable to parse input: ${messageOf(e)}`, { cause: e });
	}
}

async function evalOnce(setup: EvalSetup, flags: ParsedFlags, io: CliIo, deadline: number | undefined): Promise<Run> {
	const stopwatch = new Stopwatch();
	const { query, input, capabilities } = setup;
	try {
		const regoVersion = flags.bool("v0-compatible") ? "v0" : "v1";
		const loaded = await loadPolicy(setup, flags, io, stopwatch);
		requireLanguage(capabilities.language, regoVersion);
		if (query === "") throw new Error("cannot evaluate empty query");
		if (capabilities.language !== undefined) {
			const { checkQueryLanguage } = await import("./modules.ts");
			await checkQueryLanguage(query, flags.list("import"), regoVersion, capabilities.language);
		}
		const timeMs = deadline === undefined ? undefined : Math.max(0, deadline - Date.now());
		const text = {
			// The path below data: a package whose name begins with data is asked for as it is called.
			package: flags.string("package") === "" ? undefined : `data.${flags.string("package")}`,
			imports: flags.list("import"),
			regoVersion,
		} as const;
		const onPrints = (lines: readonly PrintLine[]): void => {
			for (const { text } of lines) io.stderr(`${text}\n`);
		};
		const onStage = (stage: string): void => stopwatch.start(`rego_query_${stage}`);
		if (isWatched(flags)) {
			const { evalWatched } = await import("./eval-watched.ts");
			loaded.policy.checkQuery(query, { ...text, onStage });
			stopwatch.start("rego_query_eval");
			const run = evalWatched(loaded.watched, query, text, input, flags, timeMs, io.beginsAgain === true);
			stopwatch.stop();
			onPrints(run.prints);
			const shown = flags.bool("show-builtin-errors") ? run.builtinErrors : [];
			const errors = run.error === undefined ? [] : await outputErrors([run.error], query);
			const builtinErrors = await outputErrors(shown, query);
			const rows = run.error === undefined ? run.outputRows : [];
			return { errors, builtinErrors, rows, timers: stopwatch.entries(), watched: run.report };
		}
		const asked = { ...text, prints: true, onPrints, onStage, limits: timeMs === undefined ? undefined : { timeMs } };
		let result: ReturnType<typeof loaded.policy.query>;
		try {
			result = loaded.policy.query(query, input, asked);
		} catch (e) {
			stopwatch.stop();
			throw await asMet(e, loaded.watched, query, text, input);
		}
		stopwatch.stop();
		// OPA goes on, and reports the first error at the end.
		const [first] = result.builtinErrors;
		if (first !== undefined && flags.bool("strict-builtin-errors")) throw first;
		const shown = flags.bool("show-builtin-errors") ? result.builtinErrors : [];
		const builtinErrors = await outputErrors(shown, query);
		return { errors: [], builtinErrors, rows: result.rows, timers: stopwatch.entries() };
	} catch (e) {
		stopwatch.stop();
		const cancelled = deadline !== undefined && e instanceof RegoError && e.code === "eval_cancel_error";
		const shown = cancelled ? new RegoError("eval_cancel_error", "context deadline exceeded") : e;
		const errors = await outputErrors([shown], query);
		const run = { errors, builtinErrors: [], rows: [], timers: stopwatch.entries() };
		return flags.bool("coverage") ? { ...run, watched: await nothingCovered() } : run;
	}
}

/** What coverage tells of where nothing was evaluated. */
async function nothingCovered(): Promise<WatchReport> {
	const { Coverage } = await import("../trace/coverage.ts");
	return { explanation: [], sourceName: () => undefined, profile: undefined, coverage: new Coverage().report([]) };
}

async function outputErrors(errors: readonly unknown[], query: string): Promise<OutputError[]> {
	if (errors.length === 0) return [];
	const texts = await expressionTexts(query);
	return errors.flatMap((e) => toOutputErrors(e, texts));
}

/** Files and bundles, compiled. */
async function loadPolicy(
	setup: EvalSetup,
	flags: ParsedFlags,
	io: CliIo,
	stopwatch: Stopwatch,
): Promise<{ readonly policy: Policy<Value>; readonly watched: WatchedPolicy }> {
	const regoVersion = flags.bool("v0-compatible") ? "v0" : "v1";
	const { language } = setup.capabilities;
	const options: LoadOptions = { io, regoVersion, language, ignore: flags.list("ignore"), stopwatch };
	const modules = new Map<string, Module>();
	let data: PlainObject = {};
	/** Documents that bundles take the place of; OPA still finds conflicts with them. */
	let replaced: PlainObject = {};
	if (flags.list("data").length > 0) {
		const loaded = await stopwatch.time("rego_load_files", () => loadPaths(flags.list("data"), options));
		for (const [name, module] of loaded.modules) modules.set(name, module);
		data = loaded.data;
	}
	if (flags.list("bundle").length > 0) {
		const { loadBundle } = await import("./load-bundle.ts");
		const { activateBundles, requireRules } = await import("../bundle/activate.ts");
		const bundles = await stopwatch.time("rego_load_bundles", async () => {
			const out = [];
			for (const path of new Set(flags.list("bundle"))) {
				try {
					out.push(await loadBundle(path, options));
				} catch (e) {
					// Without its cause: OPA prints it as one message.
					throw new Error(`loading error: ${messageOf(e)}`);
				}
			}
			return out;
		});
		requireRules(bundles);
		replaced = data;
		data = activateBundles(bundles, data);
		for (const bundle of bundles) for (const [name, module] of bundle.modules) modules.set(name, module);
	}
	const { compile } = await import("../compile.ts");
	const { checkPathConflicts } = await import("../documents/path-conflicts.ts");
	// Prints are always wanted and each plan runs once: generating code for it would not pay.
	const { closures } = await import("../eval/closures/closures.ts");
	// Reading base data takes no time here; OPA has a timer for it.
	if (Object.keys(data).length > 0) stopwatch.timeNow("rego_external_resolve", () => {});
	const host = {
		runtime: runtimeValue(io.env),
		permissions: await setup.network.permissions([setup.query, ...[...modules.values()].map((m) => m.source.text)]),
	};
	const compiling: CompileOptions & { readonly values: "rego" } = {
		regoVersion,
		data,
		strict: flags.bool("strict"),
		withoutBuiltins: setup.capabilities.withoutBuiltins,
		builtins: setup.capabilities.declared,
		schemas: setup.schemas,
		prints: true,
		backend: closures,
		host,
		values: "rego",
		inputs: "trusted",
	};
	const compileAll = (): Policy<Value> => {
		const policy = compile([...modules.values()], compiling);
		checkPathConflicts([...modules.values()], data);
		checkPathConflicts([...modules.values()], replaced);
		return policy;
	};
	const policy = modules.size === 0 ? compileAll() : stopwatch.timeNow("rego_module_compile", compileAll);
	const { builtins } = await import("../builtins/registry.ts");
	const watched: WatchedPolicy = {
		modules: [...modules.values()],
		builtins: builtinTable(builtins, compiling),
		data,
		host: { ...defaultHost, ...host },
	};
	return { policy, watched };
}
