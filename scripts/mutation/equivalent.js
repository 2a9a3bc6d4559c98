/**
 * Mutants that change no answer: test/mutation/equivalent.json lists them, each with its reason. An entry names the
 * file, the line's text, what is changed in it and to what, so that it lasts while other lines come and go; without
 * `from` and `to` it speaks of all that can be changed in the line.
 */
import { readFileSync } from "node:fs";

const entries = JSON.parse(readFileSync("test/mutation/equivalent.json", "utf8"));

const says = (e, m) =>
	e.file === m.file &&
	e.line === m.source &&
	(e.from === undefined || e.from === m.from) &&
	(e.to === undefined || e.to === m.to);

export function isEquivalent(mutant) {
	return entries.some((e) => says(e, mutant));
}

/** Entries that speak of nothing that is there, among those of the given files. */
export function staleEntries(mutants, files) {
	return entries.filter((e) => files.includes(e.file) && !mutants.some((m) => says(e, m)));
}
