# A policy for the Kata Containers agent, in the style of its how-to: deny by default, name what one
# pod needs. The pod runs one container, `app`, from one image, and lets an operator read its date.
package agent_policy

import future.keywords.every
import future.keywords.in

default CreateSandboxRequest = false
default CreateContainerRequest = false
default CopyFileRequest = false
default ExecProcessRequest = false
default ReadStreamRequest = false
default WriteStreamRequest = false
default SetPolicyRequest = false
default StartContainerRequest = true
default GetOOMEventRequest = true
default SignalProcessRequest = true
default WaitProcessRequest = true
default RemoveContainerRequest = true

CreateSandboxRequest {
	count(input.guest_hook_path) == 0
	count(input.kernel_modules) == 0
	regex.match(policy_data.sandbox_name, input.hostname)
}

CreateContainerRequest {
	some container in policy_data.containers
	allow_process(container.process, input.OCI.Process)
	allow_mounts(container, input.OCI.Mounts)
	input.OCI.Root.Readonly == container.readonly_rootfs
	every storage in input.storages {
		allow_storage(container, storage)
	}
}

# Files may be copied only below the folder that the pod shares, and never out of it.
CopyFileRequest {
	regex.match(policy_data.copy_file, input.path)
	not contains(input.path, "..")
}

ExecProcessRequest {
	command := concat(" ", input.process.Args)
	command in policy_data.exec_commands
	not input.process.Terminal
}

ReadStreamRequest {
	input.container_id != "sandbox"
}

allow_process(want, got) {
	got.Args == want.args
	got.Cwd == want.cwd
	got.NoNewPrivileges == true
	got.User.UID == want.uid
	every variable in got.Env {
		allow_variable(want, variable)
	}
	not excess_capability(want, got)
}

allow_variable(want, variable) {
	variable in want.env
}

allow_variable(want, variable) {
	some pattern in want.env_patterns
	regex.match(pattern, variable)
}

excess_capability(want, got) {
	capability := got.Capabilities.Bounding[_]
	not capability in want.capabilities
}

allow_mounts(container, mounts) {
	every mount in mounts {
		allow_mount(container, mount)
	}
}

allow_mount(container, mount) {
	known := container.mounts[_]
	known.destination == mount.destination
	known.type == mount.type_
	regex.match(known.source, mount.source)
	mount.options == known.options
}

allow_storage(container, storage) {
	storage.driver == "blk"
	storage.source in container.layers
}

policy_data := {
	"sandbox_name": "^web-[0-9]+$",
	"copy_file": "^/run/kata-containers/shared/containers/[a-f0-9]+-[a-z0-9]+-(hosts|hostname|resolv\\.conf)$",
	"exec_commands": {"date", "cat /etc/hostname"},
	"containers": [
		{
			"process": {
				"args": ["/pause"],
				"cwd": "/",
				"uid": 65535,
				"env": ["PATH=/usr/bin:/bin"],
				"env_patterns": [],
				"capabilities": set(),
			},
			"readonly_rootfs": true,
			"mounts": [],
			"layers": {"sha256:7031c1b2"},
		},
		{
			"process": {
				"args": ["/app/server", "--listen", ":8080"],
				"cwd": "/app",
				"uid": 1000,
				"env": ["PATH=/usr/bin:/bin", "MODE=production"],
				"env_patterns": ["^KUBERNETES_[A-Z_]+=[0-9a-z.:/]+$", "^HOSTNAME=web-[0-9]+$"],
				"capabilities": {"CAP_NET_BIND_SERVICE"},
			},
			"readonly_rootfs": true,
			"mounts": [
				{
					"destination": "/etc/hosts",
					"type": "bind",
					"source": "^/run/kata-containers/shared/containers/[a-f0-9]+-[a-z0-9]+-hosts$",
					"options": ["rbind", "rprivate", "ro"],
				},
				{
					"destination": "/proc",
					"type": "proc",
					"source": "^proc$",
					"options": ["nosuid", "noexec", "nodev"],
				},
			],
			"layers": {"sha256:7031c1b2", "sha256:a85b4d10"},
		},
	],
}
