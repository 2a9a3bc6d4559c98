/**
 * `rego parse FILE`, as `opa parse`: the module's syntax tree, as OPA's JSON or as an outline of its nodes.
 * Errors are JSON on standard error, and the exit code is 1: editors start with this command.
 */

import { valueAt } from "../at.ts";
import { builtins } from "../builtins/registry.ts";
import { type Json, moduleValue } from "../builtins/rego/module-json.ts";
import { annotationsValue } from "../compiler/stages/metadata.ts";
import { moduleText } from "../documents/texts.ts";
import { RegoErrors } from "../errors.ts";
import { encodeBase64 } from "../go/base64.ts";
import { Source } from "../location.ts";
import { parseAnnotations } from "../parser/annotations.ts";
import type { Annotations, Ref, Term } from "../parser/ast.ts";
import { parseModule } from "../parser/parser.ts";
import { printTerm } from "../parser/print.ts";
import { isOverflow } from "../stack.ts";
import { plainKeys } from "../value/collections.ts";
import { type JsonNode, leaf, record, writeJson } from "../value/ordered-json.ts";
import { isArray, isObject, type PlainObject, type Value } from "../value/value.ts";
import { v0Flag, v1Flag } from "./eval-flags.ts";
import { describeFlags, type FlagSpec, parseFlags } from "./flags.ts";
import { type CliIo, CommandError, readBytes } from "./io.ts";
import { errorNode, toOutputErrors } from "./output-error.ts";
import { parseOutline } from "./parse-outline.ts";

const parseFlagSpecs: readonly FlagSpec[] = [
	{ name: "format", short: "f", kind: "enum", values: ["pretty", "json"], default: "pretty", doc: "output format" },
	{
		name: "json-include",
		kind: "string",
		doc: "what JSON holds besides: locations, comments (a minus before it leaves it out), such as locations,-comments",
	},
	v0Flag,
	v1Flag,
];

export function parseHelp(): string {
	return describeFlags(parseFlagSpecs);
}

export async function runParse(argv: readonly string[], io: CliIo): Promise<number> {
	const flags = parseFlags(parseFlagSpecs, argv);
	const [path] = flags.args;
	if (path === undefined) throw new CommandError("no source file specified", 1);
	let locations = false;
	let comments = true;
	for (const option of flags.string("json-include").split(",")) {
		if (option.endsWith("locations")) locations = !option.startsWith("-");
		if (option.endsWith("comments")) comments = !option.startsWith("-");
	}
	try {
		const { value, errors } = parseModule(new Source(path, moduleText(readBytes(io, path))), {
			regoVersion: flags.bool("v0-compatible") ? "v0" : "v1",
			annotations: parseAnnotations,
			stopsAtMistake: true,
			isBuiltin: (name) => builtins.has(name),
		});
		if (value === undefined) throw new RegoErrors(errors);
		if (flags.string("format") === "pretty") io.stdout(parseOutline(value, comments));
		else {
			const tree = moduleValue(value, { locations, comments, annotations: (a) => annotationsTree(a, locations) });
			io.stdout(writeJson(inOrder(tree)));
		}
		return 0;
	} catch (e) {
		// A stack that does not suffice is no error of the text: the command is begun again on a larger one.
		if (!(e instanceof Error) || e instanceof CommandError || isOverflow(e)) throw e;
		io.stderr(writeJson(record([["errors", { list: toOutputErrors(e).map(errorNode) }]])));
		return 1;
	}
}

/** As OPA's tree has them: references are terms, what it keeps in maps is in order, authors have a name, if an empty one. */
function annotationsTree(a: Annotations, locations: boolean): Json {
	const out = sorted(annotationsValue(a));
	if (a.authors.length > 0)
		out["authors"] = a.authors.map(({ name, email }) => (email === "" ? { name } : { name, email }));
	if (a.relatedResources.length > 0) {
		out["related_resources"] = a.relatedResources.map(({ ref, description }) =>
			description === "" ? { ref } : { description, ref },
		);
	}
	if (a.schemas.length > 0) {
		out["schemas"] = a.schemas.map(
			({ path, schema, definition }): Json => ({
				path: refTerms(path),
				...(schema === undefined ? {} : { schema: refTerms(schema, locations && schema.terms.length > 1) }),
				...(definition === undefined ? {} : { definition }),
			}),
		);
	}
	return out;
}

/** Of references to schemas OPA knows where their parts are in them. */
function refTerms(r: Ref, located = false): Value {
	return r.terms.map((t) => {
		const name = t.kind === "var" ? t.name : termName(t);
		const text = t.end - t.start === name.length ? name : JSON.stringify(name);
		const place = { file: "", row: 1, col: t.start + 1, text: encodeBase64(text, "standard", true) };
		const out = { type: t.kind === "var" ? "var" : "string", value: name };
		return located ? { location: place, ...out } : out;
	});
}

function termName(t: Term): string {
	return t.kind === "scalar" && typeof t.value === "string" ? t.value : printTerm(t);
}

/** With its members in order, as Go writes maps. */
function sorted(v: Value): Json {
	const out: Json = {};
	if (isObject(v)) for (const k of plainKeys(v as PlainObject)) out[k] = valueAt(v as PlainObject, k);
	return out;
}

/** Members stay in the order in which the tree was made; what metadata holds is a value. */
function inOrder(v: Value, key = ""): JsonNode {
	if (isArray(v)) return { list: v.map((x) => inOrder(x, key)) };
	if (!isObject(v) || key === "custom" || key === "labels" || key === "definition") return leaf(v);
	return record(Object.entries(v as PlainObject).map(([k, x]) => [k, inOrder(x, k)]));
}
