/** Requests as the JSON that Kata's serde makes of them. */
import { describe, expect, it } from "vitest";
import { serdeJson } from "../../src/agent/policy/serde-json.ts";
import { decodeMessage } from "../../src/agent/protocol/decode.ts";
import { encodeMessage } from "../../src/agent/protocol/encode.ts";
import { toInput } from "../../src/agent/protocol/message.ts";
import { shownOfTest, shownToPolicy } from "../../src/agent/protocol/policy-forms.ts";
import { messageType } from "../../src/agent/protocol/protocol.ts";
import { fromSerde } from "../../src/agent/protocol/serde.ts";
import { parseJson } from "../../src/value/json.ts";
import type { PlainObject } from "../../src/value/value.ts";

/** What arrives on the wire for a partial request, as `input`. */
function inputText(kind: string, json: string): string {
	const type = messageType(kind);
	const sent = encodeMessage(fromSerde(parseJson(json), type), type);
	return serdeJson(toInput(decodeMessage(sent, type), type));
}

const rows: readonly { readonly note: string; readonly kind: string; readonly json: string; readonly want: string }[] =
	[
		{
			note: "every field of a request is present",
			kind: "CreateContainerRequest",
			json: "{}",
			want: '{"container_id":"","exec_id":"","string_user":null,"devices":[],"storages":[],"OCI":null,"sandbox_pidns":false,"shared_mounts":[],"stdin_port":0,"stdout_port":0,"stderr_port":0}',
		},
		{
			note: "a type field is called type_",
			kind: "CreateContainerRequest",
			json: '{"devices":[{"type_":"blk","type":"ignored"}]}',
			want: '{"container_id":"","exec_id":"","string_user":null,"devices":[{"id":"","type_":"blk","vm_path":"","container_path":"","options":[]}],"storages":[],"OCI":null,"sandbox_pidns":false,"shared_mounts":[],"stdin_port":0,"stdout_port":0,"stderr_port":0}',
		},
		{
			note: "enums are integers, unknown ones too",
			kind: "UpdateRoutesRequest",
			json: '{"routes":{"Routes":[{"family":7}]}}',
			want: '{"routes":{"Routes":[{"dest":"","gateway":"","device":"","source":"","scope":0,"family":7,"flags":0,"mtu":0}]}}',
		},
		{
			note: "bytes are numbers",
			kind: "WriteStreamRequest",
			json: '{"data":[104,105,255]}',
			want: '{"container_id":"","exec_id":"","data":[104,105,255]}',
		},
		{
			note: "64-bit integers keep every digit",
			kind: "CopyFileRequest",
			json: '{"file_size":9223372036854775807,"offset":-9223372036854775808}',
			want: '{"path":"","file_size":9223372036854775807,"file_mode":0,"dir_mode":0,"uid":0,"gid":0,"offset":-9223372036854775808,"data":[]}',
		},
		{
			note: "optional scalars are null or their value",
			kind: "MemAgentMemcgConfig",
			json: '{"disabled":false,"swappiness_max":0}',
			want: '{"disabled":false,"swap":null,"swappiness_max":0,"period_secs":null,"period_psi_percent_limit":null,"eviction_psi_percent_limit":null,"eviction_run_aging_count_min":null}',
		},
		{
			note: "a oneof is tagged from outside",
			kind: "LinuxSeccomp",
			json: '{"Syscalls":[{"Names":["read"],"ErrnoRet":{"Errnoret":38}},{}]}',
			want: '{"DefaultAction":"","Architectures":[],"Flags":[],"Syscalls":[{"Names":["read"],"Action":"","Args":[],"ErrnoRet":{"Errnoret":38}},{"Names":[],"Action":"","Args":[],"ErrnoRet":null}]}',
		},
		{ note: "empty messages", kind: "GetOOMEventRequest", json: '{"unknown":1}', want: "{}" },
		{
			note: "a message that is there but empty differs from none",
			kind: "ExecProcessRequest",
			json: '{"process":{"User":{}}}',
			want: '{"container_id":"","exec_id":"","string_user":null,"process":{"Terminal":false,"ConsoleSize":null,"User":{"UID":0,"GID":0,"AdditionalGids":[],"Username":""},"Args":[],"Env":[],"Cwd":"","Capabilities":null,"Rlimits":[],"NoNewPrivileges":false,"ApparmorProfile":"","OOMScoreAdj":0,"SelinuxLabel":""},"stdin_port":0,"stdout_port":0,"stderr_port":0}',
		},
	];

describe("input of a request", () => {
	for (const r of rows) {
		it(r.note, () => expect(parseJson(inputText(r.kind, r.json))).toEqual(parseJson(r.want)));
	}

	it("writes a oneof after all other fields, as Rust's structs have it", () => {
		expect(inputText("LinuxSyscall", '{"ErrnoRet":{"Errnoret":38},"Action":"x"}')).toBe(
			'{"Names":[],"Action":"x","Args":[],"ErrnoRet":{"Errnoret":38}}',
		);
	});

	it("writes fields in the message's order", () => {
		expect(inputText("RemoveContainerRequest", '{"timeout":3,"container_id":"a"}')).toBe(
			'{"container_id":"a","timeout":3}',
		);
	});

	const wrong: readonly [string, string, RegExp][] = [
		["StartContainerRequest", '{"container_id":1}', /StartContainerRequest\.container_id: a string/],
		["RemoveContainerRequest", '{"timeout":-1}', /timeout: an integer from 0/],
		["RemoveContainerRequest", '{"timeout":4294967296}', /timeout: an integer from 0/],
		["RemoveContainerRequest", '{"timeout":1.5}', /timeout: an integer/],
		["CreateContainerRequest", '{"devices":{}}', /devices: an array/],
		["CreateContainerRequest", '{"OCI":[]}', /OCI: an object/],
		["WriteStreamRequest", '{"data":[256]}', /data\[0\]: a byte/],
	];
	for (const [kind, json, why] of wrong) {
		it(`refuses ${json}`, () => expect(() => fromSerde(parseJson(json), messageType(kind))).toThrow(why));
	}
});

describe("input of CopyFile", () => {
	const type = messageType("CopyFileRequest");
	const of = (json: string): unknown => shownToPolicy(fromSerde(parseJson(json), type), type);
	const kinds: readonly [number, string][] = [
		[0o100644, "Regular"],
		[0o040755, "Directory"],
		[0o120777, "Symlink"],
		[0o060000, "Unknown"],
		[0, "Unknown"],
	];
	for (const [mode, want] of kinds) {
		it(`mode ${mode.toString(8)} is ${want}`, () =>
			expect(of(`{"file_mode":${mode}}`)).toMatchObject({ file_type: want }));
	}

	it("shows a symbolic link's target and never data", () => {
		const target = JSON.stringify([...Buffer.from("../ä")]);
		expect(of(`{"path":"/p","file_mode":${0o120777},"data":${target}}`)).toEqual({
			path: "/p",
			file_type: "Symlink",
			symlink_target: "../ä",
			file_size: 0,
			file_mode: 0o120777,
			dir_mode: 0,
			uid: 0,
			gid: 0,
			offset: 0,
		});
		expect(of('{"file_mode":33188,"data":[1]}')).not.toHaveProperty("data");
	});

	it("refuses a target that is not UTF-8", () => {
		expect(() => of(`{"file_mode":${0o120777},"data":[255]}`)).toThrow(/invalid symlink content/);
	});

	it("takes the policy's own form from test cases", () => {
		const json = parseJson('{"path":"/p","file_type":"Symlink","symlink_target":"../x"}') as PlainObject;
		expect(shownOfTest(json, type)).toMatchObject({
			file_type: "Symlink",
			symlink_target: "../x",
		});
	});

	for (const [json, want] of [
		['{"symlink_target":"../x"}', { file_type: "Unknown", symlink_target: "../x" }],
		['{"file_mode":41471,"symlink_target":"../x","data":[255]}', { file_type: "Symlink", symlink_target: "../x" }],
		['{"file_type":"Symlink","data":[255]}', { file_type: "Symlink", symlink_target: null }],
		['{"file_type":"Socket"}', /CopyFileRequest.file_type: one of Unknown, Regular, Directory, Symlink/],
		['{"file_type":"Symlink","symlink_target":7}', /CopyFileRequest.symlink_target: a string/],
	] as const) {
		it(`reads the test case ${json}`, () => {
			const request = parseJson(json) as PlainObject;
			const read = (): unknown => shownOfTest(request, type);
			if (want instanceof RegExp) expect(read).toThrow(want);
			else expect(read()).toMatchObject(want);
		});
	}
});
