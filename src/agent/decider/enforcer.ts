/**
 * The policy in force, as the gate has it: its text and its state here, the thread that decides beside it.
 * In: requests as they came. Out: for each one a verdict and the bytes that may go to the agent, always.
 *
 * Requests are decided one after the other, in the order they come. A decision that takes too long or
 * too much memory is a denial: its thread is stopped, another takes over with the state as it was, and
 * requests behind it are put to that one. State changes at the check and is never taken back. SetPolicy
 * has the queue to itself: the requests behind it are the new policy's to decide.
 */

import { messageOf } from "../../thrown.ts";
import { parseJson } from "../../value/json.ts";
import type { PlainObject } from "../../value/value.ts";
import type { SetPolicyOutcome } from "../policy/agent-policy.ts";
import type { Decision } from "../policy/decision.ts";
import { checkDigest, type DigestRequirement, policyDigest, toHex } from "../policy/digest.ts";
import type { PlannedTexts, RegoVersion } from "../policy/engine.ts";
import type { FindPlans } from "../policy/kept-plans.ts";
import { type DecisionLimits, defaultLimits } from "../policy/limits.ts";
import { PolicyLoadError } from "../policy/load-error.ts";
import { type PolicySource, readPolicySource } from "../policy/source.ts";
import { agentService, findMethod } from "../protocol/protocol.ts";
import { TtrpcError } from "../ttrpc/status.ts";
import { type CauseOptions, DenialExplainer, type TellWhy } from "./explainer.ts";
import type { Decided, DeciderAnswer, DeciderStart, Explained } from "./messages.ts";
import { type DeciderThread, type StartThread, workerThreads } from "./thread.ts";
import { Watch, type WatchOptions } from "./watch.ts";

export interface EnforcerOptions {
	/** What the policy must match; `"off"` for no check. */
	readonly digest: DigestRequirement;
	/**
	 * The first policy is the image's and not checked. The first SetPolicy is, and is the last one: the
	 * same text again would only reset the state.
	 */
	readonly bootstrap?: boolean;
	readonly regoVersion?: RegoVersion;
	readonly limits?: DecisionLimits;
	/** A decision's thread is stopped when it does not answer for so long; default a little more than the limits. */
	readonly hardMs?: number;
	/** Plans of policies that were compiled before, by the SHA-256 of their text in hexadecimal. */
	readonly plans?: FindPlans;
	readonly unknownFields?: "reject" | "drop";
	/** For the debug log: a request's name, and a line with it and its input, before its decision is acted on. */
	readonly onRequest?: (name: string, line: string) => void;
	/** Told why requests are denied, where that is wanted: at most once a second, and some time after the denial. */
	readonly onWhy?: TellWhy;
	/**
	 * Denials carry their cause, as many as there is time for: at most one a second. The message waits for it, for three
	 * seconds at most; no decision does.
	 */
	readonly causes?: CauseOptions;
	/** How long such a message waits; default 3000. */
	readonly causeMs?: number;
	/** Called with what an operator must see. */
	readonly onWarning?: (message: string) => void;
	/**
	 * Called once, before the first change of state or policy takes effect; the change is refused where it
	 * throws. From then on a restart would weaken the policy (policy/death-mark.ts).
	 */
	readonly onFirstChange?: () => void;
	/** For tests: what memory the process has beside this thread's. */
	readonly memory?: () => number;
	/** How threads are made; default workers that run the program built with this. */
	readonly startThread?: StartThread;
}

/** Whose request it is. */
export interface Asker {
	/** The answer is no longer wanted. */
	readonly cancelled: boolean;
	/** Set here while the request waits, to let go of it at once. */
	onCancel: (() => void) | undefined;
}

export interface CheckOptions {
	readonly asker?: Asker;
	/** False: the prints of a denial are not wanted. */
	readonly prints?: boolean;
}

/** What came of a request. */
export interface Checked {
	readonly decision: Decision;
	/** What the agent gets, where it is allowed. Whoever has sent it may let go of it. */
	payload: Uint8Array;
	/** It changed the state: the agent should hear of it whatever its client does. */
	readonly changed: boolean;
}

/** The policy in force. */
interface Active {
	readonly name: string;
	readonly text: string | undefined;
	readonly denyMessage: string;
	readonly digest: string;
	readonly allowsFailing: boolean;
}

interface Waiting {
	readonly method: string;
	payload: Uint8Array;
	readonly options: CheckOptions;
	/** Undefined for a change of the policy, which has the thread to itself until it is done. */
	readonly settle: ((outcome: Checked | TtrpcError) => void) | undefined;
	readonly exclusive: (() => Promise<void>) | undefined;
}

/** A request that the thread has been given. */
interface Asked {
	readonly request: Waiting;
	/** The denial, where it is known already and its prints are still to come. */
	denied: Checked | undefined;
	/** The cause of the denial, which the message to the host waits for. */
	cause: Promise<string | undefined> | undefined;
}

/** Requests with the thread at one time: enough to keep it busy, few enough that those given up are left out. */
const mostAsked = 32;
const mostAskedBytes = 128 << 10;
/** A policy that does not compile in this time is not put in force. */
const loadMs = 60_000;
/** How long beyond its limits a decision may take to notice them. */
const hardMs = 2000;
/** What the process may have more than at first before a decision: threads that are being ended go in their own time. */
const mostLeft = 128 << 20;
const none = new Uint8Array(0);
const reported = 1000;

export class Enforcer {
	readonly #options: EnforcerOptions;
	readonly #start: StartThread;
	readonly #hardMs: number;
	readonly #explainer: DenialExplainer | undefined;
	#active: Active;
	/** The data document as JSON; undefined: a fresh one. */
	#state: string | undefined;
	#thread: DeciderThread | undefined;
	#watch: Watch | undefined;
	/** What the process had beside this thread's heap when it had least. */
	#firstMemory: number = Number.POSITIVE_INFINITY;
	#starting = false;
	/** Requests that wait for the thread, in their order. */
	#queue: Set<Waiting> = new Set();
	#asked: Map<number, Asked> = new Map();
	#askedBytes = 0;
	#nextId = 1;
	#busy = false;
	#changed = false;
	/** No further SetPolicy: the measured policy is in force. */
	#settled = false;
	#closed = false;
	#restarts = 0;

	private constructor(active: Active, options: EnforcerOptions) {
		this.#active = active;
		this.#options = options;
		this.#start = options.startThread ?? workerThreads();
		const { onWhy, causes, causeMs } = options;
		const isAsked = onWhy !== undefined || causes !== undefined;
		this.#explainer = isAsked ? new DenialExplainer(this.#start, { onWhy, causes, causeMs }) : undefined;
		this.#hardMs = options.hardMs ?? (options.limits ?? defaultLimits).timeMs + hardMs;
	}

	/** Read, check and compile a policy. Rejects with PolicyLoadError. */
	static async load(source: PolicySource, options: EnforcerOptions): Promise<Enforcer> {
		const { name, text, initdata } = readPolicySource(source);
		if (options.bootstrap !== true) checkDigest(text, initdata, options.digest);
		const digest = toHex(policyDigest(text));
		const active = policyOf(name, text, digest);
		const enforcer = new Enforcer(active, options);
		await enforcer.#begin(active);
		return enforcer;
	}

	/** Denies everything, SetPolicy included, and says why: for a guest whose own policy could not be loaded. */
	static async denyAll(message: string, options: Omit<EnforcerOptions, "digest">): Promise<Enforcer> {
		const active: Active = { ...policyOf("", undefined, ""), denyMessage: message };
		const enforcer = new Enforcer(active, { ...options, digest: "off" });
		await enforcer.#begin(active);
		return enforcer;
	}

	/** SHA-256 of the policy's text in hexadecimal; empty for denyAll. */
	get digest(): string {
		return this.#active.digest;
	}

	get allowsFailing(): boolean {
		return this.#active.allowsFailing;
	}

	/** The data document, with the changes of every request that was allowed. */
	get data(): PlainObject {
		return this.#state === undefined ? { pstate: {} } : (parseJson(this.#state) as PlainObject);
	}

	get unknownFields(): "reject" | "drop" {
		return this.#options.unknownFields ?? "reject";
	}

	/** Threads that had to be replaced. */
	get restarts(): number {
		return this.#restarts;
	}

	/** Requests that wait for a decision. */
	get waiting(): number {
		return this.#queue.size + this.#asked.size;
	}

	/** Read a request of the agent's service, decide it and apply its ops. Rejects with a TtrpcError where it cannot be read. */
	check(method: string, payload: Uint8Array, options: CheckOptions = {}): Promise<Checked> {
		return new Promise((resolve, reject) => {
			const settle = settling(resolve, reject);
			this.#enqueue({ method, payload, options, settle, exclusive: undefined });
		});
	}

	/** Replace the policy, if the one in force allows it and the new one is sound. State starts afresh. */
	setPolicy(text: string, payload: Uint8Array, options: CheckOptions = {}): Promise<SetPolicyOutcome> {
		return new Promise((resolve, reject) => {
			const exclusive = (): Promise<void> => this.#replace(text, payload, options).then(resolve, reject);
			this.#enqueue({ method: "SetPolicy", payload: none, options, settle: undefined, exclusive });
		});
	}

	/** Decide nothing any more: what waits is denied. */
	close(): void {
		this.#explainer?.close();
		this.#closed = true;
		this.#thread?.stop();
		this.#lost("the gate is stopping", true);
		this.#pump();
	}

	#enqueue(w: Waiting): void {
		this.#queue.add(w);
		const { asker } = w.options;
		if (asker !== undefined) {
			asker.onCancel = () => {
				// What the thread has already is decided; what waits is forgotten, bytes and all.
				if (this.#queue.delete(w)) this.#giveUp(w);
			};
		}
		this.#pump();
	}

	#giveUp(w: Waiting): void {
		letGo(w);
		w.settle?.(failure(w, "the request was given up"));
		// It sees that nobody waits for it.
		void w.exclusive?.();
	}

	/** Put to the thread what it can take. */
	#pump(): void {
		for (const w of this.#queue) {
			if (this.#busy) return;
			if (this.#closed) {
				this.#queue.delete(w);
				w.settle?.(failure(w, "the gate is stopping"));
				void w.exclusive?.();
				continue;
			}
			if (w.options.asker?.cancelled === true) {
				this.#queue.delete(w);
				this.#giveUp(w);
				continue;
			}
			const thread = this.#thread;
			if (thread === undefined) {
				this.#restart();
				return;
			}
			if (w.exclusive !== undefined) {
				if (this.#asked.size > 0) return;
				this.#queue.delete(w);
				this.#busy = true;
				void w.exclusive().finally(() => {
					this.#busy = false;
					this.#pump();
				});
				return;
			}
			if (this.#asked.size >= mostAsked) return;
			if (this.#asked.size > 0 && this.#askedBytes + w.payload.length > mostAskedBytes) return;
			this.#queue.delete(w);
			this.#ask(thread, w, true);
		}
	}

	#ask(thread: DeciderThread, request: Waiting, apply: boolean): void {
		const id = this.#nextId++;
		this.#asked.set(id, { request, denied: undefined, cause: undefined });
		this.#askedBytes += request.payload.length;
		this.#watch?.busy();
		const { method, payload, options } = request;
		thread.post({ id, method, payload, prints: options.prints !== false, apply });
	}

	#answered(a: DeciderAnswer): void {
		if (a.kind === "checked") for (const w of a.warnings) this.#warn(w);
		if (a.kind === "ready" || a.kind === "failed" || a.kind === "why" || a.kind === "checked") return;
		const asked = this.#asked.get(a.id);
		if (asked === undefined) return;
		this.#watch?.moved();
		switch (a.kind) {
			case "refused":
				this.#done(a.id, asked, new TtrpcError(a.code, a.message));
				break;
			case "decided": {
				const { payload, method } = asked.request;
				const checked = this.#accept(a, asked.request);
				if (checked === undefined) return;
				if (!a.allowed && a.verdict !== "error") {
					const start = (): DeciderStart => this.#startOf(this.#active, this.#state);
					asked.cause = this.#explainer?.denied(a.name, start, { method, payload }, hasTime(asked.request));
				}
				if (a.explaining) asked.denied = checked;
				else this.#done(a.id, asked, checked);
				break;
			}
			case "explained":
				if (asked.denied !== undefined) this.#done(a.id, asked, explained(asked.denied, a));
		}
		this.#pump();
	}

	#done(id: number, asked: Asked, outcome: Checked | TtrpcError): void {
		this.#asked.delete(id);
		this.#askedBytes -= asked.request.payload.length;
		if (this.#asked.size === 0) this.#watch?.idle();
		letGo(asked.request);
		const { settle } = asked.request;
		if (asked.cause === undefined || outcome instanceof TtrpcError) settle?.(outcome);
		else void asked.cause.then((cause) => settle?.(because(outcome, cause)));
	}

	/** Take over what was decided. Undefined: the change could not be marked, and the thread, which has it, is gone. */
	#accept(a: Decided, { payload }: Waiting): Checked | undefined {
		if (a.line !== undefined) this.#log(a.name, a.line);
		if (a.failing) this.#warn(`${a.name} ${a.reason}`);
		if (a.state !== undefined) {
			const why = this.#mark();
			if (why !== undefined) {
				this.#end(why);
				return undefined;
			}
			this.#state = a.state;
		}
		const { name, allowed, verdict, reason, failing, microseconds } = a;
		const decision: Decision = { name, allowed, verdict, ops: [], reason, prints: [], failing, microseconds };
		return { decision, payload: allowed ? (a.encoded ?? payload) : none, changed: a.state !== undefined };
	}

	/** Before the first change. Undefined, or why there must be none. */
	#mark(): string | undefined {
		if (this.#changed) return undefined;
		try {
			this.#options.onFirstChange?.();
		} catch (e) {
			return `the change cannot be marked: ${oneLine(e)}`;
		}
		this.#changed = true;
		return undefined;
	}

	async #replace(text: string, payload: Uint8Array, options: CheckOptions): Promise<SetPolicyOutcome> {
		if (options.asker?.cancelled === true) return { kind: "denied", decision: busy("SetPolicyRequest") };
		if (this.#settled) {
			const reason = "the policy that was measured is in force, and is set once";
			return { kind: "denied", decision: { ...busy("SetPolicyRequest"), verdict: "false", reason } };
		}
		const checked = await this.#permission(payload, options);
		if (!checked.decision.allowed) return { kind: "denied", decision: checked.decision };
		const requirement = this.#options.digest;
		const digest = toHex(policyDigest(text));
		const active = policyOf("agent_policy", text, digest);
		try {
			// A measured initdata document vouches for the policy that allows this one.
			const measured = requirement !== "off" && (requirement.of === "policy" || this.#options.bootstrap === true);
			if (measured) checkDigest(text, undefined, { ...requirement, of: "policy" });
			const next = await this.#threadFor(active, undefined);
			const why = this.#mark();
			if (why !== undefined) {
				next.thread.stop();
				throw new PolicyLoadError(why);
			}
			this.#thread?.stop();
			this.#state = undefined;
			this.#take(next);
		} catch (e) {
			return { kind: "refused", error: e instanceof PolicyLoadError ? e : new PolicyLoadError(oneLine(e)) };
		}
		this.#settled = this.#options.bootstrap === true;
		return { kind: "replaced", digest };
	}

	/** Whether the policy in force allows another one. What it wants to change in the state goes with the state. */
	#permission(payload: Uint8Array, options: CheckOptions): Promise<Checked> {
		return new Promise((resolve, reject) => {
			const settle = settling(resolve, reject);
			const request: Waiting = { method: "SetPolicy", payload, options, settle, exclusive: undefined };
			const thread = this.#thread;
			if (thread === undefined) settle(failure(request, "there is nothing to decide with"));
			else this.#ask(thread, request, false);
		});
	}

	async #begin(active: Active): Promise<void> {
		this.#take(await this.#threadFor(active, this.#state));
	}

	/** What threads of decisions are measured by. */
	#measures(): WatchOptions {
		return { memory: this.#options.memory, mostBefore: this.#firstMemory + mostLeft };
	}

	#take({ thread, active, warnings, progress }: Prepared): void {
		this.#active = active;
		this.#thread = thread;
		this.#watch = new Watch(this.#hardMs, (why) => this.#end(why), { ...this.#measures(), progress });
		this.#firstMemory = Math.min(this.#firstMemory, this.#watch.before);
		thread.onAnswer = (a) => this.#answered(a);
		thread.onEnd = (why) => this.#end(why);
		for (const w of warnings) this.#warn(w);
	}

	#startOf({ name, text, denyMessage }: Active, state: string | undefined): DeciderStart {
		const { regoVersion = "auto", limits, unknownFields = "reject", onRequest } = this.#options;
		const progress = new SharedArrayBuffer(4);
		return {
			...{ name, text, denyMessage, state, regoVersion, limits, unknownFields, progress },
			planned: undefined,
			logRequests: onRequest !== undefined,
		};
	}

	/** A thread with a policy that compiled. Rejects with PolicyLoadError. */
	#threadFor(active: Active, state: string | undefined): Promise<Prepared> {
		const start = { ...this.#startOf(active, state), planned: this.#planned(active) };
		const { progress } = start;
		return new Promise((resolve, reject) => {
			const thread = this.#start(start);
			const failed = (error: PolicyLoadError): void => {
				watch.idle();
				thread.onAnswer = () => {};
				thread.onEnd = () => {};
				thread.stop();
				reject(error);
			};
			const unusable = (why: string): void => failed(new PolicyLoadError(`the policy could not be compiled: ${why}`));
			const watch = new Watch(loadMs, unusable, this.#measures());
			watch.busy();
			thread.onEnd = unusable;
			thread.onAnswer = (a) => {
				if (a.kind === "failed") failed(new PolicyLoadError(a.message, a.errors));
				if (a.kind !== "ready") return;
				watch.idle();
				const { allowsFailing, warnings } = a;
				resolve({ thread, active: { ...active, allowsFailing }, warnings, progress: new Int32Array(progress) });
			};
		});
	}

	/** The plans of this very text, where they were made before. */
	#planned({ text, digest }: Active): PlannedTexts | undefined {
		return text === undefined ? undefined : this.#options.plans?.(digest, this.#options.regoVersion ?? "auto");
	}

	/** The thread is gone, or must go. */
	#end(why: string): void {
		this.#thread?.stop();
		if (this.#closed) return;
		this.#restarts++;
		this.#warn(`the decider was replaced: ${why}`);
		this.#lost(why, false);
		this.#pump();
	}

	/** Whatever the thread was at is denied; what was behind it is put to the next one. */
	#lost(why: string, all: boolean): void {
		this.#thread = undefined;
		this.#watch?.idle();
		this.#watch = undefined;
		const asked = [...this.#asked.values()];
		this.#asked = new Map();
		this.#askedBytes = 0;
		const again: Waiting[] = [];
		for (const [i, { request, denied }] of asked.entries()) {
			if (denied !== undefined) request.settle?.(denied);
			else if (i === 0 || all) request.settle?.(failure(request, `the decision was ended: ${why}`));
			else again.push(request);
		}
		this.#queue = new Set([...again, ...this.#queue]);
	}

	/** Another thread with the same policy and state. While there is none everything waits; where there can be none all is denied. */
	#restart(): void {
		if (this.#starting) return;
		this.#starting = true;
		this.#begin(this.#active)
			.catch((e: unknown) => {
				const why = `there is nothing to decide with: ${oneLine(e)}`;
				this.#warn(why);
				const all = this.#queue;
				this.#queue = new Set();
				for (const w of all) {
					w.settle?.(failure(w, why));
					// It finds no thread, and says so.
					void w.exclusive?.();
				}
			})
			.finally(() => {
				this.#starting = false;
				if (this.#closed) this.#thread?.stop();
				this.#pump();
			});
	}

	/** A log that fails must not decide. */
	#log(name: string, line: string): void {
		try {
			this.#options.onRequest?.(name, line);
		} catch (e) {
			this.#warn(`the request log failed: ${oneLine(e)}`);
		}
	}

	#warn(message: string): void {
		this.#tell(() => this.#options.onWarning?.(message.slice(0, reported)));
	}

	/** Who cannot be told must not decide either. */
	#tell(what: () => void): void {
		try {
			what();
		} catch {
			// The decision stands.
		}
	}
}

/** Not loaded yet. */
function policyOf(name: string, text: string | undefined, digest: string): Active {
	return { name, text, digest, denyMessage: "", allowsFailing: false };
}

interface Prepared {
	readonly thread: DeciderThread;
	readonly active: Active;
	readonly warnings: readonly string[];
	readonly progress: Int32Array;
}

/** Its asker may last long, and must not keep its bytes. */
function letGo(w: Waiting): void {
	w.payload = none;
	if (w.options.asker !== undefined) w.options.asker.onCancel = undefined;
}

function explained(denied: Checked, { reason, prints, printsCut }: Explained): Checked {
	return { ...denied, decision: { ...denied.decision, reason, prints, printsCut } };
}

function because(denied: Checked, cause: string | undefined): Checked {
	return cause === undefined ? denied : { ...denied, decision: { ...denied.decision, cause } };
}

/** Whether its answer may wait: nothing else is decided while a policy is replaced, and reads are answered otherwise. */
function hasTime({ method, options }: Waiting): boolean {
	return method !== "SetPolicy" && options.prints !== false;
}

function busy(name: string): Decision {
	const reason = "the request was given up";
	return { name, allowed: false, verdict: "busy", ops: [], reason, prints: [], failing: false, microseconds: 0 };
}

/** Ends a promise with what came of a request. */
function settling(resolve: (checked: Checked) => void, reject: (error: TtrpcError) => void) {
	return (outcome: Checked | TtrpcError): void => {
		if (outcome instanceof TtrpcError) reject(outcome);
		else resolve(outcome);
	};
}

/** A request that nobody decided. */
function failure(w: Waiting, reason: string): Checked {
	const name = findMethod(agentService, w.method)?.request.name ?? w.method;
	return { decision: { ...busy(name), verdict: "error", reason }, payload: none, changed: false };
}

function oneLine(e: unknown): string {
	const text = messageOf(e);
	return (text.split("\n", 1)[0] ?? "").slice(0, reported);
}
