/**
 * A shim without a runtime, for tests: sends requests given in Kata's JSON as real protobuf over
 * ttRPC, and tells how each ended.
 */
import type { Duplex } from "node:stream";
import type { Value } from "../../value/value.ts";
import { decodeMessage } from "../protocol/decode.ts";
import type { Method } from "../protocol/descriptors.ts";
import { encodeMessage } from "../protocol/encode.ts";
import type { MessageObject } from "../protocol/message.ts";
import { agentService, findMethod, healthService, protocol } from "../protocol/protocol.ts";
import { fromSerde } from "../protocol/serde.ts";
import { type CallOptions, TtrpcClient } from "../ttrpc/client.ts";
import { TtrpcError } from "../ttrpc/status.ts";

/** How a call ended: an answer, or a status other than OK. */
export type Outcome =
	| { readonly ok: true; readonly reply: MessageObject }
	| { readonly ok: false; readonly error: TtrpcError };

/** The first method whose request is the message: `ReadStreamRequest` → ReadStdout. */
export function methodOf(kind: string): Method | undefined {
	for (const m of protocol.services.get(agentService)?.methods.values() ?? []) {
		if (m.request.name === kind) return m;
	}
	return undefined;
}

export class ScriptedShim {
	readonly client: TtrpcClient;

	constructor(socket: Duplex) {
		this.client = new TtrpcClient(socket);
	}

	/** Call a method by its name; the request may be partial. Throws TtrpcError. */
	async call(method: string, request: Value = {}, options: CallOptions = {}): Promise<MessageObject> {
		const service = findMethod(agentService, method) === undefined ? healthService : agentService;
		const m = findMethod(service, method);
		if (m === undefined) throw new Error(`no method ${method}`);
		const payload = encodeMessage(fromSerde(request, m.request), m.request);
		return decodeMessage(await this.client.call(service, method, payload, options), m.response);
	}

	/** Send a recorded request by its kind. */
	async send(kind: string, request: Value, options: CallOptions = {}): Promise<Outcome> {
		const m = methodOf(kind);
		if (m === undefined) throw new Error(`no request ${kind}`);
		try {
			return { ok: true, reply: await this.call(m.name, request, options) };
		} catch (e) {
			if (e instanceof TtrpcError) return { ok: false, error: e };
			throw e;
		}
	}

	close(): void {
		this.client.close();
	}
}
