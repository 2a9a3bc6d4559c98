/**
 * The builtins of the engine in Kata's agent: regorus at Kata's pin, built without most of its optional ones. A list of
 * what there is, so that a builtin that is new here is not taken for one that the agent has.
 */
const names = `
	abs and assign ceil concat contains count div endswith eq equal floor format_int gt gte indexof indexof_n
	intersection is_array is_boolean is_null is_number is_object is_set is_string lower lt lte max min minus mul neq
	or plus print product rem replace round sort split sprintf startswith substring sum to_number trace trim
	trim_left trim_prefix trim_right trim_space trim_suffix type_name union upper walk
	array.concat array.reverse array.slice
	base64.decode base64.encode base64.is_valid
	base64url.decode base64url.encode base64url.encode_no_pad
	bits.and bits.lsh bits.negate bits.or bits.rsh bits.xor
	internal.member_2 internal.member_3 internal.print
	json.filter json.is_valid json.marshal json.marshal_with_options json.patch json.remove json.unmarshal
	numbers.range numbers.range_step
	object.filter object.get object.keys object.remove object.subset object.union object.union_n
	rand.intn
	regex.find_all_string_submatch_n regex.find_n regex.globs_match regex.is_valid regex.match regex.replace
	regex.split regex.template_match
	strings.any_prefix_match strings.any_suffix_match strings.count strings.replace_n strings.reverse
	units.parse units.parse_bytes
`;

const inKata: ReadonlySet<string> = new Set(names.split(/\s+/).filter((name) => name !== ""));

/** Whether the agent's engine has a builtin. */
export function isInKata(name: string): boolean {
	return inKata.has(name);
}

/** All of them. */
export const kataBuiltins: readonly string[] = [...inKata];
