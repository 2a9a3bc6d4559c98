/**
 * Policies that insist on the images they were made of. Kata's rules accept any image that the guest pulls: here each
 * container gets one more storage, with the image's digest, and the rules are changed to compare it, as Contrast does
 * it. Only where the guest pulls: an image that the host hands in cannot be told by its reference.
 */
import type { Storage } from "./policy-data.ts";

/** What the pause container's image is called: it comes with the guest. */
const pauseImage = "pause";

/** The storage of a container's image. */
export function imageStorage(reference: string, isPause: boolean): Storage {
	return {
		driver: "image_guest_pull",
		driver_options: [],
		source: isPause ? pauseImage : reference,
		fstype: "overlay",
		options: [],
		mount_point: "$(root_path)",
		fs_group: null,
		shared: false,
	};
}

const countOfStorages = /^( +)p_count == i_count - img_pull_count$/m;
const imagePath = /^( +)expect_root_path == i_storage\.mount_point$/m;

const count = `p_img_pull_count := count([s | s := p_storages[_]; s.driver == "image_guest_pull"])
p_count - p_img_pull_count == i_count - img_pull_count

# One image for each container: the one that the policy names.
img_pull_count == p_img_pull_count`;

const source = `expect_root_path == i_storage.mount_point

some p_storage in p_storages
p_storage.driver == "image_guest_pull"
allow_pinned_image(p_storage.source, i_storage.source)`;

const rules = `
# The guest's own pause image has no digest.
allow_pinned_image(p_source, i_source) if {
    not contains(p_source, "@")
    p_source == i_source
}

# Registries and tags may be spelt in several ways, a digest in one.
allow_pinned_image(p_source, i_source) if {
    p_digest := split(p_source, "@")[1]
    i_parts := split(i_source, "@")
    count(i_parts) == 2
    i_parts[1] == p_digest
}
`;

/** Undefined where the rules are not those that are known. */
export function pinningRules(text: string): string | undefined {
	if (!countOfStorages.test(text) || !imagePath.test(text) || text.includes("allow_pinned_image")) return undefined;
	const put = (lines: string) => (_line: string, indent: string) => lines.replace(/^(?=.)/gm, indent);
	return `${text.replace(countOfStorages, put(count)).replace(imagePath, put(source)).trimEnd()}\n${rules}`;
}

const digest = /@sha256:[0-9a-f]{64}$/;

export function isPinned(reference: string): boolean {
	return digest.test(reference);
}

/** The reference with its tag, and the digest behind. */
export function pinned(reference: string, imageDigest: string): string {
	return `${reference}@${imageDigest}`;
}
