/**
 * The categories every program has at hand. One line per category file; registry.ts joins them with
 * the optional ones.
 */
import { aggregates } from "./aggregates.ts";
import { arrays } from "./arrays.ts";
import { bits } from "./bits.ts";
import { casts } from "./casts.ts";
import { conversions } from "./conversions.ts";
import { debug } from "./debug.ts";
import type { Builtin } from "./define.ts";
import { encoding } from "./encoding.ts";
import { glob } from "./glob.ts";
import { graph } from "./graph.ts";
import { internal } from "./internal.ts";
import { jsonEdit } from "./json-edit.ts";
import { numbers } from "./numbers.ts";
import { objects } from "./objects.ts";
import { opa } from "./opa.ts";
import { operators } from "./operators.ts";
import { rand } from "./rand.ts";
import { regex } from "./regex.ts";
import { semver } from "./semver.ts";
import { sets } from "./sets.ts";
import { strings } from "./strings.ts";
import { types } from "./types.ts";
import { units } from "./units.ts";
import { uuid } from "./uuid.ts";

/** Builtins that every module built ahead of time has at hand. */
export const core: readonly Builtin[] = [
	...aggregates,
	...arrays,
	...bits,
	...casts,
	...conversions,
	...debug,
	...encoding,
	...glob,
	...graph,
	...internal,
	...jsonEdit,
	...numbers,
	...objects,
	...opa,
	...operators,
	...rand,
	...regex,
	...semver,
	...sets,
	...strings,
	...types,
	...units,
	...uuid,
];
