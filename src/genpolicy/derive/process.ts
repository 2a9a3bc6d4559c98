/** The process of a container: image and manifest combined as Kata's generator does it, step by step. */
import type { Image } from "../image/image.ts";
import { quote, some } from "../problem.ts";
import type { Setting } from "../settings/fields.ts";
import type { Known } from "../workload/fields.ts";
import { defaultEnv } from "./base-mounts.ts";
import { deriveCapabilities } from "./capabilities.ts";
import type { ContainerSources } from "./container.ts";
import { addVariables } from "./env.ts";
import { warnOfHostValues } from "./host-values.ts";
import type { Process } from "./policy-data.ts";
import {
	expandArgs,
	expandEnv,
	SubstitutionError,
	splitVariable,
	substituteArgs,
	substituteEnv,
} from "./substitute.ts";

export interface ProcessSources extends ContainerSources {
	readonly setting: Setting<"Spec">;
}

export function deriveProcess(sources: ProcessSources): Process {
	const { container, isPause, workload, image, user, settings } = sources;
	const { config } = image;
	const env = [...(config.Env ?? [defaultEnv])];
	if (container.tty === true && !isPause) env.push("TERM=xterm");
	if (!isPause) env.push("HOSTNAME=$(host-name)");
	const kept = env.length;
	addVariables(env, sources);
	const args = argsOf(container, image);
	const { Args, Env } = new Texts(sources, args, env, kept).derive();
	if (!isPause) warnOfHostValues(sources, { Args, Env }, args.before.length, kept);
	const allowed =
		container.securityContext?.allowPrivilegeEscalation ?? workload.podSpec.securityContext?.allowPrivilegeEscalation;
	return {
		Terminal: container.tty ?? config.Tty ?? false,
		User: user,
		Args: withMissing(Args, sources.setting.Process?.Args),
		Env: withMissing(Env, sources.setting.Process?.Env),
		Cwd: config.WorkingDir === undefined || config.WorkingDir === "" ? "/" : config.WorkingDir,
		Capabilities: deriveCapabilities(container, settings),
		NoNewPrivileges: allowed === undefined ? false : !allowed,
	};
}

interface Args {
	/** The image's, before and after the manifest's. */
	readonly before: readonly string[];
	readonly own: readonly string[];
	readonly after: readonly string[];
}

/** The manifest's command takes the place of the image's, and its arguments that of the image's. */
function argsOf({ command, args }: Known<"Container">, { config }: Image): Args {
	const own = [...(command ?? []), ...(args ?? [])];
	if (command !== undefined) return { before: [], own, after: [] };
	return { before: config.Entrypoint ?? [], own, after: args === undefined ? (config.Cmd ?? []) : [] };
}

interface Derived {
	readonly Env: readonly string[];
	readonly Args: readonly string[];
}

/** Variables and arguments with references in them. */
class Texts {
	private readonly sources: ProcessSources;
	private readonly args: Args;
	private readonly env: readonly string[];
	/** How many of the variables are not the manifest's. */
	private readonly kept: number;

	constructor(sources: ProcessSources, args: Args, env: readonly string[], kept: number) {
		this.sources = sources;
		this.args = args;
		this.env = env;
		this.kept = kept;
	}

	derive(): Derived {
		const { strict, problems, path } = this.sources;
		try {
			const runtime = this.expanded();
			if (!strict) return runtime;
			const kata = this.substituted();
			this.compare(kata, runtime);
			return kata;
		} catch (e) {
			if (!(e instanceof SubstitutionError)) throw e;
			// Which text it is is not said: it may be a secret's.
			const hint = "$(NAME) stands for the value of a variable. Kata's generator cannot write such text as it is.";
			problems.error("substitution", path, `variables and arguments: ${e.message}`, hint);
			return { Args: [], Env: [] };
		}
	}

	private expanded(): Derived {
		const { before, own, after } = this.args;
		const Env = expandEnv(this.env, this.kept);
		return { Env, Args: [...before, ...expandArgs(own, Env, this.kept), ...after] };
	}

	private substituted(): Derived {
		const { before, own, after } = this.args;
		const Env = substituteEnv(this.env);
		return { Env, Args: substituteArgs([...before, ...own, ...after], Env) };
	}

	/** The policy's texts beside those that Kubernetes will give the container. */
	private compare(kata: Derived, runtime: Derived): void {
		const names = kata.Env.filter((text, i) => text !== runtime.Env[i]).map((text) => quote(splitVariable(text)[0]));
		const args = kata.Args.filter((text, i) => text !== runtime.Args[i]).length;
		if (names.length === 0 && args === 0) return;
		const what = [
			...(names.length === 0 ? [] : [`variable${names.length === 1 ? "" : "s"} ${some([...new Set(names)])}`]),
			...(args === 0 ? [] : [`${args} of the arguments`]),
		].join(" and ");
		this.sources.problems.warn(
			"expansion",
			this.sources.path,
			`${what}: $(NAME) comes out otherwise in Kubernetes than in Kata's generator: the policy denies the container`,
			"Kata's generator knows no $$( escapes, expands no value with = in it, and expands what the image brings. With --strict-kata=false Kubernetes' rules are followed.",
		);
	}
}

function withMissing(list: readonly string[], more: readonly string[] | undefined): readonly string[] {
	const made = [...list];
	for (const text of more ?? []) if (!made.includes(text)) made.push(text);
	return made;
}
