/**
 * `rego agent serve`: the gate as a daemon. Flags to options, signals to a graceful stop, and
 * structured log lines on stderr.
 */
import type { Daemon } from "../agent/daemon.ts";
import { jsonLog, type LogLevel } from "../agent/gate/log.ts";
import { lineWriter } from "../agent/gate/log-stream.ts";
import type { Tee } from "../agent/policy/digest.ts";
import { chooseDigest } from "../agent/policy/digest-option.ts";
import { findInitdataDevice } from "../agent/policy/initdata-device.ts";
import { defaultLimits } from "../agent/policy/limits.ts";
import { PolicyLoadError } from "../agent/policy/load-error.ts";
import { defaultPolicyFile, type PolicySource } from "../agent/policy/source.ts";
import { AddressError, parseAddress } from "../agent/transport/address.ts";
import { inheritedDescriptors } from "../agent/transport/listen.ts";
import type { AgentSubcommand } from "./agent-command.ts";
import { policySourceOf, regoVersionFlags, regoVersionOf } from "./agent-policy-file.ts";
import { type FlagSpec, type ParsedFlags, parseFlags } from "./flags.ts";
import { type CliIo, CommandError } from "./io.ts";

const flags: readonly FlagSpec[] = [
	{
		name: "listen",
		short: "l",
		kind: "string",
		doc: "vsock://CID:PORT, unix://PATH, hvsock://PATH:PORT or fd://N",
		default: "vsock://-1:1024",
	},
	{
		name: "upstream",
		short: "u",
		kind: "string",
		doc: "where the agent listens: unix://PATH, vsock://CID:PORT or hvsock://PATH:PORT",
	},
	{ name: "policy", short: "p", kind: "string", doc: "the policy's file", default: defaultPolicyFile },
	{
		name: "initdata",
		kind: "string",
		doc: "take the policy from initdata: a block device, a file, or auto for the disk that has it (else --policy)",
	},
	{
		name: "bootstrap-policy",
		kind: "string",
		doc: "a policy that is not checked, to be replaced once by one that is",
	},
	{
		name: "plans",
		kind: "string",
		doc: "a folder with plans of policies, which are compiled otherwise (rego agent image --policy makes them)",
	},
	{
		name: "runtime-dir",
		kind: "string",
		doc: "where it is noted that the policy or its state has changed; none for nowhere (default $RUNTIME_DIRECTORY or /run/rego-gate)",
	},
	{ name: "decision-timeout", kind: "duration", doc: "how long the policy may take over a request", default: "10s" },
	{ name: "agent-timeout", kind: "duration", doc: "how long to wait for the agent at the start", default: "60s" },
	{ name: "expect-digest", kind: "string", doc: "auto, off, snp, tdx, file:PATH or hexadecimal", default: "auto" },
	{
		name: "digest-of",
		kind: "enum",
		values: ["policy", "initdata"],
		doc: "what --expect-digest is the digest of (default: where the policy comes from)",
	},
	{
		name: "tee",
		kind: "enum",
		values: ["snp", "tdx", "cca", "se", "none"],
		doc: "whose report field the expected digest was taken from",
	},
	{
		name: "on-failure",
		kind: "enum",
		values: ["exit", "deny"],
		doc: "what to do when the policy cannot be loaded",
		default: "exit",
	},
	{ name: "policy-log", kind: "string", doc: "write every request put to the policy to this file" },
	{ name: "metrics", kind: "string", doc: "serve Prometheus metrics on PORT, HOST:PORT or the path of a unix socket" },
	{
		name: "unknown-fields",
		kind: "enum",
		values: ["reject", "drop"],
		doc: "what to do with fields of requests that the gate does not know",
		default: "reject",
	},
	{
		name: "explain-denials",
		kind: "bool",
		doc: "log why requests are denied (with --log-level debug): at most one a second, off the way of decisions",
	},
	{
		name: "cause-in-denials",
		kind: "bool",
		doc: "tell the host the cause of a denial in its message: at most one a second, which waits up to 3s for it",
	},
	{
		name: "redact",
		kind: "list",
		doc: "with --cause-in-denials: a pointer into the request whose value is not shown, as environment variables never are",
	},
	{ name: "quote-denials", kind: "bool", doc: "write denials in quotes with escapes, as the agent does" },
	{ name: "max-connections", kind: "int", doc: "most connections at one time", default: "16384" },
	{ name: "socket-mode", kind: "string", doc: "permissions of a unix socket listened on", default: "0600" },
	{ name: "grace", kind: "duration", doc: "how long calls in progress may take at a stop", default: "5s" },
	{
		name: "log-level",
		kind: "enum",
		values: ["debug", "info", "warn", "error"],
		doc: "least important lines logged",
		default: "info",
	},
	...regoVersionFlags,
];

/** Start as the flags say. Throws CommandError. */
async function startFromFlags(parsed: ParsedFlags, io: CliIo): Promise<Daemon> {
	if (parsed.args.length > 0) throw new CommandError(`unexpected argument ${parsed.args[0]}`, 1);
	if (!parsed.isSet("upstream")) throw new CommandError('required flag "upstream" not set', 1);
	const mode = /^[0-7]{1,4}$/.test(parsed.string("socket-mode"))
		? Number.parseInt(parsed.string("socket-mode"), 8)
		: -1;
	if (mode < 0 || mode > 0o777) throw new CommandError("--socket-mode: an octal number is wanted", 1);
	if (parsed.isSet("decision-timeout") && milliseconds(parsed, "decision-timeout") < 1) {
		throw new CommandError("--decision-timeout: at least 1ms is wanted", 1);
	}
	if (parsed.int("max-connections") < 1) throw new CommandError("--max-connections: at least 1 is wanted", 1);
	const write = io.stderrFd === undefined ? (line: string): void => io.stderr(line) : lineWriter(io.stderrFd);
	const log = jsonLog(write, parsed.string("log-level") as LogLevel);
	const { startDaemon, StartError } = await import("../agent/daemon.ts");
	try {
		const listen = parseAddress(parsed.string("listen"));
		const upstream = parseAddress(parsed.string("upstream"));
		const bootstrap = parsed.isSet("bootstrap-policy");
		const policy = sourceOf(parsed, io);
		const digest = chooseDigest({
			expect: parsed.string("expect-digest"),
			of: bootstrap
				? "policy"
				: parsed.isSet("digest-of")
					? (parsed.string("digest-of") as "policy" | "initdata")
					: undefined,
			tee: parsed.isSet("tee") ? (parsed.string("tee") as Tee) : undefined,
			inInitdata: "initdata" in policy,
			withoutInitdata: !bootstrap && parsed.isSet("initdata") && !("initdata" in policy),
		});
		if (digest.note !== undefined) log("warn", "the policy is not checked against a digest", { why: digest.note });
		return await startDaemon({
			listen,
			upstream,
			policy,
			bootstrap,
			runtimeFolder: runtimeFolder(parsed, io),
			decisionMs: parsed.isSet("decision-timeout") ? milliseconds(parsed, "decision-timeout") : defaultLimits.timeMs,
			agentMs: parsed.isSet("agent-timeout") ? milliseconds(parsed, "agent-timeout") : 60_000,
			digest: digest.requirement,
			regoVersion: regoVersionOf(parsed),
			onFailure: parsed.string("on-failure") as "exit" | "deny",
			policyLog: parsed.isSet("policy-log") ? parsed.string("policy-log") : undefined,
			plans: parsed.isSet("plans") ? parsed.string("plans") : undefined,
			metrics: parsed.isSet("metrics") ? parsed.string("metrics") : undefined,
			unknownFields: parsed.string("unknown-fields") as "reject" | "drop",
			quoteDenials: parsed.bool("quote-denials"),
			explainDenials: parsed.bool("explain-denials"),
			causes: causesOf(parsed),
			maxConnections: parsed.int("max-connections"),
			mode,
			inherited: inheritedDescriptors(io.env, process.pid),
			graceMs: parsed.isSet("grace") ? milliseconds(parsed, "grace") : 5000,
			log,
		});
	} catch (e) {
		if (e instanceof AddressError) throw new CommandError(e.message, 1);
		if (e instanceof PolicyLoadError || e instanceof StartError) throw new CommandError(e.message, 2);
		throw e;
	}
}

/** Never shown to the host's side: what is handed on from Secrets, and the content of files. */
const alwaysRedacted: readonly string[] = ["/OCI/Process/Env", "/process/Env", "/data"];

function causesOf(parsed: ParsedFlags): { readonly redact: readonly string[] } | undefined {
	const more = parsed.list("redact").map((p) => p.replace(/\/$/, ""));
	if (more.some((p) => p !== "" && !p.startsWith("/"))) {
		throw new CommandError('--redact: a JSON pointer is wanted, such as "/OCI/Process/Args"', 1);
	}
	if (parsed.bool("cause-in-denials")) return { redact: [...alwaysRedacted, ...more] };
	if (more.length > 0) throw new CommandError("--redact needs --cause-in-denials", 1);
	return undefined;
}

function milliseconds(parsed: ParsedFlags, flag: string): number {
	return Number(parsed.duration(flag) / 1_000_000n);
}

/** systemd names several folders with colons between. */
function runtimeFolder(parsed: ParsedFlags, io: CliIo): string | undefined {
	const name = parsed.isSet("runtime-dir")
		? parsed.string("runtime-dir")
		: (io.env["RUNTIME_DIRECTORY"]?.split(":", 1)[0] ?? defaultRuntimeFolder);
	return name === "none" ? undefined : name;
}

const defaultRuntimeFolder = "/run/rego-gate";

function sourceOf(parsed: ParsedFlags, io: CliIo): PolicySource {
	if (parsed.isSet("bootstrap-policy")) {
		if (parsed.isSet("initdata")) throw new CommandError("--bootstrap-policy and --initdata exclude each other", 1);
		return { file: parsed.string("bootstrap-policy") };
	}
	if (parsed.isSet("initdata")) {
		const path = parsed.string("initdata") === "auto" ? findInitdataDevice() : parsed.string("initdata");
		if (path !== undefined) return { initdata: path };
	}
	const path = parsed.string("policy");
	// Only Rego is read by the agent's own rules; the forms a developer has are for the tools.
	return /\.(?:ya?ml|toml)$/i.test(path) ? policySourceOf(io, path) : { file: path };
}

async function run(argv: readonly string[], io: CliIo): Promise<number> {
	const daemon = await startFromFlags(parseFlags(flags, argv), io);
	await new Promise<void>((resolve) => {
		process.once("SIGTERM", () => resolve());
		process.once("SIGINT", () => resolve());
	});
	await daemon.stop();
	return 0;
}

/** For tests: the flags as parsed. */
export function parseServeFlags(argv: readonly string[]): ParsedFlags {
	return parseFlags(flags, argv);
}

export const serveCommand: AgentSubcommand = { flags, run };
