/**
 * What the package's types say: each entry's exports, without their comments, in docs/api-report.txt. A change of
 * the public API is a change of that file: `npm run api` writes it, `npm run api -- --check` fails where
 * it is not as written, or where a user meets a type that has no name to import.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseSync } from "rolldown/utils";
import { entries } from "./build/entries.js";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));
const reportFile = "docs/api-report.txt";

/** Declarations and exports of a file, by name. */
const files = new Map();
function read(file) {
	const known = files.get(file);
	if (known !== undefined) return known;
	const text = readFileSync(file, "utf8");
	const { program, comments } = parseSync(file, text);
	const made = { text, comments, declared: new Map(), exported: new Map(), imported: new Map() };
	files.set(file, made);
	const target = (source) => resolve(dirname(file), source.value.replace(/\.js$/, ".d.ts"));
	const declare = (node, outer) => {
		const names = node.type === "VariableDeclaration" ? node.declarations.map((d) => d.id.name) : [node.id?.name];
		for (const name of names) made.declared.set(name, [...(made.declared.get(name) ?? []), outer]);
		return names;
	};
	for (const node of program.body) {
		if (node.type === "ImportDeclaration") {
			if (!node.source.value.startsWith(".")) continue;
			for (const s of node.specifiers)
				made.imported.set(s.local.name, { file: target(node.source), name: s.imported?.name ?? "*" });
		} else if (node.type === "ExportNamedDeclaration") {
			if (node.declaration) for (const name of declare(node.declaration, node)) made.exported.set(name, { file, name });
			for (const s of node.specifiers)
				made.exported.set(s.exported.name, { file: node.source ? target(node.source) : file, name: s.local.name });
		} else if (node.id !== undefined || node.type === "VariableDeclaration") declare(node, node);
	}
	return made;
}

/** The file and name that declare what a file exports under a name. */
function origin(file, name) {
	const at = read(file).exported.get(name) ?? read(file).imported.get(name);
	if (at === undefined || (at.file === file && at.name === name)) return { file, name };
	return origin(at.file, at.name);
}

/** A declaration's text without comments. */
function textOf({ text, comments }, node) {
	let out = text.slice(node.start, node.end);
	for (const c of comments.filter((c) => c.start >= node.start && c.end <= node.end).reverse())
		out = out.slice(0, c.start - node.start) + out.slice(c.end - node.start);
	return out.replace(/^\s*\n/gm, "").replace(/[ \t]+$/gm, "");
}

/** Names of types that a declaration mentions. */
function mentioned(node, out = new Set()) {
	if (Array.isArray(node)) for (const n of node) mentioned(n, out);
	else if (typeof node === "object" && node !== null) {
		// What is private or protected is nobody's to name.
		if (node.accessibility === "private" || node.accessibility === "protected") return out;
		if (node.type === "TSTypeReference" && node.typeName.type === "Identifier") out.add(node.typeName.name);
		for (const [key, value] of Object.entries(node)) if (key !== "parent") mentioned(value, out);
	}
	return out;
}

/**
 * What users read and have no need to name: nodes of plans and syntax trees, which are data with versions of
 * their own; what programs and constructors take, which only we make.
 */
const inner = new Set([
	...[
		"Program",
		"ExecutablePlan",
		"Lifecycle",
		"DeepCalls",
		"PlannedSettings",
		"PolicySettings",
		"PolicyPlans",
		"Decimal",
		"ValueOf",
	],
	// The host's own AbortSignal, URL, Request, Response and fetch, which a user names as such (src/web-types.ts).
	...["WebSignal", "WebUrl", "RequestOfWeb", "WebResponse", "WebFetch"],
	...[
		"PlanSource",
		"Func",
		"OpenFunc",
		"TreeNode",
		"KeyedRule",
		"Query",
		"RowTable",
		"Replacement",
		"Conditions",
		"Scalar",
	],
	...["Package", "Import", "Rule", "Annotations", "Comment", "Body", "Operands", "ContextOf", "ResultOf"],
	// The kinds of Type, which are told apart by their fields.
	...["ArrayType", "SetType", "ObjectType", "FunctionType", "AnyType", "RecursiveType", "UnknownType"],
	// What modules built ahead of time hand over.
	...["NodeKey", "Emitted", "Documents", "RulesByKey", "Entry", "EvalContext", "Selection"],
	// Messages between the gate and its decider, and parts of the transport.
	...["Question", "DeciderAnswer", "DeciderStart", "Asker", "Counter", "Budget", "Request", "WriteLine", "Registry"],
	...["EngineOptions", "PolicyEngine", "SetPolicyOutcome"],
]);

const lines = [];
const unnamed = new Set();
const fileOf = (module) => resolve("dist/types", module.replace(/\.ts$/, ".d.ts"));
/** Everything that can be imported from some entry. */
const named = new Set(
	Object.values(entries).flatMap((module) =>
		[...read(fileOf(module)).exported.keys()].map((name) => JSON.stringify(origin(fileOf(module), name))),
	),
);
for (const [entry, module] of Object.entries(entries)) {
	const file = fileOf(module);
	const names = [...read(file).exported.keys()].sort();
	lines.push(`## regoplan${entry === "index" ? "" : `/${entry.replace(/^builtins-/, "builtins/")}`}`, "");
	const given = new Map(names.map((n) => [n, origin(file, n)]));
	for (const [name, o] of given) {
		const from = read(o.file);
		for (const node of from.declared.get(o.name) ?? []) {
			lines.push(textOf(from, node));
			for (const type of mentioned(node)) {
				if (!from.declared.has(type) && !from.imported.has(type)) continue;
				if (inner.has(type) || named.has(JSON.stringify(origin(o.file, type)))) continue;
				unnamed.add(`${entry}: ${name} mentions ${type}`);
			}
		}
	}
	lines.push("");
}
const report = `# What the package exports, by entry. Written by npm run api.\n\n${lines.join("\n")}`;
for (const what of unnamed) console.log(`no name to import: ${what}`);
if (unnamed.size > 0) process.exitCode = 1;
if (process.argv.includes("--check")) {
	const written = existsSync(reportFile) ? readFileSync(reportFile, "utf8") : "";
	if (written !== report) {
		console.log(`the public API is not as ${reportFile} says: npm run api`);
		process.exitCode = 1;
	}
} else writeFileSync(reportFile, report);
