/** Modules as OPA's compiler leaves them, which `/v1/policies` shows; loaded where somebody asks. */
import { moduleValue } from "../builtins/rego/module-json.ts";
import { annotationsValue } from "../compiler/stages/metadata.ts";
import { tracedPolicy } from "../topdown/query.ts";
import { ruleJson } from "../trace/event-json.ts";
import { plainKeys } from "../value/collections.ts";
import { inOwnOrder, type JsonNode } from "../value/ordered-json.ts";
import { isArray, isPlainObject, type PlainObject, type Value } from "../value/value.ts";
import { modulesOf, type Snapshot, type StoredPolicy } from "./runtime.ts";

/** Trees of the policies of a snapshot; without prints, where nobody listens to them. */
export function compiledModules(snapshot: Snapshot, prints: boolean): (policy: StoredPolicy) => JsonNode {
	const { builtins } = snapshot.policy.explainable();
	const { program } = tracedPolicy(modulesOf(snapshot), { builtins, prints: prints ? "kept" : "erased" });
	return ({ module }) => {
		const tree = moduleValue(module, { annotations: (a) => sortedMembers(annotationsValue(a)) });
		const { rules: parsed = [] } = tree;
		const written = isArray(parsed) ? parsed : [];
		// What is imported is written out.
		const { imports: _imports, rules: _rules, ...others } = tree;
		const rules = (program.modules.get(module.source.name) ?? []).map((r, i) =>
			withAnnotations(written[i], ruleJson(r)),
		);
		return inOwnOrder(rules.length === 0 ? others : inserted(others, rules));
	};
}

/** Rules stand before comments. */
function inserted({ comments, ...others }: { readonly [name: string]: Value }, rules: readonly Value[]): PlainObject {
	return comments === undefined ? { ...others, rules } : { ...others, rules, comments };
}

function withAnnotations(written: Value | undefined, rule: PlainObject): PlainObject {
	const own = written !== undefined && isPlainObject(written) ? written["annotations"] : undefined;
	return own === undefined ? rule : { annotations: own, ...rule };
}

/** Go writes these by their names. */
function sortedMembers(v: Value): { [key: string]: Value } {
	if (!isPlainObject(v)) return {};
	return Object.fromEntries(plainKeys(v).map((k) => [k, v[k] ?? null]));
}
