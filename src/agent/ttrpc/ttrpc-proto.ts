/** The envelope of a ttRPC call: what the data of a request and of a response frame holds. */
export const ttrpcProto: string = `
syntax = "proto3";
package ttrpc;

message Request {
	string service = 1;
	string method = 2;
	bytes payload = 3;
	int64 timeout_nano = 4;
	repeated KeyValue metadata = 5;
}

message KeyValue {
	string key = 1;
	string value = 2;
}

message Response {
	Status status = 1;
	bytes payload = 2;
}

message Status {
	int32 code = 1;
	string message = 2;
	repeated Any details = 3;
}

message Any {
	string type_url = 1;
	bytes value = 2;
}
`;
