/**
 * Descriptors of protobuf messages, read from proto3 text. In: the `.proto` texts of this folder
 * (a subset of proto3: messages, nested enums, maps, optional, one oneof level, services). Out:
 * message types whose fields know their key in Kata's JSON, and services with their methods.
 *
 * Reading text at start-up (about a millisecond) keeps one source of truth that people and other
 * protobuf tools can read as it is.
 */

export type Scalar = "string" | "bytes" | "bool" | "int32" | "uint32" | "int64" | "uint64" | "enum";

export interface Field {
	/** Name in the proto text. */
	readonly name: string;
	/** Key in `input`: the name, with `_` appended where Rust would not allow it; the oneof's name for its members. */
	readonly key: string;
	readonly number: number;
	readonly label: "singular" | "optional" | "repeated" | "map" | "oneof";
	/** Undefined for messages. Of the values, for a map. */
	readonly scalar: Scalar | undefined;
	/** Set for messages. Of the values, for a map. */
	readonly message: MessageType | undefined;
	/** For members of a oneof: the variant's name, as serde writes it. */
	readonly variant: string | undefined;
}

export interface MessageType {
	/** Full name, as `grpc.CreateContainerRequest`. */
	readonly fullName: string;
	/** Last part of the name: the name of the policy rule. */
	readonly name: string;
	/** In declaration order, but members of a oneof last, as in Rust's structs and so in Kata's JSON. */
	readonly fields: readonly Field[];
	readonly byNumber: ReadonlyMap<number, Field>;
	/** True when the message or one below it has a `bytes` field. */
	readonly hasBytes: boolean;
}

export interface Method {
	readonly name: string;
	readonly request: MessageType;
	readonly response: MessageType;
}

export interface Service {
	readonly name: string;
	readonly methods: ReadonlyMap<string, Method>;
}

export interface Registry {
	readonly messages: ReadonlyMap<string, MessageType>;
	readonly services: ReadonlyMap<string, Service>;
}

const scalars: ReadonlySet<string> = new Set(["string", "bytes", "bool", "int32", "uint32", "int64", "uint64"]);

/** Rust's keywords that occur, or could, as field names. */
const rustKeywords: ReadonlySet<string> = new Set(
	"as break const continue crate else enum extern false fn for if impl in let loop match mod move mut pub ref return self static struct super trait true type unsafe use where while async await dyn abstract become box do final macro override priv try typeof unsized virtual yield".split(
		" ",
	),
);

type Writable<T> = { -readonly [K in keyof T]: T[K] };
type DraftField = Writable<Field> & { readonly type: string };
interface DraftMessage {
	readonly type: Writable<MessageType>;
	readonly scope: string;
	readonly drafts: DraftField[];
}

/** Read several proto3 texts into one registry. Throws on anything outside the subset: the texts are ours. */
export function parseProtos(texts: readonly string[]): Registry {
	const drafts = new Map<string, DraftMessage>();
	const enums = new Set<string>();
	const rpcs: { readonly service: string; readonly name: string; readonly types: [string, string]; pkg: string }[] = [];
	for (const text of texts) readText(text, drafts, enums, rpcs);
	const messages = new Map<string, MessageType>();
	for (const [name, d] of drafts) messages.set(name, d.type);
	const lookup = <T>(name: string, scope: string, get: (full: string) => T | undefined): T | undefined => {
		for (let s = scope; s !== ""; s = s.includes(".") ? s.slice(0, s.lastIndexOf(".")) : "") {
			const found = get(`${s}.${name}`);
			if (found !== undefined) return found;
		}
		return get(name);
	};
	for (const d of drafts.values()) {
		for (const f of d.drafts) {
			if (scalars.has(f.type)) f.scalar = f.type as Scalar;
			else if (lookup(f.type, d.scope, (n) => (enums.has(n) ? n : undefined)) !== undefined) f.scalar = "enum";
			else
				f.message = required(
					lookup(f.type, d.scope, (n) => messages.get(n)),
					`type ${f.type}`,
				);
		}
	}
	for (const d of drafts.values()) d.type.hasBytes = anyBytes(d.type);
	const services = new Map<string, { readonly name: string; readonly methods: Map<string, Method> }>();
	for (const r of rpcs) {
		const service = services.get(r.service) ?? { name: r.service, methods: new Map<string, Method>() };
		services.set(r.service, service);
		const find = (n: string): MessageType =>
			required(
				lookup(n, r.pkg, (full) => messages.get(full)),
				`message ${n}`,
			);
		service.methods.set(r.name, { name: r.name, request: find(r.types[0]), response: find(r.types[1]) });
	}
	return { messages, services };
}

function anyBytes(type: MessageType): boolean {
	return type.fields.some((f) => f.scalar === "bytes" || (f.message !== undefined && anyBytes(f.message)));
}

function required<T>(x: T | undefined, what: string): T {
	if (x === undefined) throw new Error(`proto text: unknown ${what}`);
	return x;
}

function readText(
	text: string,
	drafts: Map<string, DraftMessage>,
	enums: Set<string>,
	rpcs: { readonly service: string; readonly name: string; readonly types: [string, string]; pkg: string }[],
): void {
	const tokens = text.replace(/\/\/.*$/gm, "").match(/"[^"]*"|[\w.]+|[^\s\w]/g) ?? [];
	let at = 0;
	let pkg = "";
	const next = (): string => tokens[at++] ?? "";
	const expect = (want: string): void => {
		const got = next();
		if (got !== want) throw new Error(`proto text: expected ${want}, found ${got}`);
	};
	const skipBlock = (): void => {
		expect("{");
		while (next() !== "}");
	};
	const field = (message: DraftMessage, first: string, oneof: string | undefined): void => {
		let label: Field["label"] = oneof === undefined ? "singular" : "oneof";
		let type = first;
		if (type === "repeated" || type === "optional") {
			label = type;
			type = next();
		} else if (type === "map") {
			label = "map";
			expect("<");
			expect("string");
			expect(",");
			type = next();
			expect(">");
		}
		const name = next();
		expect("=");
		const number = Number(next());
		if (!(number > 0 && number < 32)) throw new Error(`proto text: field ${name}: numbers 1 to 31 are supported`);
		expect(";");
		const key = oneof ?? (rustKeywords.has(name) ? `${name}_` : name);
		const variant = oneof === undefined ? undefined : pascalCase(name);
		const f: DraftField = { name, key, number, label, type, scalar: undefined, message: undefined, variant };
		message.drafts.push(f);
		(message.type.byNumber as Map<number, Field>).set(number, f);
	};
	while (at < tokens.length) {
		const word = next();
		if (word === "syntax") at += 3;
		else if (word === "import") at += 2;
		else if (word === "package") {
			pkg = next();
			expect(";");
		} else if (word === "enum") {
			enums.add(`${pkg}.${next()}`);
			skipBlock();
		} else if (word === "service") {
			const service = `${pkg}.${next()}`;
			expect("{");
			for (let t = next(); t !== "}"; t = next()) {
				if (t !== "rpc") throw new Error(`proto text: expected rpc, found ${t}`);
				const name = next();
				expect("(");
				const request = next();
				expect(")");
				expect("returns");
				expect("(");
				const response = next();
				expect(")");
				expect(";");
				rpcs.push({ service, name, types: [request, response], pkg });
			}
		} else if (word === "message") {
			const name = next();
			const scope = `${pkg}.${name}`;
			const fields: DraftField[] = [];
			const type: MessageType = { fullName: scope, name, fields, byNumber: new Map(), hasBytes: false };
			const message: DraftMessage = { type, scope, drafts: fields };
			drafts.set(scope, message);
			expect("{");
			for (let t = next(); t !== "}"; t = next()) {
				if (t === "enum") {
					enums.add(`${scope}.${next()}`);
					skipBlock();
				} else if (t === "oneof") {
					const oneof = next();
					expect("{");
					for (let m = next(); m !== "}"; m = next()) field(message, m, oneof);
				} else field(message, t, undefined);
			}
			fields.sort((a, b) => Number(a.label === "oneof") - Number(b.label === "oneof"));
		} else throw new Error(`proto text: unexpected ${word}`);
	}
}

function pascalCase(name: string): string {
	return name.replace(/(?:^|_)([a-z])/g, (_, c: string) => c.toUpperCase());
}
