/** A process of tests, for one job after the other. */
import { fork } from "node:child_process";
import { join } from "node:path";
import { bundleFolder } from "./bundle.js";

/** A process that tells nothing for this long, and ten times what the slowest of its tests takes without a mutant, hangs. */
const quietMs = 10_000;

export class TestProcess {
	#child;
	#ready;
	#outcome;
	#resolve;
	#timer;
	#quiet = quietMs;
	#errors = "";
	/** How many jobs it has had. */
	jobs = 0;
	isOver = false;

	constructor(root) {
		this.#child = fork(join(root, bundleFolder, "process.mjs"), [], {
			cwd: root,
			execArgv: ["--max-old-space-size=1500"],
			stdio: ["ignore", "ignore", "pipe", "ipc"],
		});
		this.#child.stderr.setEncoding("utf8").on("data", (text) => {
			this.#errors = (this.#errors + text).slice(-2000);
		});
		this.#ready = new Promise((resolve) => {
			this.#child.on("message", (m) => {
				if (m.ready) resolve();
				else if (this.#outcome !== undefined) this.#hear(m);
			});
			this.#child.on("close", (code, signal) => {
				this.isOver = true;
				resolve();
				this.#finish(`died (${code ?? signal}) ${this.#errors}`);
			});
		});
	}

	/** Resolves to `{ ended, killed, why, isStale, failed, tests }`; `ended` is false where it died or hung. */
	async run(job, slowestMs = 6000) {
		await this.#ready;
		this.jobs++;
		this.#outcome = { ended: false, killed: undefined, why: "", isStale: false, failed: [], tests: [] };
		this.#quiet = quietMs + 10 * slowestMs;
		return new Promise((resolve) => {
			this.#resolve = resolve;
			if (this.isOver) {
				this.#finish("it had died");
				return;
			}
			this.#watch();
			this.#child.send(job);
		});
	}

	stop() {
		this.isOver = true;
		this.#child.kill("SIGKILL");
	}

	#watch() {
		clearTimeout(this.#timer);
		this.#timer = setTimeout(() => {
			this.#outcome.why = "hung";
			this.stop();
		}, this.#quiet);
	}

	#hear(m) {
		this.#watch();
		const o = this.#outcome;
		if (m.passed !== undefined) o.tests.push(m);
		if (m.failed !== undefined) o.failed.push(m);
		if (m.killed !== undefined) Object.assign(o, { killed: m.killed, why: m.why, isStale: m.isStale });
		if (m.done) {
			Object.assign(o, { ended: true, loading: m.loading });
			this.#finish("");
		}
	}

	#finish(why) {
		clearTimeout(this.#timer);
		if (this.#outcome === undefined) return;
		if (!this.#outcome.ended && this.#outcome.why === "") this.#outcome.why = why;
		const resolve = this.#resolve;
		const outcome = this.#outcome;
		this.#outcome = undefined;
		resolve(outcome);
	}
}
