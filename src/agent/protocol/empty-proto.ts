/** The well-known empty message that most agent methods answer. */
export const emptyProto: string = `
syntax = "proto3";
package google.protobuf;

message Empty {}
`;
