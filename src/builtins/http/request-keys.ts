/**
 * The parameters of an HTTP request object, shared by http.send and providers.aws.sign_req: which
 * exist, which are required, and OPA's errors about them.
 */
import { objectKeys, RegoSet } from "../../value/collections.ts";
import { termText } from "../../value/term-text.ts";
import { isObject, type ObjectValue, type Value } from "../../value/value.ts";
import { Failure, failType } from "../failure.ts";

/** Parameters whose value is a string. */
export const stringParameters: ReadonlySet<Value> = new Set<Value>([
	"method",
	"url",
	"raw_body",
	"tls_ca_cert",
	"tls_ca_cert_file",
	"tls_ca_cert_env_variable",
	"tls_client_cert",
	"tls_client_cert_file",
	"tls_client_cert_env_variable",
	"tls_client_key",
	"tls_client_key_file",
	"tls_client_key_env_variable",
	"tls_server_name",
]);

const parameters: ReadonlySet<Value> = new Set<Value>([
	...stringParameters,
	"body",
	"enable_redirect",
	"force_json_decode",
	"force_yaml_decode",
	"headers",
	"tls_use_system_certs",
	"tls_insecure_skip_verify",
	"timeout",
	"cache",
	"force_cache",
	"force_cache_duration_seconds",
	"raise_error",
	"caching_mode",
	"max_retry_attempts",
	"cache_ignored_headers",
]);

/** `operand 1 <what>: {"a", "b"}`, thrown as a type error. */
export function failKeys(position: number, what: string, keys: readonly Value[]): never {
	throw new Failure(`operand ${position} ${what}: ${termText(RegoSet.of(keys))}`, "type");
}

/** The request as an object whose keys are known and complete. */
export function checkRequestKeys(v: Value): ObjectValue {
	if (!isObject(v)) return failType(1, v, "object");
	const keys = objectKeys(v);
	const invalid = keys.filter((k) => !parameters.has(k));
	if (invalid.length > 0) return failKeys(1, "invalid request parameters(s)", invalid);
	const missing = ["method", "url"].filter((k) => !keys.includes(k));
	if (missing.length > 0) return failKeys(1, "missing required request parameters(s)", missing);
	return v;
}
