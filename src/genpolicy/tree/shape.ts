/**
 * Tables of the objects a file may hold: of each object its fields, of each field what it holds. `text`, `bool`, a kind
 * of integer, the name of another object, `[x]` a list and `{x}` a map of them; `any` is not looked at. `!` marks what
 * must be there. The types of what is read follow from the table.
 */

export type Table = { readonly [object: string]: { readonly [field: string]: string } };

/** What reading an object of a table gives. */
export type Shaped<T extends Table, Name extends keyof T> = {
	readonly [F in keyof T[Name] as T[Name][F] extends `${string}!` ? F : never]: Held<T, T[Name][F]>;
} & {
	readonly [F in keyof T[Name] as T[Name][F] extends `${string}!` ? never : F]?: Held<T, T[Name][F]>;
};

/** What one field holds: `X!` is needed, `[X]` a list, `{X}` a map, else what its name stands for. */
export type Held<T extends Table, What> = What extends `${infer Needed}!`
	? Held<T, Needed>
	: What extends `[${infer Item}]`
		? readonly Held<T, Item>[]
		: What extends `{${infer Item}}`
			? ReadonlyMap<string, Held<T, Item>>
			: What extends keyof T
				? Shaped<T, What>
				: What extends keyof Plain
					? Plain[What]
					: never;

/** Fields that are no objects of a table. */
export interface Plain {
	readonly text: string;
	readonly bool: boolean;
	readonly i32: number;
	readonly i64: number;
	readonly u32: number;
	readonly u16: number;
	readonly any: unknown;
}
