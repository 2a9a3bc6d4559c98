/** Vite takes style sheets, too. */
declare module "*.css" {}

/** Vite gives a file's text under its name and `?raw`. */
declare module "*?raw" {
	const text: string;
	export default text;
}
