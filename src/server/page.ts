/** `GET /`: what is loaded, and a box to ask it. Everything is in the page itself; it asks this server only. */
import { opaVersion, version } from "../version.ts";
import type { Answer } from "./answer.ts";

const style = `
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif }
body { max-width: 56rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.4rem } h2 { font-size: 1rem; margin-top: 2rem }
textarea { width: 100%; box-sizing: border-box; font: 13px/1.5 ui-monospace, monospace; padding: .5rem }
pre { overflow: auto; padding: .5rem; border: 1px solid color-mix(in srgb, currentColor 25%, transparent) }
button { font: inherit; padding: .25rem 1rem } summary { cursor: pointer } label { display: block; margin: .5rem 0 .25rem }
`;

const script = `
const of = (id) => document.getElementById(id);
async function ask(path, options) {
	const answer = await fetch(path, options);
	return { ok: answer.ok, body: await answer.json() };
}
async function policies() {
	const { ok, body } = await ask("v1/policies");
	const list = ok ? body.result : [];
	of("none").textContent = ok ? (list.length === 0 ? "None." : "") : body.message;
	of("policies").replaceChildren(...list.map(({ id, raw }) => {
		const details = document.createElement("details");
		const summary = document.createElement("summary");
		const text = document.createElement("pre");
		summary.textContent = id;
		text.textContent = raw;
		details.append(summary, text);
		return details;
	}));
}
of("ask").addEventListener("submit", async (event) => {
	event.preventDefault();
	try {
		const input = of("input").value.trim();
		const body = JSON.stringify({ query: of("query").value, input: input === "" ? undefined : JSON.parse(input) });
		const headers = { "Content-Type": "application/json" };
		const answer = await ask("v1/query?pretty", { method: "POST", headers, body });
		of("answer").textContent = JSON.stringify(answer.body, undefined, 2);
	} catch (e) {
		of("answer").textContent = String(e);
	}
});
policies().catch((e) => { of("none").textContent = String(e); });
`;

export function page(): Answer {
	const nonce = [...globalThis.crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16)).join("");
	const body = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>regoplan</title>
<link rel="icon" href="data:,">
<style nonce="${nonce}">${style}</style>
</head>
<body>
<h1>regoplan ${version}</h1>
<p>A server of Open Policy Agent's REST API, as of OPA ${opaVersion}.
Documentation: <a href="https://github.com/regoplan/regoplan/blob/main/docs/server.md">this server</a>,
<a href="https://www.openpolicyagent.org/docs/rest-api">the API</a>.</p>
<h2>Ask</h2>
<form id="ask">
<label for="query">Query</label>
<textarea id="query" rows="2" spellcheck="false">x = data</textarea>
<label for="input">Input, as JSON</label>
<textarea id="input" rows="4" spellcheck="false"></textarea>
<p><button>Ask</button></p>
<pre id="answer" aria-live="polite"></pre>
</form>
<h2>Policies</h2>
<p id="none"></p>
<div id="policies"></div>
<script nonce="${nonce}">${script}</script>
</body>
</html>
`;
	const sources = `default-src 'none'; script-src 'nonce-${nonce}'; style-src 'nonce-${nonce}'; connect-src 'self'`;
	return {
		status: 200,
		headers: {
			"Content-Type": "text/html; charset=utf-8",
			"Content-Security-Policy": `${sources}; img-src data:; base-uri 'none'; frame-ancestors 'none'`,
			"X-Content-Type-Options": "nosniff",
			"Referrer-Policy": "no-referrer",
		},
		body,
	};
}
