/** Apart from metadata.ts, whose code is loaded where there is a metadata block. */

/** What is wrong with one. `line` counts the lines below METADATA from 0; none means the METADATA line itself. */
export class MetadataError extends Error {
	readonly line: number | undefined;

	constructor(message: string, line?: number) {
		super(message);
		this.line = line;
	}
}
