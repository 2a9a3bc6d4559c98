/**
 * What Kata's generator makes of one field after the other: a row for each fact of its derivation, so that what no
 * recording has is held to, too. Manifest, image and settings in; a part of `policy_data` out.
 */
import { expect, test } from "vitest";
import { container, generate, pod, type SaidImage, saidImages, settings } from "../small.ts";

export interface Row {
	readonly note: string;
	/** Lines of the container. */
	readonly own?: string | undefined;
	/** Lines of the pod's spec. */
	readonly spec?: string | undefined;
	/** Other documents. */
	readonly also?: string;
	/** Instead of the pod. */
	readonly yaml?: string;
	readonly image?: SaidImage;
	readonly patches?: readonly { readonly op: string; readonly path: string; readonly value: unknown }[];
	/** Where in the container: `OCI.Process.Args`. */
	readonly at: string;
	readonly want: unknown;
	/** Of the pause container. */
	readonly pause?: true;
}

/** `Process.Args`, `Mounts.*.destination`, `Mounts.at(/a)`, `Annotations.a.b.c`; `../` is outside of the OCI part. */
function part(value: unknown, where: string): unknown {
	const [, list, field] = /^(.*)\.\*\.(.*)$/.exec(where) ?? [];
	if (list !== undefined && field !== undefined) {
		const items = part(value, list);
		return Array.isArray(items)
			? items.map((item) => (field === "destination+access" ? withAccess(item) : part(item, field)))
			: undefined;
	}
	const [, destination] = /^Mounts\.at\((.*)\)$/.exec(where) ?? [];
	if (destination !== undefined) {
		const all = part(value, "Mounts");
		return Array.isArray(all) ? all.filter((m) => Object(m)["destination"] === destination) : undefined;
	}
	const steps = where.startsWith("Annotations.")
		? ["Annotations", where.slice("Annotations.".length)]
		: where.split(".");
	return steps.reduce<unknown>((v, step) => Object(v)[step], value);
}

function withAccess(mount: unknown): string {
	const { destination, options }: { destination: string; options: readonly string[] } = Object(mount);
	return destination.startsWith("/sys") ? `${destination} ${options.at(-1)}` : destination;
}

export function testFacts(rows: readonly Row[]): void {
	for (const row of rows)
		test(row.note, async () => {
			const patches = [{ path: "/cluster_config/guest_pull", value: false }, ...(row.patches ?? [])];
			const name = /image: (\S+?)[@\s},]/.exec(row.yaml ?? pod())?.[1] ?? "";
			const generated = await generate(row.yaml ?? `${pod(row.own, row.spec)}${row.also ?? ""}`, {
				settings: settings(...patches),
				images: saidImages(row.image === undefined ? {} : { [name]: row.image }),
			});
			const all: { containers: object[] } = JSON.parse(generated.documents[0]?.policyData ?? '{"containers":[]}');
			const made = row.pause === true ? all.containers[0] : container(generated);
			const outside = row.at.startsWith("../");
			expect(part(outside ? made : Object(made)["OCI"], row.at.replace("../", ""))).toEqual(row.want);
		});
}
