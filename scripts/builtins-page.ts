/**
 * docs/builtins.md from the declarations of the builtins: `npm run docs` writes it, a test compares it.
 * Nothing is said here that a declaration could say.
 */
import type { Builtin } from "../src/builtins/define.ts";
import { builtins } from "../src/builtins/registry.ts";
import { showType } from "../src/value/show-type.ts";

const titles: { readonly [category: string]: string } = {
	aggregates: "Aggregates",
	array: "Arrays",
	bits: "Bits",
	casts: "Casts",
	comparison: "Comparison",
	conversions: "Conversions",
	crypto: "Cryptography",
	debug: "Debugging",
	encoding: "Encoding",
	glob: "Globs",
	graph: "Graphs",
	graphql: "GraphQL",
	http: "HTTP",
	internal: "Internal: what the compiler calls",
	net: "Networks",
	numbers: "Numbers",
	object: "Objects",
	opa: "OPA",
	"providers.aws": "AWS",
	regex: "Regular expressions",
	rego: "Rego",
	semver: "Semantic versions",
	sets: "Sets",
	strings: "Strings",
	time: "Time",
	tokens: "Tokens",
	tokensign: "Signing tokens",
	tracing: "Tracing",
	types: "Types",
	units: "Units",
	uri: "URIs",
	uuid: "UUIDs",
};

/** The page's text. */
export function builtinsPage(): string {
	const all = [...builtins.values()];
	const known = [...new Set(all.map((b) => b.category))].sort((a, b) => (title(a) < title(b) ? -1 : 1));
	const head = [
		"# Builtins",
		"",
		`Made by \`npm run docs\` from the declarations in src/builtins: all ${builtins.size} builtins of OPA, by category.`,
		'"Since" is the OPA version that brought a builtin; 0.17.0 stands for that one and all before. Errors make a call',
		"undefined unless `strictBuiltinErrors` is set. Nondeterministic builtins give one answer for the same operands",
		"within one evaluation.",
		"",
	];
	return [
		...head,
		...known.flatMap((c) =>
			category(
				c,
				all.filter((b) => b.category === c),
			),
		),
	].join("\n");
}

function title(category: string): string {
	const t = titles[category];
	if (t === undefined) throw new Error(`scripts/builtins-page.ts knows no title for the category ${category}`);
	return t;
}

function category(name: string, list: readonly Builtin[]): string[] {
	const sorted = [...list].sort((a, b) => (a.name < b.name ? -1 : 1));
	return [`## ${title(name)}`, "", ...sorted.flatMap(entry)];
}

function entry(b: Builtin): string[] {
	const names = b.args.map(([arg], i) => (arg !== "" ? arg : b.args.length === 1 ? "x" : `x${i + 1}`));
	const operands = b.variadic === undefined ? names.join(", ") : "…";
	const lines = [
		`### ${b.name}`,
		"",
		`\`${b.name}(${operands})\`${b.infix === undefined ? "" : ` or ${infix(b, names)}`}`,
		"",
		b.doc,
		"",
	];
	for (const [i, [, type, doc]] of b.args.entries()) {
		lines.push(`- \`${names[i]}\`: \`${showType(type)}\`${doc === undefined ? "" : ` ${doc}`}`);
	}
	if (b.variadic !== undefined) lines.push(`- any number of \`${showType(b.variadic)}\``);
	if (b.result !== undefined) {
		const results = b.relation ? "results, any number of them" : "result";
		lines.push(`- ${results}: \`${showType(b.result)}\`${b.resultDoc === "" ? "" : ` ${b.resultDoc}`}`);
	}
	const facts = [`since ${b.since}`];
	if (b.deprecated) facts.push("deprecated: not in v1 policies");
	if (b.nondeterministic) facts.push("nondeterministic");
	if (b.needs !== "") facts.push(`needs ${b.needs}`);
	return [...lines, "", `${facts.join("; ")}.`.replace(/^s/, "S"), ""];
}

/** `x + y`, in a code span that may hold `|`. */
function infix(b: Builtin, names: readonly string[]): string {
	return `\`${names.slice(0, 2).join(` ${b.infix} `)}\``;
}
