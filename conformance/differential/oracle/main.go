// Answers of the real OPA, one JSON line per question: modules, data and input compiled once, then
// queries asked of them. Values are written so that sets, arrays and the spelling of numbers stay apart:
// ["a",…] array, ["s",…] set, ["o",[key,value],…] object, all else as JSON.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/topdown"
	"github.com/open-policy-agent/opa/v1/topdown/print"
	"github.com/open-policy-agent/opa/v1/util"
)

type question struct {
	Modules []string        `json:"modules"`
	Queries []string        `json:"queries"`
	Data    json.RawMessage `json:"data"`
	Input   json.RawMessage `json:"input"`
	V0      bool            `json:"v0"`
	Strict  bool            `json:"strict"`
	Prints  bool            `json:"prints"`
	Millis  int             `json:"millis"`
}

type problem struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	File    string `json:"file,omitempty"`
	Row     int    `json:"row,omitempty"`
	Col     int    `json:"col,omitempty"`
}

type answer struct {
	Rows   []map[string]string `json:"rows,omitempty"`
	Errors []problem           `json:"errors,omitempty"`
	Prints []string            `json:"prints,omitempty"`
	// Without the rule index the answer is another one: a fault.
	Unindexed bool `json:"unindexed,omitempty"`
}

type reply struct {
	// Of parsing and compiling the modules.
	Errors  []problem `json:"errors,omitempty"`
	Answers []answer  `json:"answers,omitempty"`
}

func problems(err error) []problem {
	var many ast.Errors
	var one *ast.Error
	var run *topdown.Error
	var several rego.Errors
	located := func(code, message string, loc *ast.Location) problem {
		p := problem{Code: code, Message: message}
		if loc != nil {
			p.File, p.Row, p.Col = loc.File, loc.Row, loc.Col
		}
		return p
	}
	switch {
	case errors.As(err, &many):
		var list []problem
		for _, e := range many {
			list = append(list, located(e.Code, e.Message, e.Location))
		}
		return list
	case errors.As(err, &one):
		return []problem{located(one.Code, one.Message, one.Location)}
	case errors.As(err, &run):
		return []problem{located(run.Code, run.Message, run.Location)}
	case errors.As(err, &several):
		var list []problem
		for _, e := range several {
			list = append(list, problems(e)...)
		}
		return list
	}
	return []problem{{Code: "other", Message: err.Error()}}
}

func quote(b *strings.Builder, s string) {
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < 0x20:
			fmt.Fprintf(b, "\\u%04x", r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
}

func write(b *strings.Builder, v ast.Value) {
	switch v := v.(type) {
	case ast.Null:
		b.WriteString("null")
	case ast.Boolean:
		fmt.Fprint(b, bool(v))
	case ast.Number:
		b.WriteString(string(v))
	case ast.String:
		quote(b, string(v))
	case *ast.Array:
		b.WriteString(`["a"`)
		v.Foreach(func(t *ast.Term) {
			b.WriteByte(',')
			write(b, t.Value)
		})
		b.WriteByte(']')
	case ast.Set:
		b.WriteString(`["s"`)
		for _, t := range v.Slice() {
			b.WriteByte(',')
			write(b, t.Value)
		}
		b.WriteByte(']')
	case ast.Object:
		b.WriteString(`["o"`)
		v.Foreach(func(key, value *ast.Term) {
			b.WriteString(",[")
			write(b, key.Value)
			b.WriteByte(',')
			write(b, value.Value)
			b.WriteByte(']')
		})
		b.WriteByte(']')
	default:
		fmt.Fprintf(b, `["?",%q]`, v.String())
	}
}

func encode(t *ast.Term, _ *rego.EvalContext) (any, error) {
	var b strings.Builder
	write(&b, t.Value)
	return b.String(), nil
}

func text(rows rego.ResultSet) string {
	b, err := json.Marshal(rows)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// lines keeps what is printed.
type lines struct{ texts []string }

func (l *lines) Print(_ print.Context, text string) error {
	l.texts = append(l.texts, text)
	return nil
}

func answerOne(ctx context.Context, q question, compiler *ast.Compiler, store storage.Store, query string) (a answer) {
	defer func() {
		if r := recover(); r != nil {
			a = answer{Errors: []problem{{Code: "panic", Message: fmt.Sprint(r)}}}
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, time.Duration(q.Millis)*time.Millisecond)
	defer cancel()
	version := ast.RegoV1
	if q.V0 {
		version = ast.RegoV0
	}
	options := []func(*rego.Rego){
		rego.Query(query), rego.Compiler(compiler), rego.Store(store), rego.SetRegoVersion(version),
		rego.StrictBuiltinErrors(q.Strict), rego.GenerateJSON(encode), rego.EnablePrintStatements(q.Prints),
	}
	if q.Input != nil {
		var x any
		if err := util.UnmarshalJSON(q.Input, &x); err != nil {
			return answer{Errors: problems(err)}
		}
		v, err := ast.InterfaceToValue(x)
		if err != nil {
			return answer{Errors: problems(err)}
		}
		options = append(options, rego.ParsedInput(v))
	}
	prepared, err := rego.New(options...).PrepareForEval(ctx)
	if err != nil {
		return answer{Errors: problems(err)}
	}
	printed := &lines{}
	rows, err := prepared.Eval(ctx, rego.EvalRuleIndexing(true), rego.EvalPrintHook(printed))
	if err != nil {
		return answer{Errors: problems(err), Prints: printed.texts}
	}
	a.Prints = printed.texts
	if plain, err := prepared.Eval(ctx, rego.EvalRuleIndexing(false)); err == nil {
		a.Unindexed = text(plain) != text(rows)
	}
	a.Rows = []map[string]string{}
	for _, row := range rows {
		out := map[string]string{}
		for name, v := range row.Bindings {
			out["b:"+name] = fmt.Sprint(v)
		}
		for i, e := range row.Expressions {
			out[fmt.Sprintf("e:%d", i)] = fmt.Sprint(e.Value)
		}
		a.Rows = append(a.Rows, out)
	}
	return a
}

func answerAll(q question) (r reply) {
	defer func() {
		if p := recover(); p != nil {
			r = reply{Errors: []problem{{Code: "panic", Message: fmt.Sprint(p)}}}
		}
	}()
	ctx := context.Background()
	version := ast.RegoV1
	if q.V0 {
		version = ast.RegoV0
	}
	modules := map[string]*ast.Module{}
	for i, text := range q.Modules {
		name := fmt.Sprintf("m%d.rego", i)
		m, err := ast.ParseModuleWithOpts(name, text, ast.ParserOptions{RegoVersion: version, ProcessAnnotation: true})
		if err != nil {
			r.Errors = append(r.Errors, problems(err)...)
			continue
		}
		if m != nil {
			modules[name] = m
		}
	}
	if len(r.Errors) > 0 {
		return r
	}
	data := map[string]any{}
	if q.Data != nil {
		if err := util.UnmarshalJSON(q.Data, &data); err != nil {
			return reply{Errors: problems(err)}
		}
	}
	store := inmem.NewFromObject(data)
	txn, err := store.NewTransaction(ctx)
	if err != nil {
		return reply{Errors: problems(err)}
	}
	compiler := ast.NewCompiler().WithDefaultRegoVersion(version).
		WithPathConflictsCheck(storage.NonEmpty(ctx, store, txn)).WithEnablePrintStatements(q.Prints)
	compiler.Compile(modules)
	store.Abort(ctx, txn)
	if compiler.Failed() {
		return reply{Errors: problems(compiler.Errors)}
	}
	for _, query := range q.Queries {
		r.Answers = append(r.Answers, answerOne(ctx, q, compiler, store, query))
	}
	return r
}

func main() {
	debug.SetMemoryLimit(1 << 30)
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := bufio.NewWriter(os.Stdout)
	for {
		line, err := in.ReadBytes('\n')
		if err != nil {
			return
		}
		var q question
		var r reply
		if err := json.Unmarshal(line, &q); err != nil {
			r = reply{Errors: []problem{{Code: "other", Message: err.Error()}}}
		} else {
			r = answerAll(q)
		}
		text, err := json.Marshal(r)
		if err != nil {
			panic(err)
		}
		out.Write(text)
		out.WriteByte('\n')
		out.Flush()
	}
}
