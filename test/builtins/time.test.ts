/** time.* Wanted values and messages are OPA's. */
import { describe, expect, test } from "vitest";
import { time } from "../../src/builtins/time.ts";
import { startCost } from "../cost.ts";
import { call, type Row, shown, table, testContext, v } from "./support.ts";

/** Rows whose operands are all strings, written plainly. */
function texts(rows: readonly Row[]): readonly Row[] {
	return rows.map((row) => ({ ...row, args: row.args.map((a) => JSON.stringify(a)) }));
}

describe("time.parse_rfc3339_ns", () => {
	table(
		time,
		"time.parse_rfc3339_ns",
		texts([
			{ args: ["2022-10-05T11:00:00.123456789Z"], want: "1664967600123456789" },
			{ args: ["2022-10-05T11:00:00,5Z"], want: "1664967600500000000" },
			{ args: ["1969-12-31T23:59:59.999999999Z"], want: "-1" },
			{ args: ["2020-02-29T12:00:00+05:30"], want: "1582957800000000000" },
			{ note: "least", args: ["1677-09-21T00:12:43.145224192Z"], want: "-9223372036854775808" },
			{
				note: "one less",
				args: ["1677-09-21T00:12:43.145224191Z"],
				wantError: "eval_builtin_error: time outside of valid range",
			},
			{ note: "greatest", args: ["2262-04-11T23:47:16.854775807Z"], want: "9223372036854775807" },
			{
				note: "one more",
				args: ["2262-04-11T23:47:16.854775808Z"],
				wantError: "eval_builtin_error: time outside of valid range",
			},
			{
				args: ["2021-02-29T00:00:00Z"],
				wantError: 'eval_builtin_error: parsing time "2021-02-29T00:00:00Z": day out of range',
			},
			{
				args: ["2020-13-01T00:00:00Z"],
				wantError: 'eval_builtin_error: parsing time "2020-13-01T00:00:00Z": month out of range',
			},
			{
				args: ["2020-01-01T24:00:00Z"],
				wantError: 'eval_builtin_error: parsing time "2020-01-01T24:00:00Z": hour out of range',
			},
			{
				args: ["2020-01-01T00:60:00Z"],
				wantError: 'eval_builtin_error: parsing time "2020-01-01T00:60:00Z": minute out of range',
			},
			{ args: ["2020-01-01T00:00:00+24:60"], want: "1577746800000000000" },
			{
				args: ["2020-01-01t00:00:00z"],
				wantError:
					'eval_builtin_error: parsing time "2020-01-01t00:00:00z" as "2006-01-02T15:04:05Z07:00": cannot parse "t00:00:00z" as "T"',
			},
			{
				args: ["2020-01-01T00:00:00Z "],
				wantError: 'eval_builtin_error: parsing time "2020-01-01T00:00:00Z ": extra text: " "',
			},
			{
				args: ["2020-01-01"],
				wantError:
					'eval_builtin_error: parsing time "2020-01-01" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "T"',
			},
			{
				args: [""],
				wantError: 'eval_builtin_error: parsing time "" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "2006"',
			},
			{
				note: "quoted as Go quotes",
				args: ['a"b\\é\n'],
				wantError: String.raw`eval_builtin_error: parsing time "a\"b\\\xc3\xa9\x0a" as "2006-01-02T15:04:05Z07:00": cannot parse "a\"b\\\xc3\xa9\x0a" as "2006"`,
			},
		]),
	);
});

describe("time.parse_ns: layouts", () => {
	table(
		time,
		"time.parse_ns",
		texts([
			{ note: "a named layout", args: ["RFC3339", "2017-06-02T19:00:00-07:00"], want: "1496455200000000000" },
			{ args: ["RFC3339Nano", "2017-06-02T19:00:00.000000001-07:00"], want: "1496455200000000001" },
			{ args: ["RFC822", "02 Jan 06 15:04 MST"], want: "1136214240000000000" },
			{ args: ["RFC822Z", "02 Jan 06 15:04 -0700"], want: "1136239440000000000" },
			{ args: ["RFC850", "Monday, 02-Jan-06 15:04:05 UTC"], want: "1136214245000000000" },
			{ args: ["RFC1123", "Mon, 02 Jan 2006 15:04:05 GMT"], want: "1136214245000000000" },
			{ args: ["RFC1123Z", "Mon, 02 Jan 2006 15:04:05 +0330"], want: "1136201645000000000" },
			{ args: ["ANSIC", "Mon Jan  2 15:04:05 2006"], want: "1136214245000000000" },
			{ args: ["UnixDate", "Mon Jan  2 15:04:05 UTC 2006"], want: "1136214245000000000" },
			{ args: ["RubyDate", "Mon Jan 02 15:04:05 -0700 2006"], want: "1136239445000000000" },
			{
				note: "not a named layout",
				args: ["Kitchen", "3:04PM"],
				wantError: 'eval_builtin_error: parsing time "3:04PM" as "Kitchen": cannot parse "3:04PM" as "Kitchen"',
			},
			{
				note: "names are case-sensitive",
				args: ["rfc3339", "2017-06-02T19:00:00Z"],
				wantError:
					'eval_builtin_error: parsing time "2017-06-02T19:00:00Z" as "rfc3339": cannot parse "2017-06-02T19:00:00Z" as "rfc"',
			},
			{ args: ["2006-01-02", "2020-02-29"], want: "1582934400000000000" },
			{ args: ["Jan _2 06 3:04pm", "jAN  5 69 12:04am"], want: "-31190160000000000" },
			{ note: "two-digit years turn at 69", args: ["January 2 06", "February 3 68"], want: "3095452800000000000" },
			{ args: ["02/01/2006 15h04", "03/12/1999 07h05"], want: "944204700000000000" },
			{ note: "day of year", args: ["2006 002", "2020 366"], want: "1609372800000000000" },
			{ args: ["__2 2006", "  5 2020"], want: "1578182400000000000" },
			{
				args: ["2006 002", "2021 366"],
				wantError: 'eval_builtin_error: parsing time "2021 366": day-of-year out of range',
			},
			{ args: ["2006-01-02 002", "2021-02-01 032"], want: "1612137600000000000" },
			{
				args: ["2006-01-02 002", "2021-02-01 033"],
				wantError: 'eval_builtin_error: parsing time "2021-02-01 033": day-of-year does not match day',
			},
			{
				note: "fraction beside the layout",
				args: ["15:04:05", "01:02:03.25"],
				wantError: "eval_builtin_error: time outside of valid range",
			},
			{
				args: ["15:04:05.000", "01:02:03.25"],
				wantError: 'eval_builtin_error: parsing time "01:02:03.25" as "15:04:05.000": cannot parse ".25" as ".000"',
			},
			{ args: ["15:04:05.999", "01:02:03.25"], wantError: "eval_builtin_error: time outside of valid range" },
			{ args: ["15:04:05,000", "01:02:03.250"], wantError: "eval_builtin_error: time outside of valid range" },
			{
				note: "more digits than nanoseconds",
				args: ["15:04:05", "01:02:03.1234567890123"],
				wantError: "eval_builtin_error: time outside of valid range",
			},
			{ args: ["2006-01-02 15:04:05 Z070000", "2020-01-01 00:00:00 +010203"], want: "1577833077000000000" },
			{ args: ["2006-01-02 15:04:05 -07:00:00", "2020-01-01 00:00:00 -01:02:03"], want: "1577840523000000000" },
			{ args: ["2006-01-02 -07", "2020-01-01 +09"], want: "1577804400000000000" },
			{ args: ["2006-01-02 Z07", "2020-01-01 Z"], want: "1577836800000000000" },
			{
				note: "a fabricated zone counts as UTC",
				args: ["2006-01-02 MST", "2020-01-01 WXYZT"],
				want: "1577836800000000000",
			},
			{
				args: ["2006-01-02 MST", "2020-01-01 WXYZ"],
				wantError:
					'eval_builtin_error: parsing time "2020-01-01 WXYZ" as "2006-01-02 MST": cannot parse "WXYZ" as "MST"',
			},
			{ args: ["2006-01-02 MST", "2020-01-01 GMT+3"], want: "1577836800000000000" },
			{ args: ["2006-01-02 MST", "2020-01-01 +03"], want: "1577836800000000000" },
			{ args: ["2006-01-02 MST", "2020-01-01 ChST"], want: "1577836800000000000" },
			{ note: "standard names inside words", args: ["Janu 2006", "Janu 2006"], want: "1136073600000000000" },
			{ args: ["é2006€", "é2020€"], want: "1577836800000000000" },
			{ note: "empty layout", args: ["", ""], wantError: "eval_builtin_error: time outside of valid range" },
			{
				note: "left over",
				args: ["2006", "2020 "],
				wantError: 'eval_builtin_error: parsing time "2020 ": extra text: " "',
			},
			{ args: ["2006 ", "2020"], want: "1577836800000000000" },
			{
				args: ["2006", "202"],
				wantError: 'eval_builtin_error: parsing time "202" as "2006": cannot parse "202" as "2006"',
			},
			{ args: ["3PM", "13PM"], wantError: 'eval_builtin_error: parsing time "13PM": hour out of range' },
			{ args: ["15PM", "12AM"], wantError: "eval_builtin_error: time outside of valid range" },
			{
				args: ["Monday", "Mon"],
				wantError: 'eval_builtin_error: parsing time "Mon" as "Monday": cannot parse "Mon" as "Monday"',
			},
			{ args: ["Mon", "Monday"], wantError: 'eval_builtin_error: parsing time "Monday": extra text: "day"' },
			{ args: ["2006", "10000"], wantError: 'eval_builtin_error: parsing time "10000": extra text: "0"' },
			{ args: ["_2006", "_2020"], want: "1577836800000000000" },
			{ args: ["05.00", "59.999"], wantError: 'eval_builtin_error: parsing time "59.999": extra text: "9"' },
		]),
	);
});

describe("time.parse_ns: operands", () => {
	table(time, "time.parse_ns", [
		{ args: ["1", '"x"'], wantError: "eval_type_error: operand 1 must be string but got number" },
		{ args: ['"2006"', "null"], wantError: "eval_type_error: operand 2 must be string but got null" },
		{ args: ['["2006"]', '"2020"'], wantError: "eval_type_error: operand 1 must be string but got array" },
	]);
});

describe("time.parse_duration_ns", () => {
	table(
		time,
		"time.parse_duration_ns",
		texts([
			{ args: ["1h"], want: "3600000000000" },
			{ args: ["-1.5h"], want: "-5400000000000" },
			{ args: ["1h2m3s4ms5us6ns"], want: "3723004005006" },
			{ args: ["1µs"], want: "1000" },
			{ args: ["1μs"], want: "1000" },
			{ args: ["0"], want: "0" },
			{ args: ["-0"], want: "0" },
			{ args: ["+5s"], want: "5000000000" },
			{ args: [".5s"], want: "500000000" },
			{ args: ["1.s"], want: "1000000000" },
			{ args: [""], wantError: 'eval_builtin_error: time: invalid duration ""' },
			{ args: ["-"], wantError: 'eval_builtin_error: time: invalid duration "-"' },
			{ args: ["1"], wantError: 'eval_builtin_error: time: missing unit in duration "1"' },
			{ args: ["1.5x"], wantError: 'eval_builtin_error: time: unknown unit "x" in duration "1.5x"' },
			{ args: ["s"], wantError: 'eval_builtin_error: time: invalid duration "s"' },
			{ args: ["1h 2m"], wantError: 'eval_builtin_error: time: unknown unit "h " in duration "1h 2m"' },
			{ args: ["1e3s"], wantError: 'eval_builtin_error: time: unknown unit "e" in duration "1e3s"' },
			{ args: ["9223372036854775807ns"], want: "9223372036854775807" },
			{
				args: ["9223372036854775808ns"],
				wantError: 'eval_builtin_error: time: invalid duration "9223372036854775808ns"',
			},
			{ args: ["-9223372036854775808ns"], want: "-9223372036854775808" },
			{
				args: ["2562047h47m16.854775808s"],
				wantError: 'eval_builtin_error: time: invalid duration "2562047h47m16.854775808s"',
			},
			{ args: ["1d"], want: "86400000000000" },
			{ args: ["1w2d3h"], want: "788400000000000" },
			{ args: ["1.5d"], want: "129600000000000" },
			{ args: ["1y"], want: "31536000000000000" },
			{ args: ["-1y2w"], want: "-32745600000000000" },
			{ args: ["300y"], wantError: 'eval_builtin_error: time: invalid duration "300y"' },
			{ args: ["1ms2d"], want: "172800001000000" },
			{ args: ["5days"], wantError: 'eval_builtin_error: time: invalid duration "5days"' },
			{ args: ["1.2.3d"], wantError: 'eval_builtin_error: time: invalid duration "1.2.3d"' },
			{
				args: ["99999999999999999999d"],
				wantError: 'eval_builtin_error: time: invalid duration "99999999999999999999d"',
			},
			{ args: ['"1d'], wantError: String.raw`eval_builtin_error: time: invalid duration "\"1d"` },
		]),
	);
});

describe("time.parse_duration_ns: operands", () => {
	table(time, "time.parse_duration_ns", [
		{ args: ["1"], wantError: "eval_type_error: operand 1 must be string but got number" },
	]);
});

describe("time.format", () => {
	table(time, "time.format", [
		{ args: ["0"], want: '"1970-01-01T00:00:00Z"' },
		{ args: ["1585852421593912000"], want: '"2020-04-02T18:33:41.593912Z"' },
		{ args: ["-1"], want: '"1969-12-31T23:59:59.999999999Z"' },
		{ args: ['[1585852421593912000, "America/New_York"]'], want: '"2020-04-02T14:33:41.593912-04:00"' },
		{ args: ['[1585852421593912000, "Asia/Kathmandu", "RFC1123Z"]'], want: '"Fri, 03 Apr 2020 00:18:41 +0545"' },
		{ args: ['[1585852421593912000, "", "RFC822"]'], want: '"02 Apr 20 18:33 UTC"' },
		{ args: ['[1585852421593912000, "UTC", "ANSIC"]'], want: '"Thu Apr  2 18:33:41 2020"' },
		{ args: ['[1585852421593912000, "UTC", "RFC850"]'], want: '"Thursday, 02-Apr-20 18:33:41 UTC"' },
		{ args: ['[1585852421593912000, "UTC", ""]'], want: '"2020-04-02T18:33:41.593912Z"' },
		{
			note: "every element",
			args: [
				'[1136239445012345678, "America/New_York", "Monday Mon January Jan 1 01 _1 2 02 _2 002 __2 2006 06 15 3 03 4 04 5 05 PM pm MST Z07 Z0700 Z07:00 Z070000 Z07:00:00 -07 -0700 -07:00 -070000 -07:00:00 .000 .999 ,000 .000000000"]',
			],
			want: '"Monday Mon January Jan 1 01 _1 2 02  2 002   2 2006 06 17 5 05 4 04 5 05 PM pm EST -05 -0500 -05:00 -050000 -05:00:00 -05 -0500 -05:00 -050000 -05:00:00 .012 .012 ,012 .012345678"',
		},
		{
			note: "seconds with fractions",
			args: ['[1136239445012345678, "UTC", "05.000 05,000000 05.999999999 05.00x 05.0001"]'],
			want: '"05.012 05,012345 05.012345678 05.01x 05.0001"',
		},
		{ note: "no fraction to print", args: ['[1136239445000000000, "UTC", "05.999 05.000"]'], want: '"05 05.000"' },
		{ note: "winter and summer", args: ['[1136239445000000000, "Europe/Dublin", "MST -07:00"]'], want: '"GMT +00:00"' },
		{ args: ['[1152000000000000000, "Europe/Dublin", "MST -07:00"]'], want: '"IST +01:00"' },
		{ note: "a zone without a name", args: ['[1585852421000000000, "America/Sao_Paulo", "MST"]'], want: '"-03"' },
		{
			note: "half an hour of summer",
			args: ['[1577836800000000000, "Australia/Lord_Howe", "RFC3339"]'],
			want: '"2020-01-01T11:00:00+11:00"',
		},
		{
			note: "the hour that comes twice",
			args: ['[1604212200000000000, "America/New_York", "15:04 MST"]'],
			want: '"01:30 EST"',
		},
		{ args: ['[1604208600000000000, "America/New_York", "15:04 MST"]'], want: '"01:30 EDT"' },
		{ args: ['[0, "Nope/Zone"]'], wantError: "eval_builtin_error: unknown time zone Nope/Zone" },
		{ args: ['[0, "../etc"]'], wantError: "eval_builtin_error: time: invalid location name" },
		{ args: ['[0, "/UTC"]'], wantError: "eval_builtin_error: time: invalid location name" },
		{ args: ['[0, "utc"]'], wantError: "eval_builtin_error: unknown time zone utc" },
		{ args: ['[0, "PST"]'], wantError: "eval_builtin_error: unknown time zone PST" },
		{ args: ['[0, "SystemV/EST5"]'], wantError: "eval_builtin_error: unknown time zone SystemV/EST5" },
		{ args: ['[0, "UTC\\u0000"]'], wantError: "eval_builtin_error: invalid argument" },
		{ args: ['[0, "Pacific/Guam", "MST"]'], want: '"GST"' },
		{ args: ['[1700000000000000000, "Pacific/Guam", "MST"]'], want: '"ChST"' },
		{ args: ['[0, "+05:30"]'], wantError: "eval_builtin_error: unknown time zone +05:30" },
		{ args: ["9223372036854775807"], want: '"2262-04-11T23:47:16.854775807Z"' },
		{ args: ["-9223372036854775808"], want: '"1677-09-21T00:12:43.145224192Z"' },
		{ args: ["9223372036854775808"], wantError: "eval_builtin_error: timestamp too big" },
		{ args: ["1.5"], wantError: "eval_builtin_error: timestamp too big" },
		{
			args: ['"x"'],
			wantError: "eval_type_error: operand 1 must be either number (ns) or [number (ns), string (tz)] but got string",
		},
		{
			args: ["[]"],
			wantError: "eval_type_error: operand 1 must be either number (ns) or [number (ns), string (tz)] but got array",
		},
		{ args: ["[1, 2]"], wantError: "eval_type_error: operand 1 must be string but got number" },
		{ args: ['[1, "UTC", 3]'], wantError: "eval_type_error: operand 1 must be string but got number" },
		{ args: ['["1", "UTC"]'], wantError: "eval_type_error: operand 1 must be number but got string" },
		{ args: ['[1, "UTC", "2006", 4]'], want: '"1970"' },
	]);
});

describe("time.date", () => {
	table(time, "time.date", [
		{ args: ["1517832000000000000"], want: "[2018, 2, 5]" },
		{ args: ["-1"], want: "[1969, 12, 31]" },
		{ args: ['[1517832000000000000, "Pacific/Apia"]'], want: "[2018, 2, 6]" },
		{ args: ['[1325239200000000000, "Pacific/Apia"]'], want: "[2011, 12, 31]" },
		{ args: ['[-9223372036854775808, "UTC"]'], want: "[1677, 9, 21]" },
		{
			args: ["{}"],
			wantError: "eval_type_error: operand 1 must be either number (ns) or [number (ns), string (tz)] but got object",
		},
		{ args: ["[1517832000000000000]"], want: "[2018, 2, 5]" },
	]);
});

describe("time.clock", () => {
	table(time, "time.clock", [
		{ args: ["1517832000000000000"], want: "[12, 0, 0]" },
		{ args: ["-1"], want: "[23, 59, 59]" },
		{ args: ['[1517832000000000000, "Asia/Kolkata"]'], want: "[17, 30, 0]" },
		{ args: ["[0, 1]"], wantError: "eval_type_error: operand 1 must be string but got number" },
	]);
});

describe("time.weekday", () => {
	table(time, "time.weekday", [
		{ args: ["1517832000000000000"], want: '"Monday"' },
		{ args: ["-1"], want: '"Wednesday"' },
		{ args: ['[1517832000000000000, "Pacific/Apia"]'], want: '"Tuesday"' },
		{
			args: ["null"],
			wantError: "eval_type_error: operand 1 must be either number (ns) or [number (ns), string (tz)] but got null",
		},
	]);
});

describe("time.add_date", () => {
	table(time, "time.add_date", [
		{ args: ["1585852421593912000", "1", "2", "3"], want: "1622918021593912000" },
		{ note: "the 31st of a short month", args: ["1612051200000000000", "0", "1", "0"], want: "1614729600000000000" },
		{ note: "29 February", args: ["1582934400000000000", "1", "0", "0"], want: "1614556800000000000" },
		{ args: ["0", "0", "-1", "-400"], want: "-37238400000000000" },
		{
			note: "an integer of too many digits",
			args: ["0", "1.0000000000000000000", "0", "0"],
			wantError: "eval_type_error: operand 2 must be integer number but got floating-point number",
		},
		{
			note: "the clock stays the same in a zone",
			args: ['[1604160000000000000, "America/New_York"]', "0", "0", "1"],
			want: "1604250000000000000",
		},
		{
			note: "a time summer skips",
			args: ['[1615615200000000000, "America/New_York"]', "0", "0", "1"],
			want: "1615701600000000000",
		},
		{ args: ["0", "292", "3", "11"], wantError: "eval_builtin_error: time outside of valid range" },
		{ args: ["0", "300", "0", "0"], wantError: "eval_builtin_error: time outside of valid range" },
		{ args: ["0", "-300", "0", "0"], wantError: "eval_builtin_error: time outside of valid range" },
		{ args: ["0", "1000000", "0", "-365242500"], want: "0" },
		{
			note: "years wrap around",
			args: ["0", "9223372036854775807", "0", "0"],
			want: "-31487616000000000",
		},
		{
			args: ["0", "9223372036854775808", "0", "0"],
			wantError: "eval_type_error: operand 2 must be integer number but got floating-point number",
		},
		{
			args: ["0", "1.5", "0", "0"],
			wantError: "eval_type_error: operand 2 must be integer number but got floating-point number",
		},
		{ args: ["0", "0", '"1"', "0"], wantError: "eval_type_error: operand 3 must be number but got string" },
		{
			args: ['"0"', "0", "0", "0"],
			wantError: "eval_type_error: operand 1 must be either number (ns) or [number (ns), string (tz)] but got string",
		},
	]);
});

describe("time.diff", () => {
	table(time, "time.diff", [
		{ args: ["1585852421593912000", "0"], want: "[50, 3, 1, 18, 33, 41]" },
		{ note: "order does not matter", args: ["0", "1585852421593912000"], want: "[50, 3, 1, 18, 33, 41]" },
		{
			args: ['[1585852421593912000, "America/New_York"]', '[1517832000000000000, "Asia/Kolkata"]'],
			want: "[2, 1, 25, 7, 33, 41]",
		},
		{ note: "borrowing days", args: ["1614556800000000000", "1612137599999999999"], want: "[0, 1, 0, 0, 0, 1]" },
		{ note: "a leap year", args: ["1582934400000000000", "1551398400000000000"], want: "[0, 11, 28, 0, 0, 0]" },
		{ args: ["9223372036854775807", "-9223372036854775808"], want: "[584, 6, 20, 23, 34, 33]" },
		{ args: ["1", "1"], want: "[0, 0, 0, 0, 0, 0]" },
		{
			args: ['"a"', "1"],
			wantError: "eval_type_error: operand 1 must be either number (ns) or [number (ns), string (tz)] but got string",
		},
		{ args: ["1", "[2]"], want: "[0, 0, 0, 0, 0, 0]" },
	]);
});

describe("time.now_ns", () => {
	const now = time.find((b) => b.name === "time.now_ns");
	test("is the decision's own time", () => {
		expect(shown(now?.eval(testContext()))).toBe("1700000000000000000");
	});
});

describe("hostile operands", () => {
	test.each([
		["time.parse_ns", [`"${"2006-01-02 ".repeat(20_000)}"`, `"${"2020-01-02 ".repeat(20_000)}"`]],
		["time.parse_ns", [`"${"_".repeat(200_000)}"`, `"${"_".repeat(200_000)}"`]],
		["time.parse_duration_ns", [`"${"1h".repeat(100_000)}"`]],
		["time.parse_duration_ns", [`"${"9".repeat(300_000)}.${"9".repeat(300_000)}h"`]],
		["time.format", [`[0, "UTC", "${"Z07:00:0".repeat(50_000)}"]`]],
		["time.format", [`[0, "${"A/".repeat(100_000)}"]`]],
		["time.format", ["1e400"]],
	])("%s ends quickly", (name, args) => {
		const b = time.find((x) => x.name === name);
		const cost = startCost();
		const got = b === undefined ? undefined : call(b, args.map(v));
		expect(got).toSatisfy((x) => x?.code !== undefined || x?.value !== undefined);
		expect(cost()).toBeLessThan(2000);
	});
});
