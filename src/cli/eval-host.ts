/**
 * What a policy may reach from `rego eval`, as from `opa eval`: the network, by http.send and
 * net.lookup_ip_addr, and the environment, by opa.runtime.
 */
import type { HostPermissions } from "../builtins/define.ts";
import type { HttpCache } from "../builtins/http/transport.ts";
import { ObjectBuilder } from "../value/collections.ts";
import type { PlainObject, Value } from "../value/value.ts";
import { opaVersion } from "../version.ts";
import type { CliIo } from "./io.ts";

/** Access to the network, loaded only for policies that may ask for it. */
export class Network {
	readonly #env: CliIo["env"];
	readonly #allowedHosts: readonly string[] | undefined;
	#cache: HttpCache | undefined;

	/** Where policies may go: these hosts, or any. */
	constructor(env: CliIo["env"], allowedHosts?: readonly string[]) {
		this.#env = env;
		this.#allowedHosts = allowedHosts;
	}

	/** Permissions for a policy of these texts. Nothing can be called by a name that is not written there. */
	async permissions(texts: readonly string[]): Promise<HostPermissions> {
		if (!texts.some((text) => /\b(?:http|net)\b/.test(text))) return {};
		const { createHostLookup, createHttpCache, createHttpTransport } = await import("../host/http-node.ts");
		this.#cache ??= createHttpCache();
		const hosts = this.#allowedHosts === undefined ? {} : { allowedHosts: this.#allowedHosts };
		return {
			httpSend: createHttpTransport({ env: this.#env, ...hosts }),
			httpCache: this.#cache,
			lookupIpAddr: createHostLookup(hosts),
		};
	}
}

/** The value of `opa.runtime()`. */
export function runtimeValue(env: CliIo["env"], more: PlainObject = {}): Value {
	const variables = new ObjectBuilder();
	for (const [name, value] of Object.entries(env)) if (value !== undefined) variables.set(name, value);
	return {
		authorization_enabled: false,
		commit: "",
		env: variables.finish(),
		skip_known_schema_check: false,
		version: opaVersion,
		...more,
	};
}
