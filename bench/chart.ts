/** The charts of docs/performance.md, as SVG text: times by engine on a logarithmic axis, and scaling lines. */
import type { Row } from "./report.ts";
import { showTime } from "./statistics.ts";

const colors: { readonly [engine: string]: string } = {
	regoplan: "#1f6feb",
	"hand-written": "#8b949e",
	"regorus (best)": "#e36209",
	"regorus (kata)": "#f5a35c",
	opa: "#2da44e",
	"opa-wasm": "#8250df",
};
const order = Object.keys(colors);

const head = (width: number, height: number, title: string): string =>
	`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="12">\n<title>${escapeXml(title)}</title>\n<rect width="${width}" height="${height}" fill="#ffffff"/>`;

/** Bars: one group a row, one bar an engine, time on a logarithmic axis. */
export function barChart(rows: readonly Row[], title: string): string {
	const engines = order.filter((e) => rows.some((r) => r.cells[e] !== undefined));
	const left = 210;
	const width = 900;
	const bar = 11;
	const shown = rows.map((row) => ({ row, bars: engines.filter((e) => row.cells[e] !== undefined) }));
	const all = shown.flatMap(({ row, bars }) => bars.map((e) => row.cells[e]?.ns as number));
	const low = Math.floor(Math.log10(Math.min(...all)));
	const high = Math.ceil(Math.log10(Math.max(...all)));
	const x = (ns: number): number => left + ((Math.log10(ns) - low) / (high - low)) * (width - left - 90);
	const parts: string[] = [];
	let y = 60;
	for (const { row, bars } of shown) {
		const middle = y + (bars.length * (bar + 1)) / 2 + 4;
		parts.push(
			`<text x="${left - 10}" y="${middle.toFixed(1)}" text-anchor="end" fill="#24292f">${escapeXml(row.name)}</text>`,
		);
		for (const e of bars) {
			const ns = row.cells[e]?.ns as number;
			const end = Math.max(x(ns), left + 1);
			parts.push(
				`<rect x="${left}" y="${y}" width="${(end - left).toFixed(1)}" height="${bar}" fill="${colors[e]}"/>`,
				`<text x="${(end + 4).toFixed(1)}" y="${y + 9}" font-size="9" fill="#57606a">${showTime(ns)}</text>`,
			);
			y += bar + 1;
		}
		y += 10;
	}
	const grid: string[] = [];
	for (let e = low; e <= high; e++) {
		const at = x(10 ** e).toFixed(1);
		grid.push(
			`<line x1="${at}" y1="54" x2="${at}" y2="${y}" stroke="#d0d7de"/>`,
			`<text x="${at}" y="50" text-anchor="middle" fill="#57606a" font-size="10">${showTime(10 ** e).replace(/\.0+(?= )/, "")}</text>`,
		);
	}
	return [head(width, y + 10, title), ...legend(engines, left), ...grid, ...parts, "</svg>", ""].join("\n");
}

/** Lines over a number of rules, both axes logarithmic. */
export function lineChart(rows: readonly Row[], title: string): string {
	const points = rows
		.map((row) => ({ size: Number(row.name.split("/")[1]), row }))
		.filter((p) => Number.isFinite(p.size))
		.sort((a, b) => a.size - b.size);
	if (points.length < 2) return "";
	const engines = order.filter((e) => points.some((p) => p.row.cells[e] !== undefined));
	const [width, height, left, bottom] = [900, 380, 80, 340];
	const all = points.flatMap((p) => engines.flatMap((e) => p.row.cells[e]?.ns ?? []));
	const low = Math.floor(Math.log10(Math.min(...all)));
	const high = Math.ceil(Math.log10(Math.max(...all)));
	const first = Math.log10(points[0]?.size as number);
	const last = Math.log10(points[points.length - 1]?.size as number);
	const x = (size: number): number => left + ((Math.log10(size) - first) / (last - first)) * (width - left - 120);
	const y = (ns: number): number => bottom - ((Math.log10(ns) - low) / (high - low)) * (bottom - 60);
	const parts: string[] = [];
	for (let e = low; e <= high; e++) {
		const at = y(10 ** e).toFixed(1);
		parts.push(
			`<line x1="${left}" y1="${at}" x2="${width - 110}" y2="${at}" stroke="#d0d7de"/>`,
			`<text x="${left - 8}" y="${at}" text-anchor="end" fill="#57606a" font-size="10">${showTime(10 ** e).replace(/\.0+(?= )/, "")}</text>`,
		);
	}
	for (const { size } of points) {
		parts.push(
			`<text x="${x(size).toFixed(1)}" y="${bottom + 18}" text-anchor="middle" fill="#57606a" font-size="10">${size.toLocaleString("en")} rules</text>`,
		);
	}
	for (const e of engines) {
		const line = points.flatMap((p) => {
			const ns = p.row.cells[e]?.ns;
			return ns === undefined ? [] : [`${x(p.size).toFixed(1)},${y(ns).toFixed(1)}`];
		});
		parts.push(`<polyline points="${line.join(" ")}" fill="none" stroke="${colors[e]}" stroke-width="2"/>`);
		for (const p of line) {
			const [px, py] = p.split(",");
			parts.push(`<circle cx="${px}" cy="${py}" r="3" fill="${colors[e]}"/>`);
		}
	}
	return [head(width, height, title), ...legend(engines, left), ...parts, "</svg>", ""].join("\n");
}

function legend(engines: readonly string[], left: number): string[] {
	return engines.map(
		(e, i) =>
			`<g transform="translate(${left + i * 115} 12)"><rect width="12" height="12" fill="${colors[e]}"/><text x="17" y="10" fill="#24292f">${escapeXml(e)}</text></g>`,
	);
}

function escapeXml(text: string): string {
	return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
}
