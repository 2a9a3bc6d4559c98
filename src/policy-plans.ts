/** What a compiled policy is planned from, and how: shared by its copies over other data. */
import { checkModules } from "./compiler/check.ts";
import { type CheckedModuleSet, knowledge } from "./compiler/checked.ts";
import type { PlanContext } from "./compiler/planner/context.ts";
import type { OpenPlan } from "./compiler/planner/on-demand.ts";
import { type PlannedPolicy, type PlanOptions, planPolicy } from "./compiler/planner/policy.ts";
import { pathsOf } from "./compiler/stages/data-paths.ts";
import type { SchemaSet } from "./compiler/typecheck/schemas.ts";
import { RegoErrors } from "./errors.ts";
import type { ExecutablePlan } from "./eval/backend.ts";
import { closures } from "./eval/closures/closures.ts";
import { Lifecycle, type Planner } from "./lifecycle.ts";
import type { Module } from "./parser/ast.ts";
import type { Parts } from "./parts.ts";
import { placesOf } from "./plan/sources.ts";
import type { PlannedSettings } from "./planned.ts";
import type { PolicyQueries } from "./policy-queries.ts";
import { version } from "./version.ts";

export interface PolicySettings extends PlannedSettings {
	/** The caller of compile() has chosen the builtins. */
	readonly chosen: boolean | undefined;
	readonly strict: boolean;
	readonly maxErrors: number;
	readonly schemas: SchemaSet | undefined;
	/** Fold constants in the plan. */
	readonly fold: boolean;
	/** Check with every print kept, since evaluations with prints will follow. */
	readonly prints: boolean;
	readonly parts: Parts;
}

/** Checked modules, and the plans that are made of them. */
export class PolicyPlans implements Planner {
	readonly modules: readonly Module[];
	readonly lifecycle: Lifecycle;
	readonly #settings: PolicySettings;
	#checked: CheckedModuleSet;
	#opened: OpenPlan | undefined;
	#unfolded: OpenPlan | undefined;
	/** All of it, planned at once. */
	#all: PlannedPolicy | undefined;
	#queries: PolicyQueries | undefined;
	#sources: PlanContext["sources"] | undefined;

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
			this.#opened = this.#open();
			this.#sources = this.#opened.context.sources;
		}
		return this.#sources;
	}

	/** As written, for explanations. */
	get unfolded(): OpenPlan {
		this.#unfolded ??= this.#open();
		return this.#unfolded;
	}

	first(): ReturnType<Planner["first"]> {
		const { plan, context } = this.#opened ?? this.#open();
		this.#sources = context.sources;
		// The lifecycle lets go of it once it has the whole plan.
		this.#opened = undefined;
		const { modules } = this.#checked[knowledge].compilation;
		const definitions = modules.reduce((n, m) => n + m.all.length, 0);
		return { plan, places: placesOf(context.sources), definitions };
	}

	whole(): ExecutablePlan {
		const { plan } = this.#all ?? planPolicy(this.#checked, this.#options(false));
		this.#all = undefined;
		const { fold, parts, builtins } = this.#settings;
		return fold && parts.folding !== undefined ? parts.folding.fold(plan, builtins) : plan;
	}

	printing(): ReturnType<Planner["printing"]> {
		const { prints } = this.#settings.parts;
		if (prints === undefined) return missingPart("prints", "prints");
		const { plan, context } = this.planWithPrints();
		// Prints come from the reference backend: it evaluates in OPA's order.
		const backend = context.printsSomething ? prints.backend : closures;
		return { plan, places: placesOf(context.sources), backend };
	}

	planWithPrints(): ReturnType<typeof planPolicy> {
		return planPolicy(this.checked(true), this.#options(true));
	}

	/** What asks queries: the same for all copies. */
	queries(what: string): PolicyQueries {
		this.#queries ??= this.#settings.parts.queries?.of(this, this.#settings) ?? missingPart(what, "queries");
		return this.#queries;
	}

	/** Planned as it is needed, by the part that needs it for queries; else all of it, which is then the whole plan, too. */
	#open(): OpenPlan {
		const { queries } = this.#settings.parts;
		if (queries !== undefined) return queries.planOnDemand(this.#checked, this.#options(false));
		this.#all ??= planPolicy(this.#checked, this.#options(false));
		return this.#all;
	}

	#options(prints: boolean): PlanOptions {
		return { builtins: this.#settings.builtins, producer: version, prints };
	}
}

/** Throws what says how to have a part. */
export function missingPart(what: string, part: keyof Parts): never {
	throw new TypeError(`${what}: compile with { parts: { ${part} } }, from regoplan/parts`);
}

/** Throws RegoErrors where the modules do not compile. */
function check(modules: readonly Module[], settings: PolicySettings, prints: boolean): CheckedModuleSet {
	const { annotations } = settings.parts;
	const { value, errors } = checkModules(modules, {
		builtins: settings.builtins,
		details: settings.parts.hints?.details,
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
