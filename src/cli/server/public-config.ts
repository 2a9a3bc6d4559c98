/** The configuration as `GET /v1/config` shows it: without credentials and keys. */
import { lookUp, replaceAt } from "../../documents/merge-data.ts";
import { isArray, isObject, isRegoObject, type PlainObject, type Value } from "../../value/value.ts";

function isPlain(v: Value): v is PlainObject {
	return isObject(v) && !isRegoObject(v);
}

export function publicConfig(config: PlainObject): PlainObject {
	let shown = config;
	const services = lookUp(config, ["services"]);
	if (services !== undefined && isPlain(services)) {
		for (const name of Object.keys(services)) shown = replaceAt(shown, ["services", name, "credentials"], undefined);
	} else if (services !== undefined && isArray(services)) {
		const list = services.map((s) => (isPlain(s) ? replaceAt(s, ["credentials"], undefined) : s));
		shown = replaceAt(shown, ["services"], list);
	}
	const keys = lookUp(config, ["keys"]);
	if (keys !== undefined && isPlain(keys)) {
		for (const name of Object.keys(keys)) {
			shown = replaceAt(replaceAt(shown, ["keys", name, "key"], undefined), ["keys", name, "private_key"], undefined);
		}
	}
	return shown;
}
