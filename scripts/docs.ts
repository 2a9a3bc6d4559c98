/** Writes docs/builtins.md, and docs/reference.md from the declarations that the last build wrote. */
import { writeFileSync } from "node:fs";
import { builtinsPage } from "./builtins-page.ts";
import { referencePage } from "./reference-page.ts";

writeFileSync("docs/builtins.md", builtinsPage());
const { text, undocumented } = referencePage("dist/types");
writeFileSync("docs/reference.md", text);
for (const name of undocumented) console.error(`no documentation: ${name}`);
