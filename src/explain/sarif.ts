/** Explanations as SARIF 2.1.0: what code scanners show beside the policy's text. */
import { version } from "../version.ts";
import type { Cause, Explanation } from "./explanation.ts";
import { firstLine } from "./text.ts";

interface Rule {
	readonly id: string;
	readonly shortDescription: { readonly text: string };
}

const rules: readonly Rule[] = [
	["differs", "A value differs from the one the policy wants"],
	["missing", "Something is missing"],
	["false", "Something is not true"],
	["negation", "Something holds that must not"],
	["empty", "A collection is empty"],
	["element", "An element of a collection is not allowed, or is missing"],
	["member", "A value is not one of those that are allowed"],
	["builtin", "A builtin says no"],
	["shape", "A value has another shape"],
	["builtin-error", "A builtin has no result"],
	["conflict", "Definitions of a rule disagree"],
	["holds", "What makes a decision"],
].map(([id, text]) => ({ id: id ?? "", shortDescription: { text: text ?? "" } }));

/** A SARIF log of explanations: a result for each cause. */
export function sarifOf(explanations: readonly Explanation[]): object {
	const results = explanations.flatMap((e) =>
		e.causes.map((c, i) => ({
			ruleId: c.kind,
			ruleIndex: rules.findIndex((r) => r.id === c.kind),
			level: e.asWanted ? "note" : i === 0 ? "error" : "warning",
			message: { text: i === 0 ? firstLine(e) : c.message },
			...locations(c),
			properties: {
				document: e.path,
				input: c.input,
				policy: c.policy,
				fixes: i === 0 ? e.fixes : [],
				complete: e.complete,
			},
		})),
	);
	return {
		$schema: "https://json.schemastore.org/sarif-2.1.0.json",
		version: "2.1.0",
		runs: [
			{
				tool: { driver: { name: "regoplan", version, informationUri: "https://github.com/regoplan/regoplan", rules } },
				columnKind: "unicodeCodePoints",
				results,
			},
		],
	};
}

function locations(c: Cause): object {
	const logicalLocations = c.input.map((fullyQualifiedName) => ({
		fullyQualifiedName: `input${fullyQualifiedName}`,
		kind: "member",
	}));
	if (c.file === "" || c.row === 0) return logicalLocations.length === 0 ? {} : { locations: [{ logicalLocations }] };
	return {
		locations: [
			{
				physicalLocation: {
					artifactLocation: { uri: uriOf(c.file) },
					region: {
						startLine: c.row,
						startColumn: Math.max(1, c.col),
						...(c.text === "" ? {} : { snippet: { text: c.text } }),
					},
				},
				...(logicalLocations.length === 0 ? {} : { logicalLocations }),
			},
		],
	};
}

function uriOf(file: string): string {
	return file.split("/").map(encodeURIComponent).join("/");
}
