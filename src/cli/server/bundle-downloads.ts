/**
 * Bundles that the configuration names: fetched, verified, put in force, and asked for again as long as the
 * server runs. A server that can wait is asked to (`Prefer: wait`); one that knows ETags sends nothing twice.
 * What cannot be used leaves the bundle before it in force.
 */

import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { VerificationKey } from "../../bundle/signature.ts";
import { lookUp } from "../../documents/merge-data.ts";
import { RegoErrors } from "../../errors.ts";
import { activateBundles } from "../../server/bundles.ts";
import type { Runtime } from "../../server/runtime.ts";
import { messageOf } from "../../thrown.ts";
import { isArray, type PlainObject, type Value } from "../../value/value.ts";
import type { CliIo } from "../io.ts";
import { type BundleLoadOptions, loadBundle, readBundleArchive } from "../load-bundle.ts";
import type { Logger } from "../logger.ts";
import { boolAt, numberAt, objectAt, stringAt, stringsAt } from "./config.ts";
import { fetchFrom, type Service, serviceOf } from "./fetch-bundle.ts";
import { activeBundle } from "./load.ts";

interface BundleConfig {
	readonly name: string;
	/** Undefined where the resource is a file. */
	readonly service: Service | undefined;
	readonly resource: string;
	readonly minDelayMs: number;
	readonly maxDelayMs: number;
	/** Seconds; undefined where the server is not asked to wait. */
	readonly longPollSeconds: number | undefined;
	readonly maxBytes: number;
	readonly verification: VerificationKey | "none" | undefined;
}

/** What has become of a bundle, under OPA's names. */
type Status = { [field: string]: Value };

const minRetryMs = 100;

export class BundleDownloads {
	readonly #bundles: readonly BundleConfig[];
	readonly #runtime: Runtime;
	readonly #logger: Logger;
	readonly #load: BundleLoadOptions;
	readonly #io: CliIo;
	readonly #stopped: AbortController = new AbortController();
	readonly #status: Map<string, Status> = new Map();
	readonly #ready: Set<string> = new Set();
	readonly #wake: Set<() => void> = new Set();

	/** Throws Error where the configuration cannot be followed. */
	constructor(config: PlainObject, runtime: Runtime, logger: Logger, load: BundleLoadOptions, skipVerify: boolean) {
		this.#runtime = runtime;
		this.#logger = logger;
		this.#load = load;
		this.#io = load.io;
		this.#bundles = bundlesOf(config, load.io, skipVerify);
		for (const { name } of this.#bundles) this.#status.set(name, { name });
		if (this.#bundles.length > 0) runtime.plugins.set("bundle", "NOT_READY");
	}

	/** The state of each bundle, by name. */
	status(): PlainObject {
		return Object.fromEntries(this.#status);
	}

	start(): void {
		for (const bundle of this.#bundles) void this.#follow(bundle);
	}

	stop(): void {
		this.#stopped.abort();
		for (const wake of this.#wake) wake();
	}

	async #follow(bundle: BundleConfig): Promise<void> {
		let etag = "";
		let waits = bundle.longPollSeconds !== undefined;
		for (let retry = 0; !this.#stopped.signal.aborted; ) {
			let delay: number;
			try {
				const next = await this.#once(bundle, etag, waits);
				({ etag, waits } = next);
				retry = 0;
				const { minDelayMs, maxDelayMs } = bundle;
				delay = waits ? 0 : minDelayMs + Math.random() * (maxDelayMs - minDelayMs);
			} catch (e) {
				if (this.#stopped.signal.aborted) return;
				etag = "";
				this.#failed(bundle.name, e);
				delay = Math.min(minRetryMs * 1.6 ** retry++, bundle.maxDelayMs);
			}
			await this.#pause(delay);
		}
	}

	#pause(ms: number): Promise<void> {
		return new Promise((resolve) => {
			const done = (): void => {
				clearTimeout(timer);
				this.#wake.delete(done);
				resolve();
			};
			const timer = setTimeout(done, ms);
			timer.unref();
			this.#wake.add(done);
		});
	}

	/** Asks once, and puts in force what is new. */
	async #once(bundle: BundleConfig, etag: string, waits: boolean): Promise<{ etag: string; waits: boolean }> {
		const { name, service, resource, verification } = bundle;
		const status = this.#status.get(name) ?? { name };
		const load: BundleLoadOptions = verification === undefined ? this.#load : { ...this.#load, verification };
		status["last_request"] = now();
		if (service === undefined) {
			this.#activate(name, activeBundle(name, await loadBundle(resource, load), ""), status);
			return { etag: "", waits: false };
		}
		const wait = waits && bundle.longPollSeconds !== undefined ? `;wait=${bundle.longPollSeconds}` : "";
		const answer = await fetchFrom(service, resource, {
			headers: { "If-None-Match": etag, Prefer: `modes=snapshot,delta${wait}` },
			timeoutMs: wait === "" ? service.timeoutMs : 0,
			maxBytes: bundle.maxBytes,
			signal: this.#stopped.signal,
		});
		const canWait = answer.contentType === "application/vnd.openpolicyagent.bundles";
		if (answer.status === 304) {
			status["last_successful_request"] = now();
			return { etag: answer.etag === "" ? etag : answer.etag, waits };
		}
		if (answer.status !== 200) {
			status["http_code"] = String(answer.status);
			throw new Error(`server replied with ${statusText(answer.status)}`);
		}
		status["last_successful_request"] = now();
		status["last_successful_download"] = now();
		const loaded = await readBundleArchive(name, answer.body, load);
		this.#activate(name, activeBundle(name, loaded, answer.etag), status);
		return { etag: answer.etag, waits: canWait && bundle.longPollSeconds !== undefined };
	}

	#activate(name: string, bundle: ReturnType<typeof activeBundle>, status: Status): void {
		activateBundles(this.#runtime, [bundle]);
		for (const field of ["code", "message", "errors", "http_code"]) delete status[field];
		status["last_successful_activation"] = now();
		const revision = lookUp(bundle.manifest, ["revision"]) ?? "";
		if (revision !== "") status["active_revision"] = revision;
		this.#ready.add(name);
		if (this.#ready.size === this.#bundles.length) this.#runtime.plugins.set("bundle", "OK");
		this.#logger.log("info", "Bundle loaded and activated successfully.", {
			name,
			plugin: "bundle",
			etag: bundle.etag,
		});
	}

	#failed(name: string, e: unknown): void {
		const status = this.#status.get(name) ?? { name };
		const message = messageOf(e);
		status["code"] = "bundle_error";
		status["message"] = e instanceof RegoErrors ? "error(s) occurred while compiling module(s)" : message;
		this.#logger.log("error", `Bundle load failed: ${message}`, { name, plugin: "bundle" });
	}
}

function now(): string {
	return new Date().toISOString();
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

function bundlesOf(config: PlainObject, io: CliIo, skipVerify: boolean): readonly BundleConfig[] {
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

/** With `signing`, bundles must be signed; without, signed ones are refused for want of a key. */
function verificationOf(bundle: PlainObject, config: PlainObject, where: string): VerificationKey | "none" {
	if (lookUp(bundle, ["signing"]) === undefined) return "none";
	const keyId = stringAt(bundle, ["signing", "keyid"]) ?? "";
	const at = ["keys", keyId];
	const key = stringAt(config, [...at, "key"]);
	if (key === undefined) throw new Error(`${where}: key id ${keyId} not found`);
	return {
		key,
		alg: stringAt(config, [...at, "algorithm"]) ?? "RS256",
		keyId,
		scope: stringAt(bundle, ["signing", "scope"]) ?? stringAt(config, [...at, "scope"]) ?? "",
		exclude: stringsAt(bundle, ["signing", "exclude_files"]),
	};
}
