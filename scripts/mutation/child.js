/** A process of tests, for one job after the other. */
import { fork } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { bundleFolder } from "./bundle.js";

/**
 * A process that tells nothing for this long, and ten times what the slowest of its tests takes without a mutant,
 * hangs. Waiting for a core is no part of it: a busy machine kills no mutant.
 */
const quietMs = 10_000;
const everyMs = 250;

/** Whether a process would run if it had a core, and its processor time so far; undefined where there is no /proc. */
function stateOf(pid) {
	try {
		const text = readFileSync(`/proc/${pid}/stat`, "latin1");
		// The name before may have anything in it. Times are in hundredths of a second.
		const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
		return { runs: fields[0] === "R" || fields[0] === "D", ms: 10 * (Number(fields[11]) + Number(fields[12])) };
	} catch {
		return undefined;
	}
}

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
	/** It could be started at all. */
	wasReady = false;

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
				if (m.ready) {
					this.wasReady = true;
					resolve();
				} else if (this.#outcome !== undefined) this.#hear(m);
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
		clearInterval(this.#timer);
		let quiet = 0;
		let before = { at: Date.now(), ms: stateOf(this.#child.pid)?.ms ?? 0 };
		this.#timer = setInterval(() => {
			const state = stateOf(this.#child.pid);
			const now = { at: Date.now(), ms: state?.ms ?? before.ms };
			const worked = now.ms - before.ms;
			quiet += state?.runs === true ? worked : Math.max(worked, now.at - before.at);
			before = now;
			if (quiet < this.#quiet) return;
			clearInterval(this.#timer);
			this.#outcome.why = "hung";
			this.stop();
		}, everyMs);
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
		clearInterval(this.#timer);
		if (this.#outcome === undefined) return;
		if (!this.#outcome.ended && this.#outcome.why === "") this.#outcome.why = why;
		const resolve = this.#resolve;
		const outcome = this.#outcome;
		this.#outcome = undefined;
		resolve(outcome);
	}
}
