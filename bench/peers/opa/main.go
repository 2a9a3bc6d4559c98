// Peer for the benchmark: OPA's Go engine behind the line protocol of bench/engines.ts.
//
//	usage: opa-peer WORKLOAD.json             answer commands on standard input
//	       opa-peer wasm WORKLOAD.json OUT    compile the workload's documents to OUT, a policy.wasm
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"sort"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/bundle"
	"github.com/open-policy-agent/opa/v1/compile"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/util"
	"github.com/open-policy-agent/opa/v1/version"
)

type testCase struct {
	Path  string          `json:"path"`
	Input json.RawMessage `json:"input"`
	Want  json.RawMessage `json:"want"`
	Ids   []string        `json:"ids"`
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

// clock is in nanoseconds: CPU time of the process where BENCH_CLOCK=cpu, for machines that are busy.
func clock() int64 {
	if os.Getenv("BENCH_CLOCK") != "cpu" {
		return time.Now().UnixNano()
	}
	var u syscall.Rusage
	check(syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return u.Utime.Nano() + u.Stime.Nano()
}

func read(file string) (w workload, v ast.RegoVersion) {
	text, err := os.ReadFile(file)
	check(err)
	check(json.Unmarshal(text, &w))
	if w.RegoVersion == "v0" {
		return w, ast.RegoV0
	}
	return w, ast.RegoV1
}

func main() {
	if os.Args[1] == "wasm" {
		compileWasm(os.Args[2], os.Args[3])
		return
	}
	w, regoVersion := read(os.Args[1])
	ctx := context.Background()
	prepare := func(path string) rego.PreparedEvalQuery {
		data := map[string]any{}
		if len(w.Data) > 0 {
			check(util.UnmarshalJSON(w.Data, &data))
		}
		var store storage.Store = inmem.NewFromObjectWithOpts(data, inmem.OptReturnASTValuesOnRead(true))
		opts := []func(*rego.Rego){rego.Query(path), rego.Store(store), rego.SetRegoVersion(regoVersion)}
		for name, module := range w.Modules {
			opts = append(opts, rego.Module(name, module))
		}
		q, err := rego.New(opts...).PrepareForEval(ctx)
		check(err)
		return q
	}
	parse := func(text []byte) ast.Value {
		v, err := ast.ValueFromReader(bytes.NewReader(text))
		check(err)
		return v
	}
	queries := map[string]rego.PreparedEvalQuery{}
	inputs := make([]ast.Value, len(w.Cases))
	wants := make([]any, len(w.Cases))
	for i, c := range w.Cases {
		if _, ok := queries[c.Path]; !ok {
			queries[c.Path] = prepare(c.Path)
		}
		inputs[i] = parse(c.Input)
		if len(c.Want) > 0 {
			check(util.UnmarshalJSON(c.Want, &wants[i]))
		}
	}
	decide := func(q rego.PreparedEvalQuery, input ast.Value) any {
		rs, err := q.Eval(ctx, rego.EvalParsedInput(input))
		if err != nil || len(rs) == 0 {
			return nil
		}
		return rs[0].Expressions[0].Value
	}
	out := bufio.NewWriter(os.Stdout)
	say := func(v any) {
		line, _ := json.Marshal(v)
		out.Write(append(line, '\n'))
		out.Flush()
	}
	say(map[string]any{"ready": true, "version": version.Version})
	lines := bufio.NewScanner(os.Stdin)
	counter := 0
	for lines.Scan() {
		parts := strings.Fields(lines.Text())
		n, _ := strconv.Atoi(parts[1])
		ns := []float64{}
		p99 := []float64{}
		wrong := []int{}
		if parts[0] == "load" {
			for range n {
				start := clock()
				got := decide(prepare(w.Cases[0].Path), inputs[0])
				ns = append(ns, float64(clock()-start))
				if !reflect.DeepEqual(got, wants[0]) {
					wrong = append(wrong, 0)
				}
			}
			say(map[string]any{"ns": ns, "wrong": wrong})
			continue
		}
		for i, c := range w.Cases {
			q := queries[c.Path]
			var got any
			bad := false
			switch parts[0] {
			case "run":
				start := clock()
				for range n {
					got = decide(q, inputs[i])
				}
				ns = append(ns, float64(clock()-start)/float64(n))
				bad = !reflect.DeepEqual(got, wants[i])
			case "text":
				start := clock()
				for range n {
					got = decide(q, parse(c.Input))
				}
				ns = append(ns, float64(clock()-start)/float64(n))
				bad = !reflect.DeepEqual(got, wants[i])
			case "each":
				times := make([]float64, n)
				for k := range n {
					start := time.Now()
					got = decide(q, inputs[i])
					times[k] = float64(time.Since(start).Nanoseconds())
					bad = bad || !reflect.DeepEqual(got, wants[i])
				}
				sort.Float64s(times)
				ns = append(ns, times[n/2])
				p99 = append(p99, times[n*99/100])
			case "fresh":
				var total int64
				for range n {
					counter++
					text := string(c.Input)
					for _, id := range c.Ids {
						text = strings.ReplaceAll(text, id, fmt.Sprintf("%016x", counter)+id[16:])
					}
					input := parse([]byte(text))
					start := clock()
					got = decide(q, input)
					total += clock() - start
					bad = bad || !reflect.DeepEqual(got, wants[i])
				}
				ns = append(ns, float64(total)/float64(n))
			}
			if bad {
				wrong = append(wrong, i)
			}
		}
		say(map[string]any{"ns": ns, "p99": p99, "wrong": wrong})
	}
}

// compileWasm does what `opa build -t wasm -e PATH ...` does.
func compileWasm(file, out string) {
	w, regoVersion := read(file)
	b := &bundle.Bundle{Manifest: bundle.Manifest{}, Data: map[string]any{}}
	b.Manifest.Init()
	for name, text := range w.Modules {
		m, err := ast.ParseModuleWithOpts(name, text, ast.ParserOptions{RegoVersion: regoVersion})
		check(err)
		b.Modules = append(b.Modules, bundle.ModuleFile{URL: name, Path: name, Parsed: m, Raw: []byte(text)})
	}
	seen := map[string]bool{}
	entrypoints := []string{}
	for _, c := range w.Cases {
		e := strings.ReplaceAll(strings.TrimPrefix(c.Path, "data."), ".", "/")
		if !seen[e] {
			seen[e] = true
			entrypoints = append(entrypoints, e)
		}
	}
	c := compile.New().WithTarget(compile.TargetWasm).WithBundle(b).WithEntrypoints(entrypoints...).WithRegoVersion(regoVersion)
	check(c.Build(context.Background()))
	check(os.WriteFile(out, c.Bundle().WasmModules[0].Raw, 0o644))
}
