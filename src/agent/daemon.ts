/**
 * The gate as a service: loads the policy, and only then listens. In: where to listen, where the
 * agent is, the policy. Out: a running daemon with a way to stop it gracefully.
 */
import type { Server } from "node:http";
import { messageOf } from "../thrown.ts";
import { Enforcer, type EnforcerOptions } from "./decider/enforcer.ts";
import type { CauseOptions } from "./decider/explainer.ts";
import type { StartThread } from "./decider/thread.ts";
import { Gate } from "./gate/gate.ts";
import type { Log } from "./gate/log.ts";
import { Metrics } from "./gate/metrics.ts";
import { waitForAgent } from "./gate/readiness.ts";
import { DeathMark } from "./policy/death-mark.ts";
import type { DigestRequirement } from "./policy/digest.ts";
import type { RegoVersion } from "./policy/engine.ts";
import { keptPlans } from "./policy/kept-plans.ts";
import { defaultLimits } from "./policy/limits.ts";
import { PolicyLoadError } from "./policy/load-error.ts";
import { RequestLog } from "./policy/request-log.ts";
import type { PolicySource } from "./policy/source.ts";
import { type Address, formatAddress } from "./transport/address.ts";
import { connectionsFor, mostDescriptors } from "./transport/descriptors.ts";
import { dial } from "./transport/dial.ts";
import { type Listener, listen, removeStaleSocket } from "./transport/listen.ts";

export interface DaemonOptions {
	readonly listen: Address;
	readonly upstream: Address;
	readonly policy: PolicySource;
	/** The policy is the image's: not checked, and replaced once by one that is. */
	readonly bootstrap: boolean;
	readonly digest: DigestRequirement;
	readonly regoVersion: RegoVersion;
	/** A policy that cannot be loaded: fail (default), or run with one that denies everything and says why. */
	readonly onFailure: "exit" | "deny";
	/** File for the debug log. */
	readonly policyLog: string | undefined;
	/** Where Prometheus scrapes: a TCP port on localhost, `host:port`, or the path of a unix socket. */
	readonly metrics: string | undefined;
	/** A folder with plans of policies that were compiled before (policy/kept-plans.ts). */
	readonly plans?: string | undefined;
	readonly unknownFields: "reject" | "drop";
	readonly quoteDenials: boolean;
	readonly maxConnections: number;
	/** Permissions of a unix socket that we listen on. */
	readonly mode: number;
	/** Where the mark of a changed policy is kept; undefined: nowhere, and a restart begins afresh. */
	readonly runtimeFolder: string | undefined;
	/** Log why requests are denied: at most one a second, by threads of their own. */
	readonly explainDenials?: boolean;
	/** Tell the host the cause of denials, as many as there is time for, without values at pointers into the input. */
	readonly causes?: CauseOptions | undefined;
	/** How long the policy may take over a request. */
	readonly decisionMs: number;
	/** How long to wait for the agent before giving up. */
	readonly agentMs: number;
	/** Descriptors from systemd. */
	readonly inherited: readonly number[];
	/** How long calls in progress may take at a stop. */
	readonly graceMs: number;
	readonly log: Log;
	/** For tests: deciders from elsewhere. */
	readonly startThread?: StartThread;
}

export interface Daemon {
	readonly policy: Enforcer;
	readonly gate: Gate;
	readonly address: string;
	stop(): Promise<void>;
}

/** Shims have a few connections: fewer of them than this are too few for nobody to know. */
const worthTelling = 1000;

/** A file or socket that the daemon needs and cannot have. */
export class StartError extends Error {}

async function needed<T>(what: string, get: () => T | Promise<T>): Promise<T> {
	try {
		return await get();
	} catch (e) {
		throw new StartError(`${what}: ${messageOf(e)}`);
	}
}

/** Rejects with PolicyLoadError or StartError, and leaves nothing open then. */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
	const opened: (() => void | Promise<void>)[] = [];
	try {
		return await start(options, opened);
	} catch (e) {
		for (const close of opened.reverse()) await close();
		throw e;
	}
}

async function start(options: DaemonOptions, opened: (() => void | Promise<void>)[]): Promise<Daemon> {
	const { log, metrics: where, mode, inherited } = options;
	const requestLog = await needed("the policy log", () => openRequestLog(options));
	opened.push(() => requestLog?.close());
	const folder = options.runtimeFolder;
	const mark = folder === undefined ? undefined : await needed("the runtime folder", () => new DeathMark(folder));
	if (mark === undefined) log("warn", "there is no runtime folder: a gate that is started again begins afresh");
	const policy = await loadPolicy(options, requestLog, mark);
	opened.push(() => policy.close());
	log("info", "policy in force", { digest: policy.digest });
	const connect = (): ReturnType<typeof dial> => dial(options.upstream);
	const metrics = new Metrics();
	const { quoteDenials } = options;
	const maxConnections = Math.min(options.maxConnections, connectionsFor(mostDescriptors()));
	if (maxConnections < Math.min(options.maxConnections, worthTelling)) {
		log("warn", "there are descriptors for fewer connections", {
			wanted: options.maxConnections,
			most: maxConnections,
		});
	}
	const gate = new Gate({ policy, connect, log, metrics, quoteDenials, maxConnections });
	const page = (): string =>
		metrics.render({
			connections: gate.connections,
			calls: gate.calls,
			policyDigest: policy.digest,
			allowsFailing: policy.allowsFailing,
			logLinesLost: requestLog?.lost ?? 0,
			held: gate.held,
			waiting: policy.waiting,
			restarts: policy.restarts,
		});
	const metricsServer = where === undefined ? undefined : await needed("the metrics", () => serveMetrics(where, page));
	opened.push(() => void metricsServer?.close());
	const agent = formatAddress(options.upstream);
	await needed(`the agent at ${agent}`, () => waitForAgent(connect, { waitMs: options.agentMs, log }));
	const listener: Listener = await needed(`cannot listen on ${formatAddress(options.listen)}`, () =>
		listen(options.listen, (socket) => gate.accept(socket), { mode, inherited }),
	);
	log("info", "listening", { address: listener.address, upstream: agent });
	let stopped: Promise<void> | undefined;
	const stop = async (): Promise<void> => {
		log("info", "stopping", { calls: gate.calls });
		const closed = listener.close();
		await gate.close(options.graceMs);
		await closed;
		policy.close();
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

async function loadPolicy(
	options: DaemonOptions,
	requestLog: RequestLog | undefined,
	mark: DeathMark | undefined,
): Promise<Enforcer> {
	const { log, digest, bootstrap, regoVersion, unknownFields, startThread } = options;
	const plans = options.plans === undefined ? undefined : keptPlans(options.plans, (why) => log("warn", why));
	const enforcing: EnforcerOptions = {
		...{ digest, bootstrap, regoVersion, unknownFields },
		...(plans === undefined ? {} : { plans }),
		limits: { ...defaultLimits, timeMs: options.decisionMs },
		onWarning: (message) => log("warn", message),
		...(requestLog === undefined
			? {}
			: { onRequest: (name: string, line: string) => requestLog.appendLine(name, line) }),
		...(options.explainDenials === true
			? { onWhy: (kind: string, why: string) => log("debug", "why it was denied", { kind, why }) }
			: {}),
		...(options.causes === undefined ? {} : { causes: options.causes }),
		...(mark === undefined ? {} : { onFirstChange: () => mark.write() }),
		...(startThread === undefined ? {} : { startThread }),
	};
	const marked = mark?.read();
	if (marked !== undefined) {
		log("error", "every request will be denied", { why: marked });
		return Enforcer.denyAll(marked, enforcing);
	}
	try {
		return await Enforcer.load(options.policy, enforcing);
	} catch (e) {
		if (!(e instanceof PolicyLoadError) || options.onFailure === "exit") throw e;
		log("error", "the policy cannot be loaded: every request will be denied", { errors: e.errors });
		return Enforcer.denyAll(`the policy could not be loaded: ${e.message}`, enforcing);
	}
}

async function serveMetrics(address: string, page: () => string): Promise<Server> {
	// Most gates are not scraped, and HTTP takes memory.
	const { createServer } = await import("node:http");
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
	// Who reads metrics reads them now and then; others must not take the gate's descriptors and memory by it.
	server.maxConnections = 16;
	return new Promise((resolve, reject) => {
		server.on("error", reject);
		server.listen(where, () => {
			server.unref();
			resolve(server);
		});
	});
}
