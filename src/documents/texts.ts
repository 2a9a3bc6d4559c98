/**
 * JSON and YAML files as values, with the error texts of OPA's readers. YAML follows the rules of
 * Kubernetes' reader (YAML 1.1 scalars, keys as strings); it is loaded only when a file needs it.
 */
import { JsonSyntaxError, parseJson, parseJsonLikeDecoder } from "../value/json.ts";
import { fromUtf8 } from "../value/utf8.ts";
import type { Value } from "../value/value.ts";

/** A `.json` file: what follows the document is judged as OPA's decoder does. */
export function parseJsonFile(text: string): Value {
	try {
		return parseJson(text);
	} catch (e) {
		if (!(e instanceof JsonSyntaxError)) throw e;
		return parseJsonLikeDecoder(text);
	}
}

/** A `.yaml` file: of its bytes those that are no text are told, as go-yaml tells them. */
export async function parseYamlFile(of: Uint8Array | string): Promise<Value> {
	const { parseYaml, YamlError } = await import("../value/yaml.ts");
	const { yamlText } = await import("../go/yaml-bytes.ts");
	try {
		return parseYaml(typeof of === "string" ? of : yamlText(fromUtf8(of)));
	} catch (e) {
		if (e instanceof RangeError) throw new YamlError("yaml: document is nested too deeply");
		throw e;
	}
}

/** A document of either kind, as inputs are: JSON if it is JSON, else YAML. */
export async function parseDocument(of: Uint8Array | string): Promise<Value> {
	const text = typeof of === "string" ? of : decodeUtf8(of);
	const body = text.startsWith("\ufeff") ? text.slice(1) : text;
	try {
		return parseJson(body);
	} catch (e) {
		if (!(e instanceof JsonSyntaxError)) throw e;
	}
	return parseYamlFile(typeof of === "string" || body !== text ? body : of);
}

/** The text of a module: the parser says where bytes are that stand for no character. */
export function moduleText(bytes: Uint8Array): string {
	return fromUtf8(bytes);
}

/** A byte order mark is kept: what it means is the reader's to say. */
export function decodeUtf8(bytes: Uint8Array): string {
	return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}
