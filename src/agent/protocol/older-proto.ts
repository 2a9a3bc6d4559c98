/**
 * What agents before today's have: tracing, and images pulled in the guest, by a service of its own or by
 * the agent's. Policies decide these by the name of their message like everything else; an agent that has
 * them no more says so itself.
 */
export const olderProto: string = `
syntax = "proto3";
package grpc;

import "empty.proto";

service AgentService {
	rpc StartTracing(StartTracingRequest) returns (google.protobuf.Empty);
	rpc StopTracing(StopTracingRequest) returns (google.protobuf.Empty);
	rpc PullImage(PullImageRequest) returns (PullImageResponse);
}

service Image {
	rpc PullImage(PullImageRequest) returns (PullImageResponse);
}

message StartTracingRequest {}

message StopTracingRequest {}

message PullImageRequest {
	string image = 1;
	string container_id = 2;
	string source_creds = 3;
}

message PullImageResponse {
	string image_ref = 1;
}
`;
