/** `rego deps <query>`: the documents a query depends on, as `opa deps`. */

import { at } from "../at.ts";
import { builtins } from "../builtins/registry.ts";
import { checkModules } from "../compiler/check.ts";
import { typeDetails } from "../compiler/typecheck/all-details.ts";
import { RegoErrors } from "../errors.ts";
import { Source } from "../location.ts";
import type { Module } from "../parser/ast.ts";
import { parseQuery } from "../parser/parser.ts";
import { printRef } from "../parser/print.ts";
import { messageOf } from "../thrown.ts";
import { type JsonNode, record, writeJson } from "../value/ordered-json.ts";
import { dependenciesOf } from "./dependencies.ts";
import { bundleFlag, dataFlag, ignoreFlag, v0Flag, v1Flag } from "./eval-flags.ts";
import { applyEnvironment, describeFlags, type FlagSpec, parseFlags } from "./flags.ts";
import { type CliIo, CommandError } from "./io.ts";
import { LoadErrors, loadOptionsOf, loadPaths } from "./load-data.ts";
import { formatOutputErrors, toOutputErrors } from "./output-error.ts";
import { refNode } from "./ref-json.ts";
import { formatTable } from "./table.ts";

const depsFlags: readonly FlagSpec[] = [
	bundleFlag,
	dataFlag,
	{ name: "format", short: "f", kind: "enum", values: ["pretty", "json"], default: "pretty", doc: "output format" },
	ignoreFlag,
	v0Flag,
	v1Flag,
];

export function depsHelp(): string {
	return describeFlags(depsFlags);
}

export async function runDeps(argv: readonly string[], io: CliIo): Promise<number> {
	const parsed = parseFlags(depsFlags, argv);
	if (parsed.args.length !== 1) throw new CommandError("specify exactly one query argument", 1);
	const flags = applyEnvironment(depsFlags, parsed, "OPA_DEPS", io.env);
	const regoVersion = flags.bool("v0-compatible") ? "v0" : "v1";
	const load = { ...loadOptionsOf(flags, io), annotations: false };
	try {
		const modules = new Map<string, Module>();
		const loaded = await loadPaths(flags.list("data"), load);
		for (const [name, module] of loaded.modules) modules.set(name, module);
		if (flags.list("bundle").length > 0) {
			const { loadBundle } = await import("./load-bundle.ts");
			for (const path of flags.list("bundle")) {
				const bundle = await loadBundle(path, load).catch((e: unknown) => {
					throw new BundleFailed(messageOf(e), { cause: e });
				});
				for (const [name, module] of bundle.modules) modules.set(name, module);
			}
		}
		const { value, errors } = checkModules([...modules.values()], { builtins, details: typeDetails, types: {} });
		if (value === undefined) throw new RegoErrors(errors);
		// As `opa deps` does, the query is read but not checked.
		const query = parseQuery(new Source("", at(flags.args, 0)), { regoVersion });
		if (query.value === undefined) throw new RegoErrors(query.errors);
		const { base, virtual } = dependenciesOf(query.value.body, value);
		if (flags.string("format") === "json") {
			const list = (refs: typeof base): JsonNode | undefined =>
				refs.length === 0 ? undefined : { list: refs.map(refNode) };
			io.stdout(
				writeJson(
					record([
						["base", list(base)],
						["virtual", list(virtual)],
					]),
				),
			);
			return 0;
		}
		io.stdout(dependencyTable(base.map(printRef), virtual.map(printRef)));
		return 0;
	} catch (e) {
		if (!(e instanceof Error) || e instanceof CommandError) throw e;
		io.stderr(
			`${e instanceof LoadErrors || e instanceof BundleFailed ? e.message : formatOutputErrors(toOutputErrors(e))}\n`,
		);
		return 1;
	}
}

/** Told without a count of errors. */
class BundleFailed extends Error {}

/** A column for each kind that there is. */
function dependencyTable(base: readonly string[], virtual: readonly string[]): string {
	const columns = [
		{ header: "BASE DOCUMENTS", cells: base },
		{ header: "VIRTUAL DOCUMENTS", cells: virtual },
	].filter(({ cells }) => cells.length > 0);
	if (columns.length === 0) return "";
	const rows = Array.from({ length: Math.max(base.length, virtual.length) }, (_, i) =>
		columns.map(({ cells }) => cells[i] ?? ""),
	);
	return formatTable(
		columns.map((c) => c.header),
		rows,
	);
}
