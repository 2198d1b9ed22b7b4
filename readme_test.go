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

// readmeCommand is a command that README.md shows, with the exit status that its
// comment states, else 0.
type readmeCommand struct {
	line   string
	status int
}

var statedStatus = regexp.MustCompile(`# exit status (\d)`)

// readmeCommands returns the commands of README.md's sh blocks, in order.
func readmeCommands(t *testing.T) []readmeCommand {
	t.Helper()
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	var out []readmeCommand
	for _, block := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
		for _, line := range strings.Split(block[1], "\n") {
			status := 0
			if m := statedStatus.FindStringSubmatch(line); m != nil {
				status = int(m[1][0] - '0')
			}
			line, _, _ = strings.Cut(line, " #")
			if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
				out = append(out, readmeCommand{line, status})
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
	for _, c := range readmeCommands(t) {
		line := c.line
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
			cmd := exec.CommandContext(ctx, "bash", "-c", line)
			out, err := cmd.CombinedOutput()
			if cmd.ProcessState == nil || cmd.ProcessState.ExitCode() != c.status {
				t.Fatalf("%v, want exit status %d\n%s", err, c.status, out)
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
