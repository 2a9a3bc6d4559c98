/** Every builtin by name. One line per category file; nothing else lists builtins. */

import { aggregates } from "./aggregates.ts";
import { arrays } from "./arrays.ts";
import { aws } from "./aws.ts";
import { bits } from "./bits.ts";
import { casts } from "./casts.ts";
import { conversions } from "./conversions.ts";
import { crypto } from "./crypto.ts";
import { debug } from "./debug.ts";
import type { Builtin } from "./define.ts";
import { encoding } from "./encoding.ts";
import { glob } from "./glob.ts";
import { graph } from "./graph.ts";
import { graphql } from "./graphql.ts";
import { http } from "./http.ts";
import { internal } from "./internal.ts";
import { jsonEdit } from "./json-edit.ts";
import { jsonSchema } from "./json-schema.ts";
import { net } from "./net.ts";
import { numbers } from "./numbers.ts";
import { objects } from "./objects.ts";
import { opa } from "./opa.ts";
import { operators } from "./operators.ts";
import { rand } from "./rand.ts";
import { regex } from "./regex.ts";
import { rego } from "./rego.ts";
import { renderTemplate } from "./render-template.ts";
import { semver } from "./semver.ts";
import { sets } from "./sets.ts";
import { strings } from "./strings.ts";
import { time } from "./time.ts";
import { tokens } from "./tokens.ts";
import { types } from "./types.ts";
import { units } from "./units.ts";
import { uri } from "./uri.ts";
import { uuid } from "./uuid.ts";
import { x509 } from "./x509.ts";
import { yaml } from "./yaml.ts";

const categories: { readonly [module: string]: readonly Builtin[] } = {
	aggregates: aggregates,
	arrays: arrays,
	aws: aws,
	bits: bits,
	casts: casts,
	conversions: conversions,
	crypto: crypto,
	debug: debug,
	encoding: encoding,
	glob: glob,
	graph: graph,
	graphql: graphql,
	http: http,
	internal: internal,
	"json-edit": jsonEdit,
	"json-schema": jsonSchema,
	net: net,
	numbers: numbers,
	objects: objects,
	opa: opa,
	operators: operators,
	rand: rand,
	regex: regex,
	rego: rego,
	"render-template": renderTemplate,
	semver: semver,
	sets: sets,
	strings: strings,
	time: time,
	tokens: tokens,
	types: types,
	units: units,
	uri: uri,
	uuid: uuid,
	x509: x509,
	yaml: yaml,
};

for (const [module, list] of Object.entries(categories)) for (const b of list) b.module = module;

export const builtins: ReadonlyMap<string, Builtin> = new Map(
	Object.values(categories)
		.flat()
		.map((b) => [b.name, b]),
);
