/** src/async.ts for Node, where everything is loaded when it is first called. */
import type { AsyncCompileOptions } from "./async.ts";
import { compile as compileNow } from "./compile.ts";
import type { Modules } from "./compile-with.ts";
import type { JsonValue } from "./face/json-value.ts";
import type { Policy } from "./policy.ts";
import type { Value } from "./value/value.ts";

export { RegoError, RegoErrors } from "./errors.ts";

export async function compile(
	modules: Modules,
	{ load: _all, ...options }: AsyncCompileOptions = {},
): Promise<Policy<Value | JsonValue>> {
	return compileNow(modules, options);
}
