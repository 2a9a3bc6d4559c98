/**
 * `rego why <document>`: why a policy denies an input, and what is the least that would have to change. Exit codes:
 * 0 explained, 1 the decision is as wanted (or, with --why-allowed, is not), 2 any error.
 */

import { at } from "../at.ts";
import { parseDocument } from "../documents/texts.ts";
import { explain } from "../explain/explain.ts";
import { type JsonValue, jsonValue } from "../face/json-value.ts";
import { messageOf } from "../thrown.ts";
import { parseJson } from "../value/json.ts";
import type { Value } from "../value/value.ts";
import { cleanPath } from "./documents.ts";
import { describeFlags, type FlagSpec, type ParsedFlags, parseFlags } from "./flags.ts";
import { type CliIo, CommandError, readBytes, readText } from "./io.ts";
import { policyFlags, policyOfFlags } from "./policy-files.ts";
import { explainOptions, whyFlags, writeExplanations } from "./why-output.ts";

const allFlags: readonly FlagSpec[] = [
	...policyFlags,
	...whyFlags,
	{ name: "input", short: "i", kind: "string", doc: "input document, JSON or YAML" },
	{ name: "stdin-input", short: "I", kind: "bool", doc: "read the input from standard input" },
	{ name: "plan", kind: "string", doc: "a plan that `rego build -t plan` wrote, in place of --data and --bundle" },
	{ name: "want", kind: "string", doc: "JSON of what the decision should be (default true; of denials none)" },
	{ name: "why-allowed", kind: "bool", doc: "explain why the document is what it is" },
];
const flagSpecs: readonly FlagSpec[] = [...allFlags].sort((a, b) => (a.name < b.name ? -1 : 1));

export function whyHelp(): string {
	return describeFlags(flagSpecs);
}

export async function runWhy(argv: readonly string[], io: CliIo): Promise<number> {
	const flags = parseFlags(flagSpecs, argv);
	if (flags.args.length !== 1) throw new CommandError("one document is wanted, such as data.authz.allow", 1);
	const path = at(flags.args, 0);
	const input = await inputOf(flags, io);
	if (input === undefined) io.stderr("no --input was given: what is asked is a decision without one\n");
	const policy = await explained(flags, io);
	const options = explainOptions(flags);
	try {
		policy.rule(path);
		const want = flags.bool("why-allowed") ? decided(policy, path, input) : wantOf(flags);
		const explanation = explain(policy, path, input, want === undefined ? options : { ...options, want });
		writeExplanations([explanation], flags, io);
		if (flags.bool("why-allowed")) return explanation.decision === undefined || explanation.decision === false ? 1 : 0;
		return explanation.asWanted ? 1 : 0;
	} catch (e) {
		if (e instanceof CommandError || !(e instanceof Error)) throw e;
		throw new CommandError(e.message, 2);
	}
}

type Explained = Parameters<typeof explain>[0] & {
	evaluate(path: string, input?: unknown): { readonly value: Value | undefined };
	/** Throws for what is no document. */
	rule(path: string): unknown;
};

async function explained(flags: ParsedFlags, io: CliIo): Promise<Explained> {
	if (!flags.isSet("plan")) return (await policyOfFlags(flags, io)).policy;
	const { loadPlan } = await import("../load-plan.ts");
	try {
		return loadPlan(readText(io, flags.string("plan")), { values: "rego", inputs: "trusted" });
	} catch (e) {
		throw new CommandError(messageOf(e), 2);
	}
}

/** What the document is: why it is that is then asked. */
function decided(policy: Explained, path: string, input: Value | undefined): JsonValue | undefined {
	const { value } = policy.evaluate(path, input);
	return value === undefined ? undefined : jsonValue(value);
}

function wantOf(flags: ParsedFlags): JsonValue | undefined {
	if (!flags.isSet("want")) return undefined;
	try {
		return jsonValue(parseJson(flags.string("want")));
	} catch (e) {
		throw new CommandError(`--want is no JSON: ${messageOf(e)}`, 2);
	}
}

async function inputOf(flags: ParsedFlags, io: CliIo): Promise<Value | undefined> {
	const path = flags.string("input");
	if (!flags.bool("stdin-input") && path === "") return undefined;
	try {
		const bytes = path === "" ? io.stdin() : readBytes(io, cleanPath(path));
		return await parseDocument(bytes);
	} catch (e) {
		throw new CommandError(`unable to parse input: ${messageOf(e)}`, 2);
	}
}
