/**
 * Image references by Docker's grammar: `busybox`, `quay.io/org/app:1.2`, `localhost:5000/app@sha256:…`. In: what a
 * manifest says. Out: registry, repository, and the tag or digest that is asked for.
 */
import { parseDigest } from "./digest.ts";
import { ImageError } from "./image.ts";

export interface ImageReference {
	/** As written: `docker.io`, `localhost:5000`, `[::1]:5000`. */
	readonly registry: string;
	/** `library/busybox`. */
	readonly repository: string;
	/** `latest` where neither tag nor digest is given. */
	readonly tag: string | undefined;
	/** It decides where both are given. */
	readonly digest: string | undefined;
}

const domain =
	/^(?:(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])(?:\.(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]))*|\[[a-fA-F0-9:]+\])(?::[0-9]{1,5})?$/;
const component = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*$/;
const tagShape = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
/** Longest name: registry and repository together. */
const maxName = 255;

/** Throws ImageError. */
export function parseReference(text: string): ImageReference {
	const refuse = (why: string): ImageError =>
		new ImageError(
			"bad-reference",
			`${quoted(text)} is no image reference: ${why}`,
			"References look like registry.example/folder/name:tag or name@sha256:….",
		);
	// No reference is longer; nothing below has to read megabytes.
	if (text.length > 1024) throw refuse("it is too long");
	const at = text.indexOf("@");
	const digest = at < 0 ? undefined : text.slice(at + 1);
	if (digest !== undefined && parseDigest(digest) === undefined)
		throw refuse("what follows the @ is not sha256:, sha384: or sha512: and the digest in lower-case hexadecimal");
	const named = at < 0 ? text : text.slice(0, at);
	const colon = named.lastIndexOf(":");
	const hasTag = colon > named.lastIndexOf("/");
	const tag = hasTag ? named.slice(colon + 1) : undefined;
	if (tag !== undefined && !tagShape.test(tag)) throw refuse(`${quoted(tag)} cannot be a tag`);
	const { registry, repository } = splitName(hasTag ? named.slice(0, colon) : named);
	if (!domain.test(registry)) throw refuse(`${quoted(registry)} cannot be a registry`);
	const wrong = repository.split("/").find((c) => !component.test(c));
	if (wrong !== undefined)
		throw refuse(
			component.test(wrong.toLowerCase())
				? "repositories are in lower case"
				: `${quoted(wrong)} cannot be a part of a repository`,
		);
	if (registry.length + 1 + repository.length > maxName) throw refuse("the name is too long");
	return { registry, repository, tag: tag ?? (digest === undefined ? "latest" : undefined), digest };
}

function quoted(text: string): string {
	return JSON.stringify(text.length > 300 ? `${text.slice(0, 300)}…` : text);
}

/** The first part is a registry if it looks like a host. */
function splitName(name: string): { registry: string; repository: string } {
	const slash = name.indexOf("/");
	const first = slash < 0 ? "" : name.slice(0, slash);
	if (first === "" || (!/[.:]/.test(first) && first !== "localhost" && first === first.toLowerCase())) {
		return { registry: "docker.io", repository: name.includes("/") ? name : `library/${name}` };
	}
	const rest = name.slice(slash + 1);
	if (first !== "docker.io" && first !== "index.docker.io") return { registry: first, repository: rest };
	return { registry: "docker.io", repository: rest.includes("/") ? rest : `library/${rest}` };
}

/** `docker.io/library/busybox`. */
export function repositoryName(r: ImageReference): string {
	return `${r.registry}/${r.repository}`;
}

/** With everything spelt out. */
export function fullName(r: ImageReference): string {
	const tag = r.tag === undefined ? "" : `:${r.tag}`;
	return `${repositoryName(r)}${tag}${r.digest === undefined ? "" : `@${r.digest}`}`;
}
