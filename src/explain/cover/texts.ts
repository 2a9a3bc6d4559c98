/** Coverage for people and for tools: text, LCOV, and one page of HTML that needs nothing else. */
import { termTextUpTo } from "../../value/term-text.ts";
import type { CoverageReport, Entry, LineCount, Spot } from "./report.ts";

const mostTold = 40;

export function coverageText(r: CoverageReport, all = false): string {
	const lines = [`${r.requests} requests, ${r.allowed} allowed; ${r.coverage}% of the policy's lines were reached`];
	const list = (title: string, items: readonly string[]): void => {
		if (items.length === 0) return;
		lines.push(`${title} (${items.length}):`);
		const shown = all ? items : items.slice(0, mostTold);
		for (const i of shown) lines.push(`  ${i}`);
		if (shown.length < items.length) lines.push(`  and ${items.length - shown.length} more: --all`);
	};
	list("permitted, and never used", r.unused.entries.map(entryText));
	list("always allowed, and never asked", r.unused.documents.map(spotText));
	list("definitions that never helped", r.unused.definitions.map(spotText));
	if (all)
		list(
			"checks that never said no",
			r.neverFailed.map((s) => `${spotText(s)}  ${s.text}`),
		);
	else if (r.neverFailed.length > 0) lines.push(`checks that never said no: ${r.neverFailed.length} (--all)`);
	for (const [file, f] of Object.entries(r.files)) {
		const missed = f.not_covered.map((x) =>
			x.start.row === x.end.row ? `${x.start.row}` : `${x.start.row}-${x.end.row}`,
		);
		lines.push(
			`${file}: ${f.coverage}%${missed.length === 0 ? "" : `, not reached: ${cut(missed.join(", "), all ? 100_000 : 200)}`}`,
		);
	}
	return lines.join("\n");
}

function entryText(e: Entry): string {
	return `${shortName(e.rule)} ${e.pointer}  ${cut(termTextUpTo(e.value, 120), 110)}`;
}

function spotText(s: Spot): string {
	return `${s.file}:${s.row}  ${shortName(s.rule)}`;
}

function shortName(rule: string): string {
	return rule.split(".").at(-1) ?? rule;
}

function cut(s: string, most: number): string {
	return s.length > most ? `${s.slice(0, most)}…` : s;
}

/** For tools that read LCOV's traces. */
export function coverageLcov(r: CoverageReport): string {
	const out: string[] = [];
	for (const [file, f] of Object.entries(r.files)) {
		out.push("TN:", `SF:${file.replaceAll(/[\r\n]+/g, " ")}`);
		for (const l of f.lines) out.push(`DA:${l.row},${l.tried}`);
		out.push(`LF:${f.lines.length}`, `LH:${f.lines.filter((l) => l.tried > 0).length}`, "end_of_record");
	}
	return `${out.join("\n")}\n`;
}

/** `sources` are the texts of the files. */
export function coverageHtml(r: CoverageReport, sources: ReadonlyMap<string, string>): string {
	const body = [
		"<h1>Policy coverage</h1>",
		`<p>${r.requests} requests, ${r.allowed} allowed; ${r.coverage}% of the policy's lines were reached.</p>`,
		section("Permitted, and never used", r.unused.entries.map(entryText)),
		section("Always allowed, and never asked", r.unused.documents.map(spotText)),
		section("Definitions that never helped", r.unused.definitions.map(spotText)),
		section(
			"Checks that never said no",
			r.neverFailed.map((s) => `${spotText(s)}  ${s.text}`),
			true,
		),
	];
	for (const [file, f] of Object.entries(r.files)) {
		const text = sources.get(file);
		if (text === undefined) continue;
		body.push(`<h2>${escaped(file)} <small>${f.coverage}%</small></h2>`, sourceTable(text, f.lines));
	}
	return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Policy coverage</title>
<meta name="viewport" content="width=device-width">
<style>${style}</style></head><body>
${body.filter((b) => b !== "").join("\n")}
</body></html>
`;
}

function section(title: string, items: readonly string[], closed = false): string {
	if (items.length === 0) return "";
	const list = items.map((i) => `<li><code>${escaped(i)}</code></li>`).join("");
	return `<details${closed ? "" : " open"}><summary>${title} (${items.length})</summary><ul>${list}</ul></details>`;
}

function sourceTable(text: string, lines: readonly LineCount[]): string {
	const byRow = new Map(lines.map((l) => [l.row, l]));
	const rows = text.split("\n").map((line, i) => {
		const l = byRow.get(i + 1);
		const kind =
			l === undefined
				? ""
				: l.tried === 0
					? "no"
					: l.succeeded === 0
						? "never"
						: l.succeeded === l.tried
							? "always"
							: "both";
		const count = l === undefined ? "" : `${l.succeeded}/${l.tried}`;
		return `<tr class="${kind}"><td>${i + 1}</td><td>${count}</td><td><pre>${escaped(line)}</pre></td></tr>`;
	});
	return `<p class="key"><b class="both">yes and no</b> <b class="always">always yes</b> <b class="never">always no</b> <b class="no">never reached</b></p>
<table>${rows.join("")}</table>`;
}

const escapes: { readonly [ch: string]: string } = {
	"&": "&amp;",
	"<": "&lt;",
	">": "&gt;",
	'"': "&quot;",
	"'": "&#39;",
};

/** What turns text round, or is not seen, is shown as what it is: a page must not read otherwise than the policy does. */
const unseen = /[\p{Cf}\p{Zl}\p{Zp}\p{Cs}]|(?!\t)\p{Cc}/gu;

function escaped(s: string): string {
	const shown = s.replace(unseen, (ch) => `\\u{${(ch.codePointAt(0) ?? 0).toString(16)}}`);
	return shown.replace(/[&<>"']/g, (ch) => escapes[ch] ?? ch);
}

const style = `:root{color-scheme:light dark;font:15px/1.4 system-ui,sans-serif}body{margin:2em auto;max-width:70em;padding:0 1em}
table{border-collapse:collapse;width:100%;font:13px/1.35 ui-monospace,monospace}td{padding:0 .6em;vertical-align:top}
td:nth-child(-n+2){text-align:right;opacity:.6;user-select:none;white-space:nowrap}pre{margin:0;white-space:pre-wrap;font:inherit}
summary{font-weight:600;margin:.6em 0;cursor:pointer}ul{margin:.2em 0 1em;padding-left:1.4em}code{font:13px ui-monospace,monospace;overflow-wrap:anywhere}
.both{background:#3fb95033}.always{background:#58a6ff33}.never{background:#d2992233}.no{background:#f8514940}.key b{padding:.1em .5em;font-weight:400}`;
