/** Where to listen: `host:port`, `:port`, `[::1]:port`, and `unix://path`, where `@name` is in no file system. */
import { lookup } from "node:dns/promises";

export type Address =
	| { readonly kind: "tcp"; readonly host: string; readonly port: number }
	| { readonly kind: "unix"; readonly path: string; readonly abstract: boolean };

/** Throws Error. */
export function parseAddress(text: string): Address {
	const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
	if (scheme === "unix") {
		const path = text.slice("unix://".length);
		if (path === "" || path === "@") throw new Error(`${text}: a socket needs a path`);
		return { kind: "unix", path: path.startsWith("@") ? `\0${path.slice(1)}` : path, abstract: path.startsWith("@") };
	}
	if (scheme !== undefined && scheme !== "http" && scheme !== "https")
		throw new Error(`invalid url scheme "${scheme}"`);
	const rest = scheme === undefined ? text : text.slice(scheme.length + 3).replace(/\/$/, "");
	const m = /^(?:\[([^\]]*)\]|([^:]*)):([0-9]+)$/.exec(rest);
	if (m === null) throw new Error(`address ${rest}: missing port in address`);
	const port = Number(m[3]);
	if (port > 65535) throw new Error(`address ${port}: invalid port`);
	return { kind: "tcp", host: m[1] ?? m[2] ?? "", port };
}

/**
 * The addresses behind a host name. Clients try all that `localhost` stands for, and so all of them are
 * listened on; where the name is not known at all, the one it always was.
 */
export async function hostAddresses(host: string): Promise<readonly (string | undefined)[]> {
	if (host === "") return [undefined];
	if (host !== "localhost") return [host];
	try {
		const found = await lookup(host, { all: true });
		return [...new Set(["127.0.0.1", ...found.map((f) => f.address)])];
	} catch {
		return ["127.0.0.1"];
	}
}
