/** src/signatures.ts for Node, Bun and Deno, which have all of it themselves. */
export function usePortableSignatures(): void {}
