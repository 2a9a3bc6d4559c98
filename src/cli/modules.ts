/** Module texts to syntax trees, within what capabilities allow. The parser is loaded when the first module needs it. */
import type { Module, RegoVersion } from "../parser/ast.ts";
import type { LanguageFeatures } from "../parser/language.ts";
import { requireLanguage } from "./language-features.ts";

export async function parseModuleText(
	name: string,
	text: string,
	regoVersion: RegoVersion | "auto",
	bothVersions = false,
	language?: LanguageFeatures,
	annotations = true,
): Promise<Module> {
	const [{ parseModule }, { parseAnnotations }, { Source }, { RegoErrors }, { builtins }] = await Promise.all([
		import("../parser/parser.ts"),
		import("../parser/annotations.ts"),
		import("../location.ts"),
		import("../errors.ts"),
		import("../builtins/registry.ts"),
	]);
	if (regoVersion !== "auto") requireLanguage(language, regoVersion);
	const source = new Source(name, text);
	const { value, errors } = parseModule(source, {
		regoVersion,
		bothVersions,
		language,
		annotations: annotations ? parseAnnotations : undefined,
		stopsAtMistake: true,
		isBuiltin: (builtin) => builtins.has(builtin),
	});
	if (value !== undefined && errors.length === 0) return value;
	const [{ hinted }, { addHints }] = await Promise.all([import("../face/hints.ts"), import("../face/hint-rules.ts")]);
	return hinted(
		{ add: addHints },
		() => {
			throw new RegoErrors(errors);
		},
		() => ({ sources: [source] }),
	);
}

/** Throws what a query uses of the language, itself or by its imports, that may not be used. */
export async function checkQueryLanguage(
	query: string,
	imports: readonly string[],
	regoVersion: RegoVersion,
	language: LanguageFeatures,
): Promise<void> {
	const [{ parseQuery }, { languageOf }, { Source }, { RegoErrors }] = await Promise.all([
		import("../parser/parser.ts"),
		import("../parser/language.ts"),
		import("../location.ts"),
		import("../errors.ts"),
	]);
	const prefix = "future.keywords";
	const futureKeywords = imports.flatMap((path) => {
		if (path === prefix) return languageOf(regoVersion, language).futureKeywords;
		return path.startsWith(`${prefix}.`) ? [path.slice(prefix.length + 1)] : [];
	});
	const { errors } = parseQuery(new Source("", query), { regoVersion, language, futureKeywords });
	if (errors.length > 0) throw new RegoErrors(errors);
}
