/** What the process uses, for `GET /metrics`. */
import { cpuUsage, memoryUsage, uptime } from "node:process";
import { version } from "../../version.ts";

export function processMetrics(): string {
	const { rss, heapUsed, heapTotal, external } = memoryUsage();
	const { user, system } = cpuUsage();
	const rows: readonly (readonly [string, string, string, number])[] = [
		["process_cpu_seconds_total", "counter", "Total user and system CPU time spent in seconds.", (user + system) / 1e6],
		["process_resident_memory_bytes", "gauge", "Resident memory size in bytes.", rss],
		[
			"process_start_time_seconds",
			"gauge",
			"Start time since the unix epoch in seconds.",
			Date.now() / 1000 - uptime(),
		],
		["nodejs_heap_size_total_bytes", "gauge", "Size of the heap.", heapTotal],
		["nodejs_heap_size_used_bytes", "gauge", "Used part of the heap.", heapUsed],
		["nodejs_external_memory_bytes", "gauge", "Memory outside of the heap.", external],
	];
	const text = rows.map(([name, type, help, n]) => `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${name} ${n}\n`);
	const info = `nodejs_version_info{version="${process.version}",regoplan="${version}"} 1`;
	return `${text.join("")}# HELP nodejs_version_info Versions.\n# TYPE nodejs_version_info gauge\n${info}\n`;
}
