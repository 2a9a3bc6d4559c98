/** What the rules compare of one container's CreateContainer request. */

import { compareStrings } from "../../value/compare.ts";
import type { Image } from "../image/image.ts";
import { type Path, type Problems, quote } from "../problem.ts";
import type { Settings } from "../settings/settings.ts";
import type { Known } from "../workload/fields.ts";
import type { Workload } from "../workload/resources.ts";
import { deriveAnnotations } from "./annotations.ts";
import { maskedPaths, readonlyPaths } from "./base-mounts.ts";
import type { Configs } from "./env.ts";
import { deriveMounts, isPrivileged } from "./mounts.ts";
import type { ContainerPolicy, Device, Linux, User } from "./policy-data.ts";
import { deriveProcess } from "./process.ts";

export interface ContainerSources {
	readonly container: Known<"Container">;
	readonly path: Path;
	readonly isPause: boolean;
	readonly workload: Workload;
	readonly image: Image;
	readonly user: User;
	readonly settings: Settings;
	readonly configs: Configs;
	readonly strict: boolean;
	readonly problems: Problems;
}

export function deriveContainer(sources: ContainerSources): ContainerPolicy {
	const { container, path, isPause, workload, image, settings, problems } = sources;
	const setting = isPause ? settings.pause_container : settings.other_container;
	const { podSpec } = workload;
	const Process = deriveProcess({ ...sources, setting });
	const { mounts, storages } = deriveMounts({
		container,
		path,
		podPath: [...workload.templatePath, "spec"],
		pod: podSpec,
		claims: workload.volumeClaimTemplates,
		imageVolumes: image.config.Volumes,
		isPause,
		settings,
		problems,
	});
	const readOnly = container.securityContext?.readOnlyRootFilesystem === true;
	return {
		OCI: {
			Version: settings.kata_config.oci_version,
			Process,
			Root: { Path: setting.Root.Path, Readonly: readOnly },
			Mounts: mounts,
			Annotations: deriveAnnotations(workload, container, setting, isPause),
			Linux: linuxOf(sources),
		},
		storages,
		devices: [...blockDevices(sources), ...graphicsDevices(sources)],
		sandbox_pidns: !isPause && podSpec.shareProcessNamespace === true,
		exec_commands: execCommands(container),
		runtime_anno_patterns: annotationPatterns(sources),
	};
}

function linuxOf({ container, isPause, workload, settings }: ContainerSources): Linux {
	const setting = (isPause ? settings.pause_container : settings.other_container).Linux;
	const privileged = isPrivileged(container);
	const namespaces = isPause && workload.podSpec.hostNetwork === true ? ["ipc", "mount"] : ["ipc", "uts", "mount"];
	const Sysctl = new Map(setting?.Sysctl);
	for (const { name, value } of workload.podSpec.securityContext?.sysctls ?? []) Sysctl.set(name, value);
	return {
		Namespaces: namespaces.map((Type) => ({ Type, Path: "" })),
		MaskedPaths: orElse(setting?.MaskedPaths, privileged ? [] : maskedPaths),
		ReadonlyPaths: orElse(setting?.ReadonlyPaths, privileged ? [] : readonlyPaths),
		Devices: [
			...(container.volumeDevices ?? []).map(({ devicePath }) => ({ Type: "", Path: devicePath })),
			...(setting?.Devices ?? []).map(({ Type, Path }) => ({ Type, Path })),
		],
		Sysctl,
	};
}

function orElse(list: readonly string[] | undefined, other: readonly string[]): readonly string[] {
	return list === undefined || list.length === 0 ? other : list;
}

function device(container_path: string, type_: string): Device {
	return { id: "", type_, vm_path: "", container_path, options: [] };
}

function blockDevices({ container, path, settings, problems }: ContainerSources): readonly Device[] {
	const reserved = settings.devices.vfio.device_path;
	return (container.volumeDevices ?? []).map(({ devicePath }, i) => {
		if (devicePath.startsWith(reserved))
			problems.error(
				"device-path",
				[...path, "volumeDevices", i, "devicePath"],
				`devicePath ${quote(devicePath)} begins with ${quote(reserved)}, which is kept for devices that are passed through`,
				"Take another path; for graphics processors set resources.limits.",
			);
		return device(devicePath, "");
	});
}

/** More than any machine has. */
const maxGraphicsDevices = 256;

function graphicsDevices(sources: ContainerSources): readonly Device[] {
	const { settings, path, problems } = sources;
	const count = graphicsCount(sources);
	if (count > maxGraphicsDevices) {
		const field = [...path, "resources", "limits"];
		problems.error("too-many-devices", field, `more than ${maxGraphicsDevices} graphics processors are wanted`);
		return [];
	}
	const { device_path, nvidia } = settings.devices.vfio;
	return Array.from({ length: count }, () => device(device_path, nvidia.gpu_gk_device_type));
}

/** None where a number is none. */
function graphicsCount({ container, settings }: ContainerSources): number {
	const limits = container.resources?.limits;
	let sum = 0;
	for (const key of settings.devices.vfio.nvidia.pgpu_resource_keys) {
		const text = limits?.get(key);
		if (text === undefined) continue;
		if (!/^\+?[0-9]+$/.test(text)) return 0;
		sum += Number(text);
	}
	return sum;
}

function annotationPatterns(sources: ContainerSources): ReadonlyMap<string, string> {
	const { vfio } = sources.settings.devices;
	const patterns = new Map<string, string>();
	if (graphicsCount(sources) > 0) patterns.set(vfio.anno_key_regex, vfio.nvidia.gpu_anno_value_regex);
	if (!sources.isPause) {
		patterns.set("^io\\.kubernetes\\.container\\.terminationMessagePath$", "^/.*$");
		patterns.set("^io\\.kubernetes\\.container\\.terminationMessagePolicy$", "^(File|FallbackToLogsOnError)$");
	}
	return new Map([...patterns].sort(([a], [b]) => compareStrings(a, b)));
}

/** What Kubernetes runs in the container by itself. */
function execCommands(container: Known<"Container">): readonly (readonly string[])[] {
	const { livenessProbe, readinessProbe, startupProbe, lifecycle } = container;
	return [livenessProbe, readinessProbe, startupProbe, lifecycle?.postStart, lifecycle?.preStop].flatMap((handler) =>
		handler?.exec === undefined ? [] : [handler.exec.command],
	);
}
