/** What the policy of a workload will not do as its author may think, and what Kata's generator says nothing of. */
import { type Problems, quote } from "../problem.ts";
import type { Workload } from "../workload/resources.ts";
import { isPinned } from "./pin-images.ts";

export function warnOfWorkload(workload: Workload, problems: Problems): void {
	warnOfName(workload, problems);
	const { podSpec, templatePath } = workload;
	for (const list of ["initContainers", "containers"] as const)
		for (const [i, { image }] of (podSpec[list] ?? []).entries()) {
			if (isPinned(image)) continue;
			problems.warn(
				"image-not-pinned",
				[...templatePath, "spec", list, i, "image"],
				`image ${quote(image)} has no digest: what runs may be another image than the one the policy was made of`,
				"Write it as name@sha256:…; --pin-images makes the policy insist on it.",
				{ subject: image },
			);
		}
}

function warnOfName({ kind, metadata, path }: Workload, problems: Problems): void {
	const { name, generateName } = metadata;
	if (name === undefined && generateName === undefined) {
		problems.warn(
			"no-name",
			[...path, "metadata"],
			`the ${kind} has no name: the policy allows pods of any name`,
			"Give it a name.",
		);
	} else if (name !== undefined && /[\\.+*?()|[\]{}^$]/.test(name)) {
		problems.warn(
			"name-pattern",
			[...path, "metadata", "name"],
			`the name ${quote(name)} stands in the policy as a pattern, in which ${name.includes(".") ? "a dot fits any character" : "some characters have a meaning"}`,
			"Take a name without such characters.",
		);
	}
}
