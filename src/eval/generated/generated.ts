/** The generated-JavaScript backend as others see it: what makes its programs (js.ts) loads when one is made. */
import type { Backend } from "../backend.ts";
import type { EmitterChoices } from "./emit-choices.ts";
import { prepareGenerated } from "./js.ts";

/** Runs plans as generated JavaScript: the fastest, where code from strings is allowed. */
export const generated: Backend = generatedWith({});

/** The backend with other choices of the emitter. */
export function generatedWith(choices: EmitterChoices): Backend {
	return { name: "js", prepare: (plan, builtins) => prepareGenerated(plan, builtins, choices) };
}
