/**
 * `opa.runtime`: what the embedder says about where the policy runs. Credentials of services and
 * key material in its `config` are left out, as OPA does.
 */
import { ObjectBuilder, objectEntries, objectGet } from "../value/collections.ts";
import { isArray, isObject, type ObjectValue, type Value } from "../value/value.ts";
import { type Builtin, define, ofModule, t, undeclared } from "./define.ts";

function without(v: Value, ...keys: readonly string[]): Value {
	if (!isObject(v)) return v;
	const out = new ObjectBuilder();
	for (const [k, item] of objectEntries(v)) if (typeof k !== "string" || !keys.includes(k)) out.set(k, item);
	return out.finish();
}

function mapValues(v: Value, f: (item: Value) => Value): Value {
	if (isArray(v)) return v.map(f);
	if (!isObject(v)) return v;
	const out = new ObjectBuilder();
	for (const [k, item] of objectEntries(v)) out.set(k, f(item));
	return out.finish();
}

function replaced(o: ObjectValue, key: string, f: (v: Value) => Value): ObjectValue {
	const old = objectGet(o, key);
	if (old === undefined) return o;
	const out = new ObjectBuilder();
	for (const [k, item] of objectEntries(o)) out.set(k, k === key ? f(old) : item);
	return out.finish();
}

function publicConfig(config: Value): Value {
	if (!isObject(config)) return config;
	const services = replaced(config, "services", (v) => mapValues(v, (s) => without(s, "credentials")));
	return replaced(services, "keys", (v) => mapValues(v, (k) => without(k, "key", "private_key")));
}

export const opa: readonly Builtin[] = ofModule("opa", [
	define("opa.runtime", {
		category: "opa",
		reads: ["runtime"],
		args: [],
		resultName: "output",
		result: t.map(t.string, t.any),
		resultDoc: "whatever the embedder provides; OPA itself has `config`, `env`, `version` and `commit`",
		doc: "Describes the environment the policy runs in.",
		nondeterministic: true,
		since: "0.17.0",
		eval: (ctx) => (isObject(ctx.runtime) ? replaced(ctx.runtime, "config", publicConfig) : undeclared(ctx.runtime)),
	}),
]);
