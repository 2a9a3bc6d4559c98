/**
 * How much memory the process has, asked of the kernel through a descriptor that is opened once: a host that opens
 * connections until there are no descriptors left must not keep the gate from measuring itself. (Node's own
 * `process.memoryUsage` opens a file each time, and throws.)
 */
import { openSync, readSync } from "node:fs";

const text = Buffer.alloc(4096);
let descriptor: number | undefined;

/** In bytes. */
export function residentMemory(): number {
	descriptor ??= openStatus();
	if (descriptor < 0) return process.memoryUsage.rss();
	const length = readSync(descriptor, text, 0, text.length, 0);
	const kib = /^VmRSS:\s+([0-9]+) kB/m.exec(text.toString("latin1", 0, length))?.[1];
	return kib === undefined ? process.memoryUsage.rss() : Number(kib) * 1024;
}

/** Systems other than Linux have no such file. */
function openStatus(): number {
	try {
		return openSync("/proc/self/status", "r");
	} catch {
		return -1;
	}
}
