/**
 * The Kata agent of 2023 as far as it asks a policy service: how it starts, what it sends, and what it makes of
 * the answers. It looks at no status but that of decisions, and takes nothing for permission but `true`.
 */
import { type Agent, request as httpRequest } from "node:http";

export interface Simulated {
	/** Where the service is: a port of 127.0.0.1, or a socket. */
	readonly where: { readonly port: number } | { readonly socketPath: string };
	/** The policy of the image. */
	readonly policy: string;
	readonly agent?: Agent;
	/** Milliseconds between tries; the agent waits 100. */
	readonly pause?: number;
}

interface Answer {
	readonly status: number;
	readonly body: string;
}

export class KataAgent2023 {
	readonly #of: Simulated;
	#allowFailing = false;

	constructor(of: Simulated) {
		this.#of = of;
	}

	/** Sends its policy until somebody answers, whatever that answer is; then asks for the flag. */
	async start(): Promise<void> {
		for (let i = 0; ; i++) {
			try {
				await this.#send("PUT", "/v1/policies/agent_policy", this.#of.policy);
				break;
			} catch (e) {
				if (i + 1 >= 50) throw new Error("the policy service does not answer", { cause: e });
				await new Promise((resolve) => setTimeout(resolve, this.#of.pause ?? 100));
			}
		}
		await this.#readFlag();
	}

	/** Whether a request may be. */
	async allows(name: string, input: unknown): Promise<boolean> {
		const answer = await this.#send("POST", `/v1/data/agent_policy/${name}`, JSON.stringify({ input }));
		if (answer.status !== 200) return false;
		const result = resultOf(answer.body);
		if (result === true) return true;
		return result === false && this.#allowFailing;
	}

	/** Puts another policy in the place of this one, if this one lets it. */
	async setPolicy(policy: string): Promise<boolean> {
		if (!(await this.allows("SetPolicyRequest", { policy }))) return false;
		await this.#send("DELETE", "/v1/policies/agent_policy");
		await this.#send("PUT", "/v1/policies/agent_policy", policy);
		await this.#readFlag();
		return true;
	}

	async #readFlag(): Promise<void> {
		const path = "/v1/data/agent_policy/AllowRequestsFailingPolicy";
		const answer = await this.#send("POST", path, '{"input":{}}');
		if (answer.status !== 200) throw new Error(`the policy service answers ${answer.status}`);
		this.#allowFailing = resultOf(answer.body) === true;
	}

	/** No Content-Type, no look at the status. */
	#send(method: string, path: string, body?: string): Promise<Answer> {
		return new Promise((resolve, reject) => {
			const { where, agent } = this.#of;
			const headers = {
				Host: "localhost:8181",
				...(body === undefined ? {} : { "Content-Length": Buffer.byteLength(body) }),
			};
			const request = httpRequest({ ...where, host: "127.0.0.1", method, path, headers, ...(agent ? { agent } : {}) });
			request.on("error", reject);
			request.on("response", (answer) => {
				let text = "";
				answer.setEncoding("utf8").on("data", (part: string) => {
					text += part;
				});
				answer.on("error", reject);
				answer.on("end", () => resolve({ status: answer.statusCode ?? 0, body: text }));
			});
			request.end(body);
		});
	}
}

/** Only a boolean result is one. */
function resultOf(body: string): boolean | undefined {
	try {
		const answer: unknown = JSON.parse(body);
		if (typeof answer !== "object" || answer === null || !("result" in answer)) return undefined;
		return typeof answer.result === "boolean" ? answer.result : undefined;
	} catch {
		return undefined;
	}
}
