/** What every container has: mounts, masked and read-only paths, and the environment of an image that names none. */
import type { Mount } from "./policy-data.ts";

export const defaultEnv = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

export const maskedPaths: readonly string[] = [
	"/proc/acpi",
	"/proc/kcore",
	"/proc/keys",
	"/proc/latency_stats",
	"/proc/timer_list",
	"/proc/timer_stats",
	"/proc/sched_debug",
	"/proc/scsi",
	"/sys/firmware",
];

export const readonlyPaths: readonly string[] = [
	"/proc/asound",
	"/proc/bus",
	"/proc/fs",
	"/proc/irq",
	"/proc/sys",
	"/proc/sysrq-trigger",
];

/** Fields in the order in which they are printed. */
const mounts: readonly Mount[] = [
	{ destination: "/proc", source: "proc", type_: "proc", options: ["nosuid", "noexec", "nodev"] },
	{
		destination: "/dev",
		source: "tmpfs",
		type_: "tmpfs",
		options: ["nosuid", "strictatime", "mode=755", "size=65536k"],
	},
	{
		destination: "/dev/pts",
		source: "devpts",
		type_: "devpts",
		options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"],
	},
	{
		destination: "/dev/shm",
		source: "shm",
		type_: "tmpfs",
		options: ["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"],
	},
	{ destination: "/dev/mqueue", source: "mqueue", type_: "mqueue", options: ["nosuid", "noexec", "nodev"] },
	{ destination: "/sys", source: "sysfs", type_: "sysfs", options: ["nosuid", "noexec", "nodev"] },
];

const cgroup: Mount = {
	destination: "/sys/fs/cgroup",
	source: "cgroup",
	type_: "cgroup",
	options: ["nosuid", "noexec", "nodev", "relatime"],
};

/** `sysAccess`: whether /sys can be written. */
export function baseMounts(isPause: boolean, sysAccess: "ro" | "rw"): Mount[] {
	return (isPause ? mounts : [...mounts, cgroup]).map((m) =>
		m.destination.startsWith("/sys") ? { ...m, options: [...m.options, sysAccess] } : m,
	);
}
