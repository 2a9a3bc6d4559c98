/**
 * Gives memory back once a policy is in force: compiling one leaves several times its size behind, which V8
 * would keep until it is needed, and a guest has little. Costs some milliseconds, once for each policy.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

export function collectGarbage(): void {
	try {
		setFlagsFromString("--expose-gc");
		const collect = runInNewContext("gc") as () => void;
		collect();
		collect();
	} catch {
		// A runtime without it keeps what it has.
	}
}
