// A loop over OPA's library: a folder of policies and tests parsed, compiled, and every test evaluated once. Prints
// seconds of the process's own time (user and system), one JSON object.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
)

type phase struct {
	Cpu  float64 `json:"cpu"`
	Wall float64 `json:"wall"`
}

func cpu() float64 {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return float64(u.Utime.Sec+u.Stime.Sec) + float64(u.Utime.Usec+u.Stime.Usec)/1e6
}

var lastCpu, lastWall = cpu(), time.Now()

func lap() phase {
	c, w := cpu(), time.Now()
	p := phase{c - lastCpu, w.Sub(lastWall).Seconds()}
	lastCpu, lastWall = c, w
	return p
}

func main() {
	modules := map[string]*ast.Module{}
	err := filepath.Walk(os.Args[1], func(path string, info os.FileInfo, err error) error {
		if err != nil || info.IsDir() || !strings.HasSuffix(path, ".rego") {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		m, err := ast.ParseModuleWithOpts(path, string(text), ast.ParserOptions{ProcessAnnotation: true})
		if err == nil {
			modules[path] = m
		}
		return err
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	parsed := lap()
	compiler := ast.NewCompiler().WithEnablePrintStatements(true)
	if compiler.Compile(modules); compiler.Failed() {
		fmt.Fprintln(os.Stderr, compiler.Errors)
		os.Exit(1)
	}
	compiled := lap()
	ctx := context.Background()
	store := inmem.New()
	passed, failed := 0, 0
	for _, m := range compiler.Modules {
		for _, r := range m.Rules {
			name := r.Head.Ref().String()
			if !strings.HasPrefix(name, "test_") {
				continue
			}
			rs, err := rego.New(rego.Compiler(compiler), rego.Store(store), rego.ParsedQuery(
				ast.NewBody(ast.NewExpr(ast.NewTerm(r.Ref().GroundPrefix()))))).Eval(ctx)
			if err == nil && len(rs) == 1 && rs[0].Expressions[0].Value == true {
				passed++
			} else {
				failed++
			}
		}
	}
	ran := lap()
	json.NewEncoder(os.Stdout).Encode(map[string]any{
		"parse": parsed, "compile": compiled, "run": ran, "passed": passed, "failed": failed,
	})
}
