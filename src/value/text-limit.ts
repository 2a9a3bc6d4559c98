/**
 * How long texts of values may become. Values share their parts, so that forty rules of the form
 * `r1 := [r0, r0]` take no memory, and a text of them would take all there is.
 */
import { LimitError } from "../limit-error.ts";

/** UTF-16 units of JSON and YAML. */
export const maxJsonLength: number = 2 ** 27;
/** UTF-16 units of keys and of texts for people. */
export const maxTextLength: number = 2 ** 26;

/** A value of which there is no JSON, for OPA neither. */
export class UnwritableError extends TypeError {}

export function checkLength(length: number, most: number): void {
	if (length > most) throw new LimitError("value is too long to be written");
}

let unit = 0;

/**
 * The same text in one piece where it is long. Engines keep what is added up as a tree of pieces, which
 * for short ones takes ten times the text until somebody reads it.
 */
export function flat(text: string): string {
	if (text.length > 2 ** 16) unit = text.charCodeAt(unit & 1);
	return text;
}
