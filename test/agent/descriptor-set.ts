/** Our descriptors as a FileDescriptorSet, for other protobuf libraries to read our messages with. */
import { create } from "@bufbuild/protobuf";
import {
	FieldDescriptorProtoSchema,
	FileDescriptorProtoSchema,
	type FileDescriptorSet,
	FileDescriptorSetSchema,
	FieldDescriptorProto_Label as Label,
	FieldDescriptorProto_Type as Type,
} from "@bufbuild/protobuf/wkt";
import type { Field, MessageType } from "../../src/agent/protocol/descriptors.ts";
import { protocol } from "../../src/agent/protocol/protocol.ts";

const wireTypes: Readonly<Record<string, number>> = {
	string: Type.STRING,
	bytes: Type.BYTES,
	bool: Type.BOOL,
	int32: Type.INT32,
	uint32: Type.UINT32,
	int64: Type.INT64,
	uint64: Type.UINT64,
	// The numbers on the wire are the same.
	enum: Type.INT32,
};

/** Our descriptors, services included, as other protobuf libraries want them. */
export function descriptorSet(): FileDescriptorSet {
	const byPackage = new Map<string, MessageType[]>();
	for (const m of protocol.messages.values()) {
		const pkg = m.fullName.slice(0, m.fullName.lastIndexOf("."));
		byPackage.set(pkg, [...(byPackage.get(pkg) ?? []), m]);
	}
	const field = (f: Field) =>
		create(FieldDescriptorProtoSchema, {
			name: f.name,
			number: f.number,
			label: f.label === "repeated" || f.label === "map" ? Label.REPEATED : Label.OPTIONAL,
			type:
				f.label === "map" ? Type.MESSAGE : f.message === undefined ? (wireTypes[f.scalar ?? ""] as Type) : Type.MESSAGE,
			...(f.message !== undefined && f.label !== "map" ? { typeName: `.${f.message.fullName}` } : {}),
		});
	const files = [...byPackage].map(([pkg, messages]) =>
		create(FileDescriptorProtoSchema, {
			name: `${pkg}.proto`,
			package: pkg,
			syntax: "proto3",
			dependency: [...byPackage.keys()].filter((p) => p !== pkg && pkg === "grpc").map((p) => `${p}.proto`),
			service: [...protocol.services.values()]
				.filter((service) => service.name.startsWith(`${pkg}.`) && !service.name.slice(pkg.length + 1).includes("."))
				.map((service) => ({
					name: service.name.slice(pkg.length + 1),
					method: [...service.methods.values()].map((m) => ({
						name: m.name,
						inputType: `.${m.request.fullName}`,
						outputType: `.${m.response.fullName}`,
					})),
				})),
			messageType: messages.map((m) => {
				const optionals = m.fields.filter((f) => f.label === "optional");
				const oneofs = m.fields.filter((f) => f.label === "oneof");
				return {
					name: m.name,
					field: m.fields.map((f) => {
						const d = field(f);
						if (f.label === "map") d.typeName = `.${m.fullName}.${entryName(f)}`;
						if (f.label === "optional") {
							d.proto3Optional = true;
							d.oneofIndex = oneofs.length + optionals.indexOf(f);
						}
						if (f.label === "oneof") d.oneofIndex = oneofs.indexOf(f);
						return d;
					}),
					oneofDecl: [...oneofs.map((f) => ({ name: f.key })), ...optionals.map((f) => ({ name: `_${f.name}` }))],
					nestedType: m.fields
						.filter((f) => f.label === "map")
						.map((f) => ({
							name: entryName(f),
							options: { mapEntry: true },
							field: [
								create(FieldDescriptorProtoSchema, {
									name: "key",
									number: 1,
									label: Label.OPTIONAL,
									type: Type.STRING,
								}),
								{ ...field({ ...f, name: "value", number: 2, label: "singular" }) },
							],
						})),
				};
			}),
		}),
	);
	const order = ["google.protobuf", "types", "grpc"];
	files.sort((a, b) => order.indexOf(a.package) - order.indexOf(b.package));
	return create(FileDescriptorSetSchema, { file: files });
}

function entryName(f: Field): string {
	return `${f.name
		.split("_")
		.map((w) => w.slice(0, 1).toUpperCase() + w.slice(1))
		.join("")}Entry`;
}
