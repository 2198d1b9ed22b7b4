package firescene_test

import (
	"context"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"
)

// readmeCommands returns the commands of README.md's sh blocks, in order.
func readmeCommands(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, block := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
		for _, line := range strings.Split(block[1], "\n") {
			line, _, _ = strings.Cut(line, " #")
			if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
				out = append(out, line)
			}
		}
	}
	if len(out) == 0 {
		t.Fatal("README.md shows no commands")
	}
	return out
}

// TestReadmeCommands runs every command that README.md shows, in its order, at
// the repository's root. `make test` is what runs this test; run by itself, the
// test says so and goes on.
func TestReadmeCommands(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the whole demo: left out with -short")
	}
	seen := map[string]bool{}
	for _, line := range readmeCommands(t) {
		if line == "make test" {
			seen[line] = true
			if os.Getenv("FIRESCENE_MAKE_TEST") == "" {
				t.Log("make test: not run from within a test of its own")
			}
			continue
		}
		t.Run(line, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(context.Background(), 20*time.Minute)
			defer cancel()
			began := time.Now()
			out, err := exec.CommandContext(ctx, "bash", "-c", line).CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			t.Logf("%.1f s\n%s", time.Since(began).Seconds(), out)
		})
		seen[line] = true
	}
	for _, want := range []string{"make demo", "make test"} {
		if !seen[want] {
			t.Errorf("README.md does not show %q", want)
		}
	}
}
