/** `policy_data`, as Kata's rules read it: names and order of fields are those of the generated text. */
import type { Setting } from "../settings/fields.ts";

export interface PolicyData {
	readonly containers: readonly ContainerPolicy[];
	readonly common: Setting<"Common">;
	readonly sandbox: { readonly storages: readonly Storage[] };
	readonly request_defaults: Setting<"RequestDefaults">;
	readonly devices: {
		readonly vfio: { readonly device_path: string; readonly nvidia: Readonly<Record<string, never>> };
	};
	readonly cluster_config: {
		readonly pause_container_image: string;
		readonly guest_pull: boolean;
		readonly emptydir_type: string;
		readonly cgroup_mount_extras_allowed: readonly string[];
	};
}

export interface ContainerPolicy {
	readonly OCI: Oci;
	readonly storages: readonly Storage[];
	readonly devices: readonly Device[];
	readonly sandbox_pidns: boolean;
	readonly exec_commands: readonly (readonly string[])[];
	readonly runtime_anno_patterns: ReadonlyMap<string, string>;
}

/** Part of the OCI specification of a container. Empty lists of arguments, variables, mounts, … are left out. */
export interface Oci {
	readonly Version: string;
	readonly Process: Process;
	readonly Root: { readonly Path: string; readonly Readonly: boolean };
	readonly Mounts: readonly Mount[];
	readonly Annotations: ReadonlyMap<string, string>;
	readonly Linux: Linux;
}

export interface Process {
	readonly Terminal: boolean;
	readonly User: User;
	readonly Args: readonly string[];
	readonly Env: readonly string[];
	readonly Cwd: string;
	readonly Capabilities: Capabilities;
	readonly NoNewPrivileges: boolean;
}

export interface User {
	readonly UID: number;
	readonly GID: number;
	/** Sorted. */
	readonly AdditionalGids: readonly number[];
	readonly Username: string;
}

export interface Capabilities {
	readonly Ambient: readonly string[];
	readonly Bounding: readonly string[];
	readonly Effective: readonly string[];
	readonly Inheritable: readonly string[];
	readonly Permitted: readonly string[];
}

export interface Mount {
	readonly destination: string;
	readonly source: string;
	readonly type_: string;
	readonly options: readonly string[];
}

export interface Linux {
	readonly Namespaces: readonly { readonly Type: string; readonly Path: string }[];
	readonly MaskedPaths: readonly string[];
	readonly ReadonlyPaths: readonly string[];
	readonly Devices: readonly { readonly Type: string; readonly Path: string }[];
	readonly Sysctl: ReadonlyMap<string, string>;
}

/** The agent's Storage message. */
export interface Storage {
	readonly driver: string;
	readonly driver_options: readonly string[];
	readonly source: string;
	readonly fstype: string;
	readonly options: readonly string[];
	readonly mount_point: string;
	readonly fs_group: { readonly group_id: number; readonly group_change_policy: number } | null;
	readonly shared: boolean;
}

/** The agent's Device message. */
export interface Device {
	readonly id: string;
	readonly type_: string;
	readonly vm_path: string;
	readonly container_path: string;
	readonly options: readonly string[];
}
