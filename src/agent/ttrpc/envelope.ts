/** The data of ttRPC request and response frames: our objects to bytes and back. */

import { got } from "../../at.ts";
import { toWellFormed } from "../../value/utf8.ts";
import { decodeMessage } from "../protocol/decode.ts";
import { parseProtos } from "../protocol/descriptors.ts";
import { encodeMessage } from "../protocol/encode.ts";
import type { MessageValue } from "../protocol/message.ts";
import { Code, type StatusDetail, TtrpcError } from "./status.ts";
import { ttrpcProto } from "./ttrpc-proto.ts";

const types = parseProtos([ttrpcProto]).messages;
const requestType = got(types, "ttrpc.Request");
const responseType = got(types, "ttrpc.Response");

export interface KeyValue {
	readonly key: string;
	readonly value: string;
}

export interface Request {
	readonly service: string;
	readonly method: string;
	readonly payload: Uint8Array;
	/** 0: none. */
	readonly timeoutNano: number | bigint;
	readonly metadata: readonly KeyValue[];
}

export function encodeRequest(r: Request): Uint8Array {
	return encodeMessage(
		{
			service: r.service,
			method: r.method,
			payload: r.payload,
			timeout_nano: r.timeoutNano,
			metadata: r.metadata as readonly unknown[] as MessageValue,
		},
		requestType,
	);
}

/** Metadata stay until a call is answered, and an empty one takes two bytes to send. */
const mostMetadata = 256;

/** Strict: throws MessageError on unknown or repeated fields. */
export function decodeRequest(data: Uint8Array): Request {
	const m = decodeMessage(data, requestType, { maxElements: mostMetadata });
	return {
		service: m["service"] as string,
		method: m["method"] as string,
		payload: m["payload"] as Uint8Array,
		timeoutNano: m["timeout_nano"] as number | bigint,
		metadata: m["metadata"] as unknown as readonly KeyValue[],
	};
}

/** Success always carries an explicit OK, as Rust servers write it. */
export function encodeResponse(payload: Uint8Array): Uint8Array {
	return encodeMessage({ status: { code: Code.OK, message: "", details: [] }, payload }, responseType);
}

export function encodeError(e: TtrpcError): Uint8Array {
	const status = {
		code: e.code,
		message: toWellFormed(e.message),
		details: e.details as readonly unknown[] as MessageValue,
	};
	return encodeMessage({ status, payload: noPayload }, responseType);
}

const noPayload = new Uint8Array(0);

/** A missing status, and a response of no bytes at all, mean OK. Throws the peer's TtrpcError. */
export function decodeResponse(data: Uint8Array): Uint8Array {
	if (data.length === 0) return noPayload;
	const m = decodeMessage(data, responseType, { unknownFields: "drop", maxElements: 10_000 });
	const status = m["status"] as { code: number; message: string; details: readonly StatusDetail[] } | null;
	if (status !== null && status.code !== Code.OK) {
		throw new TtrpcError(status.code, status.message, status.details);
	}
	return m["payload"] as Uint8Array;
}
