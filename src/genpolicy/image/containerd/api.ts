/**
 * The part of containerd's API that images are read by, and of Kubernetes' runtime interface that they are pulled by:
 * messages as their `.proto` files have them, without the fields that are not used here.
 */
import { type MessageType, type Method, parseProtos } from "../../../agent/protocol/descriptors.ts";

const types = `
package containerd.types;

message Descriptor {
	string media_type = 1;
	string digest = 2;
	int64 size = 3;
}
`;

const images = `
package containerd.services.images.v1;

service Images {
	rpc Get(GetImageRequest) returns (GetImageResponse);
}

message GetImageRequest {
	string name = 1;
}

message GetImageResponse {
	Image image = 1;
}

message Image {
	string name = 1;
	containerd.types.Descriptor target = 3;
}
`;

const content = `
package containerd.services.content.v1;

service Content {
	rpc Read(ReadContentRequest) returns (ReadContentResponse);
}

message ReadContentRequest {
	string digest = 1;
	int64 offset = 2;
	int64 size = 3;
}

message ReadContentResponse {
	int64 offset = 1;
	bytes data = 2;
}
`;

const runtime = `
package runtime.v1;

service ImageService {
	rpc PullImage(PullImageRequest) returns (PullImageResponse);
}

message ImageSpec {
	string image = 1;
}

message AuthConfig {
	string username = 1;
	string password = 2;
	string identity_token = 5;
}

message PullImageRequest {
	ImageSpec image = 1;
	AuthConfig auth = 2;
}

message PullImageResponse {
	string image_ref = 1;
}
`;

const { services } = parseProtos([types, images, content, runtime]);

export interface Call {
	/** `/runtime.v1.ImageService/PullImage`. */
	readonly path: string;
	readonly request: MessageType;
	readonly response: MessageType;
}

function call(service: string, name: string): Call {
	const method: Method | undefined = services.get(service)?.methods.get(name);
	if (method === undefined) throw new Error(`no method ${name} in ${service}`);
	return { path: `/${service}/${name}`, request: method.request, response: method.response };
}

export const getImage: Call = call("containerd.services.images.v1.Images", "Get");
export const readContent: Call = call("containerd.services.content.v1.Content", "Read");
export const pullImage: Call = call("runtime.v1.ImageService", "PullImage");
