/** A comparison of two policies for people. */
import { firstLine, valueText } from "../text.ts";
import type { PolicyDiff, StructuralChange } from "./report.ts";

const mostTold = 40;

export function diffText(d: PolicyDiff, all = false): string {
	const lines: string[] = [];
	const wider = d.structure.filter((c) => c.widens === true);
	const others = d.structure.filter((c) => c.widens !== true);
	const list = (title: string, items: readonly string[]): void => {
		if (items.length === 0) return;
		lines.push(`${title} (${items.length}):`);
		for (const i of all ? items : items.slice(0, mostTold)) lines.push(`  ${i}`);
		if (!all && items.length > mostTold) lines.push(`  and ${items.length - mostTold} more: --all`);
	};
	list("may allow more", wider.map(changeText));
	list("other changes", others.map(changeText));
	if (d.structure.length === 0) lines.push("the two are written alike");
	for (const c of d.decisions) {
		lines.push(`${c.document}: was ${c.before}, is ${c.after}${c.change === undefined ? "" : ` (${c.change})`}`);
		lines.push(`  ${c.before === "denied" ? "old" : "new"}: ${firstLine(c.explanation).slice(0, 300)}`);
	}
	lines.push(
		`${d.tried} inputs were tried, ${d.differing} of them decided differently${d.differing > d.decisions.length ? `, ${d.decisions.length} told` : ""}`,
	);
	if (d.untried > 0) lines.push(`there was no time for ${d.untried} others`);
	if (d.unreached.length > 0) {
		const shown = d.unreached
			.slice(0, all ? d.unreached.length : 12)
			.map((u) => `${u.side} ${u.file}:${u.row} ${u.rule.split(".").at(-1)}`);
		lines.push(
			`nothing is known of ${d.unreached.length} definitions that no input reached: ${shown.join(", ")}${shown.length < d.unreached.length ? ", …" : ""}`,
		);
	}
	if (d.differing === 0) lines.push("that they are the same is not proven");
	return lines.join("\n");
}

function changeText(c: StructuralChange): string {
	const where = `${c.rule.split(".").at(-1)}${c.pointer === undefined || c.pointer === "" ? "" : ` ${c.pointer}`}`;
	const row = c.row === undefined ? "" : ` (line ${c.row})`;
	const before = c.before === undefined ? "" : valueText(c.before);
	const after = c.after === undefined ? "" : valueText(c.after);
	const values =
		before !== "" && after !== ""
			? `: ${before} is now ${after}`
			: before !== "" || after !== ""
				? `: ${before}${after}`
				: "";
	const seen = c.witness === undefined ? "" : `, for example ${JSON.stringify(c.witness)}`;
	return `${c.kind}: ${where}${row}${values}${seen}`;
}
