/** Writes docs/builtins.md. */
import { writeFileSync } from "node:fs";
import { builtinsPage } from "./builtins-page.ts";

writeFileSync("docs/builtins.md", builtinsPage());
