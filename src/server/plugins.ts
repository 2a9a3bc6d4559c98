/** What runs beside the server and can be ready or not: bundle downloads, decision logs … */

/** How something beside the server is. */
export type PluginState = "OK" | "NOT_READY" | "WARN" | "ERROR";

/** States by name, as `/health?plugins` judges them. */
export class Plugins {
	readonly #states: Map<string, PluginState> = new Map();
	#allOnce = false;

	set(name: string, state: PluginState): void {
		this.#states.set(name, state);
	}

	state(name: string): PluginState | undefined {
		return this.#states.get(name);
	}

	get states(): ReadonlyMap<string, PluginState> {
		return this.#states;
	}

	/** All of them were ready at once, now or at some time before. */
	wereReady(): boolean {
		this.#allOnce ||= [...this.#states.values()].every((s) => s === "OK");
		return this.#allOnce;
	}
}
