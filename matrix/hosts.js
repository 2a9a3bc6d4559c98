/**
 * The hosts of the matrix: each runs a program and gives what it printed, and what it complained of. A
 * page's program sets the title of its document, a worker's answers a request.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { basename, dirname, extname, join } from "node:path";
import { run } from "./workspace.js";

/** Node and what behaves as Node: by name, the command that runs a file. */
export function commandHosts(tools) {
	const hosts = {};
	for (const name of ["node20", "node22", "node24", "node-newest"])
		hosts[name] = (file, ...args) => [tools.module(`${name}/bin/node`), [file, ...args]];
	hosts.bun = (file, ...args) => [tools.bin("bun"), ["run", "--no-install", file, ...args]];
	hosts.deno = (file, ...args) => [
		tools.bin("deno"),
		["run", "-A", "--no-lock", "--node-modules-dir=manual", file, ...args],
	];
	return hosts;
}

/** Runs a command: what it printed, and what is wrong with how it ended. */
export function ask([command, args], options = {}) {
	return new Promise((done) => {
		const child = spawn(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
		const said = { stdout: "", stderr: "" };
		for (const stream of ["stdout", "stderr"])
			child[stream].setEncoding("utf8").on("data", (text) => {
				said[stream] += text;
			});
		const timer = setTimeout(() => child.kill("SIGKILL"), 300_000);
		child.on("error", (e) => done({ problem: String(e) }));
		child.on("close", (code, signal) => {
			clearTimeout(timer);
			if (code !== 0) done({ problem: `exit ${code ?? signal}: ${said.stderr.slice(-600)}` });
			else if (said.stderr !== "") done({ problem: `stderr: ${said.stderr.slice(0, 600)}` });
			else done({ text: said.stdout });
		});
	});
}

export const versionOf = (command) => run(command, ["--version"]).stdout?.trim().split("\n")[0] ?? "";

export const chromium = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);

const types = { ".html": "text/html", ".js": "text/javascript", ".cjs": "text/javascript", ".mjs": "text/javascript" };

/** A web server of a folder's files, with a Content-Security-Policy for its pages. */
async function serve(folder, csp) {
	const server = createServer((request, response) => {
		const file = join(folder, decodeURIComponent(new URL(request.url, "http://localhost").pathname));
		if (!file.startsWith(folder) || !existsSync(file)) return response.writeHead(404).end();
		const headers = { "content-type": types[extname(file)] ?? "application/json" };
		response.writeHead(200, csp === undefined ? headers : { ...headers, "content-security-policy": csp });
		response.end(readFileSync(file));
	});
	await new Promise((done) => server.listen(0, "127.0.0.1", done));
	return { port: server.address().port, close: () => server.close() };
}

/** A page that loads a script, in Chromium. With `strict`, only scripts of the same origin run, and no text. */
export async function askPage(script, { strict, importMap, root }) {
	const folder = root ?? dirname(script);
	const map = importMap === undefined ? "" : JSON.stringify({ imports: importMap });
	const mapTag = map === "" ? "" : `<script type="importmap">${map}</script>`;
	const page = `page-${process.pid}-${basename(script)}-${strict ? "strict" : "open"}.html`;
	const src = script.slice(folder.length);
	const type = script.endsWith(".cjs") ? "" : ' type="module"';
	writeFileSync(
		join(folder, page),
		`<!doctype html><meta charset="utf-8"><title>-</title>${mapTag}<body></body><script${type} src="${src}"></script>`,
	);
	const hash = map === "" ? "" : ` 'sha256-${createHash("sha256").update(map).digest("base64")}'`;
	const server = await serve(folder, strict ? `default-src 'none'; script-src 'self'${hash}` : undefined);
	try {
		const args = [
			"--headless=new",
			"--no-sandbox",
			"--disable-gpu",
			"--disable-dev-shm-usage",
			"--virtual-time-budget=20000",
			"--dump-dom",
			`http://127.0.0.1:${server.port}/${page}`,
		];
		const show = () =>
			new Promise((done, fail) => {
				const child = spawn(chromium, args, { stdio: ["ignore", "pipe", "ignore"] });
				let out = "";
				child.stdout.setEncoding("utf8").on("data", (t) => {
					out += t;
				});
				const timer = setTimeout(() => child.kill("SIGKILL"), 120_000);
				child.on("error", fail);
				child.on("close", () => {
					clearTimeout(timer);
					done(out);
				});
			});
		// On a busy machine a browser may give up before it has shown anything: then it is asked once more.
		const dom = (await show()) || (await show());
		const title = /<title>([\s\S]*?)<\/title>/.exec(dom)?.[1];
		if (title === undefined || title === "-") return { problem: `the page did nothing: ${dom.slice(0, 300)}` };
		const { decided, failed } = JSON.parse(
			title.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&").replaceAll("&nbsp;", "\u00a0"),
		);
		return failed === undefined ? { text: JSON.stringify(decided) } : { problem: failed.slice(0, 600) };
	} finally {
		server.close();
	}
}

/** A worker in workerd, Cloudflare's runtime. */
export async function askWorkerd(script, tools) {
	const folder = dirname(script);
	const port = 20_000 + Math.floor(Math.random() * 20_000);
	writeFileSync(
		join(folder, "config.capnp"),
		`using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .main)],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")]
);
const main :Workerd.Worker = (
  modules = [(name = "worker", esModule = embed "${basename(script)}")],
  compatibilityDate = "2025-01-01"
);
`,
	);
	const child = spawn(tools.bin("workerd"), ["serve", "config.capnp"], {
		cwd: folder,
		stdio: ["ignore", "pipe", "pipe"],
	});
	let complaints = "";
	child.stderr.setEncoding("utf8").on("data", (t) => {
		complaints += t;
	});
	const ended = new Promise((done) => {
		child.on("close", done);
		child.on("error", (e) => {
			complaints += e.message;
			done();
		});
	});
	try {
		for (let i = 0; i < 300; i++) {
			try {
				const response = await fetch(`http://127.0.0.1:${port}/`);
				const text = await response.text();
				if (response.status !== 200) return { problem: text.slice(0, 600) };
				return complaints === "" ? { text } : { problem: `stderr: ${complaints.slice(0, 600)}` };
			} catch {
				if (child.exitCode !== null) return { problem: `workerd ended: ${complaints.slice(0, 600)}` };
				await new Promise((done) => setTimeout(done, 200));
			}
		}
		return { problem: "workerd does not answer" };
	} finally {
		child.kill("SIGKILL");
		await ended;
	}
}
