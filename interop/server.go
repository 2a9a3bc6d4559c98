package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"

	"github.com/containerd/ttrpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/dynamicpb"
)

// serve answers every method with a sample, and does what the metadata ask for: fail with a code,
// sleep, say which metadata and deadline arrived.
func serve(path string, api []method) error {
	listener, err := net.Listen("unix", path)
	if err != nil {
		return err
	}
	server, err := ttrpc.NewServer()
	if err != nil {
		return err
	}
	services := map[string]map[string]ttrpc.Method{}
	for _, m := range api {
		if services[m.service] == nil {
			services[m.service] = map[string]ttrpc.Method{}
		}
		services[m.service][m.name] = handler(m)
	}
	for name, methods := range services {
		server.RegisterService(name, &ttrpc.ServiceDesc{Methods: methods})
	}
	return server.Serve(context.Background(), listener)
}

func handler(m method) ttrpc.Method {
	return func(ctx context.Context, unmarshal func(interface{}) error) (interface{}, error) {
		request := dynamicpb.NewMessage(m.request)
		if err := unmarshal(request); err != nil {
			return nil, err
		}
		if v, ok := ttrpc.GetMetadataValue(ctx, "x-sleep"); ok {
			ms, _ := strconv.Atoi(v)
			select {
			case <-time.After(time.Duration(ms) * time.Millisecond):
			case <-ctx.Done():
				return nil, status.Error(codes.DeadlineExceeded, "the agent saw the deadline")
			}
		}
		if v, ok := ttrpc.GetMetadataValue(ctx, "x-fail"); ok {
			code, _ := strconv.Atoi(v)
			if code < 0 {
				return nil, errors.New("a plain error")
			}
			return nil, status.Error(codes.Code(code), "failed as asked")
		}
		// ReadStdout: what arrived, or as many bytes as asked for.
		if m.name == "ReadStdout" {
			out := dynamicpb.NewMessage(m.response)
			field := m.response.Fields().ByName("data")
			text := arrived(ctx, request)
			if v, ok := ttrpc.GetMetadataValue(ctx, "x-size"); ok {
				n, _ := strconv.Atoi(v)
				text = string(make([]byte, n))
			}
			out.Set(field, protoBytes(text))
			return out, nil
		}
		if want, got := sample(m.request), request; !proto.Equal(want, got) {
			if _, ok := ttrpc.GetMetadataValue(ctx, "x-full"); ok {
				return nil, status.Error(codes.DataLoss, fmt.Sprintf("arrived changed: %v", got))
			}
		}
		return sample(m.response), nil
	}
}

func arrived(ctx context.Context, request *dynamicpb.Message) string {
	md, _ := ttrpc.GetMetadata(ctx)
	values, _ := md.Get("x-echo")
	deadline := "none"
	if at, ok := ctx.Deadline(); ok {
		deadline = "set"
		if time.Until(at) > 5*time.Second {
			deadline = "long"
		}
	}
	id := request.Get(request.Descriptor().Fields().ByName("container_id")).String()
	return fmt.Sprintf("id=%s echo=%v deadline=%s", id, values, deadline)
}
