/** Whether the server can be used: `/health`, and policies of one's own below `data.system.health`. */
import { messageOf } from "../thrown.ts";
import { compact, record } from "../value/ordered-json.ts";
import type { Value } from "../value/value.ts";
import { type Answer, json } from "./answer.ts";
import type { Call } from "./call.ts";
import { printsIn, type ServerContext } from "./context.ts";
import { InvalidPath } from "./decisions.ts";
import { badRequest } from "./errors.ts";

export function health(context: ServerContext, call: Call): Answer {
	const { plugins } = context.runtime;
	const bad = (name: string): boolean => (plugins.state(name) ?? "OK") !== "OK";
	if ((call.flag("bundles") || call.flag("bundle")) && (bad("discovery") || bad("bundle"))) {
		return unhealthy("one or more bundles are not activated");
	}
	if (call.flag("plugins")) {
		const excluded = call.params.all("exclude-plugin");
		for (const [name, state] of plugins.states) {
			if (state !== "OK" && !excluded.includes(name)) return unhealthy("one or more plugins are not up");
		}
	}
	return json(200, "{}");
}

/** By a policy; `path` is encoded, below `/health/`. */
export async function policyHealth(context: ServerContext, call: Call, path: string): Promise<Answer> {
	const { plugins, snapshot } = context.runtime;
	const input: Value = { plugin_state: Object.fromEntries(plugins.states), plugins_ready: plugins.wereReady() };
	let reference = "";
	let result: Value | undefined;
	try {
		const asked = snapshot.decisions.at(`system/health/${path}`);
		reference = asked.reference;
		result = await asked.decideWith(input, {
			strictBuiltinErrors: false,
			onPrint: printsIn(context, snapshot, call),
			waits: snapshot.waits,
		});
	} catch (e) {
		if (e instanceof InvalidPath) throw badRequest(`invalid path: ${e.why}`);
		return unhealthy(messageOf(e));
	}
	if (result === true) return json(200, "{}");
	const what = result === undefined ? "was undefined" : "returned unexpected value";
	return unhealthy(`health check (${reference}) ${what}`);
}

function unhealthy(error: string): Answer {
	return json(500, compact(record([["error", error]])));
}
