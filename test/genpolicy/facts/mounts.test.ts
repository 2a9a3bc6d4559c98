/** Mounts and storages of every kind of volume. */
import { type Row, testFacts } from "./facts.ts";
import { workload } from "./workloads.ts";

const volume = (kind: string, mount = "{name: v, mountPath: /a/b.c}"): Pick<Row, "own" | "spec"> => ({
	own: `      volumeMounts: [${mount}]\n`,
	spec: `  volumes: [{name: v, ${kind}}]\n`,
});
const bind = (source: string, ...options: readonly string[]): unknown => ({
	destination: "/a/b.c",
	source,
	type_: "bind",
	options: ["rbind", ...options],
});
const at = "Mounts.at(/a/b.c)";
const rows: readonly Row[] = [
	{ note: "hostPath", ...volume("hostPath: {path: /x}"), at, want: [bind("$(sfprefix)b\\.c$", "rprivate", "rw")] },
	{
		note: "hostPath, read only and bidirectional",
		...volume("hostPath: {path: /x}", "{name: v, mountPath: /a/b.c, readOnly: true, mountPropagation: Bidirectional}"),
		at,
		want: [bind("$(sfprefix)b\\.c$", "rshared", "ro")],
	},
	{
		note: "hostPath of a device",
		...volume("hostPath: {path: /dev/x, type: CharDevice}"),
		at,
		want: [bind("/dev/x", "rprivate", "rw")],
	},
	{ note: "hostPath /sys itself", ...volume("hostPath: {path: /sys/}"), at, want: [bind("/sys/", "rprivate", "rw")] },
	{
		note: "hostPath that only looks so",
		...volume("hostPath: {path: /device}"),
		at,
		want: [bind("$(sfprefix)b\\.c$", "rprivate", "rw")],
	},
	{
		note: "a claim is written, whatever it says",
		...volume("persistentVolumeClaim: {claimName: q}", "{name: v, mountPath: /a/b.c, readOnly: true}"),
		at,
		want: [bind("$(sfprefix)b\\.c$", "rprivate", "rw")],
	},
	{
		note: "azureFile as well",
		...volume("azureFile: {secretName: s, shareName: h, readOnly: true}"),
		at,
		want: [bind("$(sfprefix)b\\.c$", "rprivate", "rw")],
	},
	{
		note: "projected",
		...volume("projected: {defaultMode: 420}"),
		at,
		want: [bind("$(sfprefix)b\\.c$", "rprivate", "ro")],
	},
	{
		note: "downwardAPI, whose name is no pattern",
		...volume("downwardAPI: {items: [{path: l, fieldRef: {fieldPath: metadata.labels}}]}"),
		at,
		want: [bind("$(sfprefix)b.c$", "rprivate", "ro")],
	},
	{
		note: "configMap, nor is its",
		...volume("configMap: {name: m}"),
		at,
		want: [{ ...Object(bind("$(sfprefix)b.c$")), options: ["rbind", "ro"] }],
	},
	{
		note: "secret",
		...volume("secret: {secretName: s}"),
		at,
		want: [{ ...Object(bind("$(sfprefix)b.c$")), options: ["rbind", "ro"] }],
	},
	{
		note: "secret with storages",
		...volume("secret: {secretName: s}"),
		patches: [{ op: "replace", path: "/kata_config/enable_configmap_secret_storages", value: true }],
		at: "../storages",
		want: [
			{
				driver: "local",
				driver_options: [],
				source: "$(sfprefix)b.c$",
				fstype: "bind",
				options: ["rbind", "ro"],
				mount_point: "$(sfprefix)b.c$",
				fs_group: null,
				shared: false,
			},
		],
	},
	{
		note: "a slash at the end names what is before it",
		...volume("hostPath: {path: /x}", "{name: v, mountPath: /a/b.c/}"),
		at: "Mounts.at(/a/b.c/)",
		want: [{ ...Object(bind("$(sfprefix)b\\.c$", "rprivate", "rw")), destination: "/a/b.c/" }],
	},
	{
		note: "memory: the guest's",
		...volume("emptyDir: {medium: Memory}"),
		at,
		want: [bind("^/run/demo/ephemeral/v$", "rprivate", "rw")],
	},
	{
		note: "its storage, for the pod's group",
		...volume("emptyDir: {medium: Memory}"),
		spec: "  securityContext: {fsGroup: 7}\n  volumes: [{name: v, emptyDir: {medium: Memory}}]\n",
		at: "../storages.*.options",
		want: [["fsgid=7"]],
	},
	{
		note: "group 0 is none",
		...volume("emptyDir: {medium: Memory}"),
		spec: "  securityContext: {fsGroup: 0}\n  volumes: [{name: v, emptyDir: {medium: Memory}}]\n",
		at: "../storages.*.options",
		want: [[]],
	},
	{
		note: "a block device's group",
		...volume("emptyDir: {}"),
		spec: "  securityContext: {fsGroup: 7}\n  volumes: [{name: v, emptyDir: {}}]\n",
		at: "../storages.*.fs_group",
		want: [{ group_id: 7, group_change_policy: 0 }],
	},
	{
		note: "a block device has no source of its own",
		...volume("emptyDir: {}"),
		at,
		want: [bind("", "rprivate", "rw")],
	},
	{
		note: "subPathExpr: no storage",
		...volume("emptyDir: {}", "{name: v, mountPath: /a/b.c, subPathExpr: x}"),
		at: "../storages",
		want: [],
	},
	{
		note: "subPathExpr: a bind",
		...volume("emptyDir: {}", "{name: v, mountPath: /a/b.c, subPathExpr: x}"),
		at,
		want: [bind("$(sfprefix)b.c$", "rprivate", "rw")],
	},
	{
		note: "one storage for each mount",
		...volume("emptyDir: {medium: Memory}", "{name: v, mountPath: /a/b.c}, {name: v, mountPath: /d}"),
		at: "../storages.*.mount_point",
		want: ["^/run/demo/ephemeral/v$", "^/run/demo/ephemeral/v$"],
	},
	{
		note: "a shared folder: two mounts",
		...volume("emptyDir: {}"),
		patches: [{ op: "replace", path: "/cluster_config/emptydir_type", value: "shared-fs" }],
		at,
		want: [bind("^$(cpath)/sandbox-[0-9a-f]{16}-v$", "rprivate", "rw"), bind("$(sfprefix)b\\.c$", "rprivate", "rw")],
	},
	{
		note: "the settings' mounts take the path of messages",
		own: "      terminationMessagePath: /t/m\n      volumeMounts: []\n",
		patches: [
			{
				op: "add",
				path: "/other_container/Mounts/-",
				value: { destination: "/dev/termination-log", type_: "bind", options: ["rw"] },
			},
			{ op: "add", path: "/mount_destinations/-", value: "/dev/termination-log" },
		],
		at: "Mounts.at(/t/m)",
		want: [{ destination: "/t/m", source: "$(sfprefix)m$", type_: "bind", options: ["rw"] }],
	},
	{
		note: "host name and resolver as the root is",
		own: "      securityContext: {readOnlyRootFilesystem: true}\n",
		patches: [
			{
				op: "add",
				path: "/other_container/Mounts/-",
				value: { destination: "/etc/hostname", type_: "bind", options: ["x"] },
			},
			{ op: "add", path: "/mount_destinations/-", value: "/etc/hostname" },
		],
		at: "Mounts.at(/etc/hostname)",
		want: [{ destination: "/etc/hostname", source: "$(sfprefix)hostname$", type_: "bind", options: ["x", "ro"] }],
	},
	{
		note: "a mount of the settings in the place of a basic one",
		patches: [
			{
				op: "add",
				path: "/other_container/Mounts/-",
				value: { destination: "/dev/shm", type_: "bind", source: "/s", options: ["y"] },
			},
			{ op: "add", path: "/mount_destinations/-", value: "/dev/shm" },
		],
		at: "Mounts.at(/dev/shm)",
		want: [{ destination: "/dev/shm", source: "/s", type_: "bind", options: ["y"] }],
	},
	{
		note: "one that nobody wants",
		patches: [
			{ op: "add", path: "/other_container/Mounts/-", value: { destination: "/etc/x", type_: "bind", options: [] } },
		],
		at: "Mounts.at(/etc/x)",
		want: [],
	},
	{
		note: "a volume over one of the settings'",
		own: "      volumeMounts: [{name: v, mountPath: /etc/hosts}]\n",
		spec: "  volumes: [{name: v, hostPath: {path: /x}}]\n",
		at: "Mounts.at(/etc/hosts)",
		want: [
			{ destination: "/etc/hosts", source: "$(sfprefix)hosts$", type_: "bind", options: ["rbind", "rprivate", "rw"] },
		],
	},
	{
		note: "the image's volumes",
		image: { config: { Volumes: ["//data//x", "/a/b.c"] } },
		...volume("hostPath: {path: /x}"),
		at: "Mounts.at(/data/x)",
		want: [{ destination: "/data/x", source: "$(sfprefix)x$", type_: "bind", options: ["rbind", "rw"] }],
	},
	{
		note: "but not where something is mounted",
		image: { config: { Volumes: ["/a/b.c"] } },
		...volume("projected: {}"),
		at,
		want: [bind("$(sfprefix)b\\.c$", "rprivate", "ro")],
	},
	{
		note: "a StatefulSet's claims, with a prefix that is no setting",
		yaml: workload(
			"StatefulSet",
			`{serviceName: s, selector: {}, template: {spec: {containers: [{name: c, image: app, volumeMounts: [{name: d, mountPath: /a/b.c, readOnly: true}]}]}}, volumeClaimTemplates: [{metadata: {name: d}, spec: {resources: {}}}]}`,
		),
		at,
		want: [bind("^/run/kata-containers/shared/containers/$(bundle-id)-[a-z0-9]{16}-b.c$", "rprivate", "rw")],
	},
];

testFacts(rows);
