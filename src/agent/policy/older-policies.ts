/**
 * Policies that are older than a field of the protocol. A generated policy spells out the storages it
 * allows and compares them whole; one made before `Storage.shared` existed would deny every storage
 * for a key its author could not know. For such a policy the field is left out of `input` while it
 * holds its default. Any other value stays visible, and is denied as what it is: something new.
 */
import { getOwn } from "../../value/collections.ts";
import { isArray, isPlainObject, type Value } from "../../value/value.ts";

/** Changes an input into what the policy was written for. */
export type AdaptInput = (name: string, input: Value) => Value;

const withStorages: ReadonlySet<string> = new Set([
	"CreateContainerRequest",
	"CreateSandboxRequest",
	"UpdateEphemeralMountsRequest",
]);

const unchanged: AdaptInput = (_, input) => input;

/** The policy's text says for which protocol it was written. */
export function adaptTo(text: string): AdaptInput {
	const spellsStoragesOut = text.includes('"fs_group"') && text.includes('"mount_point"');
	if (!spellsStoragesOut || /["'.]shared\b/.test(text)) return unchanged;
	return (name, input) => (withStorages.has(name) ? withoutShared(input) : input);
}

function withoutShared(input: Value): Value {
	if (!isPlainObject(input)) return input;
	const storages = getOwn(input, "storages");
	if (storages === undefined || !isArray(storages)) return input;
	const adapted = storages.map((s): Value => {
		if (!isPlainObject(s) || getOwn(s, "shared") !== false) return s;
		const { shared: _, ...rest } = s;
		return rest;
	});
	return { ...input, storages: adapted };
}
