/**
 * Kubernetes objects out of files: YAML of several documents, JSON as kubectl prints it, Lists. In: text. Out: objects
 * as they are, in order. Values are read through own properties only.
 */
import { parseYaml, YamlError } from "../../value/yaml.ts";

export interface KubeObject {
	readonly file: string;
	readonly apiVersion: string;
	readonly kind: string;
	readonly object: unknown;
}

/** A file that is no manifest; the message begins with its name. */
export class ManifestFileError extends Error {}

const maxListDepth = 8;

/** Throws ManifestFileError. */
export function objectsOf(text: string, file: string): readonly KubeObject[] {
	const out: KubeObject[] = [];
	for (const document of documents(text, file)) addObject(document, file, out, 0, "", "");
	return out;
}

export function child(value: unknown, ...path: readonly string[]): unknown {
	let here = value;
	for (const key of path) {
		if (typeof here !== "object" || here === null || Array.isArray(here) || !Object.hasOwn(here, key)) return undefined;
		here = Reflect.get(here, key);
	}
	return here;
}

export function textAt(value: unknown, ...path: readonly string[]): string | undefined {
	const text = child(value, ...path);
	return typeof text === "string" ? text : undefined;
}

export function listAt(value: unknown, ...path: readonly string[]): readonly unknown[] {
	const list = child(value, ...path);
	return Array.isArray(list) ? list : [];
}

function documents(text: string, file: string): readonly unknown[] {
	// What kubectl prints as JSON is large, and JSON is quick to read.
	if (/^\s*\{/.test(text)) {
		try {
			return [JSON.parse(text)];
		} catch {
			// Flow style.
		}
	}
	const out: unknown[] = [];
	let line = 0;
	// Documents are told apart as Kubernetes does it, by lines that begin with three dashes.
	for (const part of text.split(/^---(?=\s|$).*$/m)) {
		try {
			out.push(parseYaml(part));
		} catch (e) {
			if (e instanceof RangeError) throw new ManifestFileError(`${file}: nested too deeply`);
			if (!(e instanceof YamlError)) throw e;
			throw new ManifestFileError(`${file}: ${atLine(e.message, line)}`);
		}
		line += part.split("\n").length - 1;
	}
	return out;
}

/** Lines of a message are those of the document. */
function atLine(message: string, before: number): string {
	return message.replace(/\bline (\d+)/g, (_, n: string) => `line ${Number(n) + before}`);
}

/** `kind` and `apiVersion` are what the items of a typed list are: they do not say it themselves. */
function addObject(
	value: unknown,
	file: string,
	out: KubeObject[],
	depth: number,
	kind: string,
	version: string,
): void {
	const own = textAt(value, "kind") ?? kind;
	if (own === "") return;
	const apiVersion = textAt(value, "apiVersion") ?? version;
	if (!own.endsWith("List") || !Array.isArray(child(value, "items"))) {
		out.push({ file, apiVersion, kind: own, object: value });
		return;
	}
	if (depth >= maxListDepth) throw new ManifestFileError(`${file}: Lists are nested more than ${maxListDepth} deep`);
	const items = own === "List" ? "" : own.slice(0, -"List".length);
	for (const item of listAt(value, "items"))
		addObject(item, file, out, depth + 1, items, items === "" ? "" : apiVersion);
}
