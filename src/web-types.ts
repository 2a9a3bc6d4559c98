/**
 * Types of the Web in declarations of the library. A program's TypeScript may know none of them (no `dom` among its
 * `lib`, no types of Node): then there is nothing to hand over, and nothing to complain of.
 */

export type WebSignal = typeof globalThis extends { AbortSignal: { prototype: infer T } } ? T : never;
export type WebUrl = typeof globalThis extends { URL: { prototype: infer T } } ? T : never;
export type RequestOfWeb = typeof globalThis extends { Request: { prototype: infer T } } ? T : never;
export type WebResponse = typeof globalThis extends { Response: { prototype: infer T } } ? T : never;
export type WebFetch = typeof globalThis extends { fetch: infer T } ? T : never;
