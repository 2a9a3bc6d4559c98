/**
 * The user a container's process runs as: from the image, the pod's security context and the container's, in this
 * order. In: these three. Out: numbers, and what was odd about the image's user.
 */
import type { ImageConfig } from "../image/image.ts";
import type { Known } from "../workload/fields.ts";
import { type Accounts, idOf } from "./accounts.ts";
import type { User } from "./policy-data.ts";

export interface UserSources {
	readonly config: ImageConfig;
	readonly accounts: Accounts;
	readonly pod: Known<"PodSecurityContext"> | undefined;
	/** The container's own security context; the pause container has none. */
	readonly container: Known<"SecurityContext"> | undefined;
	readonly isPause: boolean;
}

/** Ids in security contexts are checked before (`badIds`). */
export function deriveUser({ config, accounts, pod, container, isPause }: UserSources): User {
	const user = imageUser(config, accounts, isPause);
	let { uid, gid } = user;
	const groups = new Set<number>(user.groups);
	if (!isPause) groups.add(gid);
	if (pod?.runAsUser !== undefined) uid = pod.runAsUser;
	if (pod?.runAsGroup !== undefined) {
		gid = pod.runAsGroup;
		groups.clear();
		groups.add(gid);
	} else if (pod?.runAsUser !== undefined) {
		gid = accounts.gidOfUid(uid) ?? 0;
		groups.clear();
		groups.add(gid);
	}
	const bare = config.User === undefined || config.User === "";
	if (!isPause || (bare && pod?.runAsUser === undefined && pod?.runAsGroup === undefined)) {
		if (pod?.fsGroup !== undefined) groups.add(pod.fsGroup);
		for (const g of pod?.supplementalGroups ?? []) groups.add(g);
	}
	if (container?.runAsUser !== undefined) {
		uid = container.runAsUser;
		gid = accounts.gidOfUid(uid) ?? gid;
		groups.add(gid);
	}
	if (container?.runAsGroup !== undefined) {
		gid = container.runAsGroup;
		groups.add(gid);
	}
	for (const g of accounts.groupsOfUid(uid)) groups.add(g);
	return { UID: uid, GID: gid, AdditionalGids: [...groups].sort((a, b) => a - b), Username: "" };
}

interface ImageUser {
	readonly uid: number;
	readonly gid: number;
	readonly groups: readonly number[];
}

/** The user that an image names as `u` or `u:g`. What comes after the colon counts for the pause container only. */
function imageUser({ User = "" }: ImageConfig, accounts: Accounts, isPause: boolean): ImageUser {
	if (User === "") return { uid: 0, gid: 0, groups: [] };
	const parts = User.split(":");
	const [name = "", group] = parts;
	const uid = parts.length > 2 ? 0 : uidOf(name, accounts);
	if (isPause && parts.length === 2 && group !== undefined) {
		const gid = idOf(group) ?? accounts.gidOfGroup(group) ?? 0;
		return { uid, gid, groups: [gid] };
	}
	const gid = accounts.gidOfUid(uid);
	return gid === undefined ? { uid, gid: 0, groups: [] } : { uid, gid, groups: [gid] };
}

function uidOf(name: string, accounts: Accounts): number {
	if (name === "") return 0;
	return idOf(name) ?? accounts.userOfName(name)?.uid ?? 0;
}

/** Why the image's user came to be 0, if it is not that it says so. */
export function imageUserTrouble({ User = "" }: ImageConfig, accounts: Accounts): string | undefined {
	if (User === "") return undefined;
	const parts = User.split(":");
	if (parts.length > 2) return "the image's user has more than two parts: the policy says root";
	const [name = ""] = parts;
	if (name === "" || idOf(name) !== undefined || accounts.userOfName(name) !== undefined) return undefined;
	return "the image's user is a name that its /etc/passwd does not have: the policy says root";
}

/** Ids of security contexts that are none: they are 32 bits, and not negative. */
export function badIds(context: { readonly [field: string]: unknown } | undefined): readonly string[] {
	return ["runAsUser", "runAsGroup", "fsGroup"].filter((field) => {
		const id = context?.[field];
		return typeof id === "number" && (id < 0 || id > 0xffff_ffff);
	});
}
