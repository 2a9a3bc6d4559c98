/**
 * Certificate policy validation of a chain (RFC 5280 section 6.1 as amended by RFC 9618), for the case
 * that any policy is acceptable: a chain fails only where an explicit policy is demanded and none is
 * valid throughout, or a mapping is illegal.
 */

import { at, last } from "../../at.ts";
import type { Certificate } from "./certificate.ts";
import { bytesEqual } from "./der.ts";

const anyPolicy = "2.5.29.32.0";

interface PolicyNode {
	readonly policy: string;
	expected: readonly string[];
	readonly parents: Set<PolicyNode>;
	readonly children: Set<PolicyNode>;
}

function node(policy: string, parents: readonly PolicyNode[]): PolicyNode {
	const n: PolicyNode = { policy, expected: [policy], parents: new Set(parents), children: new Set() };
	for (const p of parents) p.children.add(n);
	return n;
}

/** Levels of policies, the trust anchor's first. */
class PolicyGraph {
	readonly #levels: Map<string, PolicyNode>[] = [new Map([[anyPolicy, node(anyPolicy, [])]])];

	get leaves(): Map<string, PolicyNode> {
		return last(this.#levels);
	}

	get parents(): readonly PolicyNode[] {
		return [...(this.#levels.at(-2) ?? new Map<string, PolicyNode>()).values()];
	}

	deepen(): void {
		this.#levels.push(new Map());
	}

	insert(policy: string, parents: readonly PolicyNode[]): PolicyNode {
		const n = node(policy, parents);
		this.leaves.set(policy, n);
		return n;
	}

	deleteLeaf(policy: string): void {
		const n = this.leaves.get(policy);
		for (const p of n?.parents ?? []) p.children.delete(n as PolicyNode);
		this.leaves.delete(policy);
	}

	/** Drops what has no descendant at the deepest level. */
	prune(): void {
		for (let i = this.#levels.length - 2; i > 0; i--) {
			const level = at(this.#levels, i);
			for (const [policy, n] of level) {
				if (n.children.size > 0) continue;
				for (const p of n.parents) p.children.delete(n);
				level.delete(policy);
			}
		}
	}

	hasValidPolicy(): boolean {
		if (this.leaves.has(anyPolicy)) return true;
		for (const level of this.#levels) {
			for (const n of level.values()) {
				if (n.policy === anyPolicy || n.parents.size !== 1) continue;
				for (const p of n.parents) if (p.policy === anyPolicy) return true;
			}
		}
		return false;
	}
}

/** Chain with the leaf first and the trust anchor last. */
export function arePoliciesValid(chain: readonly Certificate[]): boolean {
	if (chain.length === 1) return true;
	const n = chain.length - 1;
	let graph: PolicyGraph | undefined = new PolicyGraph();
	let inhibitAny = n + 1;
	let explicit = n + 1;
	let mapping = n + 1;
	for (let i = n - 1; i >= 0; i--) {
		const cert = at(chain, i);
		const selfSigned = bytesEqual(cert.rawIssuer, cert.rawSubject);
		const policies = cert.policies ?? [];
		if (policies.length === 0) graph = undefined;
		if (explicit === 0 && graph === undefined) return false;
		if (graph !== undefined) {
			addPolicies(graph, policies, inhibitAny > 0 || (i > 0 && selfSigned));
			if (i > 0 && !applyMappings(graph, cert, mapping > 0)) return false;
		}
		if (i === 0) break;
		if (!selfSigned) {
			explicit = Math.max(0, explicit - 1);
			mapping = Math.max(0, mapping - 1);
			inhibitAny = Math.max(0, inhibitAny - 1);
		}
		explicit = lowered(explicit, cert.requireExplicitPolicy);
		mapping = lowered(mapping, cert.inhibitPolicyMapping);
		inhibitAny = lowered(inhibitAny, cert.inhibitAnyPolicy);
	}
	explicit = Math.max(0, explicit - 1);
	if (chain[0]?.requireExplicitPolicy === 0) explicit = 0;
	return explicit > 0 || graph?.hasValidPolicy() === true;
}

function lowered(current: number, limit: number | undefined): number {
	return limit === undefined || limit < 0 ? current : Math.min(current, limit);
}

function addPolicies(graph: PolicyGraph, policies: readonly string[], anyAllowed: boolean): void {
	graph.deepen();
	const parents = graph.parents;
	for (const policy of policies) {
		if (policy === anyPolicy) continue;
		let matching = parents.filter((p) => p.expected.includes(policy));
		if (matching.length === 0) matching = parents.filter((p) => p.policy === anyPolicy);
		if (matching.length > 0) graph.insert(policy, matching);
	}
	if (policies.includes(anyPolicy) && anyAllowed) {
		const missing = new Map<string, PolicyNode[]>();
		for (const p of parents) {
			for (const e of p.expected) {
				if (!graph.leaves.has(e)) missing.set(e, [...(missing.get(e) ?? []), p]);
			}
		}
		for (const [policy, from] of missing) graph.insert(policy, from);
	}
	graph.prune();
}

/** False when a mapping names anyPolicy. */
function applyMappings(graph: PolicyGraph, cert: Certificate, allowed: boolean): boolean {
	if (cert.policyMappings.length === 0) return true;
	const mappings = new Map<string, string[]>();
	for (const { issuer, subject } of cert.policyMappings) {
		if (!allowed) graph.deleteLeaf(issuer);
		else if (issuer === anyPolicy || subject === anyPolicy) return false;
		else mappings.set(issuer, [...(mappings.get(issuer) ?? []), subject]);
	}
	graph.prune();
	for (const [issuer, subjects] of mappings) {
		const direct = graph.leaves.get(issuer);
		const any = graph.leaves.get(anyPolicy);
		if (direct !== undefined) direct.expected = subjects;
		else if (any !== undefined) graph.insert(issuer, [any]).expected = subjects;
	}
	return true;
}
