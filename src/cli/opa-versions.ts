/** OPA's versions: which there are, and since when the language has what. */

/** How many patch releases (counted from .0) each minor version had, from 0.17 and from 1.0 on. */
const releases: readonly (readonly [major: number, minor: number, patches: readonly number[]])[] = [
	[
		0,
		17,
		[
			4, 1, 3, 6, 2, 1, 3, 1, 3, 1, 2, 1, 5, 3, 1, 2, 2, 3, 1, 2, 3, 2, 1, 1, 1, 3, 2, 1, 1, 4, 5, 1, 3, 3, 1, 1, 2, 1,
			1, 1, 2, 1, 1, 1, 1, 2, 1, 2, 1, 1, 2, 1, 1, 1,
		],
	],
	[1, 0, [2, 1, 1, 1, 3, 2, 1, 1, 1, 1, 1, 2, 4, 3, 2, 2, 3, 2, 3, 2, 3]],
];

type Version = readonly [major: number, minor: number, patch: number];

/** A release of OPA that has capabilities, from `v1.20.2`; undefined for other texts. */
export function readVersion(text: string): Version | undefined {
	const m = /^v(0|1)\.(0|[1-9]\d*)\.(0|[1-9]\d*)$/.exec(text);
	if (m === null) return undefined;
	const version: Version = [Number(m[1]), Number(m[2]), Number(m[3])];
	const [, first = 0, patches = []] = releases[version[0]] ?? [];
	return version[2] < (patches[version[1] - first] ?? 0) ? version : undefined;
}

/** All releases that have capabilities, as `v1.20.2`, the oldest first. */
export function knownVersions(): readonly string[] {
	return releases.flatMap(([major, first, patches]) =>
		patches.flatMap((n, i) => Array.from({ length: n }, (_, patch) => `v${major}.${first + i}.${patch}`)),
	);
}

/** Whether a version has what came with another one, such as `0.34.0`. */
export function isSince(version: Version, since: string): boolean {
	const other = since.split(".").map(Number);
	for (const [i, n] of version.entries()) {
		const m = other[i] ?? 0;
		if (n !== m) return n > m;
	}
	return true;
}

export const keywordsSince: Readonly<Record<string, string>> = {
	in: "0.34.0",
	every: "0.38.0",
	contains: "0.42.0",
	if: "0.42.0",
	not: "1.17.0",
	and: "1.20.0",
	or: "1.20.0",
};

export const featuresSince: Readonly<Record<string, string>> = {
	rego_v1_import: "0.59.0",
	rego_v1: "1.0.0",
	keywords_in_refs: "1.6.0",
	template_strings: "1.12.0",
};
