/**
 * The decision log: what was asked, by whom, and what was answered. A policy may drop entries
 * (`data.system.log.drop`) and mask parts of them (`data.system.log.mask`); where that fails nothing is
 * logged, since it might have been secret.
 */

import { RegoError, RegoErrors } from "../errors.ts";
import type { OptionChecks } from "../face/options.ts";
import { messageOf } from "../thrown.ts";
import type { PlainObject, Value } from "../value/value.ts";
import type { Call } from "./call.ts";
import { ApiError } from "./errors.ts";
import { applyMask, maskRules } from "./mask.ts";
import type { Snapshot } from "./runtime.ts";
import type { Timers } from "./timers.ts";

/** Where decisions are logged, and how. */
export interface DecisionLogOptions {
	/** Takes an entry, its members under OPA's names. */
	readonly write: (entry: PlainObject) => void;
	/** Told why an entry could not be written. */
	readonly onError?: ((message: string) => void) | undefined;
	/** Paths of the policies, as in a URL. */
	readonly maskDecision?: string | undefined;
	readonly dropDecision?: string | undefined;
	/** Headers of requests that are logged, too. */
	readonly headers?: readonly string[] | undefined;
	readonly newId?: (() => string) | undefined;
	readonly now?: (() => Date) | undefined;
}

export const decisionLogOptions: OptionChecks<DecisionLogOptions> = {
	write: "function",
	onError: "function",
	maskDecision: "string",
	dropDecision: "string",
	headers: "strings",
	newId: "function",
	now: "function",
};

/** A decision. */
export interface Decision {
	readonly decisionId: string;
	readonly path?: string;
	readonly query?: string;
	readonly input: Value | undefined;
	readonly result?: Value | undefined;
	readonly error?: unknown;
	readonly metadata?: PlainObject | undefined;
	readonly timers: Timers | undefined;
	readonly revisions: ReadonlyMap<string, string>;
}

export class DecisionLog {
	readonly #options: DecisionLogOptions;
	readonly #labels: PlainObject;

	constructor(options: DecisionLogOptions, labels: PlainObject) {
		this.#options = options;
		this.#labels = labels;
	}

	newId(): string {
		return this.#options.newId?.() ?? globalThis.crypto.randomUUID();
	}

	write(d: Decision, call: Call, snapshot: Snapshot): void {
		const asked = this.#event(d, call);
		const { input, result, ...rest } = asked;
		try {
			if (this.#ask(snapshot, this.#options.dropDecision ?? "system/log/drop", asked) === true) return;
		} catch (e) {
			this.#options.onError?.(`Log drop decision failed: ${messageOf(e)}.`);
			return;
		}
		const more: { [name: string]: Value } = {};
		try {
			const mask = this.#ask(snapshot, this.#options.maskDecision ?? "system/log/mask", asked);
			const parts = { input: d.input, result: d.result };
			const shown = mask === undefined ? { ...parts, erased: [], masked: [] } : applyMask(maskRules(mask), parts);
			if (shown.input !== undefined) more["input"] = shown.input;
			if (shown.result !== undefined) more["result"] = shown.result;
			if (shown.erased.length > 0) more["erased"] = shown.erased;
			if (shown.masked.length > 0) more["masked"] = shown.masked;
		} catch (e) {
			this.#options.onError?.(`Log event masking failed: ${messageOf(e)}.`);
			return;
		}
		if (d.timers !== undefined) more["metrics"] = d.timers.all();
		if (d.error !== undefined) more["error"] = errorText(d.error);
		this.#options.write({ ...rest, ...more, type: "openpolicyagent.org/decision_logs" });
	}

	/** What policies about the log see. */
	#event(d: Decision, call: Call): PlainObject {
		const out: { [name: string]: Value } = { labels: this.#labels, decision_id: d.decisionId };
		if (d.revisions.size > 0) {
			const entries = [...d.revisions].map(([name, revision]) => [name, revision === "" ? {} : { revision }] as const);
			out["bundles"] = Object.fromEntries(entries);
		}
		if (d.path !== undefined && d.path !== "") out["path"] = d.path;
		if (d.query !== undefined) out["query"] = d.query;
		if (d.input !== undefined) out["input"] = d.input;
		if (d.result !== undefined) out["result"] = d.result;
		if (call.incoming.client !== undefined) out["requested_by"] = call.incoming.client;
		out["timestamp"] = (this.#options.now?.() ?? new Date()).toISOString();
		out["req_id"] = call.id;
		const headers = this.#headers(call);
		if (headers !== undefined) out["request_context"] = { http: { headers } };
		if (d.metadata !== undefined) out["custom"] = { request_metadata: d.metadata };
		return out;
	}

	#headers(call: Call): PlainObject | undefined {
		const out: { [name: string]: Value } = {};
		for (const name of this.#options.headers ?? []) {
			const value = call.incoming.header(name.toLowerCase());
			if (value !== undefined) out[name] = [value];
		}
		return Object.keys(out).length === 0 ? undefined : out;
	}

	#ask(snapshot: Snapshot, path: string, event: PlainObject): Value | undefined {
		return snapshot.decisions.at(path).decide(event);
	}
}

/** As Go prints the error. */
function errorText(e: unknown): string {
	if (e instanceof ApiError) return e.status === 500 ? e.message : `${e.code}: ${e.message}`;
	if (e instanceof RegoError || e instanceof RegoErrors) return e.message;
	return messageOf(e);
}
