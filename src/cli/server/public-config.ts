/** The configuration as `GET /v1/config` shows it: without credentials and keys. */
import { lookUp, replaceAt } from "../../documents/merge-data.ts";
import { isArray, isPlainObject, type PlainObject } from "../../value/value.ts";

export function publicConfig(config: PlainObject): PlainObject {
	let shown = config;
	const services = lookUp(config, ["services"]);
	if (services !== undefined && isPlainObject(services)) {
		for (const name of Object.keys(services)) shown = replaceAt(shown, ["services", name, "credentials"], undefined);
	} else if (services !== undefined && isArray(services)) {
		const list = services.map((s) => (isPlainObject(s) ? replaceAt(s, ["credentials"], undefined) : s));
		shown = replaceAt(shown, ["services"], list);
	}
	const keys = lookUp(config, ["keys"]);
	if (keys !== undefined && isPlainObject(keys)) {
		for (const name of Object.keys(keys)) {
			shown = replaceAt(replaceAt(shown, ["keys", name, "key"], undefined), ["keys", name, "private_key"], undefined);
		}
	}
	return shown;
}
