/** Command lines whose results are not those of `opa`, and why (command-goldens.test.ts). */

const silent = "opa exits without a word";
const versions = "declarations are those of today, and nothing is said of WebAssembly";

export const knownCommandDifferences: { readonly [name: string]: string } = {
	capabilities: "release candidates are left out",
	"capabilities of a version": versions,
	"capabilities of two sources": versions,
	"capabilities of an unknown version": silent,
	"capabilities of a missing file": silent,
	"capabilities of a file that is no JSON": silent,
};
