/** Texts to checked modules, for the tests of the checking stages. */

import { builtins } from "../../src/builtins/registry.ts";
import { type CheckResult, checkModules } from "../../src/compiler/check.ts";
import { checkQuery } from "../../src/compiler/check-query.ts";
import type { CheckedModuleSet, CheckedQuery } from "../../src/compiler/checked.ts";
import type { PrintMode } from "../../src/compiler/compilation.ts";
import { metadataStages } from "../../src/compiler/stages/metadata.ts";
import { typeDetails } from "../../src/compiler/typecheck/all-details.ts";
import type { RegoError } from "../../src/errors.ts";
import { Source } from "../../src/location.ts";
import type { Module } from "../../src/parser/ast.ts";
import { parseModule, parseQuery } from "../../src/parser/parser.ts";

export interface CheckSettings {
	readonly v0?: boolean;
	readonly strict?: boolean;
	readonly maxErrors?: number;
	/** Default "kept", as in OPA's commands. */
	readonly prints?: PrintMode;
	/** Checked against the modules when given. */
	readonly query?: string;
}

export interface Reported {
	readonly code: string;
	readonly message: string;
	readonly place: string;
}

export function parsed(modules: Readonly<Record<string, string>>, settings: CheckSettings = {}): Module[] {
	return Object.entries(modules).map(([name, text]) => {
		const { value, errors } = parseModule(new Source(name, text), { regoVersion: settings.v0 === true ? "v0" : "v1" });
		if (value === undefined) throw new Error(`${name} does not parse: ${errors.map((e) => e.message).join("; ")}`);
		return value;
	});
}

export function checked(
	modules: Readonly<Record<string, string>>,
	settings: CheckSettings = {},
): CheckResult<CheckedModuleSet | CheckedQuery> {
	const set = checkModules(parsed(modules, settings), {
		builtins,
		details: typeDetails,
		metadata: metadataStages,
		strict: settings.strict ?? false,
		prints: settings.prints ?? "kept",
		anyInput: true,
		maxErrors: settings.maxErrors ?? 10,
	});
	if (set.value === undefined || settings.query === undefined) return set;
	const source = new Source("", settings.query);
	const { value, errors } = parseQuery(source);
	if (value === undefined) return { value: undefined, errors };
	return checkQuery(set.value, value.body, source, { captured: true });
}

export function reported(errors: readonly RegoError[]): Reported[] {
	return errors.map(({ code, reason, location }) => ({
		code,
		message: reason,
		place: location === undefined ? "" : `${location.file}:${location.row}:${location.col}`,
	}));
}
