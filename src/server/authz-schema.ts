/**
 * The input of the policy that authorizes requests is made by the server, so that its type is known. What its rules read
 * and no request can have is told when they are loaded, as by OPA: a misspelt name below `not` would let everybody in.
 */

import { builtins } from "../builtins/registry.ts";
import { checkModules } from "../compiler/check.ts";
import { knowledge } from "../compiler/checked.ts";
import { allDependencies } from "../compiler/rule-dependencies.ts";
import type { RuleState } from "../compiler/rule-state.ts";
import { metadataStages } from "../compiler/stages/metadata.ts";
import { typeDetails } from "../compiler/typecheck/all-details.ts";
import { schemaTypes } from "../compiler/typecheck/schemas.ts";
import { RegoErrors } from "../errors.ts";
import type { Module, Rule } from "../parser/ast.ts";
import { parseJson } from "../value/json.ts";
import type { Value } from "../value/value.ts";

/** As OPA's schema has it. */
const inputSchema: Value = parseJson(
	JSON.stringify({
		type: "object",
		properties: {
			identity: { type: "string" },
			client_certificates: { type: "array", items: { type: "object" } },
			method: { type: "string" },
			path: { type: "array", items: { type: "string" } },
			params: { type: "object" },
			headers: { type: "object" },
			body: { type: "object" },
		},
	}),
);

/** Throws RegoErrors: those of the rules that the decision is made by. The modules are some that compile. */
export function checkAuthorization(modules: readonly Module[], decision: string): void {
	const options = { builtins, details: typeDetails, metadata: metadataStages, maxErrors: 0 };
	const set = checkModules(modules, options).value;
	if (set === undefined) return;
	const { graph, rules } = set[knowledge];
	const reached = new Set<RuleState>();
	const pending = [...rules.keys()].filter((r) => isAt(r, decision.split("/")));
	for (let r = pending.pop(); r !== undefined; r = pending.pop()) {
		if (reached.has(r)) continue;
		reached.add(r);
		pending.push(...allDependencies(graph, r));
	}
	if (reached.size === 0) return;
	const types = { schemas: new Map([["schema", inputSchema]]), schemaTypes };
	const { errors } = checkModules(modules.map(withoutSchemas), { ...options, types });
	const own = errors.filter(({ location }) => {
		return location !== undefined && [...reached].some((r) => isIn(r, location.file, location.row));
	});
	if (own.length > 0) throw new RegoErrors(own);
}

/** What annotations say of the input does not change what it is. */
function withoutSchemas(m: Module): Module {
	return { ...m, annotations: m.annotations.map((a) => ({ ...a, schemas: [] })) };
}

/** Whether a rule makes a part of the document at a path, or the document around it. */
function isAt(r: RuleState, path: readonly string[]): boolean {
	return r.path
		.slice(1, r.prefixLength)
		.every((t, i) => i >= path.length || (t.kind === "scalar" && String(t.value) === path[i]));
}

/** Whether a place is in a rule. Branches of `else` are left alone, as OPA leaves them. */
function isIn({ rule, module, else: branch }: RuleState, file: string, row: number): boolean {
	const { source } = module;
	const within = (r: Rule): boolean => source.row(r.start) <= row && row <= source.row(r.end);
	return source.name === file && within(rule) && !(branch !== undefined && within(branch.rule));
}
