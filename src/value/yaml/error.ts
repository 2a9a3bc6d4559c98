/** What is wrong with a YAML text, in go-yaml's words. */
export class YamlError extends Error {
	/** In the words of go-yaml 3, which names the line where the construct at fault began. */
	readonly fromStart: string;

	constructor(message: string, fromStart: string = message) {
		super(message);
		this.name = "YamlError";
		this.fromStart = fromStart;
	}
}
