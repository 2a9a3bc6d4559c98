/** What a policy said about one request, and how it is put into words. */
import type { ArrayValue } from "../../value/value.ts";
import type { PrintLine } from "./engine.ts";

/** How a decision came about: the rule's result, or what kept it from having a usable one (`busy`: the request was given up before its turn). */
export type Verdict = "true" | "false" | "undefined" | "ops" | "error" | "busy";

export interface Decision {
	/** The rule that decided: the name of the request message. */
	readonly name: string;
	readonly allowed: boolean;
	readonly verdict: Verdict;
	/** RFC 6902 operations that allowing the request entails. */
	readonly ops: ArrayValue;
	/** One short line: why it was denied, or what is unusual about its being allowed. Empty otherwise. */
	readonly reason: string;
	/** What of the request is the cause of its denial, where that was asked for. */
	readonly cause?: string;
	/** What the policy printed; collected only for denials. */
	readonly prints: readonly PrintLine[];
	/** There would have been more of them. */
	readonly printsCut?: boolean;
	/** Allowed only because the policy sets AllowRequestsFailingPolicy. */
	readonly failing: boolean;
	/** The evaluation reached its limits: it is not begun again for its prints. */
	readonly timedOut?: boolean;
	readonly microseconds: number;
}

/** `file:row: text`, as the agent writes a policy's prints. */
export function printText(p: PrintLine): string {
	return `${p.file}:${p.row}: ${p.text}`;
}

/** The most text of prints that is collected for a denial, and that a denial carries. */
export const maxPrintText: number = 256 << 10;

/**
 * The message of a denial: `<name> is blocked by policy: <why>` on the first line, with its cause first
 * where there is one, the prints after, one a line.
 */
export function denialMessage(d: Decision): string {
	const why = d.cause === undefined ? d.reason : `${d.cause}; ${d.reason}`;
	const lines = [`${d.name} is blocked by policy: ${why}`];
	let size = 0;
	let cut = d.printsCut === true;
	for (const p of d.prints) {
		const text = printText(p);
		cut ||= text.length > maxPrintText - size;
		lines.push(text.slice(0, maxPrintText - size));
		size += text.length;
		if (size > maxPrintText) break;
	}
	if (cut) lines.push("… more prints were left out");
	return lines.join("\n");
}
