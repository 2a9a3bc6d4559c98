/** Arguments, variables, capabilities of a container's process. */
import { type Row, testFacts } from "./facts.ts";

const path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const host = "HOSTNAME=$(host-name)";
const env = (...more: readonly string[]): readonly string[] => [path, host, ...more];
const rows: readonly Row[] = [
	{ note: "an empty list of variables stays empty", image: { config: { Env: [] } }, at: "Process.Env", want: [host] },
	{
		note: "the image's arguments",
		image: { config: { Entrypoint: ["e"], Cmd: ["c"] } },
		at: "Process.Args",
		want: ["e", "c"],
	},
	{
		note: "args replace Cmd, behind Entrypoint",
		own: "      args: [a]\n",
		image: { config: { Entrypoint: ["e"], Cmd: ["c"] } },
		at: "Process.Args",
		want: ["e", "a"],
	},
	{
		note: "command replaces both",
		own: "      command: [x]\n",
		image: { config: { Entrypoint: ["e"], Cmd: ["c"] } },
		at: "Process.Args",
		want: ["x"],
	},
	{
		note: "an empty command is one",
		own: "      command: []\n      args: [a]\n",
		image: { config: { Entrypoint: ["e"], Cmd: ["c"] } },
		at: "Process.Args",
		want: ["a"],
	},
	{
		note: "an empty args is one",
		own: "      args: []\n",
		image: { config: { Entrypoint: ["e"], Cmd: ["c"] } },
		at: "Process.Args",
		want: ["e"],
	},
	{ note: "the image's directory", image: { config: { WorkingDir: "/w" } }, at: "Process.Cwd", want: "/w" },
	{ note: "an empty one is the root", image: { config: { WorkingDir: "" } }, at: "Process.Cwd", want: "/" },
	{
		note: "a terminal brings TERM before HOSTNAME",
		own: "      tty: true\n",
		at: "Process.Env",
		want: [path, "TERM=xterm", host],
	},
	{
		note: "tty: false counts more than the image's",
		own: "      tty: false\n",
		image: { config: { Tty: true } },
		at: "Process.Terminal",
		want: false,
	},
	{ note: "the image's terminal", image: { config: { Tty: true } }, at: "Process.Terminal", want: true },
	{ note: "the image's terminal brings no TERM", image: { config: { Tty: true } }, at: "Process.Env", want: env() },
	{
		note: "what is there already is not added again",
		own: '      env: [{name: A, value: "1"}, {name: A, value: "2"}, {name: A, value: "1"}]\n',
		image: { config: { Env: ["A=2"] } },
		at: "Process.Env",
		want: ["A=2", host, "A=1"],
	},
	{ note: "a variable without a value", own: "      env: [{name: A}]\n", at: "Process.Env", want: env("A=") },
	{
		note: "a value counts more than its source",
		own: "      env: [{name: A, value: x, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]\n",
		at: "Process.Env",
		want: env("A=x"),
	},
	{
		note: "fields of the pod",
		own: `      env:\n${[
			"metadata.name",
			"metadata.namespace",
			"metadata.uid",
			"status.hostIP",
			"status.podIP",
			"spec.nodeName",
			"spec.serviceAccountName",
			"metadata.annotations['none']",
		]
			.map((f) => `        - {name: ${f.replaceAll(/[^a-z]/gi, "_")}, valueFrom: {fieldRef: {fieldPath: "${f}"}}}\n`)
			.join("")}`,
		at: "Process.Env",
		want: env(
			"metadata_name=$(sandbox-name)",
			"metadata_namespace=$(sandbox-namespace)",
			"metadata_uid=$(pod-uid)",
			"status_hostIP=$(host-ip)",
			"status_podIP=$(pod-ip)",
			"spec_nodeName=$(node-name)",
			"spec_serviceAccountName=default",
			"metadata_annotations__none__=$(todo-annotation)",
		),
	},
	{
		note: "resources",
		own: "      env: [{name: A, valueFrom: {resourceFieldRef: {resource: limits.cpu}}}]\n",
		at: "Process.Env",
		want: env("A=$(resource-field)"),
	},
	{
		note: "ConfigMaps before Secrets, of the first of the name that has the key",
		own: "      env: [{name: A, valueFrom: {configMapKeyRef: {name: m, key: b}, secretKeyRef: {name: s, key: b}}}]\n",
		also: "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: m, namespace: other}\ndata: {a: x}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\ndata: {b: y}\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata: {b: eg==}\n",
		at: "Process.Env",
		want: env("A=y"),
	},
	{
		note: "envFrom in the order of bytes, after env, without its prefix and binary data",
		own: "      env: [{name: z, value: first}]\n      envFrom: [{prefix: P_, configMapRef: {name: m}}, {secretRef: {name: s}}]\n",
		also: '---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\ndata: {b: "2", B: "1", "10": x, "9": y}\nbinaryData: {n: AAAA}\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata: {k: dg==}\n',
		at: "Process.Env",
		want: env("z=first", "10=x", "9=y", "B=1", "b=2", "k=v"),
	},
	{
		note: "references: to later ones, in circles, through a value with =, unknown ones first",
		own: '      env:\n        - {name: A, value: "$(B)"}\n        - {name: B, value: b}\n        - {name: C, value: "$(C)"}\n        - {name: D, value: "k=v"}\n        - {name: E, value: "$(D)"}\n        - {name: F, value: "$(none)$(B)"}\n        - {name: G, value: "$(B)$(B)x"}\n        - {name: H, valueFrom: {fieldRef: {fieldPath: status.podIP}}}\n        - {name: I, value: "http://$(H)"}\n      args: ["$(A)-$(B)", "$(I)", "$$(B)", "$(", "$(B"]\n',
		at: "Process.Env",
		want: env("A=b", "B=b", "C=$(C)", "D=k=v", "E=$(D)", "F=$(none)$(B)", "G=bbx", "H=$(pod-ip)", "I=http://$(pod-ip)"),
	},
	{
		note: "references in arguments, the image's, too",
		own: '      env: [{name: B, value: b}, {name: H, valueFrom: {fieldRef: {fieldPath: status.podIP}}}]\n      args: ["$(B)-$(B)", "$(H)", "$$(B)", "$(", "$(B", "a=$(B)"]\n',
		image: { config: { Entrypoint: ["$(B)"] } },
		at: "Process.Args",
		want: ["b", "b-b", "$(pod-ip)", "$b", "$(", "$(B", "a=b"],
	},
	{ note: "capabilities", at: "Process.Capabilities.Bounding", want: ["$(default_caps)"] },
	{
		note: "of a privileged container",
		own: "      securityContext: {privileged: true}\n",
		at: "Process.Capabilities.Effective",
		want: ["$(privileged_caps)"],
	},
	{
		note: "dropped, then added",
		own: "      securityContext: {capabilities: {add: [KILL, NET_RAW, ALL], drop: [KILL, NONE]}}\n",
		at: "Process.Capabilities.Permitted",
		want: ["CAP_CHOWN", "CAP_KILL", "CAP_NET_RAW", "CAP_ALL"],
	},
	{
		note: "all dropped, and the default ones added in another order",
		own: "      securityContext: {capabilities: {drop: [ALL], add: [KILL, CHOWN]}}\n",
		at: "Process.Capabilities.Bounding",
		want: ["CAP_KILL", "CAP_CHOWN"],
	},
	{
		note: "added to the default ones they are the privileged ones",
		own: "      securityContext: {capabilities: {add: [SYS_ADMIN]}}\n",
		at: "Process.Capabilities.Bounding",
		want: ["$(privileged_caps)"],
	},
	{
		note: "none ambient",
		own: "      securityContext: {privileged: true}\n",
		at: "Process.Capabilities.Ambient",
		want: [],
	},
	{ note: "privileges may be gained", at: "Process.NoNewPrivileges", want: false },
	{
		note: "not where the pod says so",
		spec: "  securityContext: {allowPrivilegeEscalation: false}\n",
		at: "Process.NoNewPrivileges",
		want: true,
	},
	{
		note: "the container's word counts more",
		own: "      securityContext: {allowPrivilegeEscalation: true}\n",
		spec: "  securityContext: {allowPrivilegeEscalation: false}\n",
		at: "Process.NoNewPrivileges",
		want: false,
	},
];

testFacts(rows);
