/** The OCI runtime specification as Kata's agent API carries it (`CreateContainerRequest.OCI`). */
export const ociProto: string = `
syntax = "proto3";
package grpc;

message Spec {
	string Version = 1;
	Process Process = 2;
	Root Root = 3;
	string Hostname = 4;
	repeated Mount Mounts = 5;
	Hooks Hooks = 6;
	map<string, string> Annotations = 7;
	Linux Linux = 8;
	Solaris Solaris = 9;
	Windows Windows = 10;
}

message Process {
	bool Terminal = 1;
	Box ConsoleSize = 2;
	User User = 3;
	repeated string Args = 4;
	repeated string Env = 5;
	string Cwd = 6;
	LinuxCapabilities Capabilities = 7;
	repeated POSIXRlimit Rlimits = 8;
	bool NoNewPrivileges = 9;
	string ApparmorProfile = 10;
	int64 OOMScoreAdj = 11;
	string SelinuxLabel = 12;
}

message Box {
	uint32 Height = 1;
	uint32 Width = 2;
}

message User {
	uint32 UID = 1;
	uint32 GID = 2;
	repeated uint32 AdditionalGids = 3;
	string Username = 4;
}

message LinuxCapabilities {
	repeated string Bounding = 1;
	repeated string Effective = 2;
	repeated string Inheritable = 3;
	repeated string Permitted = 4;
	repeated string Ambient = 5;
}

message POSIXRlimit {
	string Type = 1;
	uint64 Hard = 2;
	uint64 Soft = 3;
}

message Mount {
	string destination = 1;
	string source = 2;
	string type = 3;
	repeated string options = 4;
}

message Root {
	string Path = 1;
	bool Readonly = 2;
}

message Hooks {
	repeated Hook Prestart = 1;
	repeated Hook Poststart = 2;
	repeated Hook Poststop = 3;
	repeated Hook CreateRuntime = 4;
	repeated Hook CreateContainer = 5;
	repeated Hook StartContainer = 6;
}

message Hook {
	string Path = 1;
	repeated string Args = 2;
	repeated string Env = 3;
	int64 Timeout = 4;
}

message Linux {
	repeated LinuxIDMapping UIDMappings = 1;
	repeated LinuxIDMapping GIDMappings = 2;
	map<string, string> Sysctl = 3;
	LinuxResources Resources = 4;
	string CgroupsPath = 5;
	repeated LinuxNamespace Namespaces = 6;
	repeated LinuxDevice Devices = 7;
	LinuxSeccomp Seccomp = 8;
	string RootfsPropagation = 9;
	repeated string MaskedPaths = 10;
	repeated string ReadonlyPaths = 11;
	string MountLabel = 12;
	LinuxIntelRdt IntelRdt = 13;
}

message Windows {
	string dummy = 1;
}

message Solaris {
	string dummy = 1;
}

message LinuxIDMapping {
	uint32 HostID = 1;
	uint32 ContainerID = 2;
	uint32 Size = 3;
}

message LinuxNamespace {
	string Type = 1;
	string Path = 2;
}

message LinuxDevice {
	string Path = 1;
	string Type = 2;
	int64 Major = 3;
	int64 Minor = 4;
	uint32 FileMode = 5;
	uint32 UID = 6;
	uint32 GID = 7;
}

message LinuxResources {
	repeated LinuxDeviceCgroup Devices = 1;
	LinuxMemory Memory = 2;
	LinuxCPU CPU = 3;
	LinuxPids Pids = 4;
	LinuxBlockIO BlockIO = 5;
	repeated LinuxHugepageLimit HugepageLimits = 6;
	LinuxNetwork Network = 7;
}

message LinuxMemory {
	int64 Limit = 1;
	int64 Reservation = 2;
	int64 Swap = 3;
	int64 Kernel = 4;
	int64 KernelTCP = 5;
	uint64 Swappiness = 6;
	bool DisableOOMKiller = 7;
}

message LinuxCPU {
	uint64 Shares = 1;
	int64 Quota = 2;
	uint64 Period = 3;
	int64 RealtimeRuntime = 4;
	uint64 RealtimePeriod = 5;
	string Cpus = 6;
	string Mems = 7;
}

message LinuxWeightDevice {
	int64 Major = 1;
	int64 Minor = 2;
	uint32 Weight = 3;
	uint32 LeafWeight = 4;
}

message LinuxThrottleDevice {
	int64 Major = 1;
	int64 Minor = 2;
	uint64 Rate = 3;
}

message LinuxBlockIO {
	uint32 Weight = 1;
	uint32 LeafWeight = 2;
	repeated LinuxWeightDevice WeightDevice = 3;
	repeated LinuxThrottleDevice ThrottleReadBpsDevice = 4;
	repeated LinuxThrottleDevice ThrottleWriteBpsDevice = 5;
	repeated LinuxThrottleDevice ThrottleReadIOPSDevice = 6;
	repeated LinuxThrottleDevice ThrottleWriteIOPSDevice = 7;
}

message LinuxPids {
	int64 Limit = 1;
}

message LinuxDeviceCgroup {
	bool Allow = 1;
	string Type = 2;
	int64 Major = 3;
	int64 Minor = 4;
	string Access = 5;
}

message LinuxNetwork {
	uint32 ClassID = 1;
	repeated LinuxInterfacePriority Priorities = 2;
}

message LinuxHugepageLimit {
	string Pagesize = 1;
	uint64 Limit = 2;
}

message LinuxInterfacePriority {
	string Name = 1;
	uint32 Priority = 2;
}

message LinuxSeccomp {
	string DefaultAction = 1;
	repeated string Architectures = 2;
	repeated string Flags = 3;
	repeated LinuxSyscall Syscalls = 4;
}

message LinuxSeccompArg {
	uint64 Index = 1;
	uint64 Value = 2;
	uint64 ValueTwo = 3;
	string Op = 4;
}

message LinuxSyscall {
	repeated string Names = 1;
	string Action = 2;
	oneof ErrnoRet {
		uint32 errnoret = 3;
	}
	repeated LinuxSeccompArg Args = 4;
}

message LinuxIntelRdt {
	string L3CacheSchema = 1;
}
`;
