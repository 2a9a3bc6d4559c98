/**
 * Requests as policies see them, where that is not as they are sent: messages that never travel. A field of the same
 * name has the request's value; the others are made by policy-forms.ts. What is not listed here is not shown.
 */
export const policyFormProto: string = `
syntax = "proto3";
package policy;

message CopyFileRequest {
	string path = 1;
	string file_type = 2;
	optional string symlink_target = 3;
	int64 file_size = 4;
	uint32 file_mode = 5;
	uint32 dir_mode = 6;
	int32 uid = 7;
	int32 gid = 8;
	int64 offset = 9;
}

// What older agents showed besides: policies for both look whether it is there.
message OlderCopyFileRequest {
	string symlink_src = 1;
}
`;
