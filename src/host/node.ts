/**
 * What only the build for Node has: re2-wasm, which comes as CommonJS beside a WebAssembly file, and explanations,
 * which are loaded when one is first asked for. The build puts
 * this module before its entries (scripts/build/chunks.js); `require` is that of the built file.
 */
import { explain } from "../explain/explain.ts";
import { provideExplain } from "../planned.ts";
import { provideRe2 } from "../regex/re2.ts";

declare const require: (name: "re2-wasm") => unknown;

provideRe2(() => require("re2-wasm"));
provideExplain(explain);
