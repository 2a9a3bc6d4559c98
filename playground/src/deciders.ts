/**
 * Which definitions of a rule decided: those whose bodies hold for the input. In: a query that asks for one
 * document of the policy. Each body is asked as a query of its own, in the policy's package.
 */
import type { Limits, Module, Policy, Value } from "../../src/index.ts";

export interface Decider {
	readonly row: number;
	readonly text: string;
}

/** At most so many definitions are asked. */
const maxAsked = 200;

export function deciders(
	policy: Policy<Value>,
	module: Module,
	query: string,
	input: Value | undefined,
	limits: Limits,
): readonly Decider[] {
	const { source } = module;
	const pkg = source.text.slice(module.package.path.start, module.package.path.end).replace(/^data\./, "");
	const wanted = new RegExp(`^data\\.${escaped(pkg)}\\.([A-Za-z_]\\w*)$`).exec(query.trim())?.[1];
	if (wanted === undefined) return [];
	const imports = module.imports.map((i) => source.text.slice(i.start, i.end).replace(/^import\s+/, ""));
	const rules = module.rules.filter(
		(r) => source.text.slice(r.head.ref.start, r.head.ref.end) === wanted && r.head.args === undefined,
	);
	const found: Decider[] = [];
	let fallback: Decider | undefined;
	for (const rule of rules.slice(0, maxAsked)) {
		const row = source.row(rule.start);
		const text = source.line(row).trim();
		if (rule.default) {
			fallback = { row, text };
			continue;
		}
		const first = rule.body[0];
		const end = rule.body.at(-1)?.end;
		const body = first === undefined || end === undefined ? "true" : source.text.slice(first.start, end);
		if (holds(policy, body === "" ? "true" : body, pkg, imports, module.regoVersion, input, limits))
			found.push({ row, text });
	}
	return found.length > 0 || fallback === undefined ? found : [fallback];
}

function holds(
	policy: Policy<Value>,
	body: string,
	pkg: string,
	imports: readonly string[],
	regoVersion: "v0" | "v1",
	input: Value | undefined,
	limits: Limits,
): boolean {
	try {
		const { rows } = policy.query(body, input, { package: `data.${pkg}`, imports, regoVersion, limits });
		// A query has a row also where an expression of it is false.
		return rows.some((row) => row.expressions.every((e) => e.value !== false));
	} catch {
		return false;
	}
}

function escaped(text: string): string {
	return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
