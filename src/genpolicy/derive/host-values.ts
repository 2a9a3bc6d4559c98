/**
 * Variables and arguments whose value Kata's rules leave to the host, though the manifest seems to fix it. What the
 * agent cannot know (the node's name, the pod's uid) stands in the policy as `$(node-name)`, and the rules then pass over
 * the whole text that it stands in; and the settings allow variables by patterns, those of services for one, whatever
 * the manifest says of them.
 */
import { compileRegex, type Regex } from "../../regex/regex.ts";
import { type Path, type Problems, quote } from "../problem.ts";
import type { Settings } from "../settings/settings.ts";
import type { Known } from "../workload/fields.ts";
import { splitVariable } from "./substitute.ts";

export interface HostValueSources {
	readonly container: Known<"Container">;
	readonly path: Path;
	readonly settings: Settings;
	readonly problems: Problems;
}

/** In an argument: the rules take any text for one that holds it. */
const anyArgument = "$(node-name)";
/** In a variable: any value for one that holds one of them. */
const anyVariable = ["$(host-name)", "$(node-name)", "$(pod-uid)", "$(resource-field)", "$(todo-annotation)"];
/** In a variable, of a manifest without a namespace: it is replaced by the one that the host names. */
const anyNamespace = "$(sandbox-namespace)";

/** `before` arguments are the image's, and come first; `kept` variables are not the manifest's. */
export function warnOfHostValues(
	sources: HostValueSources,
	{ Args, Env }: { readonly Args: readonly string[]; readonly Env: readonly string[] },
	before: number,
	kept: number,
): void {
	warnOfArguments(sources, Args, before);
	const places = new Map<string, number>();
	for (const [i, { name }] of (sources.container.env ?? []).entries()) if (!places.has(name)) places.set(name, i);
	const isAllowed = allowedVariables(sources.settings);
	for (const [i, text] of Env.entries())
		warnOfVariable(sources, text, places.get(splitVariable(text)[0]), i >= kept ? isAllowed : undefined);
}

function warnOfArguments(
	{ container, path, problems }: HostValueSources,
	args: readonly string[],
	before: number,
): void {
	const { command = [] } = container;
	for (const [i, text] of args.entries()) {
		if (!text.includes(anyArgument)) continue;
		const own = i - before;
		const field = own < 0 ? ["image"] : own < command.length ? ["command", own] : ["args", own - command.length];
		problems.warn(
			"any-value",
			[...path, ...field],
			`argument ${i} holds ${anyArgument}: the host may put any text in the place of all of it`,
			"Let the process read the node's name from its variable: a shell's script may have \"$NAME\" where it had $(NAME).",
		);
	}
}

function warnOfVariable(
	{ container, path, problems }: HostValueSources,
	text: string,
	at: number | undefined,
	/** Undefined for a variable of the image's, which anything may replace. */
	isAllowed: Regex | undefined,
): void {
	const [name, value] = splitVariable(text);
	const field = at === undefined ? path : [...path, "env", at];
	const warn = (message: string, hint: string): void =>
		problems.warn("any-value", field, `variable ${quote(name)}: ${message}`, hint, { subject: `variable ${name}` });
	// The rules look at values without a further = only.
	const held = value.includes("=") ? undefined : anyVariable.find((p) => value.includes(p));
	const isReference = at !== undefined && container.env?.[at]?.valueFrom !== undefined;
	if (held !== undefined && (held !== value || !(isReference || text === hostName))) {
		warn(
			`its value holds ${held}: the host may put any other in the place of all of it`,
			"Put it together in the container, from a variable that has nothing else in it.",
		);
	} else if (value.includes(anyNamespace))
		warn(
			"the manifest has no namespace, so the host chooses it: any text",
			"Write metadata.namespace into the manifest.",
		);
	else if (isAllowed !== undefined && samples.some((v) => v !== value && isAllowed.test(`${name}=${v}`)))
		warn(
			"the settings let the host choose it (allow_env_regex), as they do for variables of services",
			"Take another name, or take the pattern out of the settings.",
		);
}

/** What every container has. */
const hostName = "HOSTNAME=$(host-name)";

/** Of the kinds of values that the settings' patterns are about. */
const samples: readonly string[] = ["", "0", "a", "198.51.100.7", "tcp", "tcp://198.51.100.7:7", "xterm"];

/** The settings' patterns as the rules put them together; one that is no pattern matches nothing there. */
function allowedVariables({ common, request_defaults }: Settings): Regex | undefined {
	const patterns = request_defaults.CreateContainerRequest.allow_env_regex.flatMap((pattern) => {
		const whole = (["ipv4_a", "ip_p", "svc_name_downward_env", "dns_label"] as const).reduce(
			(text, name) => text.replaceAll(`$(${name})`, () => common[name]),
			pattern,
		);
		try {
			return [`(?:${compileRegex(whole).source})`];
		} catch {
			return [];
		}
	});
	return patterns.length === 0 ? undefined : compileRegex(patterns.join("|"));
}
