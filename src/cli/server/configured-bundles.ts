/** The bundles that a configuration names, and how each is asked for. */

import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Verification, VerificationKey } from "../../bundle/signature.ts";
import { lookUp } from "../../documents/merge-data.ts";
import { isArray, type PlainObject, type Value } from "../../value/value.ts";
import type { CliIo } from "../io.ts";
import type { BundleLoadOptions } from "../load-bundle.ts";
import { boolAt, numberAt, objectAt, stringAt, stringsAt } from "./config.ts";
import { type Fetched, fetchFrom, type Service, serviceOf } from "./fetch-bundle.ts";

export interface BundleConfig {
	readonly name: string;
	/** Undefined where the resource is a file. */
	readonly service: Service | undefined;
	readonly resource: string;
	readonly minDelayMs: number;
	readonly maxDelayMs: number;
	/** Seconds; undefined where the server is not asked to wait. */
	readonly longPollSeconds: number | undefined;
	readonly maxBytes: number;
	readonly verification: Verification | "none" | undefined;
}

/** How a bundle's server is asked. */
export interface BundleRequest {
	/** The tag of what is in force. */
	readonly etag: string;
	/** Whether the server may take its time until there is another. */
	readonly waits: boolean;
	readonly signal: AbortSignal;
}

export function requestBundle(bundle: BundleConfig, service: Service, how: BundleRequest): Promise<Fetched> {
	const wait = how.waits && bundle.longPollSeconds !== undefined ? `;wait=${bundle.longPollSeconds}` : "";
	return fetchFrom(service, bundle.resource, {
		headers: { "If-None-Match": how.etag, Prefer: `modes=snapshot,delta${wait}` },
		timeoutMs: wait === "" ? service.timeoutMs : 0,
		maxBytes: bundle.maxBytes,
		signal: how.signal,
	});
}

/** The server answered, but not with a bundle. */
export class BundleRefused extends Error {
	readonly status: number;

	constructor(status: number) {
		super(`server replied with ${statusText(status)}`);
		this.status = status;
	}
}

/** Options of loading with the key that the bundle's configuration names. */
export function verifying({ verification }: BundleConfig, load: BundleLoadOptions): BundleLoadOptions {
	return verification === undefined ? load : { ...load, verification };
}

function statusText(status: number): string {
	const texts: { readonly [code: string]: string } = {
		"401": "Not Authorized",
		"403": "Forbidden",
		"404": "Not Found",
		"500": "Internal Server Error",
	};
	return texts[String(status)] ?? `HTTP ${status}`;
}

/** Throws Error where the configuration cannot be followed. */
export function bundlesOf(config: PlainObject, io: CliIo, skipVerify: boolean): readonly BundleConfig[] {
	const services = servicesOf(config);
	// The words are OPA's.
	return Object.keys(objectAt(config, ["bundles"])).map((name) => {
		const at = objectAt(config, ["bundles", name]);
		const where = `config error: invalid configuration for bundle ${JSON.stringify(name)}`;
		if (boolAt(at, ["persist"])) throw new Error(`${where}: persist is not supported`);
		if ((stringAt(at, ["trigger"]) ?? "periodic") !== "periodic") throw new Error(`${where}: trigger is not supported`);
		const resource = stringAt(at, ["resource"]) ?? `bundles/${name}`;
		const serviceName = stringAt(at, ["service"]) ?? [...services.keys()][0];
		const isFile = resource.startsWith("file://");
		if (!isFile && serviceName === undefined) throw new Error(`${where}: service name "" not found`);
		const found = services.get(serviceName ?? "");
		if (!isFile && found === undefined)
			throw new Error(`${where}: service name ${JSON.stringify(serviceName)} not found`);
		const min = numberAt(at, ["polling", "min_delay_seconds"]);
		const max = numberAt(at, ["polling", "max_delay_seconds"]);
		if ((min === undefined) !== (max === undefined)) {
			throw new Error(`${where}: polling configuration missing '${min === undefined ? "min" : "max"}_delay_seconds'`);
		}
		if (min !== undefined && max !== undefined && max < min)
			throw new Error(`${where}: max polling delay must be >= min polling delay`);
		return {
			name,
			service: isFile || found === undefined ? undefined : serviceOf(serviceName ?? "", found, io),
			resource: isFile ? resolve(io.cwd, fileURLToPath(resource)) : resource,
			minDelayMs: (min ?? 60) * 1000,
			maxDelayMs: (max ?? 120) * 1000,
			longPollSeconds: numberAt(at, ["polling", "long_polling_timeout_seconds"]),
			maxBytes: numberAt(at, ["size_limit_bytes"]) ?? 1_073_741_824,
			verification: skipVerify ? undefined : verificationOf(at, config, where),
		};
	});
}

/** `services` as a map, or as a list of entries with names. */
function servicesOf(config: PlainObject): ReadonlyMap<string, PlainObject> {
	const v = lookUp(config, ["services"]) ?? null;
	if (v !== null && isArray(v)) {
		return new Map(v.map(serviceEntry));
	}
	const map = objectAt(config, ["services"]);
	return new Map(Object.keys(map).map((name) => [name, objectAt(map, [name])]));
}

function serviceEntry(v: Value): readonly [string, PlainObject] {
	const entry = objectAt({ entry: v }, ["entry"]);
	return [stringAt(entry, ["name"]) ?? "", entry];
}

/**
 * How the signatures of a bundle are checked. With `signing.keyid`, it must be signed with that key; without, one that is
 * signed says with which of the `keys`, and is refused where there are none.
 */
export function verificationOf(bundle: PlainObject, config: PlainObject, where: string): Verification | "none" {
	const named = objectAt(config, ["keys"]);
	const keys = new Map<string, VerificationKey>();
	for (const id of Object.keys(named)) {
		const key = keyAt(named, id);
		// A key that only signs checks nothing.
		if (key.key !== "") keys.set(id, key);
		else if (stringAt(named, [id, "private_key"]) === undefined) {
			throw new Error(`invalid keys configuration: no keys provided for key ID ${id}`);
		}
	}
	if (keys.size === 0 && lookUp(bundle, ["signing"]) === undefined) return "none";
	const keyId = stringAt(bundle, ["signing", "keyid"]) ?? "";
	if (keyId !== "" && !keys.has(keyId)) throw new Error(`${where}: key id ${keyId} not found`);
	return {
		keys,
		keyId,
		scope: stringAt(bundle, ["signing", "scope"]) ?? "",
		exclude: stringsAt(bundle, ["signing", "exclude_files"]),
	};
}

function keyAt(keys: PlainObject, id: string): VerificationKey {
	return {
		key: stringAt(keys, [id, "key"]) ?? "",
		alg: stringAt(keys, [id, "algorithm"]) ?? "RS256",
		scope: stringAt(keys, [id, "scope"]) ?? "",
	};
}
