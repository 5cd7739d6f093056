// Judges objects as GitOps tools do, with their own code: `gitops-health flux` computes kstatus, as Flux's controllers
// do; `gitops-health argocd SCRIPT` runs a Lua health check as Argo CD does; `gitops-health helmrelease` reads a
// HelmRelease as Flux does and refuses what it does not know. Objects come from standard input, a JSON array; the answer
// is a JSON array of {"status", "message"} in their order.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/fluxcd/cli-utils/pkg/kstatus/status"
	helmv2 "github.com/fluxcd/helm-controller/api/v2"
	lua "github.com/yuin/gopher-lua"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
)

type verdict struct {
	Status  string `json:"status"`
	Message string `json:"message"`
}

func flux(object map[string]any) (verdict, error) {
	result, err := status.Compute(&unstructured.Unstructured{Object: object})
	if err != nil {
		return verdict{}, err
	}
	return verdict{string(result.Status), result.Message}, nil
}

// Argo CD opens these libraries and no others: a check that calls string.format works in a plain Lua and fails there.
func newState() (*lua.LState, error) {
	state := lua.NewState(lua.Options{SkipOpenLibs: true})
	for _, library := range []struct {
		name string
		open lua.LGFunction
	}{{lua.LoadLibName, lua.OpenPackage}, {lua.BaseLibName, lua.OpenBase}, {lua.TabLibName, lua.OpenTable}} {
		if err := state.CallByParam(lua.P{Fn: state.NewFunction(library.open), Protect: true}, lua.LString(library.name)); err != nil {
			return nil, err
		}
	}
	return state, nil
}

func toLua(state *lua.LState, value any) lua.LValue {
	switch typed := value.(type) {
	case bool:
		return lua.LBool(typed)
	case float64:
		return lua.LNumber(typed)
	case int64:
		return lua.LNumber(typed)
	case string:
		return lua.LString(typed)
	case []any:
		table := state.CreateTable(len(typed), 0)
		for _, item := range typed {
			table.Append(toLua(state, item))
		}
		return table
	case map[string]any:
		table := state.CreateTable(0, len(typed))
		for key, item := range typed {
			table.RawSetString(key, toLua(state, item))
		}
		return table
	}
	return lua.LNil
}

func argocd(script string, object map[string]any) (verdict, error) {
	state, err := newState()
	if err != nil {
		return verdict{}, err
	}
	defer state.Close()
	state.SetGlobal("obj", toLua(state, object))
	if err := state.DoString(script); err != nil {
		return verdict{}, err
	}
	answer, isTable := state.Get(-1).(*lua.LTable)
	if !isTable {
		return verdict{}, fmt.Errorf("the script returns no table")
	}
	return verdict{lua.LVAsString(answer.RawGetString("status")), lua.LVAsString(answer.RawGetString("message"))}, nil
}

func helmRelease(object map[string]any) (verdict, error) {
	var release helmv2.HelmRelease
	err := runtime.DefaultUnstructuredConverter.FromUnstructuredWithValidation(object, &release, true)
	return verdict{"Known", ""}, err
}

func judge(arguments []string) (func(map[string]any) (verdict, error), error) {
	switch {
	case len(arguments) == 1 && arguments[0] == "flux":
		return flux, nil
	case len(arguments) == 1 && arguments[0] == "helmrelease":
		return helmRelease, nil
	case len(arguments) == 2 && arguments[0] == "argocd":
		script, err := os.ReadFile(arguments[1])
		return func(object map[string]any) (verdict, error) { return argocd(string(script), object) }, err
	}
	return nil, fmt.Errorf("usage: gitops-health flux | argocd SCRIPT | helmrelease, objects as a JSON array on standard input")
}

func run() error {
	judged, err := judge(os.Args[1:])
	if err != nil {
		return err
	}
	var objects []json.RawMessage
	if err := json.NewDecoder(os.Stdin).Decode(&objects); err != nil {
		return err
	}
	verdicts := []verdict{}
	for _, text := range objects {
		var object unstructured.Unstructured
		if err := object.UnmarshalJSON(text); err != nil {
			return err
		}
		answer, err := judged(object.Object)
		if err != nil {
			return fmt.Errorf("%s %s: %w", object.GetKind(), object.GetName(), err)
		}
		verdicts = append(verdicts, answer)
	}
	return json.NewEncoder(os.Stdout).Encode(verdicts)
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "gitops-health:", err)
		os.Exit(1)
	}
}
