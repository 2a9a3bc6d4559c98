/**
 * Mounts and storages of a container: what every container has, what the settings add, and one or two for each volume
 * it mounts. In: the container, its pod, the image's volumes, the settings. Out: both lists, in the order that the
 * rules expect, and problems.
 */
import { type Path, type Problems, quote } from "../problem.ts";
import type { Setting } from "../settings/fields.ts";
import type { Settings } from "../settings/settings.ts";
import type { Known } from "../workload/fields.ts";
import { baseMounts } from "./base-mounts.ts";
import { escapeRegex, fileName, isUnder } from "./path.ts";
import type { Mount, Storage } from "./policy-data.ts";

type VolumeMount = Known<"VolumeMount">;

export interface MountSources {
	readonly container: Known<"Container">;
	/** The container's path; the pod's is the part before. */
	readonly path: Path;
	readonly podPath: Path;
	readonly pod: Known<"PodSpec">;
	readonly claims: readonly Known<"VolumeClaim">[];
	/** Paths that the image calls volumes. */
	readonly imageVolumes: readonly string[];
	readonly isPause: boolean;
	readonly settings: Settings;
	readonly problems: Problems;
}

export interface Mounts {
	readonly mounts: readonly Mount[];
	readonly storages: readonly Storage[];
}

export function deriveMounts(sources: MountSources): Mounts {
	return new MountList(sources).derive();
}

/** Linux has room for 100,000 mounts of all containers. */
const maxMounts = 5000;

class MountList {
	private readonly sources: MountSources;
	private readonly mounts: Mount[];
	private readonly storages: Storage[] = [];

	constructor(sources: MountSources) {
		const { isPause, pod, container } = sources;
		this.sources = sources;
		const anyPrivileged = [...pod.containers, ...(pod.initContainers ?? [])].some(isPrivileged);
		this.mounts = baseMounts(isPause, isPrivileged(container) || (isPause && anyPrivileged) ? "rw" : "ro");
	}

	derive(): Mounts {
		const { container, claims, pod, imageVolumes } = this.sources;
		const volumeMounts = container.volumeMounts ?? [];
		this.refuseSubPaths(volumeMounts);
		this.settingsMounts(volumeMounts);
		if (this.areTooMany(volumeMounts)) return { mounts: this.mounts, storages: this.storages };
		for (const [i, mount] of volumeMounts.entries())
			for (const claim of claims) if (claim.metadata.name === mount.name) this.claim(mount, i);
		for (const [v, volume] of (pod.volumes ?? []).entries())
			for (const [i, mount] of volumeMounts.entries()) if (mount.name === volume.name) this.volume(volume, v, mount, i);
		for (const path of imageVolumes) this.imageVolume(path);
		return { mounts: this.mounts, storages: this.storages };
	}

	/** Volumes of one name are mounted as often as there are mounts of it, each. */
	private areTooMany(mounts: readonly VolumeMount[]): boolean {
		const { claims, pod, problems, path } = this.sources;
		const counts = new Map<string | undefined, number>();
		for (const name of [...claims.map((c) => c.metadata.name), ...(pod.volumes ?? []).map((v) => v.name)])
			counts.set(name, (counts.get(name) ?? 0) + 1);
		const sum = mounts.reduce((n, { name }) => n + (counts.get(name) ?? 0), 0);
		if (sum <= maxMounts) return false;
		const why = `${sum} mounts, because several volumes have the same name`;
		problems.error("too-many-mounts", [...path, "volumeMounts"], sum > mounts.length ? why : `${sum} mounts`);
		return true;
	}

	private refuseSubPaths(mounts: readonly VolumeMount[]): void {
		const { problems, path } = this.sources;
		for (const [i, { subPath }] of mounts.entries()) {
			if (subPath === undefined) continue;
			problems.error(
				"sub-path",
				[...path, "volumeMounts", i, "subPath"],
				"Kata Containers has no volumeMounts.subPath",
				"Mount the whole volume, or use subPathExpr with an emptyDir.",
			);
		}
	}

	private settingsMounts(volumeMounts: readonly VolumeMount[]): void {
		const { settings, isPause, container } = this.sources;
		const { Mounts } = isPause ? settings.pause_container : settings.other_container;
		const wanted = new Set([...settings.mount_destinations, ...volumeMounts.map((m) => m.mountPath)]);
		const rootAccess = container.securityContext?.readOnlyRootFilesystem === true ? "ro" : "rw";
		for (const setting of Mounts) {
			if (!wanted.has(setting.destination)) continue;
			const destination =
				setting.destination === "/dev/termination-log"
					? (container.terminationMessagePath ?? setting.destination)
					: setting.destination;
			const { type_, options } = setting;
			const name = setting.source === undefined || setting.source === "" ? fileName(destination) : undefined;
			const source = type_ === "bind" && name !== undefined ? `$(sfprefix)${name}$` : (setting.source ?? "");
			const at = this.mounts.findIndex((m) => m.destination === setting.destination);
			const there = this.mounts[at];
			if (there !== undefined) this.mounts[at] = { destination: there.destination, source, type_, options };
			else {
				const named = !isPause && ["/etc/hostname", "/etc/resolv.conf"].includes(setting.destination);
				this.mounts.push({ destination, source, type_, options: named ? [...options, rootAccess] : options });
			}
		}
	}

	/** A StatefulSet's. Its prefix is none of the settings'. */
	private claim(mount: VolumeMount, i: number): void {
		const name = this.nameOf(mount, i);
		if (name === undefined) return;
		this.warnOfPattern(name, i);
		const source = `^/run/kata-containers/shared/containers/$(bundle-id)-[a-z0-9]{16}-${name}$`;
		this.mounts.push({ destination: mount.mountPath, source, type_: "bind", options: ["rbind", "rprivate", "rw"] });
	}

	private volume(volume: Known<"Volume">, v: number, mount: VolumeMount, i: number): void {
		if (volume.emptyDir !== undefined) this.emptyDir(volume.emptyDir, mount, i);
		else if (volume.persistentVolumeClaim !== undefined || volume.azureFile !== undefined)
			this.shared(mount, i, ["rbind", "rprivate", "rw"]);
		else if (volume.hostPath !== undefined) this.hostPath(volume.hostPath.path, mount, i);
		else if (volume.configMap !== undefined || volume.secret !== undefined) this.configMap(mount, i);
		else if (volume.projected !== undefined) this.shared(mount, i, ["rbind", "rprivate", "ro"]);
		else if (volume.downwardAPI !== undefined) {
			// What stands after the last slash, which may be nothing.
			const name = mount.mountPath.slice(mount.mountPath.lastIndexOf("/") + 1);
			this.warnOfPattern(name, i);
			this.put(bind(mount, `$(sfprefix)${name}$`, ["rbind", "rprivate", "ro"]));
		} else
			this.sources.problems.error(
				"volume-type",
				[...this.sources.podPath, "volumes", v],
				`volume ${quote(volume.name)} is of no kind that Kata's rules know`,
				"Known are emptyDir, hostPath, persistentVolumeClaim, configMap, secret, azureFile, projected and downwardAPI.",
				{ subject: volume.name },
			);
	}

	private emptyDir({ medium }: Known<"EmptyDir">, mount: VolumeMount, i: number): void {
		const { settings } = this.sources;
		const { emptyDir_memory, emptyDir_encrypted, emptyDir_plain } = settings.volumes;
		const type = settings.cluster_config.emptydir_type;
		if (medium === "Memory") this.guest(emptyDir_memory, false, mount, i);
		else if (type === "shared-fs") {
			const options = ["rbind", "rprivate", access(mount)];
			this.mounts.push(bind(mount, `^$(cpath)/sandbox-[0-9a-f]{16}-${escapeRegex(mount.name)}$`, options));
			const name = this.nameOf(mount, i);
			if (name !== undefined) this.mounts.push(bind(mount, `$(sfprefix)${escapeRegex(name)}$`, options));
		} else this.guest(type === "block-plain" ? emptyDir_plain : emptyDir_encrypted, true, mount, i);
	}

	/** A volume that the guest makes itself: a storage, once for each mount, and the mount. */
	private guest(setting: Setting<"EmptyDir">, block: boolean, mount: VolumeMount, i: number): void {
		const { settings, pod } = this.sources;
		const options = ["rbind", "rprivate", access(mount)];
		if (mount.subPathExpr !== undefined) {
			const name = this.nameOf(mount, i);
			if (name !== undefined)
				this.mounts.push(bind(mount, `${settings.volumes.configMap.mount_source}${name}$`, options));
			return;
		}
		const fsGroup = pod.securityContext?.fsGroup ?? 0;
		const { driver, driver_options, source, fstype, mount_point, mount_source, mount_type, shared } = setting;
		this.storages.push({
			driver,
			driver_options,
			source,
			fstype,
			options: fsGroup !== 0 && !block ? [...setting.options, `fsgid=${fsGroup}`] : setting.options,
			mount_point: mount_point.endsWith("/") ? `${mount_point}${mount.name}$` : mount_point,
			fs_group: fsGroup !== 0 && block ? { group_id: fsGroup, group_change_policy: 0 } : null,
			shared,
		});
		const from = mount_source === "" ? "" : `${mount_source}${mount.name}$`;
		this.mounts.push({ destination: mount.mountPath, source: from, type_: mount_type, options });
	}

	private hostPath(path: string, mount: VolumeMount, i: number): void {
		const options = ["rbind", mount.mountPropagation === "Bidirectional" ? "rshared" : "rprivate", access(mount)];
		if (isUnder(path, "/dev") || isUnder(path, "/sys")) {
			this.put(bind(mount, path, options));
			this.sources.problems.warn(
				"any-value",
				[...this.sources.path, "volumeMounts", i],
				`the source of the mount, ${quote(path)}, is looked for anywhere in what the host names: it may be ${quote(`${path}/../..`)}, or any other path that holds it`,
				"Kata's rules have no stricter way for folders of the guest. Leave the mount out where the container can do without.",
			);
		} else this.shared(mount, i, options);
	}

	/** A mount of the host's shared folder. */
	private shared(mount: VolumeMount, i: number, options: readonly string[]): void {
		const name = this.nameOf(mount, i);
		if (name !== undefined) this.put(bind(mount, `$(sfprefix)${escapeRegex(name)}$`, options));
	}

	private configMap(mount: VolumeMount, i: number): void {
		const { settings } = this.sources;
		const name = this.nameOf(mount, i);
		if (name === undefined) return;
		this.warnOfPattern(name, i);
		const { mount_type, mount_source, mount_point, driver, fstype, options } = settings.volumes.configMap;
		const source = `${mount_point}${name}$`;
		if (settings.kata_config.enable_configmap_secret_storages) {
			const storage = { driver, driver_options: [], source: `${mount_source}${name}$`, fstype, options };
			this.storages.push({ ...storage, mount_point: source, fs_group: null, shared: false });
		}
		this.mounts.push({ destination: mount.mountPath, source, type_: mount_type, options });
	}

	/** It stands as it is in a pattern; a dot there fits itself, too. */
	private warnOfPattern(name: string, i: number): void {
		if (!/[\\+*?()|[\]{}^$]/.test(name)) return;
		this.sources.problems.warn(
			"name-pattern",
			[...this.sources.path, "volumeMounts", i, "mountPath"],
			`the last part of the path, ${quote(name)}, stands in the policy as a pattern, in which some characters have a meaning: the policy may deny the mount`,
			"Mount the volume at a path without such characters.",
		);
	}

	private imageVolume(path: string): void {
		const { settings, problems, path: container } = this.sources;
		const destination = path.replace(/\/{2,}/g, "/");
		if (this.mounts.some((m) => m.destination === destination)) return;
		const name = fileName(destination);
		if (name === undefined)
			return void problems.error(
				"image-volume",
				[...container, "image"],
				`the image has a volume at ${quote(path)}, which names no folder`,
				"Mount a volume of the pod there, or mend the image.",
			);
		const { fstype, mount_source, options } = settings.volumes.image_volume;
		this.mounts.push({ destination, source: `${mount_source}${name}$`, type_: fstype, options });
	}

	/** In the place of one of the same destination, if there is one. */
	private put(mount: Mount): void {
		const at = this.mounts.findIndex((m) => m.destination === mount.destination);
		if (at < 0) this.mounts.push(mount);
		else this.mounts[at] = mount;
	}

	/** The last part of the path a volume is mounted at: the host's folders are named after it. */
	private nameOf({ mountPath }: VolumeMount, i: number): string | undefined {
		const name = fileName(mountPath);
		if (name === undefined)
			this.sources.problems.error(
				"mount-path",
				[...this.sources.path, "volumeMounts", i, "mountPath"],
				`mountPath ${quote(mountPath)} names no folder`,
				"Mount the volume at a path whose last part is a name.",
			);
		return name;
	}
}

function bind({ mountPath }: VolumeMount, source: string, options: readonly string[]): Mount {
	return { destination: mountPath, source, type_: "bind", options };
}

function access({ readOnly }: VolumeMount): string {
	return readOnly === true ? "ro" : "rw";
}

export function isPrivileged({ securityContext }: Known<"Container">): boolean {
	return securityContext?.privileged === true;
}
