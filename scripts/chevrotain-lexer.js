/**
 * What of chevrotain goes into the bundles: its lexer. The package's own entry brings its parser
 * along, which we have no use for.
 */
export { Lexer } from "../node_modules/chevrotain/lib/src/scan/lexer_public.js";
export { createToken } from "../node_modules/chevrotain/lib/src/scan/tokens_public.js";
