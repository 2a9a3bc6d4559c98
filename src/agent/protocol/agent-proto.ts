/**
 * The Kata agent's API as proto3 text: the service and its own messages. Field names are kept as
 * Kata spells them, because they are the keys a policy sees in `input`.
 */
export const agentProto: string = `
syntax = "proto3";
package grpc;

import "oci.proto";
import "types.proto";
import "empty.proto";

service AgentService {
	rpc CreateContainer(CreateContainerRequest) returns (google.protobuf.Empty);
	rpc StartContainer(StartContainerRequest) returns (google.protobuf.Empty);
	rpc RemoveContainer(RemoveContainerRequest) returns (google.protobuf.Empty);
	rpc ExecProcess(ExecProcessRequest) returns (google.protobuf.Empty);
	rpc SignalProcess(SignalProcessRequest) returns (google.protobuf.Empty);
	rpc WaitProcess(WaitProcessRequest) returns (WaitProcessResponse);
	rpc UpdateContainer(UpdateContainerRequest) returns (google.protobuf.Empty);
	rpc UpdateEphemeralMounts(UpdateEphemeralMountsRequest) returns (google.protobuf.Empty);
	rpc StatsContainer(StatsContainerRequest) returns (StatsContainerResponse);
	rpc PauseContainer(PauseContainerRequest) returns (google.protobuf.Empty);
	rpc ResumeContainer(ResumeContainerRequest) returns (google.protobuf.Empty);
	rpc RemoveStaleVirtiofsShareMounts(RemoveStaleVirtiofsShareMountsRequest) returns (google.protobuf.Empty);
	rpc GetDiagnosticData(GetDiagnosticDataRequest) returns (GetDiagnosticDataResponse);
	rpc WriteStdin(WriteStreamRequest) returns (WriteStreamResponse);
	rpc ReadStdout(ReadStreamRequest) returns (ReadStreamResponse);
	rpc ReadStderr(ReadStreamRequest) returns (ReadStreamResponse);
	rpc CloseStdin(CloseStdinRequest) returns (google.protobuf.Empty);
	rpc TtyWinResize(TtyWinResizeRequest) returns (google.protobuf.Empty);
	rpc UpdateInterface(UpdateInterfaceRequest) returns (types.Interface);
	rpc UpdateRoutes(UpdateRoutesRequest) returns (Routes);
	rpc ListInterfaces(ListInterfacesRequest) returns (Interfaces);
	rpc ListRoutes(ListRoutesRequest) returns (Routes);
	rpc AddARPNeighbors(AddARPNeighborsRequest) returns (google.protobuf.Empty);
	rpc GetIPTables(GetIPTablesRequest) returns (GetIPTablesResponse);
	rpc SetIPTables(SetIPTablesRequest) returns (SetIPTablesResponse);
	rpc GetMetrics(GetMetricsRequest) returns (Metrics);
	rpc MemAgentMemcgSet(MemAgentMemcgConfig) returns (google.protobuf.Empty);
	rpc MemAgentCompactSet(MemAgentCompactConfig) returns (google.protobuf.Empty);
	rpc CreateSandbox(CreateSandboxRequest) returns (google.protobuf.Empty);
	rpc DestroySandbox(DestroySandboxRequest) returns (google.protobuf.Empty);
	rpc OnlineCPUMem(OnlineCPUMemRequest) returns (google.protobuf.Empty);
	rpc ReseedRandomDev(ReseedRandomDevRequest) returns (google.protobuf.Empty);
	rpc GetGuestDetails(GuestDetailsRequest) returns (GuestDetailsResponse);
	rpc MemHotplugByProbe(MemHotplugByProbeRequest) returns (google.protobuf.Empty);
	rpc SetGuestDateTime(SetGuestDateTimeRequest) returns (google.protobuf.Empty);
	rpc CopyFile(CopyFileRequest) returns (google.protobuf.Empty);
	rpc GetOOMEvent(GetOOMEventRequest) returns (OOMEvent);
	rpc AddSwap(AddSwapRequest) returns (google.protobuf.Empty);
	rpc AddSwapPath(AddSwapPathRequest) returns (google.protobuf.Empty);
	rpc GetVolumeStats(VolumeStatsRequest) returns (VolumeStatsResponse);
	rpc ResizeVolume(ResizeVolumeRequest) returns (google.protobuf.Empty);
	rpc SetPolicy(SetPolicyRequest) returns (google.protobuf.Empty);
}

message CreateContainerRequest {
	string container_id = 1;
	string exec_id = 2;
	StringUser string_user = 3;
	repeated Device devices = 4;
	repeated Storage storages = 5;
	Spec OCI = 6;
	bool sandbox_pidns = 7;
	repeated SharedMount shared_mounts = 8;
	uint32 stdin_port = 9;
	uint32 stdout_port = 10;
	uint32 stderr_port = 11;
}

message StartContainerRequest {
	string container_id = 1;
}

message RemoveContainerRequest {
	string container_id = 1;
	uint32 timeout = 2;
}

message ExecProcessRequest {
	string container_id = 1;
	string exec_id = 2;
	StringUser string_user = 3;
	Process process = 4;
	uint32 stdin_port = 5;
	uint32 stdout_port = 6;
	uint32 stderr_port = 7;
}

message SignalProcessRequest {
	string container_id = 1;
	string exec_id = 2;
	uint32 signal = 3;
}

message WaitProcessRequest {
	string container_id = 1;
	string exec_id = 2;
}

message WaitProcessResponse {
	int32 status = 1;
}

message UpdateContainerRequest {
	string container_id = 1;
	LinuxResources resources = 2;
}

message StatsContainerRequest {
	string container_id = 1;
}

message PauseContainerRequest {
	string container_id = 1;
}

message ResumeContainerRequest {
	string container_id = 1;
}

message CpuUsage {
	uint64 total_usage = 1;
	repeated uint64 percpu_usage = 2;
	uint64 usage_in_kernelmode = 3;
	uint64 usage_in_usermode = 4;
}

message ThrottlingData {
	uint64 periods = 1;
	uint64 throttled_periods = 2;
	uint64 throttled_time = 3;
}

message CpuStats {
	CpuUsage cpu_usage = 1;
	ThrottlingData throttling_data = 2;
}

message PidsStats {
	uint64 current = 1;
	uint64 limit = 2;
}

message MemoryData {
	uint64 usage = 1;
	uint64 max_usage = 2;
	uint64 failcnt = 3;
	uint64 limit = 4;
}

message MemoryStats {
	uint64 cache = 1;
	MemoryData usage = 2;
	MemoryData swap_usage = 3;
	MemoryData kernel_usage = 4;
	bool use_hierarchy = 5;
	map<string, uint64> stats = 6;
}

message BlkioStatsEntry {
	uint64 major = 1;
	uint64 minor = 2;
	string op = 3;
	uint64 value = 4;
}

message BlkioStats {
	repeated BlkioStatsEntry io_service_bytes_recursive = 1;
	repeated BlkioStatsEntry io_serviced_recursive = 2;
	repeated BlkioStatsEntry io_queued_recursive = 3;
	repeated BlkioStatsEntry io_service_time_recursive = 4;
	repeated BlkioStatsEntry io_wait_time_recursive = 5;
	repeated BlkioStatsEntry io_merged_recursive = 6;
	repeated BlkioStatsEntry io_time_recursive = 7;
	repeated BlkioStatsEntry sectors_recursive = 8;
}

message HugetlbStats {
	uint64 usage = 1;
	uint64 max_usage = 2;
	uint64 failcnt = 3;
}

message CgroupStats {
	CpuStats cpu_stats = 1;
	MemoryStats memory_stats = 2;
	PidsStats pids_stats = 3;
	BlkioStats blkio_stats = 4;
	map<string, HugetlbStats> hugetlb_stats = 5;
}

message NetworkStats {
	string name = 1;
	uint64 rx_bytes = 2;
	uint64 rx_packets = 3;
	uint64 rx_errors = 4;
	uint64 rx_dropped = 5;
	uint64 tx_bytes = 6;
	uint64 tx_packets = 7;
	uint64 tx_errors = 8;
	uint64 tx_dropped = 9;
}

message StatsContainerResponse {
	CgroupStats cgroup_stats = 1;
	repeated NetworkStats network_stats = 2;
}

message WriteStreamRequest {
	string container_id = 1;
	string exec_id = 2;
	bytes data = 3;
}

message WriteStreamResponse {
	uint32 len = 1;
}

message ReadStreamRequest {
	string container_id = 1;
	string exec_id = 2;
	uint32 len = 3;
}

message ReadStreamResponse {
	bytes data = 1;
}

message CloseStdinRequest {
	string container_id = 1;
	string exec_id = 2;
}

message TtyWinResizeRequest {
	string container_id = 1;
	string exec_id = 2;
	uint32 row = 3;
	uint32 column = 4;
}

message KernelModule {
	string name = 1;
	repeated string parameters = 2;
}

message CreateSandboxRequest {
	string hostname = 1;
	repeated string dns = 2;
	repeated Storage storages = 3;
	bool sandbox_pidns = 4;
	string sandbox_id = 5;
	string guest_hook_path = 6;
	repeated KernelModule kernel_modules = 7;
}

message DestroySandboxRequest {}

message RemoveStaleVirtiofsShareMountsRequest {}

message Interfaces {
	repeated types.Interface Interfaces = 1;
}

message Routes {
	repeated types.Route Routes = 1;
}

message UpdateInterfaceRequest {
	types.Interface interface = 1;
}

message UpdateRoutesRequest {
	Routes routes = 1;
}

message UpdateEphemeralMountsRequest {
	repeated Storage storages = 1;
}

message ListInterfacesRequest {}

message ListRoutesRequest {}

message ARPNeighbors {
	repeated types.ARPNeighbor ARPNeighbors = 1;
}

message AddARPNeighborsRequest {
	ARPNeighbors neighbors = 1;
}

message GetIPTablesRequest {
	bool is_ipv6 = 1;
}

message GetIPTablesResponse {
	bytes data = 1;
}

message SetIPTablesRequest {
	bool is_ipv6 = 1;
	bytes data = 2;
}

message SetIPTablesResponse {
	bytes data = 1;
}

message OnlineCPUMemRequest {
	bool wait = 1;
	uint32 nb_cpus = 2;
	bool cpu_only = 3;
}

message ReseedRandomDevRequest {
	bytes data = 2;
}

message AgentDetails {
	string version = 1;
	bool init_daemon = 2;
	repeated string device_handlers = 3;
	repeated string storage_handlers = 4;
	bool supports_seccomp = 5;
	repeated string extra_features = 6;
}

message GuestDetailsRequest {
	bool mem_block_size = 1;
	bool mem_hotplug_probe = 2;
}

message GuestDetailsResponse {
	uint64 mem_block_size_bytes = 1;
	AgentDetails agent_details = 2;
	bool support_mem_hotplug_probe = 3;
}

message MemHotplugByProbeRequest {
	repeated uint64 memHotplugProbeAddr = 1;
}

message SetGuestDateTimeRequest {
	int64 Sec = 1;
	int64 Usec = 2;
}

message FSGroup {
	uint32 group_id = 2;
	types.FSGroupChangePolicy group_change_policy = 3;
}

message SharedMount {
	string name = 1;
	string src_ctr = 2;
	string src_path = 3;
	string dst_ctr = 4;
	string dst_path = 5;
}

message Storage {
	string driver = 1;
	repeated string driver_options = 2;
	string source = 3;
	string fstype = 4;
	repeated string options = 5;
	string mount_point = 6;
	FSGroup fs_group = 7;
	bool shared = 8;
}

message Device {
	string id = 1;
	string type = 2;
	string vm_path = 3;
	string container_path = 4;
	repeated string options = 5;
}

message StringUser {
	string uid = 1;
	string gid = 2;
	repeated string additionalGids = 3;
}

message CopyFileRequest {
	string path = 1;
	int64 file_size = 2;
	uint32 file_mode = 3;
	uint32 dir_mode = 4;
	int32 uid = 5;
	int32 gid = 6;
	int64 offset = 7;
	bytes data = 8;
}

message GetOOMEventRequest {}

message OOMEvent {
	string container_id = 1;
}

message AddSwapRequest {
	repeated uint32 PCIPath = 1;
}

message AddSwapPathRequest {
	string path = 1;
}

message GetMetricsRequest {}

message Metrics {
	string metrics = 1;
}

message VolumeStatsRequest {
	string volume_guest_path = 1;
}

message ResizeVolumeRequest {
	string volume_guest_path = 1;
	uint64 size = 2;
}

message SetPolicyRequest {
	string policy = 1;
}

message GetDiagnosticDataRequest {
	string log_type = 1;
	string container_id = 2;
}

message GetDiagnosticDataResponse {
	string data = 1;
}

message MemAgentMemcgConfig {
	optional bool disabled = 1;
	optional bool swap = 2;
	optional uint32 swappiness_max = 3;
	optional uint64 period_secs = 4;
	optional uint32 period_psi_percent_limit = 5;
	optional uint32 eviction_psi_percent_limit = 6;
	optional uint64 eviction_run_aging_count_min = 7;
}

message MemAgentCompactConfig {
	optional bool disabled = 1;
	optional uint64 period_secs = 2;
	optional uint32 period_psi_percent_limit = 3;
	optional uint32 compact_psi_percent_limit = 4;
	optional int64 compact_sec_max = 5;
	optional uint32 compact_order = 6;
	optional uint64 compact_threshold = 7;
	optional uint64 compact_force_times = 8;
}

message VolumeStatsResponse {
	repeated VolumeUsage usage = 1;
	VolumeCondition volume_condition = 2;
}

message VolumeUsage {
	enum Unit {
		UNKNOWN = 0;
		BYTES = 1;
		INODES = 2;
	}
	uint64 available = 1;
	uint64 total = 2;
	uint64 used = 3;
	Unit unit = 4;
}

message VolumeCondition {
	bool abnormal = 1;
	string message = 2;
}
`;
