package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/containerd/ttrpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"
)

const agentService = "grpc.AgentService"

func protoBytes(text string) protoreflect.Value { return protoreflect.ValueOfBytes([]byte(text)) }

// runClient plays a shim. Every check prints a line: "ok NAME" or "FAIL NAME: why".
func runClient(path string, api []method) error {
	conn, err := net.Dial("unix", path)
	if err != nil {
		return err
	}
	client := ttrpc.NewClient(conn)
	defer client.Close()
	byName := map[string]method{}
	for _, m := range api {
		byName[m.name] = m
	}
	failed := 0
	check := func(name string, err error) {
		if err != nil {
			failed++
			fmt.Printf("FAIL %s: %v\n", name, err)
			return
		}
		fmt.Printf("ok %s\n", name)
	}
	md := func(pairs ...string) context.Context {
		m := ttrpc.MD{}
		for i := 0; i < len(pairs); i += 2 {
			m.Append(pairs[i], pairs[i+1])
		}
		return ttrpc.WithMetadata(context.Background(), m)
	}
	call := func(ctx context.Context, name string, request proto.Message) (*dynamicpb.Message, error) {
		m := byName[name]
		response := dynamicpb.NewMessage(m.response)
		return response, client.Call(ctx, m.service, m.name, request, response)
	}
	for _, m := range api {
		// The gate answers this one itself, with an empty message.
		if m.name == "SetPolicy" {
			policy := dynamicpb.NewMessage(m.request)
			policy.Set(m.request.Fields().ByName("policy"), protoreflect.ValueOfString("package agent_policy\nbroken"))
			_, err := call(context.Background(), m.name, policy)
			check("method "+m.name, wantCode(err, codes.InvalidArgument, "does not compile"))
			continue
		}
		response, err := call(md("x-full", "1"), m.name, sample(m.request))
		if err == nil && m.name != "ReadStdout" && !proto.Equal(response, sample(m.response)) {
			err = fmt.Errorf("the answer changed: %v", response)
		}
		check("method "+m.name, err)
	}
	read := func(ctx context.Context, id string) (string, error) {
		request := dynamicpb.NewMessage(byName["ReadStdout"].request)
		request.Set(request.Descriptor().Fields().ByName("container_id"), protoreflect.ValueOfString(id))
		response, err := call(ctx, "ReadStdout", request)
		return string(response.Get(response.Descriptor().Fields().ByName("data")).Bytes()), err
	}

	text, err := read(md("x-echo", "a", "x-echo", "b"), "c7")
	check("metadata pass, repeated keys too", wantText(text, err, "id=c7 echo=[a b] deadline=none"))
	ctx, cancel := context.WithTimeout(md("x-echo", "t"), 30*time.Second)
	text, err = read(ctx, "c7")
	cancel()
	check("deadlines pass", wantText(text, err, "id=c7 echo=[t] deadline=long"))
	ctx, cancel = context.WithTimeout(md("x-sleep", "2000"), 100*time.Millisecond)
	started := time.Now()
	_, err = call(ctx, "StatsContainer", sample(byName["StatsContainer"].request))
	cancel()
	if err == nil || time.Since(started) > time.Second {
		err = fmt.Errorf("no deadline: %v after %v", err, time.Since(started))
	} else {
		err = nil
	}
	check("deadlines are kept", err)
	for code := 1; code <= 16; code++ {
		_, err := call(md("x-fail", fmt.Sprint(code)), "StatsContainer", sample(byName["StatsContainer"].request))
		check(fmt.Sprintf("status %d passes", code), wantCode(err, codes.Code(code), "failed as asked"))
	}
	_, err = call(md("x-fail", "-1"), "StatsContainer", sample(byName["StatsContainer"].request))
	check("an error without a status", wantCode(err, codes.Unknown, "a plain error"))

	denied := dynamicpb.NewMessage(byName["StatsContainer"].request)
	denied.Set(denied.Descriptor().Fields().ByName("container_id"), protoreflect.ValueOfString("denied"))
	_, err = call(context.Background(), "StatsContainer", denied)
	check("a denial", wantCode(err, codes.PermissionDenied, "StatsContainerRequest is blocked by policy"))
	err = client.Call(context.Background(), agentService, "NoSuchMethod", denied, denied)
	check("an unknown method", wantCode(err, codes.Unimplemented, "NoSuchMethod"))
	err = client.Call(context.Background(), "grpc.NoSuchService", "X", denied, denied)
	check("an unknown service", wantCode(err, codes.Unimplemented, "NoSuchService"))

	check("1,000 calls at once", concurrent(1000, func(i int) error {
		id := fmt.Sprintf("c%d", i)
		text, err := read(md("x-echo", id, "x-sleep", fmt.Sprint(i%50)), id)
		return wantText(text, err, fmt.Sprintf("id=%s echo=[%s] deadline=none", id, id))
	}))

	text, err = read(md("x-size", fmt.Sprint(4<<20-64)), "c1")
	if err == nil && len(text) != 4<<20-64 {
		err = fmt.Errorf("%d bytes", len(text))
	}
	check("an answer just below 4 MiB", err)
	_, err = read(md("x-size", fmt.Sprint(4<<20)), "c1")
	check("an answer above 4 MiB is an error", wantAnyError(err))
	big := dynamicpb.NewMessage(byName["WriteStdin"].request)
	big.Set(big.Descriptor().Fields().ByName("data"), protoreflect.ValueOfBytes(make([]byte, 4<<20)))
	_, err = call(context.Background(), "WriteStdin", big)
	check("a request above 4 MiB is not sent", wantAnyError(err))
	_, err = call(context.Background(), "Check", sample(byName["Check"].request))
	check("the connection still serves", err)
	check("an oversize frame is discarded and answered", oversize(path))
	if failed > 0 {
		return fmt.Errorf("%d checks failed", failed)
	}
	return nil
}

func concurrent(n int, one func(i int) error) error {
	var wg sync.WaitGroup
	errs := make(chan error, n)
	for i := 0; i < n; i++ {
		wg.Add(1)
		go func(i int) {
			defer wg.Done()
			if err := one(i); err != nil {
				errs <- fmt.Errorf("call %d: %w", i, err)
			}
		}(i)
	}
	wg.Wait()
	close(errs)
	return <-errs
}

func wantCode(err error, code codes.Code, part string) error {
	if status.Code(err) != code || !strings.Contains(fmt.Sprint(err), part) {
		return fmt.Errorf("wanted %v with %q, got %v", code, part, err)
	}
	return nil
}

func wantText(text string, err error, want string) error {
	if err == nil && text != want {
		err = fmt.Errorf("wanted %q, got %q", want, text)
	}
	return err
}

func wantAnyError(err error) error {
	if err == nil {
		return fmt.Errorf("no error")
	}
	return nil
}

// oversize writes a frame that the library would refuse to send.
func oversize(path string) error {
	conn, err := net.Dial("unix", path)
	if err != nil {
		return err
	}
	defer conn.Close()
	const length = 4<<20 + 1
	header := make([]byte, 10)
	binary.BigEndian.PutUint32(header, length)
	binary.BigEndian.PutUint32(header[4:], 1)
	header[8] = 1
	go conn.Write(append(header, make([]byte, length)...))
	conn.SetReadDeadline(time.Now().Add(5 * time.Second))
	answer := make([]byte, 10)
	if _, err := io.ReadFull(conn, answer); err != nil {
		return err
	}
	data := make([]byte, binary.BigEndian.Uint32(answer))
	if _, err := io.ReadFull(conn, data); err != nil {
		return err
	}
	if !strings.Contains(string(data), "message length 4194305 exceed maximum message size of 4194304") {
		return fmt.Errorf("answered %q", data)
	}
	return nil
}
