# Rules in the manner of Kata's rules.rego, much shorter: a container may be created if it is one of those that
# policy_data names. The generator appends policy_data.
package agent_policy

default CreateContainerRequest := false

default ExecProcessRequest := false

CreateContainerRequest if {
	some container in policy_data.containers
	allowed_image(container.OCI.Annotations, input.OCI.Annotations)
	allowed_process(container.OCI.Process, input.OCI.Process)
	every mount in input.OCI.Mounts {
		mount.destination in {m.destination | some m in container.OCI.Mounts}
	}
}

allowed_image(wanted, given) if {
	every key in ["io.kubernetes.cri.image-name", "io.kubernetes.cri.container-name"] {
		wanted[key] == given[key]
	}
}

allowed_process(wanted, given) if {
	wanted.Args == given.Args
	wanted.Cwd == given.Cwd
	wanted.User.UID == given.User.UID
	wanted.User.GID == given.User.GID
	every variable in given.Env {
		allowed_variable(wanted.Env, variable)
	}
}

allowed_variable(wanted, variable) if variable in wanted

# The pod's name is known when it runs.
allowed_variable(_, variable) if {
	some pattern in policy_data.request_defaults.CreateContainerRequest.allow_env_regex
	regex.match(pattern, variable)
}
