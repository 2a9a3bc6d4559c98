/** `GET /metrics`: how long requests took, by handler, method and status, in Prometheus' text format. */
import type { Answer } from "./answer.ts";

const buckets = [1e-6, 5e-6, 1e-5, 5e-5, 1e-4, 5e-4, 1e-3, 0.01, 0.1, 1] as const;
const bucketNames = ["1e-06", "5e-06", "1e-05", "5e-05", "0.0001", "0.0005", "0.001", "0.01", "0.1", "1"] as const;

interface Histogram {
	readonly labels: string;
	/** Requests that took no longer, each in its smallest bucket. */
	readonly counts: number[];
	sum: number;
	count: number;
}

const name = "http_request_duration_seconds";
const known = new Set(["get", "put", "head", "post", "delete", "connect", "options", "notify", "trace", "patch"]);

export class RequestMetrics {
	readonly #histograms: Map<string, Histogram> = new Map();

	observe(handler: string, method: string, status: number, seconds: number): void {
		const key = `${status} ${method} ${handler}`;
		let histogram = this.#histograms.get(key);
		if (histogram === undefined) {
			const lower = method.toLowerCase();
			const labels = `code="${status}",handler="${handler}",method="${known.has(lower) ? lower : "unknown"}"`;
			histogram = { labels, counts: buckets.map(() => 0), sum: 0, count: 0 };
			this.#histograms.set(key, histogram);
		}
		histogram.sum += seconds;
		histogram.count++;
		const i = buckets.findIndex((b) => seconds <= b);
		if (i >= 0) histogram.counts[i] = (histogram.counts[i] ?? 0) + 1;
	}

	text(): string {
		const lines = [`# HELP ${name} A histogram of duration for requests.`, `# TYPE ${name} histogram`];
		for (const h of [...this.#histograms.values()].sort((a, b) => (a.labels < b.labels ? -1 : 1))) {
			let below = 0;
			for (const [i, n] of h.counts.entries()) {
				below += n;
				lines.push(`${name}_bucket{${h.labels},le="${bucketNames[i]}"} ${below}`);
			}
			lines.push(
				`${name}_bucket{${h.labels},le="+Inf"} ${h.count}`,
				`${name}_sum{${h.labels}} ${h.sum}`,
				`${name}_count{${h.labels}} ${h.count}`,
			);
		}
		return `${lines.join("\n")}\n`;
	}

	answer(more: string): Answer {
		const headers = { "Content-Type": "text/plain; version=0.0.4; charset=utf-8; escaping=underscores" };
		return { status: 200, headers, body: `${this.text()}${more}` };
	}
}
