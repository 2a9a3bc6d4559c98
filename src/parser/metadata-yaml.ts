/**
 * YAML nodes to what a metadata block holds, as go-yaml 3 decodes them: fields have types, values of
 * others are collected as mistakes, with their lines, and told together. Keys and merges (`<<`) too
 * are go-yaml's: nothing redefines a key, and what is written counts before what is merged.
 */
import { ObjectBuilder } from "../value/collections.ts";
import { fromBigInt } from "../value/number.ts";
import { quoteGo } from "../value/term-text.ts";
import type { Value } from "../value/value.ts";
import { YamlError } from "../value/yaml/error.ts";
import type { MappingNode, ScalarNode, YamlNode } from "../value/yaml/nodes.ts";
import { isTimestamp, olderBooleans, resolveScalar } from "../value/yaml/scalars.ts";
import { MetadataError } from "./metadata-error.ts";

/** A value of no declared type. */
export type Decoded = bigint | boolean | null | number | string | readonly Decoded[] | DecodedMap;

export interface DecodedMap {
	/** Its keys are strings: OPA looks no further into such maps. */
	readonly plain: boolean;
	readonly entries: readonly (readonly [key: Decoded, value: Decoded])[];
}

export function isMap(d: Decoded | undefined): d is DecodedMap {
	return typeof d === "object" && d !== null && !Array.isArray(d);
}

export class MetadataDecoder {
	readonly #mistakes: string[] = [];
	#mistakeLine: number | undefined;
	#nodes = 0;
	readonly #open: Set<YamlNode> = new Set();

	/** Throws what has been found wrong so far. */
	finish(): void {
		if (this.#mistakes.length === 0) return;
		throw new MetadataError(`yaml: unmarshal errors:\n  ${this.#mistakes.join("\n  ")}`, this.#mistakeLine);
	}

	// --- fields of a type: undefined where there is nothing to set ---------------------------------

	/** Reads the known fields of a mapping in their order. */
	struct(n: YamlNode, type: string, fields: ReadonlyMap<string, (value: YamlNode) => void>): void {
		const set = new Set<string>();
		const readInto = (map: MappingNode): void => {
			for (const [key, value] of this.#entries(map)) {
				const name = this.string(key);
				if (name === undefined || set.has(name)) continue;
				set.add(name);
				fields.get(name)?.(value);
			}
			for (const merged of this.#merged(map)) readInto(merged);
		};
		this.#follow(n, (node) => {
			if (node.kind === "mapping") readInto(node);
			else if (!this.#isNull(node)) this.#mismatch(node, type);
		});
	}

	string(n: YamlNode): string | undefined {
		return this.#follow(n, (node) => {
			if (this.#isNull(node)) return undefined;
			if (node.kind !== "scalar") return this.#mismatch(node, "string");
			const v = this.#scalar(node);
			return node.tag.endsWith(":binary") ? String(v) : node.value;
		});
	}

	boolean(n: YamlNode): boolean | undefined {
		return this.#follow(n, (node) => {
			if (this.#isNull(node)) return undefined;
			if (node.kind === "scalar") {
				const v = this.#scalar(node);
				const older = typeof v === "string" ? olderBooleans.get(v) : undefined;
				if (older !== undefined) return older;
				if (typeof v === "boolean") return v;
			}
			return this.#mismatch(node, "bool");
		});
	}

	list<T>(n: YamlNode, type: string, item: (n: YamlNode) => T | undefined): readonly T[] {
		return this.#follow(n, (node) => {
			if (node.kind === "sequence") return node.items.map(item).filter((x) => x !== undefined);
			if (!this.#isNull(node)) this.#mismatch(node, type);
			return [];
		});
	}

	/** `map[string]interface {}`. */
	map(n: YamlNode): ReadonlyMap<string, Decoded> | undefined {
		return this.#follow(n, (node) => {
			if (this.#isNull(node)) return undefined;
			if (node.kind !== "mapping") return this.#mismatch(node, "map[string]interface {}");
			const out = new Map<string, Decoded>();
			const readInto = (map: MappingNode): void => {
				for (const [key, value] of this.#entries(map)) {
					const name = this.string(key);
					if (name !== undefined && !out.has(name)) out.set(name, this.any(value));
				}
				for (const merged of this.#merged(map)) readInto(merged);
			};
			readInto(node);
			return out;
		});
	}

	any(n: YamlNode): Decoded {
		return this.#follow(n, (node): Decoded => {
			if (node.kind === "scalar") return this.#scalar(node);
			if (node.kind === "sequence") return node.items.map((item) => this.any(item));
			if (node.kind !== "mapping") return null;
			const entries: [Decoded, Decoded][] = [];
			const seen = new Set<Decoded>();
			const readInto = (map: MappingNode): void => {
				for (const [key, value] of this.#entries(map)) {
					const k = this.any(key);
					if (typeof k === "object" && k !== null) throw new YamlError(`yaml: invalid map key: ${goText(k)}`);
					if (seen.has(k)) continue;
					seen.add(k);
					entries.push([k, this.any(value)]);
				}
				for (const merged of this.#merged(map)) readInto(merged);
			};
			readInto(node);
			return { plain: entries.every(([k]) => typeof k === "string"), entries };
		});
	}

	// --- nodes -------------------------------------------------------------------------------------

	#follow<T>(n: YamlNode, read: (target: YamlNode) => T): T {
		// An alias bomb grows by reference: bound what we walk.
		if (++this.#nodes > 100_000) throw new YamlError("yaml: document contains excessive aliasing");
		if (n.kind !== "alias") return read(n);
		if (this.#open.has(n)) throw new YamlError(`yaml: anchor '${n.name}' value contains itself`);
		this.#open.add(n);
		const v = this.#follow(n.target, read);
		this.#open.delete(n);
		return v;
	}

	#isNull(n: YamlNode): boolean {
		return n.kind === "scalar" && resolveScalar(n, false) === null;
	}

	/** The entries that are no merge; none where a key is there twice. */
	#entries(map: MappingNode): MappingNode["entries"] {
		const known = this.#mistakes.length;
		const lines = new Map<string, number>();
		for (const [key] of map.entries) {
			if (key.kind === "alias") continue;
			const text = key.kind === "scalar" ? key.value : "";
			const id = `${key.kind} ${text}`;
			const before = lines.get(id);
			if (before === undefined) lines.set(id, key.line);
			else this.#mistake(`mapping key ${quoteGo(text)} already defined at line ${before}`, key.line);
		}
		return this.#mistakes.length > known ? [] : map.entries.filter(([key]) => !isMergeKey(key));
	}

	#merged(map: MappingNode): readonly MappingNode[] {
		const value = map.entries.findLast(([key]) => isMergeKey(key))?.[1];
		if (value === undefined) return [];
		const sources = value.kind === "sequence" ? value.items : [value];
		return sources.map((source) => {
			const target = source.kind === "alias" ? source.target : source;
			if (target.kind === "mapping" && target !== map) {
				if (++this.#nodes > 100_000) throw new YamlError("yaml: document contains excessive aliasing");
				return target;
			}
			throw new YamlError("yaml: map merge requires map or sequence of maps as the value");
		});
	}

	#scalar(node: ScalarNode): Decoded {
		const v = resolveScalar(node, false);
		const timestamp = (node.tag === "" && node.implicit) || node.tag.endsWith(":timestamp");
		return typeof v === "string" && timestamp && isTimestamp(v) ? rfc3339(v) : v;
	}

	#mistake(text: string, line: number): void {
		this.#mistakes.push(`line ${line}: ${text}`);
		this.#mistakeLine ??= line;
	}

	#mismatch(n: YamlNode, wanted: string): undefined {
		this.#mistake(`cannot unmarshal ${tagAndText(n)} into ${wanted}`, n.line);
		return undefined;
	}
}

function isMergeKey(node: YamlNode): boolean {
	return node.kind === "scalar" && node.value === "<<" && (node.implicit || node.tag.endsWith(":merge"));
}

function tagAndText(n: YamlNode): string {
	if (n.kind !== "scalar") return n.kind === "mapping" ? "!!map" : "!!seq";
	// Go cuts by bytes; what is cut inside a character shows as U+FFFD.
	const bytes = new TextEncoder().encode(n.value);
	const shown = bytes.length > 10 ? `${new TextDecoder().decode(bytes.subarray(0, 7))}...` : n.value;
	return `${tagOf(n)} \`${shown}\``;
}

function tagOf(n: ScalarNode): string {
	if (n.tag !== "" && n.tag !== "!") return n.tag.replace("tag:yaml.org,2002:", "!!");
	const v = resolveScalar(n, false);
	if (typeof v === "string") return n.implicit && isTimestamp(v) ? "!!timestamp" : "!!str";
	if (v === null) return "!!null";
	return { boolean: "!!bool", bigint: "!!int", number: "!!float" }[typeof v as "bigint"];
}

/** A timestamp of YAML as JSON has it. */
function rfc3339(text: string): string {
	const [date = "", time, zone] = text.split(/[Tt ]|(?=Z$|[-+]\d\d:\d\d$)/);
	const digits = (s: string): string => s.padStart(2, "0");
	const [year, month = "", day = ""] = date.split("-");
	const [hour = "0", minute = "0", second = "0"] = (time ?? "").split(":").filter((s) => s !== "");
	const [whole = "0", fraction = ""] = second.split(/[.,]/);
	const rest = fraction.slice(0, 9).replace(/0+$/, "");
	const clock = `${digits(hour)}:${digits(minute)}:${digits(whole)}${rest === "" ? "" : `.${rest}`}`;
	const offset = zone === undefined || zone === "+00:00" || zone === "-00:00" ? "Z" : zone;
	return `${year}-${digits(month)}-${digits(day)}T${clock}${offset}`;
}

// --- values --------------------------------------------------------------------------------------

export function toValue(d: Decoded): Value {
	if (typeof d === "bigint") return fromBigInt(d);
	if (Array.isArray(d)) return d.map(toValue);
	if (!isMap(d)) return d;
	const builder = new ObjectBuilder();
	for (const [k, v] of d.entries) builder.set(toValue(k), toValue(v));
	return builder.finish();
}

/** OPA refuses keys that are not strings here, and in lists, but not deeper in maps. */
export function checkKeys(d: Decoded, path: readonly string[] = []): void {
	if (Array.isArray(d)) {
		for (const [i, item] of d.entries()) checkKeys(item, [...path, String(i)]);
	} else if (isMap(d) && !d.plain) throw new MetadataError(`invalid map key type(s): ${path.join("/")}`);
}

/** Go's %s of it. */
export function goText(d: Decoded): string {
	if (d === null) return "%!s(<nil>)";
	if (typeof d === "string") return d;
	if (Array.isArray(d)) return `[${d.map(goText).join(" ")}]`;
	if (isMap(d))
		return `map[${d.entries
			.map(([k, v]) => `${goText(k)}:${goText(v)}`)
			.sort()
			.join(" ")}]`;
	const type = typeof d === "boolean" ? "bool" : typeof d === "bigint" ? "int" : "float64";
	return `%!s(${type}=${String(d)})`;
}
