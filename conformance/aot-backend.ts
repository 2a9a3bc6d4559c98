/**
 * Modules built ahead of time as a backend, for the suites: each plan is built, written to a file,
 * loaded, and its rules and functions answer. Only the query itself runs as closures.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { buildModule } from "../src/aot/build.ts";
import type { AotProgram } from "../src/aot/runtime.ts";
import type { Builtin } from "../src/builtins/define.ts";
import type { Backend, ExecutablePlan } from "../src/eval/backend.ts";
import type { FuncRunner } from "../src/eval/closure-frame.ts";
import { ClosureProgram } from "../src/eval/closures.ts";
import type { EvalContext } from "../src/eval/context.ts";
import type { Value } from "../src/index.ts";

export const builtAhead: Backend = {
	name: "aot",
	prepare: (plan, builtins) => new BuiltProgram(plan, builtins),
};

const require: NodeJS.Require = createRequire(import.meta.url);

class BuiltProgram extends ClosureProgram {
	readonly #program: AotProgram;

	constructor(plan: ExecutablePlan, builtins: ReadonlyMap<string, Builtin>) {
		super(plan, builtins);
		this.#program = load(plan, builtins);
	}

	override rule(c: EvalContext, index: number): Value | undefined {
		return this.#program.rule(c, index);
	}

	override entry(index: number): (c: EvalContext) => Value | undefined {
		return (c) => this.#program.rule(c, index);
	}

	override func(index: number): FuncRunner {
		return (c, args) => this.#program.func(c, index, args);
	}
}

/** Builds, writes and loads a module. It is written below the package, so that it finds the runtime by name. */
function load(plan: ExecutablePlan, builtins: ReadonlyMap<string, Builtin>): AotProgram {
	const own = [...builtins.values()].filter((b) => b.module === "");
	const { useBuiltins } = require("regoplan/runtime") as { useBuiltins: (list: readonly Builtin[]) => void };
	if (own.length > 0) useBuiltins(own);
	const { code } = buildModule({
		plan: { ...plan, hash: "", sources: [] },
		builtins,
		entrypoints: [],
		everything: true,
		file: "module.mjs",
	});
	const dir = mkdtempSync(join("dist", "aot-"));
	try {
		const file = join(process.cwd(), dir, "module.mjs");
		writeFileSync(file, code);
		return (require(file) as { readonly program: AotProgram }).program;
	} finally {
		rmSync(dir, { recursive: true });
	}
}
