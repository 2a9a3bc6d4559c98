/** `rego run --server`: files, bundles and configuration to a runtime, sockets in front of it, signals to its end. */

import { randomUUID } from "node:crypto";
import type { Call } from "../../server/call.ts";
import { createAnswers, type HandlerOptions } from "../../server/handler.ts";
import { trimSlashes } from "../../server/routes.ts";
import { Runtime } from "../../server/runtime.ts";
import { messageOf } from "../../thrown.ts";
import { utf8Length } from "../../value/utf8.ts";
import type { PlainObject, Value } from "../../value/value.ts";
import { opaVersion } from "../../version.ts";
import { ended } from "../ended.ts";
import { runtimeValue } from "../eval-host.ts";
import type { ParsedFlags } from "../flags.ts";
import { type CliIo, CommandError } from "../io.ts";
import { Logger } from "../logger.ts";
import { parseAddress } from "./addresses.ts";
import { BundleDownloads } from "./bundle-downloads.ts";
import { boolAt, loadConfig, numberAt, objectAt, refuseSettings, stringAt, stringsAt } from "./config.ts";
import { LineBuffer } from "./line-buffer.ts";
import { type Listening, type ListenOptions, listen } from "./listen.ts";
import { type LoadedPaths, loadAll, loadOptions, putInForce, withVersion } from "./load.ts";
import { processMetrics } from "./process-metrics.ts";
import { publicConfig } from "./public-config.ts";
import { followFiles, secureContext, tlsFiles, tlsOptions } from "./tls.ts";
import { PathWatcher } from "./watch-paths.ts";

export async function serve(flags: ParsedFlags, io: CliIo): Promise<number> {
	const lines = new LineBuffer(io);
	try {
		return await new ServeCommand(flags, io, lines).run();
	} catch (e) {
		if (e instanceof CommandError || !(e instanceof Error)) throw e;
		io.stdout(`error: ${e.message}\n`);
		return 1;
	} finally {
		lines.flush();
	}
}

class ServeCommand {
	readonly #flags: ParsedFlags;
	readonly #io: CliIo;
	readonly #logger: Logger;

	constructor(flags: ParsedFlags, io: CliIo, lines: LineBuffer) {
		this.#flags = flags;
		this.#io = io;
		this.#logger = Logger.of(flags, io.env, (line) => lines.write(line));
	}

	async run(): Promise<number> {
		const flags = this.#flags;
		const addresses = this.#addresses().map(parseAddress);
		const diagnostic = flags.list("diagnostic-addr").map(parseAddress);
		const files = tlsFiles(flags);
		const { paths, sets } = remoteBundles(flags.args);
		const config = await this.#config(sets);
		refuseSettings(config, missing);
		const loaded = await this.#loaded(paths);
		const runtime = await this.#runtime(loaded, config);
		const skip = flags.bool("skip-verify");
		const downloads = new BundleDownloads(config, runtime, this.#logger, await loadOptions(flags, this.#io), skip);
		for (const name of pluginsOf(config)) runtime.plugins.set(name, "OK");
		const answers = createAnswers(runtime, this.#handlerOptions(config, downloads, runtime));
		const tls = files === undefined ? undefined : tlsOptions(files, flags, this.#io);
		const options: ListenOptions = {
			tls,
			h2c: flags.bool("h2c"),
			unixSocketPermissions: flags.string("unix-socket-perm"),
		};
		this.#logger.log("info", "Initializing server.", {
			addrs: this.#addresses(),
			"diagnostic-addrs": flags.list("diagnostic-addr"),
		});
		downloads.start();
		const watcher = flags.bool("watch") ? this.#watch(paths, loaded, runtime) : undefined;
		await this.#ready(runtime);
		const ending = ended(this.#io);
		const listening: Listening[] = [];
		for (const address of addresses) listening.push(...(await listen(answers.main, address, options)));
		for (const address of diagnostic) listening.push(...(await listen(answers.diagnostic, address, options)));
		const unfollow =
			files === undefined
				? undefined
				: followFiles(files, this.#io, Number(flags.duration("tls-cert-refresh-period")) / 1e6, () => {
						this.#renewTls(() => secureContext(files, this.#io), listening);
					});
		this.#logger.log("debug", "Server initialized.", { addrs: listening.map((l) => l.address) });
		await ending;
		watcher?.close();
		unfollow?.();
		return this.#end(listening, () => downloads.stop());
	}

	/** On every interface, as it once was, for policies of v0. */
	#addresses(): readonly string[] {
		const addresses = this.#flags.list("addr");
		if (addresses.length > 0) return addresses;
		return [this.#flags.bool("v0-compatible") ? ":8181" : "localhost:8181"];
	}

	async #config(sets: readonly string[]): Promise<PlainObject> {
		const flags = this.#flags;
		const file = flags.string("config-file");
		try {
			const sources = { file, sets: [...sets, ...flags.list("set")], setFiles: flags.list("set-file") };
			return await loadConfig(sources, this.#io);
		} catch (e) {
			throw new Error(`config error: ${messageOf(e)}`, { cause: e });
		}
	}

	async #loaded(paths: readonly string[]): Promise<LoadedPaths> {
		try {
			return await loadAll(this.#flags, paths, this.#io);
		} catch (e) {
			throw new Error(`load error: ${messageOf(e)}`, { cause: e });
		}
	}

	async #runtime(loaded: LoadedPaths, config: PlainObject): Promise<Runtime> {
		const timeMs = numberAt(config, ["server", "evaluation_timeout_ms"]);
		const { createAsyncHttpTransport, createHostLookup, createHttpCache, createHttpTransport } = await import(
			"../../host/http-node.ts"
		);
		const { env } = this.#io;
		const permissions = {
			httpSend: createHttpTransport({ env }),
			httpSendAsync: createAsyncHttpTransport({ env }),
			httpCache: createHttpCache(),
			lookupIpAddr: createHostLookup(),
		};
		try {
			const runtime = new Runtime({
				policies: loaded.policies,
				data: withVersion(loaded.data),
				regoVersion: this.#flags.bool("v0-compatible") ? "v0" : "v1",
				maxErrors: Math.max(0, this.#flags.int("max-errors")),
				host: { permissions, runtime: runtimeValue(env, this.#runtimeFacts(config)) },
				limits: timeMs === undefined ? undefined : { timeMs },
				authorizationDecision: this.#checkedDecision(config),
			});
			if (loaded.bundles.length > 0) putInForce(runtime, loaded.bundles);
			return runtime;
		} catch (e) {
			throw new Error(`initialization error: ${messageOf(e)}`, { cause: e });
		}
	}

	/** What `opa.runtime()` tells of the server besides its environment. */
	#runtimeFacts(config: PlainObject): PlainObject {
		const flags = this.#flags;
		return {
			authorization_enabled: flags.string("authorization") === "basic",
			config: publicConfig(config),
			skip_known_schema_check: flags.bool("skip-known-schema-check"),
		};
	}

	/** The decision whose rules are checked with the type of their input. */
	#checkedDecision(config: PlainObject): string | undefined {
		const flags = this.#flags;
		if (flags.string("authorization") !== "basic" || flags.bool("skip-known-schema-check")) return undefined;
		const written = stringAt(config, ["default_authorization_decision"]) ?? "system/authz/allow";
		return written.replace(/^\/+|\/+$/g, "");
	}

	#handlerOptions(config: PlainObject, downloads: BundleDownloads, runtime: Runtime): HandlerOptions {
		const flags = this.#flags;
		const logger = this.#logger;
		const configured = Object.entries(objectAt(config, ["labels"])).map(([k, v]) => [k, String(v)]);
		const labels = { id: randomUUID(), version: opaVersion, ...Object.fromEntries(configured) };
		const heeds = logger.heeds("info");
		const authentication = flags.string("authentication");
		return {
			authentication: authentication === "token" || authentication === "tls" ? authentication : "off",
			authorization: flags.string("authorization") === "basic" ? "basic" : "off",
			defaultDecision: stringAt(config, ["default_decision"]),
			defaultAuthorizationDecision: stringAt(config, ["default_authorization_decision"]),
			decisionLog: boolAt(config, ["decision_logs", "console"])
				? {
						write: (entry) => logger.always("info", "Decision Log", entry),
						onError: (message) => logger.log("error", message),
						maskDecision: pathSetting(objectAt(config, ["decision_logs"]), "mask_decision"),
						dropDecision: pathSetting(objectAt(config, ["decision_logs"]), "drop_decision"),
						headers: stringsAt(config, ["decision_logs", "request_context", "http", "headers"]),
					}
				: undefined,
			onPrint: heeds
				? (line, call) => {
						logger.log("info", line.text, { ...requestFields(call), line: `${line.file}:${line.row}` });
					}
				: undefined,
			maxBodyLength: numberAt(config, ["server", "decoding", "max_length"]),
			maxInflatedLength: numberAt(config, ["server", "decoding", "gzip", "max_length"]),
			minCompressedLength: numberAt(config, ["server", "encoding", "gzip", "min_length"]),
			labels,
			config: publicConfig(config),
			status: boolAt(config, ["status", "console"])
				? () => ({ labels, bundles: downloads.status(), plugins: pluginStates(runtime) })
				: undefined,
			hostMetrics: processMetrics,
			onRequest: heeds ? (call) => logger.log("info", "Received request.", requestFields(call)) : undefined,
			onAnswered: heeds
				? (call, answer, ms) => {
						logger.log("info", "Sent response.", {
							...requestFields(call),
							resp_status: answer.status,
							resp_bytes: bodyLength(answer.body),
							resp_duration: Math.round(ms * 1e6) / 1e6,
						});
					}
				: undefined,
		};
	}

	/** What is at the paths now takes the place of what was there, or nothing does. */
	#watch(paths: readonly string[], before: LoadedPaths, runtime: Runtime): PathWatcher {
		let last = Promise.resolve();
		let old: ReadonlySet<string> = new Set(before.policies.keys());
		return new PathWatcher(paths, this.#io.cwd, () => {
			last = last.then(async () => {
				const start = performance.now();
				let err: Value = null;
				try {
					const loaded = await loadAll(this.#flags, paths, this.#io);
					if (this.#flags.bool("bundle")) putInForce(runtime, loaded.bundles);
					else {
						const { snapshot } = runtime;
						const policies = new Map([...snapshot.policies].filter(([id]) => !old.has(id)));
						for (const [id, policy] of loaded.policies) policies.set(id, policy);
						runtime.commit({ policies, data: withVersion(loaded.data) });
						old = new Set(loaded.policies.keys());
					}
				} catch (e) {
					err = messageOf(e);
				}
				const duration = Math.round((performance.now() - start) * 1e6);
				this.#logger.log("info", "Processed file watch event.", { duration, err });
			});
		});
	}

	/** Waits for bundles, as long as the flag says. */
	async #ready(runtime: Runtime): Promise<void> {
		const seconds = this.#flags.isSet("ready-timeout") ? this.#flags.int("ready-timeout") : 0;
		if (seconds <= 0) return;
		const end = performance.now() + seconds * 1000;
		while (![...runtime.plugins.states.values()].every((s) => s === "OK")) {
			if (performance.now() > end) throw new Error("timeout while waiting for plugins activation");
			await new Promise((resolve) => setTimeout(resolve, 100));
		}
	}

	#renewTls(read: () => ReturnType<typeof secureContext>, listening: readonly Listening[]): void {
		try {
			const context = read();
			for (const l of listening) l.setTls(context);
			this.#logger.log("debug", "Refreshed server certificate.");
		} catch (e) {
			this.#logger.log("error", "Failed to refresh server certificate.", { err: e instanceof Error ? e.message : "" });
		}
	}

	async #end(listening: readonly Listening[], stop: () => void): Promise<number> {
		const wait = this.#flags.isSet("shutdown-wait-period") ? this.#flags.int("shutdown-wait-period") : 0;
		if (wait > 0) {
			this.#logger.log("info", `Waiting ${wait}s before initiating shutdown...`);
			await new Promise((resolve) => setTimeout(resolve, wait * 1000));
		}
		this.#logger.log("info", "Shutting down...");
		stop();
		const grace = this.#flags.int("shutdown-grace-period") * 1000;
		let timer: NodeJS.Timeout | undefined;
		const late = new Promise<boolean>((resolve) => {
			timer = setTimeout(resolve, grace, true);
		});
		const closed = Promise.all(listening.map((l) => l.close())).then(() => false);
		const wasLate = await Promise.race([closed, late]);
		clearTimeout(timer);
		for (const l of listening) l.end();
		if (wasLate) {
			this.#logger.log("error", "Failed to shutdown server gracefully.", { err: "context deadline exceeded" });
			return 1;
		}
		this.#logger.log("info", "Server shutdown.");
		return 0;
	}
}

/** What OPA calls plugins, besides the bundles: here they are ready from the beginning. */
function pluginsOf(config: PlainObject): readonly string[] {
	const logs = boolAt(config, ["decision_logs", "console"]) ? ["decision_logs"] : [];
	return ["discovery", ...logs, ...(boolAt(config, ["status", "console"]) ? ["status"] : [])];
}

function pluginStates(runtime: Runtime): PlainObject {
	return Object.fromEntries([...runtime.plugins.states].map(([name, state]) => [name, { state }]));
}

/** `http://…/bundle.tar.gz` on the command line is short for a bundle of the configuration. */
function remoteBundles(args: readonly string[]): {
	readonly paths: readonly string[];
	readonly sets: readonly string[];
} {
	const paths: string[] = [];
	const sets: string[] = [];
	let n = 0;
	for (const arg of args) {
		if (!/^https?:\/\//.test(arg)) {
			paths.push(arg);
			continue;
		}
		const url = new URL(arg);
		const name = `cli${++n}`;
		sets.push(`services.${name}.url=${url.origin}`, `bundles.${name}.service=${name}`);
		sets.push(`bundles.${name}.resource=${(url.pathname + url.search).replaceAll(",", "\\,")}`);
	}
	return { paths, sets };
}

/** What the configuration may not ask for: it would not happen, and nobody would know. */
const missing: readonly (readonly string[])[] = [
	["decision_logs", "service"],
	["decision_logs", "plugin"],
	["status", "service"],
	["status", "plugin"],
	["bundle"],
	["discovery"],
	["storage"],
	["plugins"],
	["distributed_tracing"],
	["nd_builtin_cache"],
];

function pathSetting(config: PlainObject, name: string): string | undefined {
	const path = stringAt(config, [name]);
	return path === undefined ? undefined : trimSlashes(path);
}

function requestFields(call: Call): PlainObject {
	return {
		client_addr: call.incoming.client ?? "",
		req_id: call.id,
		req_method: call.method,
		req_path: call.path,
	};
}

function bodyLength(body: string | Uint8Array | null): number {
	if (body === null) return 0;
	return typeof body === "string" ? utf8Length(body) : body.length;
}
