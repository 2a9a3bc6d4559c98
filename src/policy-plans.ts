/** What a compiled policy is planned from, and how: shared by its copies over other data. */
import { checkModules } from "./compiler/check.ts";
import { type CheckedModuleSet, knowledge } from "./compiler/checked.ts";
import type { PlanContext } from "./compiler/planner/context.ts";
import { anyRule, type OpenPlan, type PlanOptions, planOnDemand, planPolicy } from "./compiler/planner/policy.ts";
import { pathsOf } from "./compiler/stages/data-paths.ts";
import type { SchemaSet } from "./compiler/typecheck/schemas.ts";
import { RegoErrors } from "./errors.ts";
import type { ExecutablePlan, Program } from "./eval/backend.ts";
import { closureProgram, closures, printing } from "./eval/closures/closures.ts";
import { Lifecycle, type Planner } from "./lifecycle.ts";
import type { Module } from "./parser/ast.ts";
import type { Parts } from "./parts.ts";
import { placesOf } from "./plan/sources.ts";
import type { PlannedSettings } from "./planned.ts";
import { version } from "./version.ts";

export interface PolicySettings extends PlannedSettings {
	readonly strict: boolean;
	readonly maxErrors: number;
	readonly schemas: SchemaSet | undefined;
	/** Fold constants in the plan. */
	readonly fold: boolean;
	/** Check with every print kept, since evaluations with prints will follow. */
	readonly prints: boolean;
	readonly parts: Parts;
}

/** The layout and the functions that queries share, planned and made as queries need them. */
export interface KeptForQueries extends OpenPlan {
	readonly program: Program;
}

/** Checked modules, and the plans that are made of them. */
export class PolicyPlans implements Planner {
	readonly modules: readonly Module[];
	readonly lifecycle: Lifecycle;
	readonly #settings: PolicySettings;
	#checked: CheckedModuleSet;
	#opened: OpenPlan | undefined;
	#unfolded: OpenPlan | undefined;
	#sources: PlanContext["sources"] | undefined;
	/** What queries share, without prints and with them. */
	#queries: KeptForQueries | undefined;
	#printingQueries: KeptForQueries | undefined;

	/** Throws RegoErrors where the modules do not compile. */
	constructor(modules: readonly Module[], settings: PolicySettings) {
		this.modules = modules;
		this.#settings = settings;
		this.#checked = check(modules, settings, settings.prints);
		this.lifecycle = new Lifecycle(this, settings.backend, settings.builtins);
	}

	/** Prints that no stage could object to are kept only where they are wanted. */
	checked(prints: boolean): CheckedModuleSet {
		if (prints && !this.#checked.prints) this.#checked = check(this.modules, this.#settings, true);
		return this.#checked;
	}

	/** With the places that statements of the plan are at. */
	get sources(): PlanContext["sources"] {
		if (this.#sources === undefined) {
			this.#opened = planOnDemand(this.#checked, this.#options(false));
			this.#sources = this.#opened.context.sources;
		}
		return this.#sources;
	}

	/** As written, for explanations. */
	get unfolded(): OpenPlan {
		this.#unfolded ??= planOnDemand(this.#checked, this.#options(false));
		return this.#unfolded;
	}

	first(): ReturnType<Planner["first"]> {
		const { plan, context } = this.#opened ?? planOnDemand(this.#checked, this.#options(false));
		this.#sources = context.sources;
		// The lifecycle lets go of it once it has the whole plan.
		this.#opened = undefined;
		const { modules } = this.#checked[knowledge].compilation;
		const definitions = modules.reduce((n, m) => n + m.all.length, 0);
		return { plan, places: placesOf(context.sources), definitions };
	}

	whole(): ExecutablePlan {
		const { plan } = planPolicy(this.#checked, this.#options(false));
		const { fold, parts, builtins } = this.#settings;
		return fold && parts.folding !== undefined ? parts.folding.fold(plan, builtins) : plan;
	}

	printing(): ReturnType<Planner["printing"]> {
		const { plan, context } = this.planWithPrints();
		// Prints come from the reference backend: it evaluates in OPA's order.
		const backend = context.printsSomething ? printing : closures;
		return { plan, places: placesOf(context.sources), backend };
	}

	planWithPrints(): ReturnType<typeof planPolicy> {
		return planPolicy(this.checked(true), this.#options(true));
	}

	/** What queries are planned and run with. */
	forQueries(prints: boolean): KeptForQueries {
		const known = prints ? this.#printingQueries : this.#queries;
		if (known !== undefined) return known;
		const set = this.checked(prints);
		const { plan, context } = planOnDemand(set, this.#options(prints));
		const rememberCalls = prints && anyRule(set, (r) => r.has.prints);
		const program = closureProgram(plan, this.#settings.builtins, { rememberCalls });
		const kept = { plan, context, program };
		if (prints) this.#printingQueries = kept;
		else this.#queries = kept;
		return kept;
	}

	#options(prints: boolean): PlanOptions {
		return { builtins: this.#settings.builtins, producer: version, prints };
	}
}

/** Throws RegoErrors where the modules do not compile. */
function check(modules: readonly Module[], settings: PolicySettings, prints: boolean): CheckedModuleSet {
	const { annotations } = settings.parts;
	const { value, errors } = checkModules(modules, {
		builtins: settings.builtins,
		strict: settings.strict,
		prints: prints ? "kept" : "checked",
		anyInput: settings.schemas === undefined,
		maxErrors: settings.maxErrors,
		dataPaths: pathsOf(settings.data),
		metadata: annotations?.stages,
		types: { schemas: settings.schemas, schemaTypes: annotations?.schemaTypes },
	});
	if (value === undefined || errors.length > 0) throw new RegoErrors(errors);
	return value;
}
