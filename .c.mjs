export { createToken, Lexer } from "chevrotain";
