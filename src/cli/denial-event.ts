/**
 * Denials as they are met in the field: the agent's message, quoted once or several times over on its way through
 * the shim, containerd and Kubernetes, often cut. In: such a text. Out: the request's name and what was printed.
 */

export interface DenialEvent {
	/** The name of the request. */
	readonly kind: string;
	readonly reason: string;
	readonly prints: readonly EventPrint[];
}

export interface EventPrint {
	readonly file: string;
	readonly row: number;
	readonly text: string;
}

/** Quotes around quotes that are taken off. */
const deepest = 8;

/** The denial in a text; undefined where there is none. */
export function readDenialEvent(text: string): DenialEvent | undefined {
	let inner = text;
	for (let i = 0; i < deepest; i++) {
		const next = unescaped(inner);
		if (next === inner) break;
		inner = next;
	}
	const found = /([A-Za-z]+Request) is blocked by policy:?/.exec(inner);
	if (found === null) return undefined;
	const rest = inner.slice(found.index + found[0].length);
	const prints: EventPrint[] = [];
	// `file:row: text`, one after the other; a text goes on until the next begins.
	const marks = [...rest.matchAll(/(?:^|[\s"])((?:[\w./-]+\.rego|agent_policy|[\w./-]+)):(\d+): /g)];
	for (const [i, m] of marks.entries()) {
		const start = m.index + m[0].length;
		const end = marks[i + 1]?.index ?? rest.length;
		prints.push({
			file: m[1] ?? "",
			row: Number(m[2]),
			text: rest
				.slice(start, end)
				.trim()
				.replace(/["\\\s]+$/, ""),
		});
	}
	const reason = rest
		.slice(0, marks[0]?.index ?? rest.length)
		.trim()
		.replace(/["\\\s]+$/, "");
	return { kind: found[1] ?? "", reason, prints };
}

/** One layer of quotes less. */
function unescaped(text: string): string {
	if (!/\\["\\nt]|\\u\{/.test(text)) return text;
	return text.replace(
		/\\(?:u\{([0-9a-fA-F]{1,6})\}|(["\\nrt/]))/g,
		(all, hex: string | undefined, ch: string | undefined) => {
			if (hex !== undefined) {
				const code = Number.parseInt(hex, 16);
				return code <= 0x10ffff ? String.fromCodePoint(code) : all;
			}
			return ch === "n" ? "\n" : ch === "t" ? "\t" : ch === "r" ? "\r" : (ch ?? all);
		},
	);
}
