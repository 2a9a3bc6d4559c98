/** Opens the images of a manifest, each once and a few at a time; what fails is a problem wherever it is used. */
import { type Image, ImageError, type ImageSource, type OpenOptions } from "./image/image.ts";
import { type Path, type Problems, quote } from "./problem.ts";

export interface ImageUse {
	readonly reference: string;
	readonly path: Path;
	readonly problems: Problems;
}

const atOnce = 4;

export async function openImages(
	uses: readonly ImageUse[],
	source: ImageSource,
	{ signal, onProgress }: OpenOptions,
): Promise<ReadonlyMap<string, Image>> {
	const waiting = [...new Set(uses.map((u) => u.reference))];
	const opened = new Map<string, Image>();
	const failed = new Map<string, ImageError>();
	const options = { ...(signal === undefined ? {} : { signal }), ...(onProgress === undefined ? {} : { onProgress }) };
	const work = async (): Promise<void> => {
		for (let reference = waiting.shift(); reference !== undefined; reference = waiting.shift()) {
			try {
				opened.set(reference, await source.open(reference, options));
			} catch (e) {
				if (!(e instanceof ImageError)) throw e;
				failed.set(reference, e);
			}
		}
	};
	await Promise.all(Array.from({ length: Math.min(atOnce, waiting.length) }, work));
	for (const { reference, path, problems } of uses) {
		const e = failed.get(reference);
		if (e === undefined) continue;
		problems.error("image", path, `image ${quote(reference)}: ${e.message}`, e.hint, { subject: reference });
	}
	return opened;
}
