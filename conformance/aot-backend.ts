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
import type { Backend, Entry, ExecutablePlan } from "../src/eval/backend.ts";
import { ClosureProgram } from "../src/eval/closures/closures.ts";
import type { EvalContext } from "../src/eval/context.ts";
import type { FuncRunner } from "../src/eval/frame.ts";
import type { Value } from "../src/index.ts";

/** Makes a program of a module's text and the embedder's own builtins. */
export type LoadModule = (code: string, own: readonly Builtin[]) => AotProgram;

/** Modules loaded by Node from files, with the built package as their runtime. */
export const builtAhead: Backend = builtAheadBy(loadFile);

export function builtAheadBy(load: LoadModule): Backend {
	return {
		name: "aot",
		prepare: (plan, builtins) => {
			const { code } = buildModule({
				plan: { ...plan, hash: "", sources: [] },
				builtins,
				entrypoints: [],
				everything: true,
				file: "module.mjs",
			});
			const own = [...builtins.values()].filter((b) => b.module === "");
			return new BuiltProgram(plan, builtins, load(code, own));
		},
	};
}

class BuiltProgram extends ClosureProgram {
	readonly #program: AotProgram;

	constructor(plan: ExecutablePlan, builtins: ReadonlyMap<string, Builtin>, program: AotProgram) {
		super(plan, builtins);
		this.#program = program;
	}

	override rule(c: EvalContext, index: number): Value | undefined {
		return this.#program.rule(c, index);
	}

	override knownRule(c: EvalContext, index: number): ReturnType<ClosureProgram["knownRule"]> {
		return this.#program.knownRule(c, index);
	}

	override entry(index: number): Entry {
		return this.#program.start(index) ?? super.entry(index);
	}

	override func(index: number): FuncRunner {
		return (c, args) => this.#program.func(c, index, args);
	}
}

/** Where this thread writes modules: below the package, so that they find the runtime by name. */
let folder: string | undefined;
let written = 0;

function moduleFolder(): string {
	if (folder === undefined) {
		const made = join(process.cwd(), mkdtempSync(join("dist", "aot-")));
		process.on("exit", () => rmSync(made, { recursive: true, force: true }));
		folder = made;
	}
	return folder;
}

/** What was loaded last, by its text: a case asks the same more than once. */
const loaded = new Map<string, AotProgram>();
let loadedWith: readonly Builtin[] = [];

function loadFile(code: string, own: readonly Builtin[]): AotProgram {
	if (loaded.size === 8 || own.length !== loadedWith.length || own.some((b, i) => b !== loadedWith[i])) loaded.clear();
	loadedWith = own;
	const known = loaded.get(code);
	if (known !== undefined) return known;
	const require = createRequire(import.meta.url);
	const { useBuiltins } = require("regoplan/runtime") as { useBuiltins: (list: readonly Builtin[]) => void };
	if (own.length > 0) useBuiltins(own);
	// Each in a file of its own: Node keeps what it has loaded, by its path.
	const file = join(moduleFolder(), `module-${++written}.mjs`);
	writeFileSync(file, code);
	try {
		const { program } = require(file) as { readonly program: AotProgram };
		loaded.set(code, program);
		return program;
	} finally {
		rmSync(file);
	}
}
