/**
 * What of the language a module may use. By default all that OPA's current version knows; OPA's
 * capabilities (`--capabilities`) can say less.
 */
import { futureKeywordsV0, futureKeywordsV1 } from "./token.ts";

/** As the fields of a capabilities file. */
export interface LanguageFeatures {
	readonly futureKeywords: readonly string[];
	/** "keywords_in_refs", "rego_v1", "rego_v1_import", "template_strings". */
	readonly features: readonly string[];
}

export interface Language {
	/** What may be imported from future.keywords, sorted. */
	readonly futureKeywords: readonly string[];
	readonly keywordsInRefs: boolean;
	readonly regoV1Import: boolean;
	readonly templateStrings: boolean;
}

export function languageOf(version: "v0" | "v1", known: LanguageFeatures | undefined): Language {
	if (known === undefined) {
		return {
			futureKeywords: [...futureKeywordsV0, ...futureKeywordsV1].sort(),
			keywordsInRefs: true,
			regoV1Import: true,
			templateStrings: version === "v1",
		};
	}
	const has = (feature: string): boolean => known.features.includes(feature);
	// Rego v1 has the keywords of v0 built in.
	const words = new Set(has("rego_v1") ? [...futureKeywordsV0, ...known.futureKeywords] : known.futureKeywords);
	return {
		futureKeywords: [...words].sort(),
		keywordsInRefs: has("keywords_in_refs"),
		regoV1Import: has("rego_v1_import") || has("rego_v1"),
		templateStrings: has("template_strings"),
	};
}
