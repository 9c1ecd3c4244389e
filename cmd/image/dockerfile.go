package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
)

// A recipe is what the last stage of a Dockerfile makes of an empty image.
type recipe struct {
	files      []copied
	labels     map[string]string
	user       string
	ports      []string
	entrypoint []string
	command    []string
}

// A copied file: from the build stage, into the image, with its permissions.
type copied struct {
	from, to string
	mode     int64
}

// readRecipe reads the last stage. It is strict where Docker is lenient: the stage starts FROM scratch, and every
// instruction is one of those below in the one form that is written there, or the recipe is refused. So nothing of the
// Dockerfile can be lost on the way into an image that `make image` builds. Args are the values of ARG by name; an ARG
// that has neither a value nor a default is empty, as in Docker.
func readRecipe(text string, args map[string]string) (*recipe, error) {
	all, err := readInstructions(text)
	if err != nil {
		return nil, err
	}
	last, err := lastStage(all)
	if err != nil {
		return nil, err
	}
	r := &recipe{labels: map[string]string{}}
	vars := map[string]string{}
	for _, in := range last {
		if err := r.follow(in, args, vars); err != nil {
			return nil, fmt.Errorf("line %d: %s: %w", in.line, in.word, err)
		}
	}
	for name := range args {
		if _, ok := vars[name]; !ok {
			return nil, fmt.Errorf("the last stage has no ARG %s", name)
		}
	}
	return r, nil
}

// An instruction is one logical line.
type instruction struct {
	line       int // the first one's number
	word, rest string
}

// readInstructions joins continued lines and drops comments and empty lines.
func readInstructions(text string) ([]instruction, error) {
	var all []instruction
	joined, first := "", 0
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if joined == "" {
			first = i + 1
		}
		part, more := strings.CutSuffix(line, `\`)
		joined += strings.TrimSpace(part) + " "
		if more {
			continue
		}
		word, rest, _ := strings.Cut(strings.TrimSpace(joined), " ")
		all = append(all, instruction{line: first, word: word, rest: strings.TrimSpace(rest)})
		joined = ""
	}
	if joined != "" {
		return nil, fmt.Errorf("line %d: the file ends within the instruction", first)
	}
	return all, nil
}

// lastStage gives the instructions behind the last FROM, which must be `FROM scratch`.
func lastStage(all []instruction) ([]instruction, error) {
	for i := len(all) - 1; i >= 0; i-- {
		if all[i].word != "FROM" {
			continue
		}
		if all[i].rest != "scratch" {
			return nil, fmt.Errorf("line %d: the last stage is FROM %s, want FROM scratch", all[i].line, all[i].rest)
		}
		return all[i+1:], nil
	}
	return nil, errors.New("no FROM")
}

var (
	argForm   = regexp.MustCompile(`^([A-Z_]+)(?:=(\S*))?$`)
	copyForm  = regexp.MustCompile(`^--from=build --chmod=(0[0-7]{3}) (/\S+) (/\S+)$`)
	labelForm = regexp.MustCompile(`^([a-z0-9.-]+)="([^"\\]*)"(?: +|$)`)
	userForm  = regexp.MustCompile(`^[0-9]+:[0-9]+$`)
	portForm  = regexp.MustCompile(`^[0-9]+/tcp$`)
)

// follow does what one instruction says.
func (r *recipe) follow(in instruction, args, vars map[string]string) error {
	switch in.word {
	case "ARG":
		m := argForm.FindStringSubmatch(in.rest)
		if m == nil {
			return fmt.Errorf("%q is not NAME or NAME=default", in.rest)
		}
		value, ok := args[m[1]]
		if !ok {
			value = m[2]
		}
		vars[m[1]] = value
	case "LABEL":
		return r.label(in.rest, vars)
	case "COPY":
		m := copyForm.FindStringSubmatch(in.rest)
		if m == nil {
			return fmt.Errorf("%q is not --from=build --chmod=0755 /file /file", in.rest)
		}
		mode, err := strconv.ParseInt(m[1], 8, 64)
		if err != nil {
			return err
		}
		r.files = append(r.files, copied{from: m[2], to: m[3], mode: mode})
	case "USER":
		if !userForm.MatchString(in.rest) {
			return fmt.Errorf("%q is not number:number, by which Kubernetes can tell that it is not root", in.rest)
		}
		r.user = in.rest
	case "EXPOSE":
		if !portForm.MatchString(in.rest) {
			return fmt.Errorf("%q is not port/tcp", in.rest)
		}
		r.ports = append(r.ports, in.rest)
	case "ENTRYPOINT":
		return execForm(in.rest, &r.entrypoint)
	case "CMD":
		return execForm(in.rest, &r.command)
	default:
		return errors.New("unknown to cmd/image: teach it (cmd/image/dockerfile.go), or say it otherwise")
	}
	return nil
}

// label reads name="value" as often as it is there, with $NAME of an ARG in the value.
func (r *recipe) label(rest string, vars map[string]string) error {
	for rest != "" {
		m := labelForm.FindStringSubmatch(rest)
		if m == nil {
			return fmt.Errorf(`%q does not go on with name="value"`, rest)
		}
		unknown := ""
		r.labels[m[1]] = os.Expand(m[2], func(name string) string {
			value, ok := vars[name]
			if !ok {
				unknown = name
			}
			return value
		})
		if unknown != "" {
			return fmt.Errorf("%s: no ARG %s before it in this stage", m[1], unknown)
		}
		rest = rest[len(m[0]):]
	}
	return nil
}

// execForm reads ["program", "argument"]. The other form, a line for a shell, cannot run in an image without one.
func execForm(rest string, into *[]string) error {
	if err := json.Unmarshal([]byte(rest), into); err != nil || len(*into) == 0 {
		return fmt.Errorf(`%s is not ["word", "word"]`, rest)
	}
	return nil
}
