/** A template that does not parse or fails while it runs, with Go's text. */
export class TemplateError extends Error {
	constructor(message: string) {
		super(message);
		this.name = "TemplateError";
	}
}

/** OPA gives every template this name. */
export const templateName = "template";
