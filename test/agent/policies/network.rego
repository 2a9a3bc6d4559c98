# Networks and sandboxes as this project's tests want them: no loopback, no address of it, no
# hooks and no kernel modules from the host.
package agent_policy

default AddARPNeighborsRequest := false

AddARPNeighborsRequest if every neighbor in input.neighbors.ARPNeighbors {
	not neighbor.device in loopback_devices
	not is_loopback(neighbor.toIPAddress.address)
	# NUD_PERMANENT or NUD_REACHABLE
	neighbor.state in {2, 128}
	# nothing but NTF_PROXY and NTF_ROUTER
	bits.and(neighbor.flags, bits.negate(136)) == 0
}

default CreateSandboxRequest := false

CreateSandboxRequest if {
	print("CreateSandboxRequest: guest_hook_path =", input.guest_hook_path)
	input.guest_hook_path == ""
	count(input.kernel_modules) == 0
	not input.sandbox_pidns
}

default UpdateRoutesRequest := false

UpdateRoutesRequest if every route in input.routes.Routes {
	print("UpdateRoutesRequest: route =", route)
	not route.device in loopback_devices
	not is_loopback(route.source)
}

loopback_devices := {"lo"}

is_loopback(address) if startswith(address, "127.")

is_loopback(address) if regex.match(`^(?:0{0,4}:){0,7}0{0,3}1$`, address)
