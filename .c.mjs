export {Lexer, createToken} from "chevrotain"
