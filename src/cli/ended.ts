/** The end of a command that goes on until it is told to stop. */
import type { CliIo } from "./io.ts";

/** Resolves when the process, or who runs the command, is asked to end. */
export function ended(io: CliIo): Promise<void> {
	return new Promise((resolve) => {
		const signals = ["SIGINT", "SIGTERM"] as const;
		const end = (): void => {
			for (const signal of signals) process.off(signal, end);
			resolve();
		};
		for (const signal of signals) process.once(signal, end);
		io.ending?.addEventListener("abort", end, { once: true });
	});
}
