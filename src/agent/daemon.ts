/**
 * The gate as a service: loads the policy, and only then listens. In: where to listen, where the
 * agent is, the policy. Out: a running daemon with a way to stop it gracefully.
 */
import { createServer, type Server } from "node:http";
import { Gate } from "./gate/gate.ts";
import type { Log } from "./gate/log.ts";
import { Metrics } from "./gate/metrics.ts";
import { AgentPolicy } from "./policy/agent-policy.ts";
import type { DigestRequirement } from "./policy/digest.ts";
import type { RegoVersion } from "./policy/engine.ts";
import { PolicyLoadError } from "./policy/load-error.ts";
import { RequestLog } from "./policy/request-log.ts";
import type { PolicySource } from "./policy/source.ts";
import { type Address, formatAddress } from "./transport/address.ts";
import { dial } from "./transport/dial.ts";
import { type Listener, listen, removeStaleSocket } from "./transport/listen.ts";

export interface DaemonOptions {
	readonly listen: Address;
	readonly upstream: Address;
	readonly policy: PolicySource;
	readonly digest: DigestRequirement;
	readonly regoVersion: RegoVersion;
	/** A policy that cannot be loaded: fail (default), or run with one that denies everything and says why. */
	readonly onFailure: "exit" | "deny";
	/** File for the debug log. */
	readonly policyLog: string | undefined;
	/** Where Prometheus scrapes: a TCP port on localhost, `host:port`, or the path of a unix socket. */
	readonly metrics: string | undefined;
	readonly unknownFields: "reject" | "drop";
	readonly quoteDenials: boolean;
	readonly maxConnections: number;
	/** Of a unix socket that we listen on. */
	readonly mode: number;
	/** Descriptors from systemd. */
	readonly inherited: readonly number[];
	/** How long calls in progress may take at a stop. */
	readonly graceMs: number;
	readonly log: Log;
}

export interface Daemon {
	readonly policy: AgentPolicy;
	readonly gate: Gate;
	readonly address: string;
	stop(): Promise<void>;
}

/** A file or socket that the daemon needs and cannot have. */
export class StartError extends Error {}

async function needed<T>(what: string, get: () => T | Promise<T>): Promise<T> {
	try {
		return await get();
	} catch (e) {
		throw new StartError(`${what}: ${e instanceof Error ? e.message : String(e)}`);
	}
}

/** Rejects with PolicyLoadError or StartError. */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
	const { log } = options;
	const requestLog = await needed("the policy log", () => openRequestLog(options));
	const policy = loadPolicy(options, requestLog);
	log("info", "policy in force", { digest: policy.digest });
	const metrics = new Metrics();
	const gate = new Gate({
		policy,
		connect: () => dial(options.upstream),
		log,
		metrics,
		unknownFields: options.unknownFields,
		quoteDenials: options.quoteDenials,
		maxConnections: options.maxConnections,
	});
	const page = (): string =>
		metrics.render({
			connections: gate.connections,
			calls: gate.calls,
			policyDigest: policy.digest,
			allowsFailing: policy.allowsFailing,
			logLinesLost: requestLog?.lost ?? 0,
		});
	const where = options.metrics;
	const metricsServer = where === undefined ? undefined : await needed("the metrics", () => serveMetrics(where, page));
	let listener: Listener;
	try {
		const { mode, inherited } = options;
		listener = await needed(`cannot listen on ${formatAddress(options.listen)}`, () =>
			listen(options.listen, (socket) => gate.accept(socket), { mode, inherited }),
		);
	} catch (e) {
		metricsServer?.close();
		await requestLog?.close();
		throw e;
	}
	log("info", "listening", { address: listener.address, upstream: formatAddress(options.upstream) });
	let stopped: Promise<void> | undefined;
	const stop = async (): Promise<void> => {
		log("info", "stopping", { calls: gate.calls });
		const closed = listener.close();
		await gate.close(options.graceMs);
		await closed;
		metricsServer?.close();
		await requestLog?.close();
		log("info", "stopped");
	};
	return { policy, gate, address: listener.address, stop: () => (stopped ??= stop()) };
}

function openRequestLog(options: DaemonOptions): RequestLog | undefined {
	if (options.policyLog === undefined) return undefined;
	return new RequestLog(options.policyLog, {
		onError: (e) => options.log("error", "request log cannot be written", { error: e.message }),
	});
}

function loadPolicy(options: DaemonOptions, requestLog: RequestLog | undefined): AgentPolicy {
	try {
		return AgentPolicy.load(options.policy, {
			digest: options.digest,
			regoVersion: options.regoVersion,
			onWarning: (message) => options.log("warn", message),
			...(requestLog === undefined ? {} : { onRequest: (name, input) => requestLog.append(name, input) }),
		});
	} catch (e) {
		if (!(e instanceof PolicyLoadError) || options.onFailure === "exit") throw e;
		options.log("error", "the policy cannot be loaded: every request will be denied", { errors: e.errors });
		return AgentPolicy.denyAll(`the policy could not be loaded: ${e.message}`);
	}
}

async function serveMetrics(address: string, page: () => string): Promise<Server> {
	const server = createServer((request, response) => {
		if (request.url !== "/metrics") {
			response.writeHead(404).end();
			return;
		}
		response.writeHead(200, { "content-type": "text/plain; version=0.0.4" }).end(page());
	});
	const match = /^(?:(.*):)?([0-9]+)$/.exec(address);
	// An IPv6 address stands in brackets.
	const host = match?.[1]?.replace(/^\[(.*)\]$/, "$1") ?? "127.0.0.1";
	const where = match === null ? { path: address } : { host, port: Number(match[2]) };
	if (match === null) await removeStaleSocket(address);
	return new Promise((resolve, reject) => {
		server.once("error", reject);
		server.listen(where, () => {
			server.unref();
			resolve(server);
		});
	});
}
