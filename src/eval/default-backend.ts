/** The best backend a host allows: generated JavaScript, or closures under a Content-Security-Policy. */
import type { Backend } from "./backend.ts";
import { closures } from "./closures/closures.ts";
import { canGenerate } from "./generated/can-generate.ts";
import { generated } from "./generated/generated.ts";

let chosen: Backend | undefined;

export function defaultBackend(): Backend {
	chosen ??= canGenerate() ? { ...generated, patient: true } : closures;
	return chosen;
}
