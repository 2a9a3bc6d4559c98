/** Names of pods, images and networks in the annotations that the rules compare. */
import { pod } from "../small.ts";
import { type Row, testFacts } from "./facts.ts";
import { workload } from "./workloads.ts";

const suffix = "[bcdfghjklmnpqrstvwxz2456789]+";
const template = "{metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: app}]}}";
const names: readonly (readonly [kind: string, spec: string, name: string])[] = [
	["Deployment", `{template: ${template}}`, `^w.x-${suffix}-${suffix}$`],
	["DaemonSet", `{template: ${template}}`, `^w.x-${suffix}$`],
	["ReplicaSet", `{selector: {}, template: ${template}}`, `^w.x-${suffix}$`],
	["ReplicationController", `{template: ${template}}`, `^w.x-${suffix}$`],
	["StatefulSet", `{serviceName: s, selector: {}, template: ${template}}`, "^w.x-[0-9]+$"],
	["Job", `{template: ${template}}`, `^w.x(-[0-9]+)?-${suffix}$`],
	["CronJob", `{jobTemplate: {spec: {template: ${template}}}}`, `^w.x-[0-9]+(-[0-9]+)?-${suffix}$`],
];
const rows: readonly Row[] = [
	...names.map(([kind, spec, want]) => ({
		note: `the name of a ${kind}'s pods`,
		yaml: workload(kind, spec),
		at: "Annotations.io.kubernetes.cri.sandbox-name",
		want,
	})),
	{
		note: "a name that is made, escaped",
		yaml: pod().replace("name: p", "generateName: a.b-"),
		at: "Annotations.io.kubernetes.cri.sandbox-name",
		want: `^a\\.b\\-${suffix}$`,
	},
	{
		note: "without a name any",
		yaml: pod().replace("name: p", "labels: {a: b}"),
		at: "Annotations.io.kubernetes.cri.sandbox-name",
		want: undefined,
	},
	{
		note: "the namespace is the workload's",
		yaml: workload("Job", `{template: {metadata: {namespace: inner}, spec: {containers: [{name: c, image: app}]}}}`),
		at: "Annotations.io.kubernetes.cri.sandbox-namespace",
		want: "ns",
	},
	{ note: "no namespace", at: "Annotations.io.kubernetes.cri.sandbox-namespace", want: "" },
	{
		note: "it is written over the author's",
		yaml: pod().replace("name: p", "name: p\n  annotations: {io.kubernetes.cri.sandbox-namespace: x}"),
		at: "Annotations.io.kubernetes.cri.sandbox-namespace",
		want: "",
	},
	{
		note: "others are not",
		yaml: pod().replace("name: p", "name: p\n  annotations: {io.kubernetes.cri.container-name: x}"),
		at: "Annotations.io.kubernetes.cri.container-name",
		want: "x",
	},
	{
		note: "an image without a tag",
		yaml: pod().replace(/app@.*/, "app"),
		at: "Annotations.io.kubernetes.cri.image-name",
		want: "app:latest",
	},
	{
		note: "a registry's port looks like a tag",
		yaml: pod().replace(/app@.*/, "localhost:5000/app"),
		at: "Annotations.io.kubernetes.cri.image-name",
		want: "localhost:5000/app",
	},
	{
		note: "the pause container has no image and no name",
		at: "Annotations.io.kubernetes.cri.image-name",
		want: undefined,
		pause: true,
	},
	{
		note: "the pod's network",
		at: "Annotations.nerdctl/network-namespace",
		want: "^/var/run/netns/cni-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$",
		pause: true,
	},
	{
		note: "the host's",
		spec: "  hostNetwork: true\n",
		at: "Annotations.nerdctl/network-namespace",
		want: "^/var/run/netns/cnitest-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$",
		pause: true,
	},
	{
		note: "the settings' annotations",
		patches: [{ op: "add", path: "/other_container/Annotations", value: { k: "v" } }],
		at: "Annotations.k",
		want: "v",
	},
];

testFacts(rows);
