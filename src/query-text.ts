/** The text of an ad-hoc query, and what it is asked with, parsed. */

import { RegoErrors } from "./errors.ts";
import { Source } from "./location.ts";
import { type Body, dottedName, type Import, type Ref, type RegoVersion } from "./parser/ast.ts";
import { parseImports, parsePackageStatement, parseQuery } from "./parser/parser.ts";

export interface QueryText {
	/** As they stand after `import`. */
	readonly imports?: readonly string[] | undefined;
	/** Package the query is evaluated in: `data.foo` or `foo`. */
	readonly package?: string | undefined;
	readonly regoVersion?: RegoVersion | undefined;
}

export interface ParsedQuery {
	readonly body: Body;
	readonly source: Source;
	readonly imports: readonly Import[];
	readonly package: Ref | undefined;
}

/** Throws RegoErrors. */
export function parsedQuery(text: string, options: QueryText = {}): ParsedQuery {
	const source = new Source("", text);
	const imports = importsOf(options.imports ?? []);
	const parsed = parseQuery(source, {
		regoVersion: imports.some((i) => importPath(i) === "rego.v1") ? "v1" : (options.regoVersion ?? "v1"),
		futureKeywords: futureKeywordsOf(imports),
	});
	if (parsed.value === undefined || parsed.errors.length > 0) throw new RegoErrors(parsed.errors);
	const inPackage = options.package === undefined ? undefined : packageRef(options.package);
	return { body: parsed.value.body, source, imports, package: inPackage };
}

function importPath(i: Import): string | undefined {
	return i.path.kind === "ref" ? dottedName(i.path) : undefined;
}

/** Keywords that imports of a query bring into force. */
function futureKeywordsOf(imports: readonly Import[]): readonly string[] {
	const out: string[] = [];
	for (const i of imports) {
		const path = importPath(i);
		if (path === "future.keywords") out.push("contains", "every", "if", "in", "and", "or", "not");
		else if (path?.startsWith("future.keywords.") === true) out.push(path.slice("future.keywords.".length));
	}
	return out;
}

/** `data.foo` or `foo` as the path of a package. */
function packageRef(text: string): Ref {
	const source = new Source("", `package ${text.replace(/^data\.(?=.)/, "")}`);
	const { value, errors } = parsePackageStatement(source);
	if (value === undefined) throw new RegoErrors(errors);
	return value;
}

/** Imports as they stand after `import`. */
function importsOf(list: readonly string[]): readonly Import[] {
	return list.flatMap((text) => {
		const { value, errors } = parseImports(new Source("", `import ${text}\n`));
		if (value === undefined) throw new RegoErrors(errors);
		return value;
	});
}
