/**
 * The text of `policy_data`: JSON with two spaces, fields in the order of their making, maps sorted by the bytes of
 * their keys. Printed here because objects of JavaScript put keys that look like integers first.
 */
import { compareStrings } from "../../value/compare.ts";

/** Two spaces for each level, no newline at the end. */
export function printData(data: object): string {
	const parts: string[] = [];
	print(data, "\n", parts);
	return parts.join("");
}

function print(v: unknown, newline: string, parts: string[]): void {
	if (Array.isArray(v)) {
		printMembers(
			"[",
			"]",
			v.map((item): Member => ["", item]),
			newline,
			parts,
		);
	} else if (v instanceof Map) {
		const members = [...v].map(([key, value]): Member => [String(key), value]).sort(([a], [b]) => compareStrings(a, b));
		printMembers("{", "}", members.map(named), newline, parts);
	} else if (typeof v === "object" && v !== null) {
		const members = Object.entries(v).filter(([key, value]) => !(leftOut.has(key) && isEmpty(value)));
		printMembers("{", "}", members.map(named), newline, parts);
	} else parts.push(JSON.stringify(v));
}

/** Fields of a container that are not printed where they are empty. */
const leftOut: ReadonlySet<string> = new Set(["Args", "Env", "Cwd", "Mounts", "Annotations", "Sysctl"]);

function isEmpty(v: unknown): boolean {
	return v === "" || (Array.isArray(v) && v.length === 0) || (v instanceof Map && v.size === 0);
}

/** What stands before a value, and the value. */
type Member = readonly [string, unknown];

const named = ([key, value]: Member): Member => [`${JSON.stringify(key)}: `, value];

function printMembers(open: string, close: string, members: readonly Member[], newline: string, parts: string[]): void {
	if (members.length === 0) {
		parts.push(open, close);
		return;
	}
	const inner = `${newline}  `;
	for (const [i, [before, value]] of members.entries()) {
		parts.push(i === 0 ? open : ",", inner, before);
		print(value, inner, parts);
	}
	parts.push(newline, close);
}
