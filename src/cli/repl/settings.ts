/** What the commands of the interactive shell turn on and off, besides statements. */
import { type ExplainMode, explainModes } from "../../trace/lineage.ts";

export class Settings {
	format: "pretty" | "json";
	explain: ExplainMode = "off";
	metrics = false;
	instrument = false;
	profile = false;
	strictBuiltinErrors = false;

	constructor(format: "pretty" | "json") {
		this.format = format;
	}

	/** Whether the evaluator that tells what happens is needed. */
	get watches(): boolean {
		return this.explain !== "off" || this.profile;
	}

	/** Runs a command, if it is one of these; gives what it says, "" for nothing. */
	command(word: string, args: readonly string[]): string | undefined {
		switch (word) {
			case "json":
			case "pretty":
				this.format = word;
				return "";
			case "trace":
				return this.#trace(args[0] ?? "full");
			case "notes":
			case "fails":
				return this.#trace(word);
			case "metrics":
				this.metrics = !this.metrics;
				return "";
			case "instrument":
				this.instrument = !this.instrument;
				this.metrics = this.instrument;
				return "";
			case "profile":
				this.profile = !this.profile;
				return "";
			case "strict-builtin-errors":
				this.strictBuiltinErrors = !this.strictBuiltinErrors;
				return "";
			case "pretty-limit":
				return prettyLimit(args);
			case "target":
				return target(args);
			default:
				return undefined;
		}
	}

	/** What is on is turned off. */
	#trace(name: string): string {
		const mode = explainModes.find((m) => m === name);
		if (mode === undefined) return `invalid explain mode, expected one of: ${explainModes.join(", ")}\n`;
		this.explain = this.explain === mode ? "off" : mode;
		return "";
	}

	/** As `show debug` writes them. */
	text(): string {
		const shown = {
			explain: this.explain,
			metrics: this.metrics,
			instrument: this.instrument,
			profile: this.profile,
			"strict-builtin-errors": this.strictBuiltinErrors,
		};
		return `${JSON.stringify(shown, undefined, "\t")}\n`;
	}
}

/** Accepted, as by `rego eval`: values are shown whole. */
function prettyLimit(args: readonly string[]): string {
	const [n] = args;
	if (n === undefined || args.length > 1) return "usage: pretty-limit <n>\n";
	return /^[+-]?[0-9]+$/.test(n) ? "" : `strconv.ParseInt: parsing ${JSON.stringify(n)}: invalid syntax\n`;
}

function target(args: readonly string[]): string {
	const [mode] = args;
	if (mode === undefined || args.length > 1) return "code bad arguments: target <mode>: expects exactly one argument\n";
	if (mode === "rego") return "";
	if (mode === "wasm") return "target wasm is not supported by this version of rego\n";
	return `invalid target ${JSON.stringify(mode)}:must be one of {rego,wasm}\n`;
}
