/** Counters and histograms of the gate in Prometheus' text format. */
import { at } from "../../at.ts";

const buckets: readonly number[] = [0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.01, 0.1, 1];

interface Histogram {
	readonly counts: number[];
	sum: number;
	count: number;
}

function newHistogram(): Histogram {
	return { counts: buckets.map(() => 0), sum: 0, count: 0 };
}

function observe(h: Histogram, seconds: number): void {
	h.sum += seconds;
	h.count++;
	for (let i = buckets.length - 1; i >= 0 && seconds <= at(buckets, i); i--) h.counts[i] = (h.counts[i] ?? 0) + 1;
}

type Counter = "upstream_failures" | "policies_set" | "reads_redacted" | "requests_refused" | "connections";

const counterHelp: Readonly<Record<Counter, string>> = {
	upstream_failures: "Calls that failed because the agent could not be reached.",
	policies_set: "Policies replaced through SetPolicy.",
	reads_redacted: "Reads of a container's output whose data were withheld.",
	requests_refused: "Requests refused before any decision: unknown, unreadable.",
	connections: "Connections accepted.",
};

/** What is known only when asked. */
export interface Gauges {
	readonly connections: number;
	readonly calls: number;
	readonly policyDigest: string;
	readonly allowsFailing: boolean;
	readonly logLinesLost: number;
	/** Bytes of requests and of what is written and not taken. */
	readonly held: number;
	/** Requests that wait for a decision. */
	readonly waiting: number;
	/** Deciders that had to be replaced. */
	readonly restarts: number;
}

export class Metrics {
	readonly #decisions: Map<string, Map<string, number>> = new Map();
	readonly #decisionSeconds: Histogram = newHistogram();
	readonly #callSeconds: Histogram = newHistogram();
	readonly #counters: Map<Counter, number> = new Map();

	/** `verdict`: allowed, denied, error, busy, failing. */
	decision(kind: string, verdict: string, seconds: number): void {
		let byVerdict = this.#decisions.get(kind);
		if (byVerdict === undefined) this.#decisions.set(kind, (byVerdict = new Map()));
		byVerdict.set(verdict, (byVerdict.get(verdict) ?? 0) + 1);
		observe(this.#decisionSeconds, seconds);
	}

	/** A call from its arrival to its answer, the agent's share included. */
	call(seconds: number): void {
		observe(this.#callSeconds, seconds);
	}

	count(name: Counter): void {
		this.#counters.set(name, (this.#counters.get(name) ?? 0) + 1);
	}

	/** The page a scraper gets. */
	render(g: Gauges): string {
		const out: string[] = [];
		const head = (name: string, type: string, help: string): void => {
			out.push(`# HELP rego_gate_${name} ${help}`, `# TYPE rego_gate_${name} ${type}`);
		};
		head("decisions_total", "counter", "Decisions by request kind and verdict.");
		for (const [kind, byVerdict] of this.#decisions) {
			for (const [verdict, n] of byVerdict) {
				out.push(`rego_gate_decisions_total{kind="${kind}",verdict="${verdict}"} ${n}`);
			}
		}
		const histogram = (name: string, help: string, h: Histogram): void => {
			head(name, "histogram", help);
			for (const [i, le] of buckets.entries()) out.push(`rego_gate_${name}_bucket{le="${le}"} ${h.counts[i]}`);
			out.push(`rego_gate_${name}_bucket{le="+Inf"} ${h.count}`);
			out.push(`rego_gate_${name}_sum ${h.sum}`, `rego_gate_${name}_count ${h.count}`);
		};
		histogram("decision_seconds", "Time the policy took to decide.", this.#decisionSeconds);
		histogram("call_seconds", "Time from a request's arrival to its answer.", this.#callSeconds);
		for (const [name, help] of Object.entries(counterHelp)) {
			head(`${name}_total`, "counter", help);
			out.push(`rego_gate_${name}_total ${this.#counters.get(name as Counter) ?? 0}`);
		}
		const gauge = (name: string, help: string, value: number): void => {
			head(name, "gauge", help);
			out.push(`rego_gate_${name} ${value}`);
		};
		gauge("connections", "Open connections.", g.connections);
		gauge("calls", "Calls in progress.", g.calls);
		gauge("policy_allows_failing", "1 when the policy sets AllowRequestsFailingPolicy.", g.allowsFailing ? 1 : 0);
		gauge("request_log_lines_lost", "Lines of the request log that could not be written.", g.logLinesLost);
		gauge("held_bytes", "Bytes of requests in progress and of what is written and not read yet.", g.held);
		gauge("undecided", "Requests that wait for a decision.", g.waiting);
		gauge("decider_restarts", "Threads that were replaced because a decision took too much.", g.restarts);
		head("policy_info", "gauge", "SHA-256 of the policy in force.");
		out.push(`rego_gate_policy_info{digest="${g.policyDigest}"} 1`);
		return `${out.join("\n")}\n`;
	}
}
