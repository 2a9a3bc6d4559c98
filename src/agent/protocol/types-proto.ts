/** Network and storage types shared by the messages of the agent's API. */
export const typesProto: string = `
syntax = "proto3";
package types;

enum IPFamily {
	v4 = 0;
	v6 = 1;
}

enum FSGroupChangePolicy {
	Always = 0;
	OnRootMismatch = 1;
}

message IPAddress {
	IPFamily family = 1;
	string address = 2;
	string mask = 3;
}

message Interface {
	string device = 1;
	string name = 2;
	repeated IPAddress IPAddresses = 3;
	uint64 mtu = 4;
	string hwAddr = 5;
	string devicePath = 6;
	string type = 7;
	uint32 raw_flags = 8;
}

message Route {
	string dest = 1;
	string gateway = 2;
	string device = 3;
	string source = 4;
	uint32 scope = 5;
	IPFamily family = 6;
	uint32 flags = 7;
	uint32 mtu = 8;
}

message ARPNeighbor {
	IPAddress toIPAddress = 1;
	string device = 2;
	string lladdr = 3;
	int32 state = 4;
	int32 flags = 5;
}
`;
