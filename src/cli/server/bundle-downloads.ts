/**
 * Bundles that the configuration names: fetched, verified, put in force, and asked for again as long as the
 * server runs. A server that can wait is asked to (`Prefer: wait`); one that knows ETags sends nothing twice.
 * What cannot be used leaves the bundle before it in force.
 */

import { lookUp } from "../../documents/merge-data.ts";
import { RegoErrors } from "../../errors.ts";
import type { Runtime } from "../../server/runtime.ts";
import { messageOf } from "../../thrown.ts";
import type { PlainObject, Value } from "../../value/value.ts";
import type { CliIo } from "../io.ts";
import { type BundleLoadOptions, loadBundle, readBundleArchive } from "../load-bundle.ts";
import type { Logger } from "../logger.ts";
import { type BundleConfig, BundleRefused, bundlesOf, requestBundle, verifying } from "./configured-bundles.ts";
import { activeBundle, putInForce } from "./load.ts";

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
		const { name, service, resource } = bundle;
		const status = this.#status.get(name) ?? { name };
		const load = verifying(bundle, this.#load);
		status["last_request"] = now();
		if (service === undefined) {
			this.#activate(name, activeBundle(name, await loadBundle(resource, load), ""), status);
			return { etag: "", waits: false };
		}
		const answer = await requestBundle(bundle, service, { etag, waits, signal: this.#stopped.signal });
		const canWait = answer.contentType === "application/vnd.openpolicyagent.bundles";
		if (answer.status === 304) {
			status["last_successful_request"] = now();
			return { etag: answer.etag === "" ? etag : answer.etag, waits };
		}
		if (answer.status !== 200) {
			status["http_code"] = String(answer.status);
			throw new BundleRefused(answer.status);
		}
		status["last_successful_request"] = now();
		status["last_successful_download"] = now();
		const loaded = await readBundleArchive(name, answer.body, load);
		this.#activate(name, activeBundle(name, loaded, answer.etag), status);
		return { etag: answer.etag, waits: canWait && bundle.longPollSeconds !== undefined };
	}

	#activate(name: string, bundle: ReturnType<typeof activeBundle>, status: Status): void {
		putInForce(this.#runtime, [bundle]);
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
