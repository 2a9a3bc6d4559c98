/**
 * From a pod template, the images of its containers and the settings to `policy_data`. Pure: reads and writes nothing.
 * Containers come in the order pause, init containers from the last to the first, containers.
 */
import type { Image } from "../image/image.ts";
import { type Path, type Problems, quote, some } from "../problem.ts";
import type { Settings } from "../settings/settings.ts";
import type { Known } from "../workload/fields.ts";
import type { Workload } from "../workload/resources.ts";
import { type Accounts, readAccounts } from "./accounts.ts";
import { deriveContainer } from "./container.ts";
import type { Configs } from "./env.ts";
import { type ContextFix, contextText, missingContext } from "./guest-pull.ts";
import { imageStorage } from "./pin-images.ts";
import type { ContainerPolicy, PolicyData, Storage, User } from "./policy-data.ts";
import { badIds, deriveUser, imageUserTrouble } from "./user.ts";
import { warnOfWorkload } from "./warnings.ts";

export interface DeriveSources {
	readonly workload: Workload;
	/** By reference; those that could not be read are missing. */
	readonly images: ReadonlyMap<string, Image>;
	readonly settings: Settings;
	readonly configs: Configs;
	/** Each container gets a storage with its image's digest. */
	readonly pinImages: boolean;
	/** As Kata's generator does it; otherwise as Kubernetes and the container's runtime do. */
	readonly strict: boolean;
	readonly problems: Problems;
}

/** A security context that the manifest needs, and where. */
export interface ContainerFix extends ContextFix {
	readonly path: Path;
	readonly name: string;
	/** What the policy expects. */
	readonly user: User;
}

export interface Derived {
	/** Undefined where an image is missing. */
	readonly policyData: PolicyData | undefined;
	readonly fixes: readonly ContainerFix[];
}

export function derivePolicyData(sources: DeriveSources): Derived {
	const { workload, settings } = sources;
	warnOfWorkload(workload, sources.problems);
	const fixes: ContainerFix[] = [];
	const wanted = containersOf(workload, settings);
	const containers: ContainerPolicy[] = [];
	for (const [i, { container, path }] of wanted.entries()) {
		const made = containerPolicy(sources, container, path, i === 0, fixes);
		if (made !== undefined) containers.push(made);
	}
	reportGuestPull(fixes, sources);
	const whole = containers.length === wanted.length;
	return { policyData: whole ? policyData(containers, settings) : undefined, fixes };
}

export interface PlacedContainer {
	readonly container: Known<"Container">;
	/** Its path; for the pause container, which the manifest does not have, the pod's. */
	readonly path: Path;
}

export function containersOf({ podSpec, templatePath }: Workload, settings: Settings): readonly PlacedContainer[] {
	const spec = [...templatePath, "spec"];
	const pause: Known<"Container"> = {
		name: "",
		image: settings.cluster_config.pause_container_image,
		securityContext: { readOnlyRootFilesystem: true, allowPrivilegeEscalation: false },
	};
	const init = (podSpec.initContainers ?? []).map((container, i) => ({
		container,
		path: [...spec, "initContainers", i],
	}));
	const others = podSpec.containers.map((container, i) => ({ container, path: [...spec, "containers", i] }));
	return [{ container: pause, path: spec }, ...init.reverse(), ...others];
}

/** Most groups of one process (NGROUPS_MAX). */
const maxGroups = 65_536;

function containerPolicy(
	sources: DeriveSources,
	container: Known<"Container">,
	path: Path,
	isPause: boolean,
	fixes: ContainerFix[],
): ContainerPolicy | undefined {
	const { workload, images, settings, problems } = sources;
	const image = images.get(container.image);
	const pod = workload.podSpec.securityContext;
	const ids = refuseBadIds(sources, container, path, isPause);
	if (image === undefined) return undefined;
	const user = userOf(sources, image, container, path, isPause);
	if (user.AdditionalGids.length > maxGroups) {
		const message = `image ${quote(image.reference)}: its user is in ${user.AdditionalGids.length} groups, and Linux knows ${maxGroups}`;
		problems.error("image-accounts", isPause ? path : [...path, "image"], message, "Mend the image's /etc/group.", {
			subject: `groups ${image.reference}`,
		});
		return undefined;
	}
	if (!isPause && ids && settings.cluster_config.guest_pull) {
		const fix = missingContext(user, pod, container.securityContext);
		if (fix !== undefined) fixes.push({ ...fix, path, name: container.name, user });
	}
	const made = deriveContainer({ ...sources, container, path, isPause, image, user });
	if (!sources.pinImages) return made;
	return { ...made, storages: [...made.storages, imageStorage(container.image, isPause)] };
}

/** Reports once for a pod: the contexts are pasted together. */
function reportGuestPull(fixes: readonly ContainerFix[], { workload, problems }: DeriveSources): void {
	const [first] = fixes;
	if (first === undefined) return;
	const users = fixes.map(
		({ name, user }) => `${quote(name)} UID ${user.UID}, GID ${user.GID} and groups ${some(user.AdditionalGids)}`,
	);
	const shown = users.length > 8 ? [...users.slice(0, 8), `of ${users.length - 8} more others`] : users;
	problems.error(
		"guest-pull",
		first.path,
		`users come from images, which the guest pulls: the policy expects of container ${shown.join("; of ")}, and containerd may not send them`,
		`Say them in the manifest (--fix-security-context writes it):\n${contextText(fixes, workload.podSpec.securityContext)}`,
	);
}

/** False where there are some. */
function refuseBadIds(
	{ workload, problems }: DeriveSources,
	container: Known<"Container">,
	path: Path,
	isPause: boolean,
): boolean {
	const context = isPause ? workload.podSpec.securityContext : container.securityContext;
	const bad = badIds(context);
	for (const field of bad)
		problems.error(
			"bad-id",
			[...path, "securityContext", field],
			`${field} must be from 0 to 4294967295`,
			"Write the number of a user or group.",
		);
	return bad.length === 0;
}

/** The user by what Kata's generator sees of the image, or by all of it; a warning where these differ. */
function userOf(
	{ workload, strict, problems }: DeriveSources,
	image: Image,
	container: Known<"Container">,
	path: Path,
	isPause: boolean,
): User {
	const kata = readAccounts(image.kataAccounts, { strict: true });
	const runtime = readAccounts(image.accounts, { strict: false });
	const at = isPause ? path : [...path, "image"];
	const derive = (accounts: Accounts): User =>
		deriveUser({
			config: image.config,
			accounts,
			pod: workload.podSpec.securityContext,
			container: container.securityContext,
			isPause,
		});
	const which = `image ${quote(image.reference)}`;
	const user = derive(strict ? kata : runtime);
	const trouble = imageUserTrouble(image.config, strict ? kata : runtime);
	for (const note of image.notes)
		problems.warn("image-note", at, `${which}: ${note}`, undefined, { subject: `${which} ${note}` });
	if (trouble !== undefined) problems.warn("image-user", at, `${which}: ${trouble}`, undefined, { subject: which });
	if (!strict) return user;
	if (kata.fatalLines.length > 0)
		problems.error(
			"image-accounts",
			at,
			`${which}: ${kata.fatalLines[0]} has an id that is no number, on which Kata's generator ends`,
			"Mend the image. With --strict-kata=false the line is passed over, as a container's runtime does.",
			{ subject: which },
		);
	if (!sameUser(user, derive(runtime)))
		problems.warn("image-accounts", at, `${which}: ${whyOther(image, kata)}`, followHint, { subject: which });
	return user;
}

const followHint = "With --strict-kata=false the policy has the user that the container's runtime finds.";

function sameUser(a: User, b: User): boolean {
	return a.UID === b.UID && a.GID === b.GID && a.AdditionalGids.join() === b.AdditionalGids.join();
}

function whyOther(image: Image, kata: Accounts): string {
	const unread = image.layers.filter((layer) => !layer.readByKata);
	const why =
		kata.badLines.length > 0
			? `Kata's generator makes nothing of ${kata.badLines[0]}`
			: unread.length > 0
				? `Kata's generator reads no layer of type ${unread[0]?.mediaType}`
				: "Kata's generator reads its layers otherwise than a container's runtime";
	return `${why}: the policy has another user or other groups than the container will have`;
}

/** Objects of the settings have their fields in the order in which they are printed. */
function policyData(containers: readonly ContainerPolicy[], settings: Settings): PolicyData {
	const { common, request_defaults, cluster_config, devices, sandbox } = settings;
	return {
		containers,
		common,
		sandbox: { storages: sandbox.storages.map(storageOf) },
		request_defaults,
		devices: { vfio: { device_path: devices.vfio.device_path, nvidia: {} } },
		cluster_config: {
			...cluster_config,
			cgroup_mount_extras_allowed: cluster_config.cgroup_mount_extras_allowed ?? [],
		},
	};
}

type StorageSetting = Settings["sandbox"]["storages"][number];

function storageOf(s: StorageSetting): Storage {
	const group = s.fs_group;
	return {
		driver: s.driver ?? "",
		driver_options: s.driver_options ?? [],
		source: s.source ?? "",
		fstype: s.fstype ?? "",
		options: s.options ?? [],
		mount_point: s.mount_point ?? "",
		fs_group:
			group === undefined
				? null
				: { group_id: group.group_id ?? 0, group_change_policy: group.group_change_policy ?? 0 },
		shared: s.shared ?? false,
	};
}
