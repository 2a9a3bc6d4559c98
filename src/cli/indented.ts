/** Every line of a text, behind some blanks. */
export function indented(text: string, by: string): string {
	return text
		.split("\n")
		.map((l) => by + l)
		.join("\n");
}
