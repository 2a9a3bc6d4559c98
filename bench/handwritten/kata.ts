/**
 * The decisions of the Kata policies as a careful programmer would write them in TypeScript: the
 * limit our compiled policies are held against. Rule for rule what genpolicy's policy of the
 * pod-exec scenario says (its prints aside); `policy_data` is read from the policy, patterns made of
 * constants are compiled once, those with request data are kept by their text.
 */
type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

interface Mount {
	readonly destination: string;
	readonly source: string;
	readonly type_: string;
	readonly options: readonly string[];
}

interface Capabilities {
	readonly Ambient: readonly string[];
	readonly Bounding: readonly string[];
	readonly Effective: readonly string[];
	readonly Inheritable: readonly string[];
	readonly Permitted: readonly string[];
}

interface Process {
	readonly Terminal: boolean;
	readonly User: { readonly UID: number };
	readonly Args?: readonly string[];
	readonly Env: readonly string[];
	readonly Cwd: string;
	readonly Capabilities: Capabilities;
	readonly NoNewPrivileges: boolean;
}

interface Oci {
	readonly Version: string;
	readonly Hooks: Json;
	readonly Process: Process;
	readonly Root: { readonly Path: string; readonly Readonly: boolean };
	readonly Mounts: readonly Mount[];
	readonly Annotations: { readonly [key: string]: string };
	readonly Linux: {
		readonly Namespaces: Json;
		readonly MaskedPaths?: readonly string[];
		readonly ReadonlyPaths?: readonly string[];
		readonly Seccomp?: Json;
	};
}

interface Storage {
	readonly driver: string;
	readonly driver_options: Json;
	readonly fs_group: Json;
	readonly fstype: string;
	readonly mount_point: string;
	readonly options: readonly string[];
	readonly source: string;
}

interface CreateContainer {
	readonly OCI: Oci;
	readonly storages: readonly Storage[];
	readonly sandbox_pidns: boolean;
}

export interface PolicyData {
	readonly containers: readonly {
		readonly OCI: Oci;
		readonly storages: readonly Storage[];
		readonly sandbox_pidns: boolean;
		readonly exec_commands: readonly string[];
	}[];
	readonly common: {
		readonly cpath: string;
		readonly sfprefix: string;
		readonly spath: string;
		readonly ipv4_a: string;
		readonly ip_p: string;
		readonly svc_name: string;
		readonly dns_label: string;
		readonly default_caps: readonly string[];
		readonly privileged_caps: readonly string[];
	};
	readonly sandbox: { readonly storages: Json };
	readonly request_defaults: {
		readonly CreateContainerRequest: { readonly allow_env_regex: readonly string[] };
		readonly CopyFileRequest: readonly string[];
		readonly ExecProcessRequest: { readonly commands: readonly string[]; readonly regex: readonly string[] };
		readonly [request: string]: Json;
	};
}

export type Decision = (input: never) => boolean;

/** Decisions by request name. */
export function kataDecisions(policy: PolicyData): { readonly [request: string]: Decision } {
	const { common, request_defaults: defaults } = policy;
	const copyPatterns = defaults.CopyFileRequest.map(
		(p) =>
			new RegExp(
				p
					.replaceAll("$(sfprefix)", common.sfprefix)
					.replaceAll("$(cpath)", common.cpath)
					.replaceAll("$(bundle-id)", "[a-z0-9]{64}"),
				"s",
			),
	);
	const execPatterns = defaults.ExecProcessRequest.regex.map((p) => new RegExp(p, "s"));
	const envPatterns = defaults.CreateContainerRequest.allow_env_regex.map(
		(p) =>
			new RegExp(
				p
					.replaceAll("$(ipv4_a)", common.ipv4_a)
					.replaceAll("$(ip_p)", common.ip_p)
					.replaceAll("$(svc_name)", common.svc_name)
					.replaceAll("$(dns_label)", common.dns_label),
				"s",
			),
	);
	const constant = (value: boolean): Decision => {
		return () => value;
	};
	const byDefault = (request: string): Decision => constant(defaults[request] === true);

	const createContainer = ({ OCI: i, storages, sandbox_pidns }: CreateContainer): boolean => {
		if (i.Hooks !== null || i.Linux.Seccomp !== null) return false;
		for (const p of policy.containers) {
			if (p.sandbox_pidns !== sandbox_pidns) continue;
			if (p.OCI.Version !== i.Version || p.OCI.Root.Readonly !== i.Root.Readonly) continue;
			if (!allowAnnotations(p.OCI, i)) continue;
			if (!allowByAnnotations(policy, envPatterns, p.OCI, i, p.storages, storages)) continue;
			if (allowLinux(p.OCI, i)) return true;
		}
		return false;
	};

	return {
		CopyFileRequest: ({ path, symlink_src }: { path: string; symlink_src?: string }) => {
			if (symlink_src !== undefined && (symlink_src.startsWith("/") || traverses(symlink_src))) return false;
			if (traverses(path)) return false;
			for (const p of copyPatterns) if (p.test(path)) return true;
			return false;
		},
		ExecProcessRequest: ({ process }: { process: { Args: readonly string[] } }) => {
			const command = process.Args.join(" ");
			if (defaults.ExecProcessRequest.commands.includes(command)) return true;
			for (const c of policy.containers) if (c.exec_commands.includes(command)) return true;
			for (const p of execPatterns) if (p.test(command)) return true;
			return false;
		},
		CreateSandboxRequest: (input: {
			guest_hook_path: string;
			kernel_modules: readonly Json[];
			sandbox_pidns: boolean;
			storages: readonly Json[];
		}) =>
			input.guest_hook_path.length === 0 &&
			input.kernel_modules.length === 0 &&
			input.sandbox_pidns === false &&
			input.storages.every((s) => (policy.sandbox.storages as readonly Json[]).some((p) => same(s, p))),
		CreateContainerRequest: createContainer,
		CloseStdinRequest: byDefault("CloseStdinRequest"),
		ReadStreamRequest: byDefault("ReadStreamRequest"),
		UpdateEphemeralMountsRequest: byDefault("UpdateEphemeralMountsRequest"),
		WriteStreamRequest: byDefault("WriteStreamRequest"),
		AllowRequestsFailingPolicy: constant(false),
		DestroySandboxRequest: constant(true),
		GetOOMEventRequest: constant(true),
		GuestDetailsRequest: constant(true),
		OnlineCPUMemRequest: constant(true),
		StartContainerRequest: constant(true),
		UpdateInterfaceRequest: constant(true),
		UpdateRoutesRequest: constant(true),
		WaitProcessRequest: constant(true),
	};
}

/** `policy_data` of a policy's text: the last rule, JSON. */
export function policyDataOf(text: string): PolicyData {
	const at = text.indexOf("policy_data := ");
	return JSON.parse(text.slice(at + "policy_data := ".length)) as PolicyData;
}

const known = new Map<string, RegExp>();

function matches(pattern: string, text: string): boolean {
	let r = known.get(pattern);
	if (r === undefined) {
		if (known.size >= 1000) known.clear();
		r = new RegExp(pattern, "s");
		known.set(pattern, r);
	}
	return r.test(text);
}

function same(a: Json | undefined, b: Json | undefined): boolean {
	if (a === b) return true;
	if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
	if (Array.isArray(a)) {
		if (!Array.isArray(b) || a.length !== b.length) return false;
		for (let i = 0; i < a.length; i++) if (!same(a[i], b[i])) return false;
		return true;
	}
	if (Array.isArray(b)) return false;
	const x = a as { readonly [key: string]: Json };
	const y = b as { readonly [key: string]: Json };
	const keys = Object.keys(x);
	if (keys.length !== Object.keys(y).length) return false;
	for (const k of keys) if (!Object.hasOwn(y, k) || !same(x[k], y[k])) return false;
	return true;
}

function traverses(path: string): boolean {
	return path.includes("../") || path.endsWith("/..") || path === "..";
}

function allowAnnotations(p: Oci, i: Oci): boolean {
	if (i.Annotations === undefined) return true;
	for (const key of Object.keys(i.Annotations)) {
		if (!key.startsWith("io.kubernetes.cri.") && !Object.hasOwn(p.Annotations, key)) return false;
	}
	return true;
}

const sandboxName = "io.kubernetes.cri.sandbox-name";
const namespaceKey = "io.kubernetes.cri.sandbox-namespace";
const containerType = "io.kubernetes.cri.container-type";
const kataType = "io.katacontainers.pkg.oci.container_type";
const containerName = "io.kubernetes.cri.container-name";
const netNamespace = "nerdctl/network-namespace";
const logDirectory = "io.kubernetes.cri.sandbox-log-directory";
const bundlePath = "io.katacontainers.pkg.oci.bundle_path";
const sandboxId = "io.kubernetes.cri.sandbox-id";

function allowByAnnotations(
	policy: PolicyData,
	env: readonly RegExp[],
	p: Oci,
	i: Oci,
	pStorages: readonly Storage[],
	iStorages: readonly Storage[],
): boolean {
	const name = i.Annotations[sandboxName];
	if (name === undefined) return false;
	const wanted = p.Annotations[sandboxName];
	if (wanted !== undefined && wanted !== name && !wanted.includes("$(generated-name)")) return false;
	const namespace = p.Annotations[namespaceKey];
	if (namespace === undefined || namespace !== i.Annotations[namespaceKey]) return false;
	return (
		allowTypes(p, i, name, namespace) &&
		allowBundle(policy, p, i, pStorages, iStorages) &&
		allowProcess(policy, env, p.Process, i.Process, name)
	);
}

function allowTypes(p: Oci, i: Oci, name: string, namespace: string): boolean {
	const type = i.Annotations[containerType];
	if (type === undefined || p.Annotations[containerType] !== type) return false;
	const pName = p.Annotations[containerName];
	const iName = i.Annotations[containerName];
	const pNet = p.Annotations[netNamespace];
	const iNet = i.Annotations[netNamespace];
	const pLog = p.Annotations[logDirectory];
	const iLog = i.Annotations[logDirectory];
	if (type === "sandbox") {
		if (i.Annotations[kataType] !== "pod_sandbox") return false;
		if (pName !== undefined || iName !== undefined) return false;
		if (pNet === undefined || iNet === undefined || !matches(pNet, iNet)) return false;
		if (pLog === undefined || iLog === undefined) return false;
		return matches(
			pLog.replaceAll("$(sandbox-name)", () => name).replaceAll("$(sandbox-namespace)", () => namespace),
			iLog,
		);
	}
	if (type !== "container" || i.Annotations[kataType] !== "pod_container") return false;
	if (pName === undefined || pName !== iName) return false;
	return pNet === undefined && iNet === undefined && pLog === undefined && iLog === undefined;
}

function allowBundle(
	policy: PolicyData,
	p: Oci,
	i: Oci,
	pStorages: readonly Storage[],
	iStorages: readonly Storage[],
): boolean {
	const bundle = i.Annotations[bundlePath];
	const pattern = p.Annotations[sandboxId];
	const sandbox = i.Annotations[sandboxId];
	if (bundle === undefined || pattern === undefined || sandbox === undefined) return false;
	const id = bundle.replaceAll("/run/containerd/io.containerd.runtime.v2.task/k8s.io/", "");
	if (!matches(pattern, sandbox)) return false;
	const root = p.Root.Path.replaceAll("$(cpath)", policy.common.cpath).replaceAll("$(bundle-id)", () => id);
	if (root !== i.Root.Path) return false;
	for (const m of i.Mounts) {
		let found = false;
		for (const pm of p.Mounts) {
			if (!allowMount(policy, pm, m, id, sandbox)) continue;
			found = true;
			break;
		}
		if (!found) return false;
	}
	return allowStorages(policy, pStorages, iStorages, id, sandbox);
}

function allowMount(policy: PolicyData, p: Mount, i: Mount, bundle: string, sandbox: string): boolean {
	if (p.destination !== i.destination || p.type_ !== i.type_ || !same(p.options, i.options)) return false;
	if (p.source === i.source && same(p as unknown as Json, i as unknown as Json)) return true;
	const { sfprefix, cpath, spath } = policy.common;
	const pattern = p.source.replaceAll("$(sfprefix)", sfprefix).replaceAll("$(cpath)", cpath);
	if (
		matches(
			pattern.replaceAll("$(bundle-id)", () => bundle),
			i.source,
		)
	)
		return true;
	if (
		matches(
			pattern.replaceAll("$(sandbox-id)", () => sandbox),
			i.source,
		)
	)
		return true;
	const parts = i.source.split("/");
	const last = parts[parts.length - 1] as string;
	if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(last)) return false;
	return p.source.replaceAll("$(spath)", spath).replaceAll("$(b64-direct-vol-path)", () => last) === i.source;
}

function allowStorages(
	policy: PolicyData,
	p: readonly Storage[],
	i: readonly Storage[],
	bundle: string,
	sandbox: string,
): boolean {
	if (p.length !== i.length) return false;
	for (const overlay of p) {
		if (overlay.driver !== "overlayfs" || overlay.options.length !== 2) continue;
		const layers = (overlay.options[0] as string).split(":");
		const hashes = (overlay.options[1] as string).split(":");
		let all = true;
		for (const s of i) {
			let found = false;
			for (const ps of p) {
				if (
					ps.driver === s.driver &&
					ps.fs_group === s.fs_group &&
					same(ps.driver_options, s.driver_options) &&
					allowOptions(ps, s, layers, hashes) &&
					allowMountPoint(policy, ps, s, bundle, sandbox, layers)
				) {
					found = true;
					break;
				}
			}
			if (found) continue;
			all = false;
			break;
		}
		if (all) return true;
	}
	return false;
}

/** `$(hash3)` with prefix `$(hash`: 3. */
function indexIn(text: string, prefix: string): number {
	return text.startsWith(prefix) && text.endsWith(")") ? Number(text.slice(prefix.length, -1)) : Number.NaN;
}

const layerOption =
	",tar,ro,io.katacontainers.fs-opt.block_device=file,io.katacontainers.fs-opt.is-layer,io.katacontainers.fs-opt.root-hash=";

function allowOptions(p: Storage, i: Storage, layers: readonly string[], hashes: readonly string[]): boolean {
	const o = i.options;
	if (p.driver !== "overlayfs") {
		if (same(p.options, o)) return true;
	} else {
		if (p.options.length !== 2) return false;
		const ids = (p.options[0] as string).split(":");
		const own = (p.options[1] as string).split(":");
		if (!same(ids, layers) || ids.length !== own.length || o.length !== ids.length + 3) return false;
		if (
			o[0] !==
				"io.katacontainers.fs-opt.layer-src-prefix=/var/lib/containerd/io.containerd.snapshotter.v1.tardev/layers" ||
			o[o.length - 2] !== "io.katacontainers.fs-opt.overlay-rw" ||
			o[o.length - 1] !== `lowerdir=${p.options[0]}`
		) {
			return false;
		}
		for (let k = 0; k < ids.length; k++) {
			const option = o[k + 1] as string;
			if (!option.startsWith("io.katacontainers.fs-opt.layer=")) return false;
			const decoded = atob(option.replaceAll("io.katacontainers.fs-opt.layer=", ""));
			if (decoded !== `${ids[k]}${layerOption}${own[k]}`) return false;
		}
		return true;
	}
	if (p.driver === "blk") {
		if (p.options.length !== 1) return false;
		const k = indexIn(p.options[0] as string, "$(hash");
		return (
			o.length === 4 &&
			o[0] === "ro" &&
			o[1] === "io.katacontainers.fs-opt.block_device=file" &&
			o[2] === "io.katacontainers.fs-opt.is-layer" &&
			hashes[k] !== undefined &&
			o[3] === `io.katacontainers.fs-opt.root-hash=${hashes[k]}`
		);
	}
	if (p.driver !== "smb" || o.length !== 8) return false;
	const credentials = (o[7] as string).split(",");
	return (
		o[0] === "dir_mode=0666" &&
		o[1] === "file_mode=0666" &&
		o[2] === "mfsymlinks" &&
		o[3] === "cache=strict" &&
		o[4] === "nosharesock" &&
		o[5] === "actimeo=30" &&
		(o[6] as string).startsWith("addr=") &&
		credentials.length === 2 &&
		(credentials[0] as string).startsWith("username=") &&
		(credentials[1] as string).startsWith("password=")
	);
}

function allowMountPoint(
	policy: PolicyData,
	p: Storage,
	i: Storage,
	bundle: string,
	sandbox: string,
	layers: readonly string[],
): boolean {
	const { cpath, spath } = policy.common;
	switch (p.fstype) {
		case "tar": {
			const layer = layers[indexIn(p.mount_point, "$(layer")];
			if (layer !== undefined && `/run/kata-containers/sandbox/layers/${layer}` === i.mount_point) return true;
			break;
		}
		case "fuse3.kata-overlay":
			if (p.mount_point.replaceAll("$(cpath)", cpath).replaceAll("$(bundle-id)", () => bundle) === i.mount_point)
				return true;
			break;
		case "local":
			if (
				matches(
					p.mount_point.replaceAll("$(cpath)", cpath).replaceAll("$(sandbox-id)", () => sandbox),
					i.mount_point,
				)
			)
				return true;
			break;
		case "bind":
			if (
				matches(
					p.mount_point.replaceAll("$(cpath)", cpath).replaceAll("$(bundle-id)", () => bundle),
					i.mount_point,
				)
			)
				return true;
			break;
		case "tmpfs":
			if (matches(p.mount_point, i.mount_point)) return true;
	}
	if (p.driver !== "blk" && p.driver !== "smb") return false;
	const encoded = Buffer.from(i.source).toString("base64url");
	return (
		p.mount_point.replaceAll("$(spath)", spath).replaceAll("$(b64-direct-vol-path)", () => encoded) === i.mount_point
	);
}

function allowProcess(policy: PolicyData, env: readonly RegExp[], p: Process, i: Process, name: string): boolean {
	if (p.Terminal !== i.Terminal || p.Cwd !== i.Cwd || p.NoNewPrivileges !== i.NoNewPrivileges) return false;
	const a = p.Capabilities;
	const b = i.Capabilities;
	if (!allowCaps(policy, a.Ambient, b.Ambient) || !allowCaps(policy, a.Bounding, b.Bounding)) return false;
	if (!allowCaps(policy, a.Effective, b.Effective) || !allowCaps(policy, a.Inheritable, b.Inheritable)) return false;
	if (!allowCaps(policy, a.Permitted, b.Permitted) || p.User.UID !== i.User.UID) return false;
	if (!allowArgs(p.Args, i.Args, name)) return false;
	for (const v of i.Env) if (!allowVariable(env, p.Env, v, name)) return false;
	return true;
}

function allowCaps(policy: PolicyData, p: readonly string[], i: readonly string[]): boolean {
	if (same(p, i)) return true;
	if (p.length !== 1) return false;
	if (p[0] === "$(default_caps)") return same(policy.common.default_caps, i);
	return p[0] === "$(privileged_caps)" && same(policy.common.privileged_caps, i);
}

function allowArgs(p: readonly string[] | undefined, i: readonly string[] | undefined, name: string): boolean {
	if (p === undefined || i === undefined) return p === i;
	if (p.length !== i.length) return false;
	for (let k = 0; k < i.length; k++) {
		const arg = p[k] as string;
		const plain = arg.replaceAll("$$", "$");
		if (plain === i[k] || arg.includes("$(node-name)")) continue;
		if (plain.replaceAll("$(sandbox-name)", () => name) !== i[k]) return false;
	}
	return true;
}

function allowVariable(env: readonly RegExp[], own: readonly string[], v: string, name: string): boolean {
	for (const p of own) if (p === v || p.replaceAll("$(sandbox-name)", () => name) === v) return true;
	for (const r of env) if (r.test(v)) return true;
	const parts = v.split("=");
	if (parts.length !== 2) return false;
	const [key, value] = parts as [string, string];
	const address = isIp(value);
	for (const p of own) {
		const pParts = p.split("=");
		if (pParts.length !== 2 || pParts[0] !== key) continue;
		const wanted = pParts[1] as string;
		if (address && (wanted === "$(pod-ip)" || wanted === "$(host-ip)")) return true;
		for (const free of alwaysAllowed) if (wanted.includes(free)) return true;
	}
	return false;
}

const alwaysAllowed = ["$(host-name)", "$(node-name)", "$(pod-uid)", "$(resource-field)", "$(todo-annotation)"];

function isIp(text: string): boolean {
	const bytes = text.split(".");
	return bytes.length === 4 && bytes.every((b, i) => isByte(b, i === 0 ? 1 : 0));
}

function isByte(text: string, least: number): boolean {
	const n = /^[-+]?\d+$/.test(text) ? Number(text) : Number.NaN;
	return n >= least && n <= 255;
}

function allowLinux(p: Oci, i: Oci): boolean {
	if (!same(p.Linux.Namespaces, i.Linux.Namespaces)) return false;
	const pm = p.Linux.MaskedPaths;
	const im = i.Linux.MaskedPaths;
	if (pm === undefined || im === undefined) {
		if (pm !== im) return false;
	} else for (const path of pm) if (!im.includes(path)) return false;
	const pr = p.Linux.ReadonlyPaths;
	const ir = i.Linux.ReadonlyPaths;
	if (pr === undefined || ir === undefined || im === undefined) return pr === undefined && ir === undefined;
	for (const path of pr) if (!ir.includes(path) && !im.includes(path)) return false;
	return true;
}
