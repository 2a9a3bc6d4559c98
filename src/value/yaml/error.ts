/** What is wrong with a YAML text, in go-yaml's words. */
export class YamlError extends Error {
	constructor(message: string) {
		super(message);
		this.name = "YamlError";
	}
}
