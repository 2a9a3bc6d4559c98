// The other side of the interoperability run: containerd's Go ttRPC library as a server (in the
// agent's place) and as a client (in the shim's). Messages are dynamic, from the descriptors the
// runner writes, so nothing here is generated code.
package main

import (
	"fmt"
	"os"
)

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: interop server|client SOCKET DESCRIPTORS")
		os.Exit(2)
	}
	api, err := readAPI(os.Args[3])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	switch os.Args[1] {
	case "server":
		err = serve(os.Args[2], api)
	case "client":
		err = runClient(os.Args[2], api)
	default:
		err = fmt.Errorf("unknown role %s", os.Args[1])
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
