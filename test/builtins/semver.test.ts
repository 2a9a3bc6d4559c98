/** semver.* Wanted values are OPA's. */
import { describe } from "vitest";
import { semver } from "../../src/builtins/semver.ts";
import { table } from "./support.ts";

describe("semver", () => {
	table(semver, "semver.compare", [
		{ args: ['"1.2.3"', '"1.2.4"'], want: "-1" },
		{ args: ['"v1.10.0"', '"1.9.0"'], want: "1" },
		{ args: ['"1.0.0-alpha"', '"1.0.0"'], want: "-1" },
		{ args: ['"1.0.0-alpha.1"', '"1.0.0-alpha.beta"'], want: "-1" },
		{ args: ['"1.0.0-2"', '"1.0.0-10"'], want: "-1" },
		{ args: ['"1.0.0-a"', '"1.0.0-a.1"'], want: "-1" },
		{ args: ['"1.0.0+a"', '"1.0.0+b"'], want: "0" },
		{ args: ['"01.0.0"', '"1.0.0"'], want: "0" },
		{ args: ['"1.2"', '"1.2.3"'], wantError: 'eval_builtin_error: operand 1: string "1.2" is not a valid SemVer' },
		{ args: ['"1.2.3"', '"1.2.x"'], wantError: 'eval_builtin_error: operand 2: string "1.2.x" is not a valid SemVer' },
		{ args: ["1", '"1.2.3"'], wantError: "eval_type_error: operand 1 must be string but got number" },
	]);
	table(semver, "semver.is_valid", [
		{ args: ['"1.2.3"'], want: "true" },
		{ args: ['"v1.2.3-rc.1+b"'], want: "true" },
		{ args: ['"1.2.3-"'], want: "true" },
		{ args: ['"1.2.3-a..b"'], want: "false" },
		{ args: ['"1.2"'], want: "false" },
		{ args: ['"99999999999999999999.0.0"'], want: "false" },
		{ args: ['""'], want: "false" },
		{ args: ["1"], want: "false" },
	]);
});
