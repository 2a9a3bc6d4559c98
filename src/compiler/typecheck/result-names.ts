/**
 * Names of the results of builtins, which OPA shows beside their operands where a call does not fit:
 * `want: (x: number, y: number, z: number)`.
 */
const byName: Readonly<Record<string, string>> = {
	addrs: "net.lookup_ip_addr",
	chain: "rego.metadata.chain",
	date: "time.date",
	day: "time.weekday",
	filtered: "json.filter object.filter",
	flattened: "array.flatten",
	"formatted timestamp": "time.format",
	hosts: "net.cidr_expand",
	n: "count max min product sort sum",
	now: "time.now_ns",
	ns: "time.parse_duration_ns time.parse_ns time.parse_rfc3339_ns",
	num: "to_number",
	object: "urlquery.decode_object",
	output:
		"concat crypto.parse_private_keys crypto.x509.parse_and_verify_certificates " +
		"crypto.x509.parse_and_verify_certificates_with_options crypto.x509.parse_certificate_request " +
		"crypto.x509.parse_certificates crypto.x509.parse_keypair crypto.x509.parse_rsa_private_key " +
		"format_int glob.quote_meta graph.reachable graph.reachable_paths graphql.is_valid graphql.parse " +
		"graphql.parse_and_verify graphql.parse_query graphql.parse_schema graphql.schema_is_valid " +
		"indexof indexof_n io.jwt.decode io.jwt.decode_verify io.jwt.encode_sign io.jwt.encode_sign_raw " +
		"json.match_schema json.patch json.remove json.verify_schema net.cidr_contains_matches " +
		"net.cidr_merge object.remove object.union object.union_n opa.runtime " +
		"regex.find_all_string_submatch_n regex.find_n regex.replace regex.split rego.metadata.rule " +
		"rego.parse_module sprintf strings.count strings.replace_n substring time.add_date time.clock " +
		"time.diff trim trim_left trim_prefix trim_right trim_space trim_suffix uri.parse uuid.rfc4122 " +
		"walk",
	range: "numbers.range numbers.range_step",
	response: "http.send",
	result:
		"base64.is_valid contains crypto.hmac.equal endswith equal glob.match gt gte io.jwt.verify_eddsa " +
		"io.jwt.verify_es256 io.jwt.verify_es384 io.jwt.verify_es512 io.jwt.verify_hs256 " +
		"io.jwt.verify_hs384 io.jwt.verify_hs512 io.jwt.verify_ps256 io.jwt.verify_ps384 " +
		"io.jwt.verify_ps512 io.jwt.verify_rs256 io.jwt.verify_rs384 io.jwt.verify_rs512 is_array " +
		"is_boolean is_null is_number is_object is_set is_string json.is_valid lt lte neq " +
		"net.cidr_contains net.cidr_intersects net.cidr_is_valid object.subset regex.globs_match " +
		"regex.is_valid regex.match regex.template_match semver.compare semver.is_valid startswith " +
		"strings.any_prefix_match strings.any_suffix_match strings.render_template trace uri.is_valid " +
		"uuid.parse yaml.is_valid",
	rev: "array.reverse",
	signed_request: "providers.aws.sign_req",
	slice: "array.slice",
	type: "type_name",
	value: "object.get object.keys",
	y:
		"abs base64.decode base64.encode base64url.decode base64url.encode base64url.encode_no_pad ceil " +
		"crypto.hmac.md5 crypto.hmac.sha1 crypto.hmac.sha256 crypto.hmac.sha512 crypto.md5 crypto.sha1 " +
		"crypto.sha256 floor hex.decode hex.encode intersection json.marshal json.marshal_with_options " +
		"json.unmarshal lower rand.intn replace round strings.reverse union units.parse " +
		"units.parse_bytes upper urlquery.decode urlquery.encode urlquery.encode_object yaml.marshal " +
		"yaml.unmarshal",
	ys: "split strings.split_n",
	z: "and array.concat bits.and bits.lsh bits.negate bits.or bits.rsh bits.xor div minus mul or plus " + "rem",
};

/** Result name by name of the builtin; builtins not in it have a result without a name. */
export const resultNames: ReadonlyMap<string, string> = new Map(
	Object.entries(byName).flatMap(([result, builtins]) => builtins.split(" ").map((b) => [b, result] as const)),
);
