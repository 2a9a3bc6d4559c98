/** The user of a container's process: of the image, the pod and the container. */
import type { SaidImage } from "../small.ts";
import { type Row, testFacts } from "./facts.ts";

const passwd = "root:x:0:0::/:/bin/sh\nwww:x:33:34::/:/bin/sh\nops:x:40:41::/:/bin/sh\n";
const group = "root:x:0:\nwww:x:34:\nadm:x:4:www,ops\nops:x:9:ops\n";
const accounts: SaidImage = { passwd, group };
const user = (UID: number, GID: number, ...AdditionalGids: number[]): unknown => ({
	UID,
	GID,
	AdditionalGids,
	Username: "",
});
const rows: readonly Row[] = [
	{ note: "none", image: accounts, at: "Process.User", want: user(0, 0, 0) },
	{ note: "a name", image: { ...accounts, config: { User: "www" } }, at: "Process.User", want: user(33, 34, 4, 34) },
	{
		note: "a number that is known",
		image: { ...accounts, config: { User: "33" } },
		at: "Process.User",
		want: user(33, 34, 4, 34),
	},
	{
		note: "a number that is not",
		image: { ...accounts, config: { User: "99" } },
		at: "Process.User",
		want: user(99, 0, 0),
	},
	{
		note: "the image's group does not count",
		image: { ...accounts, config: { User: "www:7" } },
		at: "Process.User",
		want: user(33, 34, 4, 34),
	},
	{
		note: "a name that is not known",
		image: { ...accounts, config: { User: "nobody" } },
		at: "Process.User",
		want: user(0, 0, 0),
	},
	{
		note: "groups of the user's own name do not count",
		image: { ...accounts, config: { User: "ops" } },
		at: "Process.User",
		want: user(40, 41, 4, 41),
	},
	{
		note: "without a passwd there are no groups",
		image: { group, config: { User: "33" } },
		at: "Process.User",
		want: user(33, 0, 0),
	},
	{
		note: "the pod's user: groups of before are gone",
		spec: "  securityContext: {runAsUser: 40}\n",
		image: { ...accounts, config: { User: "www" } },
		at: "Process.User",
		want: user(40, 41, 4, 41),
	},
	{
		note: "an unknown one of the pod's",
		spec: "  securityContext: {runAsUser: 99}\n",
		image: { ...accounts, config: { User: "www" } },
		at: "Process.User",
		want: user(99, 0, 0),
	},
	{
		note: "the pod's group",
		spec: "  securityContext: {runAsUser: 40, runAsGroup: 5}\n",
		image: accounts,
		at: "Process.User",
		want: user(40, 5, 4, 5),
	},
	{
		note: "only the pod's group",
		spec: "  securityContext: {runAsGroup: 5}\n",
		image: { ...accounts, config: { User: "www" } },
		at: "Process.User",
		want: user(33, 5, 4, 5),
	},
	{
		note: "fsGroup and supplemental groups",
		spec: "  securityContext: {fsGroup: 9, supplementalGroups: [3, 8]}\n",
		image: accounts,
		at: "Process.User",
		want: user(0, 0, 0, 3, 8, 9),
	},
	{
		note: "the container's user: earlier groups stay",
		own: "      securityContext: {runAsUser: 33}\n",
		image: accounts,
		at: "Process.User",
		want: user(33, 34, 0, 4, 34),
	},
	{
		note: "an unknown one keeps the group",
		own: "      securityContext: {runAsUser: 99}\n",
		spec: "  securityContext: {runAsGroup: 5}\n",
		image: accounts,
		at: "Process.User",
		want: user(99, 5, 5),
	},
	{
		note: "the container's group",
		own: "      securityContext: {runAsUser: 33, runAsGroup: 6}\n",
		image: accounts,
		at: "Process.User",
		want: user(33, 6, 0, 4, 6, 34),
	},
	{
		note: "the pause container has the pod's user",
		spec: "  securityContext: {runAsUser: 7, runAsGroup: 8, fsGroup: 9}\n",
		at: "Process.User",
		want: user(7, 8, 8),
		pause: true,
	},
	{
		note: "and its groups, where it has no user",
		spec: "  securityContext: {fsGroup: 9, supplementalGroups: [3]}\n",
		at: "Process.User",
		want: user(0, 0, 3, 9),
		pause: true,
	},
];

testFacts(rows);
