// Peer for the benchmark: OPA's Go engine behind the line protocol of bench/peers.ts.
//
//	usage: opa-peer WORKLOAD.json
//	stdin:  "run N"   evaluate every case N times; answers {"ns":[per case],"wrong":[indexes]}
//	        "load N"  compile from text to a prepared query N times; answers {"ns":[per load]}
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/util"
)

type testCase struct {
	Path  string          `json:"path"`
	Input json.RawMessage `json:"input"`
	Want  json.RawMessage `json:"want"`
}

type workload struct {
	Modules     map[string]string `json:"modules"`
	RegoVersion string            `json:"regoVersion"`
	Data        json.RawMessage   `json:"data"`
	Cases       []testCase        `json:"cases"`
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func main() {
	text, err := os.ReadFile(os.Args[1])
	check(err)
	var w workload
	check(json.Unmarshal(text, &w))
	version := ast.RegoV1
	if w.RegoVersion == "v0" {
		version = ast.RegoV0
	}
	data := map[string]any{}
	if len(w.Data) > 0 {
		check(util.UnmarshalJSON(w.Data, &data))
	}
	var store storage.Store = inmem.NewFromObjectWithOpts(data, inmem.OptReturnASTValuesOnRead(true))
	ctx := context.Background()
	prepare := func(path string) rego.PreparedEvalQuery {
		opts := []func(*rego.Rego){rego.Query(path), rego.Store(store), rego.SetRegoVersion(version)}
		for name, module := range w.Modules {
			opts = append(opts, rego.Module(name, module))
		}
		q, err := rego.New(opts...).PrepareForEval(ctx)
		check(err)
		return q
	}
	queries := map[string]rego.PreparedEvalQuery{}
	inputs := make([]ast.Value, len(w.Cases))
	wants := make([]any, len(w.Cases))
	for i, c := range w.Cases {
		if _, ok := queries[c.Path]; !ok {
			queries[c.Path] = prepare(c.Path)
		}
		inputs[i], err = ast.ValueFromReader(bytes.NewReader(c.Input))
		check(err)
		if len(c.Want) > 0 {
			check(util.UnmarshalJSON(c.Want, &wants[i]))
		}
	}
	out := bufio.NewWriter(os.Stdout)
	lines := bufio.NewScanner(os.Stdin)
	fmt.Fprintln(out, `{"ready":true}`)
	out.Flush()
	for lines.Scan() {
		parts := strings.Fields(lines.Text())
		n, _ := strconv.Atoi(parts[1])
		ns := []int64{}
		wrong := []int{}
		if parts[0] == "load" {
			for range n {
				start := time.Now()
				prepare(w.Cases[0].Path)
				ns = append(ns, time.Since(start).Nanoseconds())
			}
		} else {
			for i, c := range w.Cases {
				q := queries[c.Path]
				var rs rego.ResultSet
				start := time.Now()
				for range n {
					rs, err = q.Eval(ctx, rego.EvalParsedInput(inputs[i]))
				}
				ns = append(ns, time.Since(start).Nanoseconds()/int64(n))
				var got any
				if err == nil && len(rs) > 0 {
					got = rs[0].Expressions[0].Value
				}
				if !reflect.DeepEqual(got, wants[i]) {
					wrong = append(wrong, i)
				}
			}
		}
		line, _ := json.Marshal(map[string]any{"ns": ns, "wrong": wrong})
		out.Write(append(line, '\n'))
		out.Flush()
	}
}
