/**
 * `rego bench <query>`: evaluates a query again and again for about a second and tells how long it took, in the formats
 * of `opa bench`. Allocations cannot be counted here: `allocs/op` and `B/op` are left out, and are 0 in JSON.
 */

import { at } from "../at.ts";
import { requireRules } from "../bundle/activate.ts";
import { compile } from "../compile.ts";
import { decodeUtf8, parseDocument } from "../documents/texts.ts";
import type { Policy } from "../policy.ts";
import { messageOf } from "../thrown.ts";
import { record, writeJson } from "../value/ordered-json.ts";
import { assertNever, type Value } from "../value/value.ts";
import { cleanPath } from "./documents.ts";
import { benchFormats, bundleFlag, dataFlag, ignoreFlag, v0Flag, v1Flag } from "./eval-flags.ts";
import { Network, runtimeValue } from "./eval-host.ts";
import { applyEnvironment, describeFlags, type FlagSpec, type ParsedFlags, parseFlags } from "./flags.ts";
import { type CliIo, CommandError, readBytes } from "./io.ts";
import { loadOptionsOf } from "./load-data.ts";
import { loadPolicies } from "./load-policies.ts";
import { loadSchemas, schemaFlag } from "./load-schemas.ts";
import { benchLine, type Measured, measure, measuredFields, type Run, wantedNs } from "./measure.ts";
import { errorNode, formatOutputErrors, toOutputErrors } from "./output-error.ts";
import { formatTable } from "./table.ts";

const unsupported: readonly FlagSpec[] = [
	{ name: "config-file", short: "c", kind: "string", doc: "only with --e2e", hidden: true },
	{ name: "e2e", kind: "bool", doc: "through a server", hidden: true },
	{ name: "partial", short: "p", kind: "bool", doc: "partial evaluation", hidden: true },
	{ name: "shutdown-grace-period", kind: "int", doc: "only with --e2e", hidden: true },
	{ name: "shutdown-wait-period", kind: "int", doc: "only with --e2e", hidden: true },
	{ name: "unknowns", short: "u", kind: "list", doc: "only with --partial", hidden: true },
];

const benchFlags: readonly FlagSpec[] = [
	...unsupported,
	{ name: "benchmem", kind: "bool", default: "true", doc: "accepted: allocations cannot be counted" },
	bundleFlag,
	{ name: "count", kind: "int", default: "1", doc: "repeat the benchmark this many times" },
	dataFlag,
	{ name: "fail", kind: "bool", default: "true", doc: "exit with 1 when the result is undefined or empty" },
	{
		name: "format",
		short: "f",
		kind: "enum",
		values: benchFormats,
		default: "pretty",
		doc: "output format",
	},
	ignoreFlag,
	{ name: "import", kind: "list", doc: "import for the query (repeatable)" },
	{ name: "input", short: "i", kind: "string", doc: "input document, JSON or YAML" },
	{ name: "metrics", kind: "bool", default: "true", doc: "report how evaluation times are distributed" },
	{ name: "optimize-store-for-read-speed", kind: "bool", doc: "accepted: it always is", hidden: true },
	{ name: "package", kind: "string", doc: "package the query is evaluated in" },
	schemaFlag,
	{ name: "stdin", kind: "bool", doc: "read the query from standard input" },
	{ name: "stdin-input", short: "I", kind: "bool", doc: "read the input document from standard input" },
	{ name: "target", short: "t", kind: "enum", values: ["rego", "wasm"], default: "rego", doc: "rego", hidden: true },
	v0Flag,
	v1Flag,
];

export function benchHelp(): string {
	return describeFlags(benchFlags);
}

export async function runBench(argv: readonly string[], io: CliIo): Promise<number> {
	const flags = applyEnvironment(benchFlags, parseFlags(benchFlags, argv), "OPA_BENCH", io.env);
	const fail = (message: string): never => {
		throw new CommandError(message, 1);
	};
	if (flags.args.length > 0 && flags.bool("stdin")) fail("specify query argument or --stdin but not both");
	if (flags.args.length === 0 && !flags.bool("stdin")) fail("specify query argument or --stdin");
	if (flags.args.length > 1) fail("specify at most one query argument");
	for (const { name } of unsupported) if (flags.isSet(name)) fail(`not supported by this version of rego: --${name}`);
	if (flags.bool("stdin-input") && flags.isSet("input")) fail("specify --stdin-input or --input but not both");
	if (flags.string("target") === "wasm") fail("not supported by this version of rego: --target wasm");
	try {
		const query = flags.bool("stdin") ? decodeUtf8(io.stdin()) : at(flags.args, 0);
		const run = await prepare(query, flags, io);
		// Code is generated and compiled while it is asked for the first times.
		measure(run, wantedNs / 10);
		for (let i = 0; i < flags.int("count"); i++) write(measure(run, wantedNs), flags, io);
		return 0;
	} catch (e) {
		if (!(e instanceof Error) || e instanceof CommandError) throw e;
		const errors = toOutputErrors(e);
		if (flags.string("format") !== "json") io.stderr(`${formatOutputErrors(errors)}\n`);
		else io.stdout(writeJson(record([["errors", { list: errors.map(errorNode) }]])));
		return 1;
	}
}

async function prepare(query: string, flags: ParsedFlags, io: CliIo): Promise<Run> {
	const regoVersion = flags.bool("v0-compatible") ? "v0" : "v1";
	const options = loadOptionsOf(flags, io);
	const path = flags.string("input");
	const read = flags.bool("stdin-input") ? io.stdin() : path === "" ? undefined : readBytes(io, cleanPath(path));
	const input = read === undefined ? undefined : await parseDocument(read);
	const { modules, data, bundles } = await loadPolicies(
		flags.list("data"),
		[...new Set(flags.list("bundle"))],
		options,
		(_, e) => {
			return new Error(`loading error: ${messageOf(e)}`, { cause: e });
		},
	);
	requireRules(bundles);
	const texts = [query, ...[...modules.values()].map((m) => m.source.text)];
	const policy: Policy<Value> = compile([...modules.values()], {
		regoVersion,
		data,
		schemas: await loadSchemas(flags.string("schema"), io),
		host: { runtime: runtimeValue(io.env), permissions: await new Network(io.env).permissions(texts) },
		values: "rego",
		inputs: "trusted",
	});
	if (query === "") throw new Error("cannot evaluate empty query");
	let begun = 0n;
	const asked = {
		package: flags.string("package") === "" ? undefined : `data.${flags.string("package")}`,
		imports: flags.list("import"),
		regoVersion,
		onStage: (stage: string) => {
			if (stage === "eval") begun = process.hrtime.bigint();
		},
	} as const;
	const mustBeDefined = flags.bool("fail");
	return () => {
		const { rows } = policy.query(query, input, asked);
		const ended = process.hrtime.bigint();
		if (rows.length === 0 && mustBeDefined) throw new Error("undefined result");
		return Number(ended - begun);
	};
}

const prefix = "histogram_timer_rego_query_eval_ns_";

function write(measured: Measured, flags: ParsedFlags, io: CliIo): void {
	const { evaluation } = measured;
	const extra = Object.entries(evaluation)
		.filter(() => flags.bool("metrics"))
		.map(([name, v]): readonly [string, number] => [`${prefix}${name}`, v])
		.sort(([a], [b]) => (a < b ? -1 : 1));
	const format = flags.choice("format", benchFormats);
	switch (format) {
		case "json":
			io.stdout(writeJson(record([...measuredFields(measured), ["Extra", record(extra)]])));
			return;
		case "gobench":
			io.stdout(`${benchLine("BenchmarkOPAEval", measured, extra)}\n`);
			return;
		case "pretty":
			io.stdout(benchTable(measured, extra));
			return;
		default:
			assertNever(format, "format");
	}
}

function benchTable({ n, total }: Measured, extra: readonly (readonly [string, number])[]): string {
	const rows: readonly (readonly [string, string])[] = [
		["samples", String(n)],
		["ns/op", String(Math.round(total / n))],
		...extra.map(([name, v]): readonly [string, string] => [name, String(Math.round(v))]),
	];
	const width = Math.max(...rows.map(([, v]) => v.length));
	return formatTable(
		undefined,
		rows.map(([name, v]) => [name, v.padStart(width)]),
	);
}
