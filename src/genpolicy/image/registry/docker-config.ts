/**
 * Credentials as Docker keeps them: `$DOCKER_CONFIG/config.json` or `~/.docker/config.json`, with credential helpers.
 * In: a registry. Out: user and password, or none. Messages name files and helpers, never what they hold.
 */

import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { codeOf, messageOf } from "../../../thrown.ts";
import { ImageError } from "../image.ts";
import { type JsonObject, objectOf, parseDocument, stringMapOf, stringOf, toObject } from "../json.ts";

export type Credentials =
	| { readonly user: string; readonly password: string }
	/** What a token service takes instead of a password. */
	| { readonly identityToken: string };

type Environment = Readonly<Record<string, string | undefined>>;

const maxConfig = 16 << 20;
const maxAnswer = 1 << 20;
const helperMs = 60_000;
/** What Docker Hub is called in the file. */
const hub = "https://index.docker.io/v1/";

/** `registry` as references write it. Throws ImageError where the file or a helper is broken. */
export async function findCredentials(registry: string, env: Environment): Promise<Credentials | undefined> {
	const home = env["HOME"] ?? env["USERPROFILE"];
	const folder = env["DOCKER_CONFIG"] || (home === undefined ? undefined : join(home, ".docker"));
	if (folder === undefined) return undefined;
	const path = join(folder, "config.json");
	const config = readConfig(path);
	if (config === undefined) return undefined;
	const server = registry === "docker.io" ? hub : registry;
	const helpers = stringMapOf(config, "credHelpers", path);
	const helper = helpers.get(server) ?? helpers.get(registry) ?? stringOf(config, "credsStore", path);
	if (helper !== undefined && helper !== "") {
		const found = await askHelper(helper, server, env);
		if (found !== undefined) return found;
	}
	return inFile(config, server, path);
}

function readConfig(path: string): JsonObject | undefined {
	let bytes: Uint8Array;
	try {
		bytes = readFileSync(path);
	} catch (e) {
		if (codeOf(e) === "ENOENT" || codeOf(e) === "ENOTDIR") return undefined;
		throw new ImageError("unauthorized", `credentials: ${messageOf(e)}`);
	}
	if (bytes.length > maxConfig) throw new ImageError("unauthorized", `${path}: more than ${maxConfig} bytes`);
	return parseDocument(bytes, path);
}

function inFile(config: JsonObject, server: string, path: string): Credentials | undefined {
	const auths = objectOf(config, "auths", path);
	if (auths === undefined) return undefined;
	const key = auths.has(server) ? server : [...auths.keys()].find((k) => hostOf(k) === hostOf(server));
	if (key === undefined) return undefined;
	const where = `${path}: auths: ${key.slice(0, 200)}`;
	const entry = toObject(auths.get(key), where);
	const identityToken = stringOf(entry, "identitytoken", where) ?? "";
	if (identityToken !== "") return { identityToken };
	const auth = stringOf(entry, "auth", where) ?? "";
	if (auth === "") {
		const [user, password] = [stringOf(entry, "username", where), stringOf(entry, "password", where)];
		return user === undefined || password === undefined ? undefined : { user, password };
	}
	const text = /^[A-Za-z0-9+/]+={0,2}$/.test(auth) ? Buffer.from(auth, "base64").toString("utf8") : "";
	const colon = text.indexOf(":");
	if (colon < 1) throw new ImageError("unauthorized", `${where}: auth is not user:password in base64`);
	// Docker pads some with zero bytes.
	const end = text.indexOf("\0", colon);
	return { user: text.slice(0, colon), password: text.slice(colon + 1, end < 0 ? undefined : end) };
}

/** Old entries have schemes and paths, and Docker Hub has three names. */
function hostOf(server: string): string {
	const host = server.replace(/^https?:\/\//, "").replace(/\/.*$/, "");
	return host === "docker.io" || host === "registry-1.docker.io" ? "index.docker.io" : host;
}

async function askHelper(helper: string, server: string, env: Environment): Promise<Credentials | undefined> {
	if (!/^[A-Za-z0-9._-]+$/.test(helper))
		throw new ImageError("unauthorized", `the credential helper ${JSON.stringify(helper.slice(0, 100))} is not a name`);
	const program = `docker-credential-${helper}`;
	const { code, out } = await run(program, server, env);
	if (code !== 0) {
		// The words of all helpers of Docker's for a registry that they do not know.
		if (/credentials not found/i.test(out)) return undefined;
		throw new ImageError("unauthorized", `${program} get failed with code ${code} for ${server}`);
	}
	const answer = parseDocument(Buffer.from(out, "utf8"), `${program} get`);
	const [user, password] = [stringOf(answer, "Username", program), stringOf(answer, "Secret", program)];
	if (user === undefined || password === undefined || password === "") return undefined;
	return user === "<token>" ? { identityToken: password } : { user, password };
}

function run(program: string, server: string, env: Environment): Promise<{ code: number | string; out: string }> {
	return new Promise((resolve, reject) => {
		const child = spawn(program, ["get"], { env: { ...env }, stdio: ["pipe", "pipe", "ignore"] });
		const parts: Buffer[] = [];
		let size = 0;
		// What the helper started itself may hold the pipe open.
		const stop = (): void => {
			child.kill();
			child.stdout.destroy();
		};
		const timer = setTimeout(stop, helperMs);
		child.stdout.on("data", (part: Buffer) => {
			size += part.length;
			if (size > maxAnswer) stop();
			else parts.push(part);
		});
		child.on("error", (e) => {
			clearTimeout(timer);
			reject(new ImageError("unauthorized", `the credential helper ${program} cannot be run: ${e.message}`));
		});
		child.on("close", (code, signal) => {
			clearTimeout(timer);
			resolve({ code: code ?? signal ?? "none", out: Buffer.concat(parts).toString("utf8") });
		});
		// A helper may end without reading what it is asked.
		child.stdin.on("error", () => undefined);
		child.stdin.end(server);
	});
}
