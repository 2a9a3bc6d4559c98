/**
 * The categories most policies never call, by file: large, or built on other packages. The build for
 * Node replaces this module by one that knows their signatures and loads a category when one of its
 * builtins is first called (lazy.ts); elsewhere they are simply here.
 */
import { aws } from "./aws.ts";
import { crypto } from "./crypto.ts";
import type { Builtin } from "./define.ts";
import { graphql } from "./graphql.ts";
import { http } from "./http.ts";
import { jsonSchema } from "./json-schema.ts";
import { net } from "./net.ts";
import { rego } from "./rego.ts";
import { renderTemplate } from "./render-template.ts";
import { time } from "./time.ts";
import { tokens } from "./tokens.ts";
import { uri } from "./uri.ts";
import { x509 } from "./x509.ts";
import { yaml } from "./yaml.ts";

export const optional: { readonly [file: string]: readonly Builtin[] } = {
	aws: aws,
	crypto: crypto,
	graphql: graphql,
	http: http,
	"json-schema": jsonSchema,
	net: net,
	rego: rego,
	"render-template": renderTemplate,
	time: time,
	tokens: tokens,
	uri: uri,
	x509: x509,
	yaml: yaml,
};
