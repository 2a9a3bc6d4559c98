/**
 * All matches in a text, and what is made of them: pieces, replacements, templates. The rules for
 * empty matches and for `$name` in replacements are those of Go's regexp package.
 */

import { runeAt } from "./pattern-reader.ts";
import { inRanges } from "./ranges.ts";
import type { Regex } from "./regex.ts";
import { unicodeClass } from "./unicode.ts";
import { RegexLimitError, work } from "./vm.ts";

/** Characters looked at for all matches in one text, and for each of its own: some seconds. */
const maxLooked = 3e7;
const maxLookedPerUnit = 16;

/**
 * Up to `limit` successive matches (all when negative), as offsets of the match and of the first
 * `groups` groups. `step` is told how many characters each search has looked at: one search is linear,
 * but patterns such as `a.*b|a` make each look at all of the rest, as in Go. Past a limit that no
 * ordinary text comes near, throws RegexLimitError.
 */
export function findAll(
	regex: Regex,
	s: string,
	limit: number,
	groups: number,
	step: (amount: number) => void,
): Int32Array[] {
	const out: Int32Array[] = [];
	let pos = 0;
	let previousEnd = -1;
	let total = 0;
	while (pos <= s.length && (limit < 0 || out.length < limit)) {
		const before = work.units;
		const m = regex.exec(s, pos, groups);
		const looked = work.units - before + 1;
		step(looked);
		total += looked;
		if (total > maxLooked + maxLookedPerUnit * s.length) throw new RegexLimitError();
		if (m === undefined) break;
		const start = m[0] as number;
		const end = m[1] as number;
		let accept = true;
		if (end === pos) {
			// An empty match right after a match does not count.
			accept = start !== previousEnd;
			pos += pos < s.length && runeAt(s, pos) > 0xffff ? 2 : 1;
		} else pos = end;
		previousEnd = end;
		if (accept) out.push(m);
	}
	return out;
}

/** The text between matches. */
export function splitBy(regex: Regex, s: string, step: (amount: number) => void): string[] {
	if (regex.source !== "" && s === "") return [""];
	const out: string[] = [];
	let begin = 0;
	let end = 0;
	for (const m of findAll(regex, s, -1, 0, step)) {
		end = m[0] as number;
		if (m[1] !== 0) out.push(s.slice(begin, end));
		begin = m[1] as number;
	}
	if (end !== s.length) out.push(s.slice(begin));
	return out;
}

/** Every match replaced by the expansion of `template`. */
export function replaceAll(regex: Regex, s: string, template: string, step: (amount: number) => void): string {
	const parts = parseTemplate(template, regex.groupNames);
	const groups = parts.some((p) => typeof p !== "string") ? regex.groupCount : 0;
	const matches = findAll(regex, s, -1, groups, step);
	if (matches.length === 0) return s;
	let out = "";
	let last = 0;
	for (const m of matches) {
		out += s.slice(last, m[0]);
		for (const p of parts) {
			if (typeof p === "string") out += p;
			else out += firstGroup(s, m, p);
		}
		last = m[1] as number;
		step(parts.length);
	}
	return out + s.slice(last);
}

/** Literal text, or the numbers of the groups that a name stands for: several may share it. */
type Part = string | readonly number[];

/** The text of the first of these groups that took part in the match. */
function firstGroup(s: string, m: Int32Array, groups: readonly number[]): string {
	for (const g of groups) {
		if ((m[2 * g] as number) >= 0) return s.slice(m[2 * g], m[2 * g + 1]);
	}
	return "";
}

/**
 * A replacement template as literal text and group numbers. `$1`, `${1}`, `$name` and `${name}` take
 * the longest run of letters, digits and `_`; unknown groups are empty; `$$` is a dollar sign.
 */
function parseTemplate(template: string, names: readonly string[]): Part[] {
	const parts: Part[] = [];
	let text = "";
	let i = 0;
	for (;;) {
		const dollar = template.indexOf("$", i);
		if (dollar < 0) break;
		text += template.slice(i, dollar);
		i = dollar + 1;
		if (template[i] === "$") {
			text += "$";
			i++;
			continue;
		}
		const braced = template[i] === "{";
		const start = braced ? i + 1 : i;
		const end = nameEnd(template, start);
		if (end === start || (braced && template[end] !== "}")) {
			// Malformed: a plain dollar sign.
			text += "$";
			continue;
		}
		const name = template.slice(start, end);
		i = braced ? end + 1 : end;
		const groups: number[] = [];
		if (/^(?:0|[1-9][0-9]{0,8})$/.test(name)) groups.push(Number(name));
		else for (let g = 1; g < names.length; g++) if (names[g] === name) groups.push(g);
		if (groups.length === 0) continue;
		if (text !== "") parts.push(text);
		text = "";
		parts.push(groups);
	}
	text += template.slice(i);
	if (text !== "") parts.push(text);
	return parts;
}

function nameEnd(s: string, start: number): number {
	let i = start;
	while (i < s.length) {
		const c = runeAt(s, i);
		if (c < 0x80) {
			if (!/[0-9A-Za-z_]/.test(s.charAt(i))) break;
		} else if (!inRanges(unicodeClass("L") ?? [], c) && !inRanges(unicodeClass("Nd") ?? [], c)) break;
		i += c > 0xffff ? 2 : 1;
	}
	return i;
}
