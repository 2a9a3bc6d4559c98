/**
 * `rego check --target kata`: what the engine in Kata's agent (regorus at Kata's pin, without most of its optional
 * builtins) cannot run, and what of a policy lets more through than its author may think.
 */
import { checkRequestSchema } from "../agent/policy/request-schema.ts";
import { policyRequests } from "../agent/protocol/protocol.ts";
import { builtins } from "../builtins/registry.ts";
import type { Location, Source } from "../location.ts";
import { dottedName, type Import, isRegoV1Import, type Module, type Rule, ruleName, type Term } from "../parser/ast.ts";
import { parseModule } from "../parser/parser.ts";
import { walkBody, walkTerms } from "../parser/walk.ts";
import type { Explainable } from "../planned.ts";
import { isAnchored } from "./anchored.ts";
import { isInKata } from "./kata-builtins.ts";

export interface Finding {
	/** "error": the agent refuses the policy, or it cannot decide. "warning": it decides, perhaps not as meant. */
	readonly level: "error" | "warning";
	readonly message: string;
	readonly location: Location;
}

/** Requests that today's agent does not know. */
const ofOlderAgents: ReadonlySet<string> = new Set(["PullImageRequest", "StartTracingRequest", "StopTracingRequest"]);

/** Functions that take a pattern first. */
const patternFunctions: ReadonlySet<string> = new Set(["regex.match"]);

export function checkForKata(modules: readonly Module[], compiled: Explainable): readonly Finding[] {
	const findings = modules.flatMap(checkModule);
	const policies = modules.filter((m) => dottedName(m.package.path) === "data.agent_policy");
	const first = policies[0];
	if (first === undefined) return findings;
	findings.push(...checkRequests(policies, first));
	for (const { message, location } of checkRequestSchema(compiled))
		findings.push({ level: "warning", message, location: location ?? first.source.location(first.package.start) });
	return findings;
}

function checkModule(m: Module): Finding[] {
	const { source } = m;
	const findings: Finding[] = [];
	const add = (level: Finding["level"], message: string, at: number): void => {
		findings.push({ level, message, location: source.location(at) });
	};
	if (m.regoVersion === "v0") {
		for (const { reason, location } of parseModule(source, { regoVersion: "v1" }).errors) {
			const message = `today's agent reads Rego v1 and refuses this: ${reason}`;
			findings.push({ level: "error", message, location: location ?? source.location(0) });
		}
	}
	for (const i of m.imports) {
		const keyword = unknownImport(i);
		if (keyword !== undefined) add("error", `the agent's engine does not know \`import ${keyword}\``, i.start);
	}
	const visitor = {
		term: (t: Term): boolean => {
			if (t.kind === "template-string") add("error", "the agent's engine has no template strings", t.start);
			if (t.kind !== "call") return true;
			const name = dottedName(t.operator) ?? "";
			if (builtins.has(name) && !isInKata(name)) add("error", `the agent's engine has no built-in ${name}`, t.start);
			const pattern = patternFunctions.has(name) ? t.args[0] : undefined;
			if (pattern?.kind === "scalar" && typeof pattern.value === "string" && !isAnchored(pattern.value)) {
				add("warning", "the pattern is not anchored: whatever contains a match is a match", pattern.start);
			}
			return true;
		},
	};
	for (const rule of m.rules) {
		for (let r: Rule | undefined = rule; r !== undefined; r = r.else) {
			const { head } = r;
			const terms: Term[] = [...(head.args ?? []), ...head.ref.terms.slice(1)];
			for (const t of [head.key, head.value]) if (t !== undefined) terms.push(t);
			walkTerms(terms, visitor);
			walkBody(r.body, visitor);
		}
	}
	return findings;
}

/** An import of the language that came after Kata's pin. */
function unknownImport(i: Import): string | undefined {
	const path = i.path.kind === "ref" ? (dottedName(i.path) ?? "") : "";
	const known = ["future.keywords", "future.keywords.in", "future.keywords.every"];
	known.push("future.keywords.if", "future.keywords.contains");
	const ofLanguage = path.startsWith("future.") || path.startsWith("rego.");
	return ofLanguage && !isRegoV1Import(i) && !known.includes(path) ? path : undefined;
}

function checkRequests(policies: readonly Module[], first: Module): readonly Finding[] {
	const findings: Finding[] = [];
	const rules = policies.flatMap((m) => m.rules.map((rule) => ({ rule, source: m.source })));
	const named = (name: string): typeof rules =>
		rules.filter(({ rule }) => rule.head.ref.terms.length === 1 && ruleName(rule) === name);
	const without: string[] = [];
	for (const { name } of policyRequests) {
		const own = named(name);
		if (!own.some(({ rule }) => rule.default) && !ofOlderAgents.has(name)) without.push(name);
		for (const { rule, source } of own) {
			if (!allowsEverything(rule)) continue;
			findings.push(finding(`${ruleName(rule)} is allowed whatever the request holds`, source, rule.start));
		}
	}
	if (without.length > 0) {
		const names = without.join(", ");
		const message = `no default for ${names}: the agent answers INTERNAL, not PERMISSION_DENIED, where no rule applies`;
		findings.push(finding(message, first.source, first.package.start));
	}
	for (const { rule, source } of named("AllowRequestsFailingPolicy")) {
		if (allowsEverything(rule)) {
			findings.push(finding("every request that the policy denies is allowed all the same", source, rule.start));
		}
	}
	return findings;
}

function finding(message: string, source: Source, at: number): Finding {
	return { level: "warning", message, location: source.location(at) };
}

/** `p := true`, `default p := true`, and bodies that say nothing but `true`. */
function allowsEverything({ head, body }: Rule): boolean {
	if (head.args !== undefined || head.key !== undefined) return false;
	if (head.value?.kind !== "scalar" || head.value.value !== true) return false;
	return body.every(
		(e) => !e.negated && e.what.kind === "term-expr" && e.what.term.kind === "scalar" && e.what.term.value !== false,
	);
}
