/**
 * Names that RewriteLocalVars gives to what nobody named, for those who go on with OPA's rewriting (src/topdown):
 * keys of `some x in xs` and `every x in xs`, and parts of heads' refs that are neither scalars nor variables.
 */

import type { Every, SomeDecl } from "../parser/ast.ts";
import type { RuleState } from "./rule-state.ts";

export class MadeNames {
	readonly #keys: Map<SomeDecl | Every, string> = new Map();
	readonly #heads: Map<RuleState, Map<number, string>> = new Map();

	setKey(node: SomeDecl | Every, name: string): void {
		this.#keys.set(node, name);
	}

	/** Undefined for a node made later. */
	key(node: SomeDecl | Every): string | undefined {
		return this.#keys.get(node);
	}

	setHead(rule: RuleState, index: number, name: string): void {
		const known = this.#heads.get(rule);
		if (known === undefined) this.#heads.set(rule, new Map([[index, name]]));
		else known.set(index, name);
	}

	/** The name made for the part at an index of the rule's own ref. */
	head(rule: RuleState, index: number): string | undefined {
		return this.#heads.get(rule)?.get(index);
	}
}
