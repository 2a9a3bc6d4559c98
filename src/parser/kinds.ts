/**
 * Kinds of tokens, by name: `import * as Kind from "./kinds.ts"`. A module of nothing but constants, whose numbers
 * minifiers write where they are read. Typed as plain numbers: the parser's current kind changes under the compiler's
 * feet.
 */

export const Illegal: number = 0;
export const Eof: number = 1;
export const Whitespace: number = 2;
export const Ident: number = 3;
export const Package: number = 4;
export const Import: number = 5;
export const As: number = 6;
export const Default: number = 7;
export const Else: number = 8;
export const Not: number = 9;
export const Some: number = 10;
export const With: number = 11;
export const Null: number = 12;
export const True: number = 13;
export const False: number = 14;
export const In: number = 15;
export const Every: number = 16;
export const Contains: number = 17;
export const If: number = 18;
export const LogicalAnd: number = 19;
export const LogicalOr: number = 20;
export const NumberLiteral: number = 21;
export const StringLiteral: number = 22;
/** Text up to the first hole of a template string, or the whole of one without holes. */
export const Template: number = 23;
export const RawTemplate: number = 24;
/** From the `}` that ends a hole to the next hole or the end of the template string. */
export const TemplateRest: number = 25;
export const RawTemplateRest: number = 26;
export const LBrack: number = 27;
export const RBrack: number = 28;
export const LBrace: number = 29;
export const RBrace: number = 30;
export const LParen: number = 31;
export const RParen: number = 32;
export const Comma: number = 33;
export const Colon: number = 34;
export const Add: number = 35;
export const Sub: number = 36;
export const Mul: number = 37;
export const Quo: number = 38;
export const Rem: number = 39;
export const And: number = 40;
export const Or: number = 41;
export const Unify: number = 42;
export const Equal: number = 43;
export const Assign: number = 44;
export const Neq: number = 45;
export const Gt: number = 46;
export const Lt: number = 47;
export const Gte: number = 48;
export const Lte: number = 49;
export const Dot: number = 50;
export const Semicolon: number = 51;
