/** Policies as they are sent, kept and shown: `/v1/policies`. A change is compiled with all the others first. */
import type { Module } from "../parser/ast.ts";
import { compareStrings } from "../value/compare.ts";
import { compact, indented, type JsonNode, record } from "../value/ordered-json.ts";
import { quoteGo } from "../value/term-text.ts";
import { type Answer, json } from "./answer.ts";
import { checkScope } from "./bundle-roots.ts";
import type { Call } from "./call.ts";
import type { ServerContext } from "./context.ts";
import { messages, policyErrors, StorageError } from "./errors.ts";
import type { Snapshot, StoredPolicy } from "./runtime.ts";
import { Timers } from "./timers.ts";

export async function policiesList(context: ServerContext, call: Call): Promise<Answer> {
	const { snapshot } = context.runtime;
	const policies = [...snapshot.policies].sort(([a], [b]) => compareStrings(a, b));
	const tree = await compiled(context, snapshot);
	return answer(call, record([["result", { list: policies.map(([id, policy]) => shown(id, policy, tree)) }]]));
}

export async function policiesGet(context: ServerContext, call: Call, id: string): Promise<Answer> {
	const policy = stored(context, id);
	return answer(call, record([["result", shown(id, policy, await compiled(context, context.runtime.snapshot))]]));
}

async function compiled({ onPrint }: ServerContext, snapshot: Snapshot): Promise<(policy: StoredPolicy) => JsonNode> {
	return (await import("./compiled.ts")).compiledModules(snapshot, onPrint !== undefined);
}

export async function policiesPut(context: ServerContext, call: Call, id: string): Promise<Answer> {
	const timers = new Timers();
	const stop = timers.start("server_read_bytes");
	const text = await call.wholeBody();
	stop();
	const { runtime } = context;
	const { data, policies } = runtime.snapshot;
	const old = policies.get(id);
	if (old !== undefined) checkScope(data, packagePath(old.module));
	if (old?.text !== text) {
		try {
			const policy = timers.time("rego_module_parse", () => runtime.parse(id, text));
			checkScope(data, packagePath(policy.module));
			const changed = new Map(policies).set(id, policy);
			timers.time("rego_module_compile", () => runtime.commit({ policies: changed }));
		} catch (e) {
			throw policyErrors(e, "invalid_parameter", messages.compileModule);
		}
	}
	return changed(call, timers);
}

export function policiesDelete(context: ServerContext, call: Call, id: string): Answer {
	const timers = new Timers();
	const { runtime } = context;
	const { data, policies } = runtime.snapshot;
	checkScope(data, packagePath(stored(context, id).module));
	const left = new Map(policies);
	left.delete(id);
	try {
		timers.time("rego_module_compile", () => runtime.commit({ policies: left, checkConflicts: false }));
	} catch (e) {
		throw policyErrors(e, "invalid_operation", messages.compileModule);
	}
	return changed(call, timers);
}

function stored(context: ServerContext, id: string): StoredPolicy {
	const policy = context.runtime.snapshot.policies.get(id);
	if (policy !== undefined) return policy;
	throw new StorageError("storage_not_found_error", `policy id ${quoteGo(id)}`);
}

/** Names below data. */
function packagePath(module: Module): readonly string[] {
	return module.package.path.terms.slice(1).map((t) => (t.kind === "scalar" ? String(t.value) : ""));
}

function shown(id: string, policy: StoredPolicy, tree: (policy: StoredPolicy) => JsonNode): JsonNode {
	return record([
		["id", id],
		["raw", policy.text],
		["ast", tree(policy)],
	]);
}

function changed(call: Call, timers: Timers): Answer {
	const metrics = call.flag("metrics") ? { value: timers.all() } : undefined;
	return answer(call, record([["metrics", metrics]]));
}

function answer(call: Call, body: JsonNode): Answer {
	return json(200, call.pretty ? indented(body) : compact(body));
}
