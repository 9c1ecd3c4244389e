package main

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"voile/internal/repo"
)

// The promises of the image, spelled once more: who changes the Dockerfile changes this too, and what operators are told.
func TestDockerfile(t *testing.T) {
	got, err := readRecipe(dockerfile(t), map[string]string{"VERSION": "v1.2.3", "REVISION": "0123abcd", "CREATED": "2026-01-02T03:04:05Z"})
	if err != nil {
		t.Fatal(err)
	}
	want := &recipe{
		files: []copied{{from: "/voile", to: "/voile", mode: 0o755}},
		labels: map[string]string{
			"org.opencontainers.image.title":       "voile",
			"org.opencontainers.image.description": "Streaming pseudonymization proxy for Kafka",
			"org.opencontainers.image.version":     "v1.2.3",
			"org.opencontainers.image.revision":    "0123abcd",
			"org.opencontainers.image.created":     "2026-01-02T03:04:05Z",
		},
		user:       "65532:65532",
		ports:      []string{"9640/tcp"},
		entrypoint: []string{"/voile"},
		command:    []string{"run", "-c", "/etc/voile/voile.yaml"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

// The builder's image has no registry's name, so that a company's mirror serves as well, and it is of the release of Go that
// go.mod names.
func TestDockerfileBuilder(t *testing.T) {
	all, err := readInstructions(dockerfile(t))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, in := range all {
		if in.word == "FROM" || in.word == "ARG" && strings.HasPrefix(in.rest, "GO_VERSION") {
			got = append(got, in.rest)
		}
	}
	mod, err := os.ReadFile(filepath.Join(root(t), "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	_, line, _ := strings.Cut(string(mod), "\ngo ")
	release := strings.Join(strings.SplitN(line, ".", 3)[:2], ".")
	want := []string{"GO_VERSION=" + release, "--platform=$BUILDPLATFORM golang:${GO_VERSION} AS build", "scratch"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestReadRecipeRefuses(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"no stage", "ARG A", "no FROM"},
		{"another base", "FROM scratch AS a\nFROM alpine", "line 2: the last stage is FROM alpine, want FROM scratch"},
		{"unknown", "FROM scratch\nVOLUME /tmp", "line 2: VOLUME: unknown to cmd/image: teach it (cmd/image/dockerfile.go), or say it otherwise"},
		{"environment", "FROM scratch\nENV A=1", "line 2: ENV: unknown to cmd/image: teach it (cmd/image/dockerfile.go), or say it otherwise"},
		{"lower case", "FROM scratch\nuser 1:1", "line 2: user: unknown to cmd/image: teach it (cmd/image/dockerfile.go), or say it otherwise"},
		{"copy of the context", "FROM scratch\nCOPY voile /voile", `line 2: COPY: "voile /voile" is not --from=build --chmod=0755 /file /file`},
		{"setuid", "FROM scratch\nCOPY --from=build --chmod=4755 /voile /voile", `line 2: COPY: "--from=build --chmod=4755 /voile /voile" is not --from=build --chmod=0755 /file /file`},
		{"mode of the builder", "FROM scratch\nCOPY --from=build /voile /voile", `line 2: COPY: "--from=build /voile /voile" is not --from=build --chmod=0755 /file /file`},
		{"user by name", "FROM scratch\nUSER nobody", `line 2: USER: "nobody" is not number:number, by which Kubernetes can tell that it is not root`},
		{"port", "FROM scratch\nEXPOSE 9640", `line 2: EXPOSE: "9640" is not port/tcp`},
		{"for a shell", "FROM scratch\n# a comment\n\nENTRYPOINT /voile run", `line 4: ENTRYPOINT: /voile run is not ["word", "word"]`},
		{"empty command", "FROM scratch\nCMD []", `line 2: CMD: [] is not ["word", "word"]`},
		{"label", "FROM scratch\nLABEL a=\"b\" \\\n  c=d", `line 2: LABEL: "c=d" does not go on with name="value"`},
		{"label of no ARG", "ARG V=1\nFROM scratch\nLABEL a=\"$V\"", "line 3: LABEL: a: no ARG V before it in this stage"},
		{"two args", "FROM scratch\nARG A B", `line 2: ARG: "A B" is not NAME or NAME=default`},
		{"end within", "FROM scratch\nLABEL a=\"b\" \\", "line 2: the file ends within the instruction"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := readRecipe(tt.text, nil)
			if err == nil || err.Error() != tt.want {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
		})
	}
	if _, err := readRecipe("FROM scratch\nARG A", map[string]string{"B": "1"}); err == nil || err.Error() != "the last stage has no ARG B" {
		t.Errorf("an arg that nobody takes: got %v", err)
	}
}

func root(t *testing.T) string {
	t.Helper()
	dir, err := repo.Root()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func dockerfile(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root(t), "Dockerfile"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
