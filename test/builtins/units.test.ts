/** units.* Wanted values are OPA's. */
import { describe } from "vitest";
import { units } from "../../src/builtins/units.ts";
import { table } from "./support.ts";

describe("units", () => {
	table(units, "units.parse", [
		{ args: ['"10"'], want: "10" },
		{ args: ['"10K"'], want: "10000" },
		{ args: ['"1.5Gi"'], want: "1610612736" },
		{ args: ['"100m"'], want: "0.1000000000" },
		{ args: ['"1000m"'], want: "1.0000000000" },
		{ args: ['"2M"'], want: "2000000" },
		{ args: ['"1e3Mi"'], want: "1048576000" },
		{ args: ['"\\"5\\"k"'], want: "5000" },
		{ args: ['"0.1"'], want: "0.1000000000" },
		{ args: ['"-2k"'], want: "-2000" },
		{ args: ['"1 K"'], wantError: "eval_builtin_error: units.parse: spaces not allowed in resource strings" },
		{ args: ['"K"'], wantError: "eval_builtin_error: units.parse: no amount provided" },
		{ args: ['""'], wantError: "eval_builtin_error: units.parse: no amount provided" },
		{ args: ['"5KB"'], wantError: "eval_builtin_error: units.parse: unit Kb not recognized" },
		{ args: ['"1.2.3K"'], wantError: "eval_builtin_error: units.parse: could not parse amount to a number" },
		{ args: ['"1e1234567"'], wantError: "eval_builtin_error: units.parse: exponent too large" },
		{ args: ["1"], wantError: "eval_type_error: operand 1 must be string but got number" },
	]);
	table(units, "units.parse_bytes", [
		{ args: ['"10"'], want: "10" },
		{ args: ['"10KB"'], want: "10000" },
		{ args: ['"10kib"'], want: "10240" },
		{ args: ['"1.5gi"'], want: "1610612736" },
		{ args: ['"2M"'], want: "2000000" },
		{ args: ['"0.1ki"'], want: "102" },
		{ args: ['"1e3"'], want: "1000" },
		{ args: ['"3eb"'], want: "3000000000000000000" },
		{ args: ['"1 K"'], wantError: "eval_builtin_error: units.parse_bytes: spaces not allowed in resource strings" },
		{ args: ['"KB"'], wantError: "eval_builtin_error: units.parse_bytes: no byte amount provided" },
		{ args: ['"5x"'], wantError: "eval_builtin_error: units.parse_bytes: byte unit x not recognized" },
		{ args: ['"1.2.3K"'], wantError: "eval_builtin_error: units.parse_bytes: could not parse byte amount to a number" },
		{ args: ['"1e1234567"'], wantError: "eval_builtin_error: units.parse_bytes: exponent too large" },
		{ args: ["null"], wantError: "eval_type_error: operand 1 must be string but got null" },
	]);
});
