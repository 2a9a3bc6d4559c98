/** Which category has which builtin. A test compares the names with the categories themselves. */

/** Names of builtins by category, apart by blanks. */
export const categoryNames: { readonly [category: string]: string } = {
	aggregates: "count sum product max min sort all any",
	arrays: "array.concat array.flatten array.reverse array.slice",
	aws: "providers.aws.sign_req",
	bits: "bits.and bits.lsh bits.negate bits.or bits.rsh bits.xor",
	casts: "cast_array cast_set cast_string cast_boolean cast_null cast_object",
	conversions: "to_number",
	crypto:
		"crypto.md5 crypto.sha1 crypto.sha256 crypto.hmac.md5 crypto.hmac.sha1 crypto.hmac.sha256 " +
		"crypto.hmac.sha512 crypto.hmac.equal",
	debug: "print trace",
	encoding:
		"json.marshal json.marshal_with_options json.unmarshal json.is_valid base64.is_valid base64.encode " +
		"base64.decode base64url.encode base64url.encode_no_pad base64url.decode hex.encode hex.decode " +
		"urlquery.encode urlquery.decode urlquery.encode_object urlquery.decode_object",
	glob: "glob.match glob.quote_meta",
	graph: "walk graph.reachable graph.reachable_paths",
	graphql:
		"graphql.parse graphql.parse_and_verify graphql.parse_query graphql.parse_schema graphql.is_valid " +
		"graphql.schema_is_valid",
	http: "http.send",
	internal: "internal.print internal.template_string internal.test_case",
	"json-edit": "json.filter json.remove json.patch",
	"json-schema": "json.verify_schema json.match_schema",
	net:
		"net.cidr_contains net.cidr_contains_matches net.cidr_expand net.cidr_intersects net.cidr_is_valid " +
		"net.cidr_merge net.cidr_overlap net.lookup_ip_addr",
	numbers: "abs ceil floor round numbers.range numbers.range_step",
	objects: "object.get object.keys object.filter object.remove object.union object.union_n object.subset",
	opa: "opa.runtime",
	operators: "plus minus mul div rem and or eq assign equal neq lt lte gt gte internal.member_2 " + "internal.member_3",
	rand: "rand.intn",
	regex:
		"regex.match re_match regex.is_valid regex.find_n regex.find_all_string_submatch_n regex.replace " +
		"regex.split regex.template_match regex.globs_match",
	rego: "rego.parse_module rego.metadata.chain rego.metadata.rule",
	"render-template": "strings.render_template",
	semver: "semver.compare semver.is_valid",
	sets: "union intersection set_diff",
	strings:
		"concat contains startswith endswith format_int indexof indexof_n lower upper strings.reverse " +
		"replace strings.replace_n split strings.split_n sprintf strings.count substring trim trim_left " +
		"trim_right trim_prefix trim_suffix trim_space strings.any_prefix_match strings.any_suffix_match",
	time:
		"time.now_ns time.parse_ns time.parse_rfc3339_ns time.parse_duration_ns time.format time.date " +
		"time.clock time.weekday time.add_date time.diff",
	tokens:
		"io.jwt.decode io.jwt.verify_rs256 io.jwt.verify_rs384 io.jwt.verify_rs512 io.jwt.verify_ps256 " +
		"io.jwt.verify_ps384 io.jwt.verify_ps512 io.jwt.verify_es256 io.jwt.verify_es384 " +
		"io.jwt.verify_es512 io.jwt.verify_eddsa io.jwt.verify_hs256 io.jwt.verify_hs384 " +
		"io.jwt.verify_hs512 io.jwt.decode_verify io.jwt.encode_sign_raw io.jwt.encode_sign",
	types: "is_array is_boolean is_null is_number is_object is_set is_string type_name",
	units: "units.parse units.parse_bytes",
	uri: "uri.parse uri.is_valid",
	uuid: "uuid.parse uuid.rfc4122",
	x509:
		"crypto.x509.parse_certificates crypto.x509.parse_and_verify_certificates " +
		"crypto.x509.parse_and_verify_certificates_with_options crypto.x509.parse_certificate_request " +
		"crypto.x509.parse_keypair crypto.x509.parse_rsa_private_key crypto.parse_private_keys",
	yaml: "yaml.marshal yaml.unmarshal yaml.is_valid",
};

/** The category of each builtin. */
export const categoryOf: ReadonlyMap<string, string> = new Map(
	Object.entries(categoryNames).flatMap(([category, names]) => names.split(" ").map((name) => [name, category])),
);

export function isBuiltinName(name: string): boolean {
	return categoryOf.has(name);
}
