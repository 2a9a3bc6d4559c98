/** The agent's health service: never put to the policy. */
export const healthProto: string = `
syntax = "proto3";
package grpc;

service Health {
	rpc Check(CheckRequest) returns (HealthCheckResponse);
	rpc Version(CheckRequest) returns (VersionCheckResponse);
}

message CheckRequest {
	string service = 1;
}

message HealthCheckResponse {
	enum ServingStatus {
		UNKNOWN = 0;
		SERVING = 1;
		NOT_SERVING = 2;
	}
	ServingStatus status = 1;
}

message VersionCheckResponse {
	string grpc_version = 1;
	string agent_version = 2;
}
`;
