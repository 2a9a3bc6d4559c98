package main

import (
	"os"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"
)

// method is one call of the agent's API.
type method struct {
	service  string
	name     string
	request  protoreflect.MessageDescriptor
	response protoreflect.MessageDescriptor
}

// readAPI reads a FileDescriptorSet with services.
func readAPI(path string) ([]method, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var set descriptorpb.FileDescriptorSet
	if err := proto.Unmarshal(data, &set); err != nil {
		return nil, err
	}
	files, err := protodesc.NewFiles(&set)
	if err != nil {
		return nil, err
	}
	var out []method
	files.RangeFiles(func(f protoreflect.FileDescriptor) bool {
		for i := 0; i < f.Services().Len(); i++ {
			s := f.Services().Get(i)
			for j := 0; j < s.Methods().Len(); j++ {
				m := s.Methods().Get(j)
				out = append(out, method{string(s.FullName()), string(m.Name()), m.Input(), m.Output()})
			}
		}
		return true
	})
	return out, nil
}

// sample fills every field, as sampleReply of the project's test kit does.
func sample(d protoreflect.MessageDescriptor) *dynamicpb.Message {
	m := dynamicpb.NewMessage(d)
	for i := 0; i < d.Fields().Len(); i++ {
		f := d.Fields().Get(i)
		switch {
		case f.IsMap():
			value := scalar(f.MapValue(), f.Name())
			if f.MapValue().Message() != nil {
				value = protoreflect.ValueOfMessage(sample(f.MapValue().Message()))
			}
			m.Mutable(f).Map().Set(protoreflect.ValueOfString("key").MapKey(), value)
		case f.IsList() && f.Message() != nil:
			m.Mutable(f).List().Append(protoreflect.ValueOfMessage(sample(f.Message())))
		case f.IsList():
			m.Mutable(f).List().Append(scalar(f, f.Name()))
		case f.Message() != nil:
			m.Set(f, protoreflect.ValueOfMessage(sample(f.Message())))
		default:
			m.Set(f, scalar(f, f.Name()))
		}
	}
	return m
}

func scalar(f protoreflect.FieldDescriptor, name protoreflect.Name) protoreflect.Value {
	switch f.Kind() {
	case protoreflect.StringKind:
		if name == "container_id" {
			return protoreflect.ValueOfString("c1")
		}
		return protoreflect.ValueOfString("sample " + string(name))
	case protoreflect.BytesKind:
		return protoreflect.ValueOfBytes([]byte{1, 2, 255})
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(true)
	case protoreflect.Uint64Kind:
		return protoreflect.ValueOfUint64(18446744073709551615)
	case protoreflect.Int64Kind:
		return protoreflect.ValueOfInt64(-998)
	case protoreflect.Uint32Kind:
		return protoreflect.ValueOfUint32(1)
	default:
		return protoreflect.ValueOfInt32(1)
	}
}
