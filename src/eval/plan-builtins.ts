/** The builtins that a plan names, by their indexes in it. */
import type { Builtin } from "../builtins/define.ts";
import { RegoError } from "../errors.ts";

export class PlanBuiltins {
	readonly #names: readonly string[];
	readonly #byName: ReadonlyMap<string, Builtin>;
	readonly #found: Builtin[] = [];

	constructor(names: readonly string[], byName: ReadonlyMap<string, Builtin>) {
		this.#names = names;
		this.#byName = byName;
	}

	at(index: number): Builtin {
		let b = this.#found[index];
		if (b === undefined) {
			const name = this.#names[index] ?? "";
			b = this.#byName.get(name);
			if (b === undefined) throw new RegoError("eval_internal_error", `unsupported built-in: ${name}`);
			this.#found[index] = b;
		}
		return b;
	}
}
