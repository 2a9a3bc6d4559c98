/** What `--capabilities` allows; apart from capabilities.ts, which needs every builtin. */
import type { Builtin } from "../builtins/define.ts";
import { RegoError, RegoErrors } from "../errors.ts";
import type { RegoVersion } from "../parser/ast.ts";
import type { LanguageFeatures } from "../parser/language.ts";
import { keywordsSince } from "./opa-versions.ts";

export interface Capabilities {
	/** Our builtins that are not listed. */
	readonly withoutBuiltins: readonly string[];
	/** Listed ones that we do not have: they can be checked, not called. */
	readonly declared: readonly Builtin[];
	/** Undefined: all of it. */
	readonly language: LanguageFeatures | undefined;
	/** The hosts that policies may reach; undefined: every one. */
	readonly allowedHosts: readonly string[] | undefined;
}

export const allCapabilities: Capabilities = {
	withoutBuiltins: [],
	declared: [],
	language: undefined,
	allowedHosts: undefined,
};

/** Throws OPA's error where capabilities do not allow to parse at all: told of everything that is to be parsed. */
export function requireLanguage(language: LanguageFeatures | undefined, regoVersion: RegoVersion): void {
	if (language === undefined) return;
	const illegal = (what: string): never => {
		throw new RegoErrors([new RegoError("rego_parse_error", `illegal capabilities: ${what}`)]);
	};
	if (regoVersion === "v1" && !language.features.includes("rego_v1")) {
		illegal("rego_v1 feature required for parsing v1 Rego");
	}
	const unknown = language.futureKeywords.find((word) => !Object.hasOwn(keywordsSince, word));
	if (unknown !== undefined) illegal(`unknown keyword: ${unknown}`);
}
