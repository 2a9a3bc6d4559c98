/** A policy, a denied input, and a person's answer. */
import type { JsonValue } from "../../../src/face/json-value.ts";

export interface Row {
	readonly note: string;
	readonly policy: string;
	readonly input: JsonValue;
	readonly data?: { readonly [name: string]: JsonValue };
	/** Default data.p.allow. */
	readonly path?: string;
	readonly want?: JsonValue;
	/** First pointer of the first cause; of a cause that is not of the input, the rule. */
	readonly place: string;
	/** Part of the first cause's sentence. */
	readonly says?: string;
	/** Why the answer is another one as yet. */
	readonly known?: string;
	/** The whole patch; null for none; absent where several are as good. */
	readonly fix?: JsonValue;
}
