/** What of a container is Linux': namespaces, masks, devices, and what else the rules compare. */
import { type Row, testFacts } from "./facts.ts";

const base = (access: string) => ["/proc", "/dev", "/dev/pts", "/dev/shm", "/dev/mqueue", `/sys ${access}`];
const rows: readonly Row[] = [
	{
		note: "the root",
		own: "      securityContext: {readOnlyRootFilesystem: true}\n",
		at: "Root",
		want: { Path: "/run/demo/$(bundle-id)/rootfs", Readonly: true },
	},
	{
		note: "of the settings only its path counts",
		at: "Root",
		want: { Path: "/run/demo/$(bundle-id)/rootfs", Readonly: false },
	},
	{ note: "namespaces", at: "Linux.Namespaces.*.Type", want: ["ipc", "uts", "mount"] },
	{
		note: "of a pod in the host's network",
		spec: "  hostNetwork: true\n",
		at: "Linux.Namespaces.*.Type",
		want: ["ipc", "mount"],
		pause: true,
	},
	{
		note: "the container's all the same",
		spec: "  hostNetwork: true\n",
		at: "Linux.Namespaces.*.Type",
		want: ["ipc", "uts", "mount"],
	},
	{
		note: "a privileged container masks nothing",
		own: "      securityContext: {privileged: true}\n",
		at: "Linux.MaskedPaths",
		want: [],
	},
	{
		note: "nor has it what is read-only",
		own: "      securityContext: {privileged: true}\n",
		at: "Linux.ReadonlyPaths",
		want: [],
	},
	{
		note: "others do",
		at: "Linux.ReadonlyPaths",
		want: ["asound", "bus", "fs", "irq", "sys", "sysrq-trigger"].map((p) => `/proc/${p}`),
	},
	{
		note: "settings count more than privileges",
		own: "      securityContext: {privileged: true}\n",
		patches: [{ op: "add", path: "/other_container/Linux", value: { MaskedPaths: ["/m"], ReadonlyPaths: [] } }],
		at: "Linux.MaskedPaths",
		want: ["/m"],
	},
	{
		note: "kernel parameters over the settings'",
		spec: '  securityContext: {sysctls: [{name: a.b, value: "1"}]}\n',
		patches: [{ op: "add", path: "/other_container/Linux", value: { Sysctl: { "z.z": "3", "a.b": "2" } } }],
		at: "Linux.Sysctl",
		want: { "a.b": "1", "z.z": "3" },
	},
	{
		note: "of the pause container, too",
		spec: '  securityContext: {sysctls: [{name: a.b, value: "1"}]}\n',
		at: "Linux.Sysctl",
		want: { "a.b": "1" },
		pause: true,
	},
	{
		note: "block devices before the settings'",
		own: "      volumeDevices: [{name: v, devicePath: /dev/x}]\n",
		patches: [{ op: "add", path: "/other_container/Linux", value: { Devices: [{ Type: "c", Path: "/dev/s" }] } }],
		at: "Linux.Devices",
		want: [
			{ Type: "", Path: "/dev/x" },
			{ Type: "c", Path: "/dev/s" },
		],
	},
	{ note: "/sys", at: "Mounts.*.destination+access", want: [...base("ro"), "/sys/fs/cgroup ro", "/etc/hosts"] },
	{
		note: "/sys of a privileged container",
		own: "      securityContext: {privileged: true}\n",
		at: "Mounts.*.destination+access",
		want: [...base("rw"), "/sys/fs/cgroup rw", "/etc/hosts"],
	},
	{
		note: "/sys of the pause container beside one",
		own: "      securityContext: {privileged: true}\n",
		at: "Mounts.*.destination+access",
		want: base("rw"),
		pause: true,
	},
	{
		note: "the pause container shares no process namespace",
		spec: "  shareProcessNamespace: true\n",
		at: "../sandbox_pidns",
		want: false,
		pause: true,
	},
	{ note: "containers do", spec: "  shareProcessNamespace: true\n", at: "../sandbox_pidns", want: true },
	{
		note: "commands: liveness, readiness, startup, postStart, preStop",
		own: "      lifecycle: {preStop: {exec: {command: [e]}}, postStart: {exec: {command: [d]}}}\n      startupProbe: {exec: {command: [c, c2]}}\n      readinessProbe: {exec: {command: [b]}}\n      livenessProbe: {exec: {command: [a]}}\n",
		at: "../exec_commands",
		want: [["a"], ["b"], ["c", "c2"], ["d"], ["e"]],
	},
	{
		note: "processors: a device for each, and a pattern",
		own: '      resources: {limits: {gpu: "2"}}\n',
		at: "../devices.*.container_path",
		want: ["/dev/vfio/", "/dev/vfio/"],
	},
	{
		note: "none where their number is none",
		own: "      resources: {limits: {gpu: 2.5}}\n",
		at: "../devices",
		want: [],
	},
	{
		note: "patterns",
		own: '      resources: {limits: {gpu: "1"}}\n',
		at: "../runtime_anno_patterns",
		want: {
			"^cdi$": "^gpu$",
			"^io\\.kubernetes\\.container\\.terminationMessagePath$": "^/.*$",
			"^io\\.kubernetes\\.container\\.terminationMessagePolicy$": "^(File|FallbackToLogsOnError)$",
		},
	},
	{ note: "the pause container has none", at: "../runtime_anno_patterns", want: {}, pause: true },
];

testFacts(rows);
